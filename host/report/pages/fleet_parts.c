#include "host/report/pages/fleet_parts.h"

#include "host/report/document.h"

const struct fleet_wrong fleet_wrongs[FLEET_WRONGS] = {
    {"bricks", "bricks", "These devices run nothing, or what they run is damaged."},
    {"false_successes", "false successes",
     "The server was told of a success, and the device does not run the new image, confirmed."},
    {"false_failures", "false failures",
     "The server was told of a failure, and the device runs the new image, confirmed."},
    {"open", "open", "The server was told neither success nor failure."},
    {"offered_again", "offered again", "An action was offered again after it had been closed."},
};

uint64_t fleet_wrong_count(const json_t *report, const struct fleet_wrong *wrong)
{
    const json_t *value = json_object_get(report, wrong->member);
    return json_is_array(value) ? json_array_size(value) : document_number(report, wrong->member);
}
