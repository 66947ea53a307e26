/* layout_json.c - a partition table, and what an update makes of it, as JSON. */
#include "host/cli/commands/layout/outlook.h"

static void put_pieces(struct json *j, const struct layout_map *m)
{
    json_array(j, "pieces");
    for (unsigned i = 0; i < m->count; i++) {
        const struct layout_piece *p = &m->piece[i];
        json_object(j, NULL);
        json_number(j, "offset", p->offset);
        json_number(j, "size", p->size);
        json_number(j, "bank", layout_bank(m->layout, p->offset));
        json_string(j, "partition", p->partition != NULL ? p->partition->node : NULL);
        json_string(j, "use", layout_use_text(p->use));
        if (layout_is_of_slot(p->use))
            json_number(j, "image", p->image);
        json_number(j, "wasted", layout_wasted(p));
        json_end(j);
    }
    json_end(j);
    json_number(j, "wasted", layout_wasted_all(m));
}

void layout_print_json(const struct outlook *o)
{
    const struct layout *l = &o->layout;
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "part", l->soc->name);
    json_bool(&j, "part_assumed", l->assumed[0] != '\0');
    if (l->assumed[0] != '\0')
        json_string(&j, "part_evidence", l->assumed);
    else if (l->part_board[0] != '\0')
        json_string(&j, "part_evidence", cli_text("the root's \"%s\"", l->part_board));
    json_number(&j, "banks", l->soc->flash.banks);
    json_number(&j, "flash_base", l->base);
    json_number(&j, "flash_size", l->size);
    json_number(&j, "sector", l->sector);
    json_number(&j, "flash_word", l->word);
    json_array(&j, "partitions");
    for (unsigned i = 0; i < l->count; i++) {
        const struct layout_partition *p = &l->rows[i];
        json_object(&j, NULL);
        json_string(&j, "node", p->node);
        json_string(&j, "label", p->label);
        json_number(&j, "offset", p->offset);
        json_number(&j, "size", p->size);
        json_number(&j, "bank", layout_bank(l, p->offset));
        json_number(&j, "last_bank", layout_bank(l, p->offset + p->size - 1));
        json_number(&j, "depth", p->depth);
        json_end(&j);
    }
    json_end(&j);
    json_array(&j, "not_judged");
    for (unsigned i = 0; i < l->elsewhere_count; i++) {
        json_object(&j, NULL);
        json_string(&j, "node", l->elsewhere[i].name);
        json_string(&j, "memory", l->elsewhere[i].memory);
        json_bool(&j, "disabled", l->elsewhere[i].disabled);
        json_end(&j);
    }
    json_end(&j);
    json_string(&j, "strategy", layout_strategy_text(&o->image[0]));
    json_bool(&j, "strategy_assumed", o->config.symbol == NULL);
    json_string(&j, "strategy_symbol", o->config.symbol);
    json_string(&j, "config", o->config.path);
    json_number(&j, "largest_image", o->image[0].largest);
    json_array(&j, "images");
    for (unsigned i = 0; i < o->count; i++) {
        json_object(&j, NULL);
        json_number(&j, "image", i);
        json_number(&j, "largest_image", o->image[i].largest);
        json_bool(&j, "upload_stalls_code", layout_upload_stalls(o, i));
        json_end(&j);
    }
    json_end(&j);
    put_pieces(&j, &o->map);
    json_finish(&j);
}
