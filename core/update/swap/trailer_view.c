/* A trailer as a person should see it: all fields, and how far the swap has come. */
#include "core/base/bytes.h"
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"

uint32_t update_trailer_begin(const struct slot_pair *p, enum slot s)
{
    return trailer_layout(p, s).status;
}

static enum err view_size(const struct flash_area *a, const struct trailer_layout *l,
                          struct trailer_view *view)
{
    uint8_t size[4];
    enum err e = trailer_get(a, l->swap_size, size, sizeof(size));
    if (e)
        return e;
    view->has_swap_size = !bytes_all(size, a->flash->erased, sizeof(size));
    view->swap_size = view->has_swap_size ? get_le32(size) : 0;
    return ERR_OK;
}

static enum err view_steps(const struct slot_pair *p, struct trailer_view *view)
{
    struct swap sw;
    enum err e = progress_read(p, &view->state, &sw, &view->in_swap);
    if (e || !view->in_swap)
        return e;
    view->unclear = sw.records == RECORDS_UNCLEAR;
    view->steps = view->unclear ? 0 : sw.records;
    return ERR_OK;
}

enum err update_view_trailer(const struct slot_pair *p, enum slot s, struct trailer_view *view)
{
    const struct trailer_layout l = trailer_layout(p, s);
    *view = (struct trailer_view){.in_swap = false};
    enum err e = trailer_read(p, s, &view->state);
    if (!e)
        e = view_size(&p->slot[s], &l, view);
    if (!e && s == SLOT_PRIMARY && engine_of(p)->swap != NULL)
        e = view_steps(p, view);
    return e;
}
