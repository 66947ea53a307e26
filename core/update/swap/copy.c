/* Erasing and copying, in chunks that keep the watchdog fed. */
#include "core/update/encrypted/encrypted.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

enum err erase_range(const struct update_env *env, struct at at, uint32_t len)
{
    const struct flash_area *a = &env->pair->slot[at.slot];
    for (uint32_t done = 0; done < len; done += a->flash->sector) {
        enum err e = area_erase(a, at.off + done, a->flash->sector);
        if (e)
            return e;
        if (env->feed)
            env->feed();
    }
    return ERR_OK;
}

/* Words that cannot be read stay erased in the copy: the verdict tells whether the image needs them, and damaged words
 * behind an image must not stop a swap. A chunk with such a word is copied word by word. */
enum err copy_range(const struct update_env *env, struct at dst, struct at src, uint32_t len)
{
    const struct flash_area *from = &env->pair->slot[src.slot], *to = &env->pair->slot[dst.slot];
    for (uint32_t done = 0, n; done < len; done += n) {
        n = len - done < env->buf_len ? len - done : env->buf_len;
        enum err e = area_read(from, src.off + done, env->buf, n);
        if (e == ERR_UNREADABLE) {
            n = from->flash->word;
            e = area_read(from, src.off + done, env->buf, n);
        }
        if (env->feed)
            env->feed();
        if (e == ERR_UNREADABLE)
            continue;
        enc_convert(env, (struct at){dst.slot, dst.off + done},
                    (struct at){src.slot, src.off + done}, n);
        if (!e)
            e = area_program(to, dst.off + done, env->buf, n);
        if (e)
            return e;
    }
    return ERR_OK;
}

enum err record_step(const struct slot_pair *p, const struct swap *sw, uint32_t index)
{
    const struct flash_area *a = &p->slot[SLOT_PRIMARY];
    uint8_t value = engine_of(p)->swap->record(p, sw, index);
    uint32_t status = trailer_layout(p, SLOT_PRIMARY).status;
    return trailer_put(a, status + index * a->flash->word, &value, 1);
}

enum err copy_step(const struct update_env *env, const struct swap *sw, struct at dst,
                   struct at src, uint32_t len)
{
    enum err e = erase_range(env, dst, len);
    if (!e)
        e = copy_range(env, dst, src, len);
    return e ? e : record_step(env->pair, sw, sw->records);
}
