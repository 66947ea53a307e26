#include "testing/rig_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "testing/rig_command.h"

static char folder[80], paths[64][160];
static unsigned count;

int rig_folder_begin(void **state)
{
    const char *parent = getenv("TMPDIR");
    (void)state;
    count = 0;
    snprintf(folder, sizeof folder, "%s/slipway-test.XXXXXX", parent != NULL ? parent : "/tmp");
    assert_non_null(mkdtemp(folder));
    rig_begin(folder);
    return 0;
}

int rig_folder_end(void **state)
{
    (void)state;
    for (unsigned i = 0; i < count; i++)
        unlink(paths[i]);
    rig_end();
    return rmdir(folder);
}

const char *rig_path(const char *name)
{
    char path[sizeof paths[0]];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(paths[i], path) == 0)
            return paths[i];
    assert_true(count < sizeof paths / sizeof paths[0]);
    return strcpy(paths[count++], path);
}
