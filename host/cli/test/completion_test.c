/* Tests of what comes from the tables beside --help: completion words and manual pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/cli/commands/commands.h"
#include "host/client/link/port_list.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* The words offered for a line whose words have one blank between them, each with a blank behind it. */
static const char *offered(const char *line)
{
    static char out[8192];
    char copy[256];
    const char *words[32];
    int count = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *at = copy; at != NULL; count++) {
        char *blank = strchr(at, ' ');
        words[count] = at;
        if (blank != NULL)
            *blank++ = '\0';
        at = blank;
    }
    char *text = NULL, *to = out;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    cli_complete(f, words, count);
    fclose(f);
    for (char *at = strtok(text, "\n"); at != NULL; at = strtok(NULL, "\n"))
        to += sprintf(to, "%.*s ", (int)strcspn(at, "\t"), at);
    *to = '\0';
    free(text);
    return out;
}

static enum err two_ports(struct port_list *l)
{
    *l = (struct port_list){.port = {{.path = "/dev/ttyACM0"}, {.path = "/dev/ttyUSB0"}},
                            .count = 2};
    return ERR_OK;
}

static void words_where_they_may_stand(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } cases[] = {
        {"upd", "update "},
        {"im", "image "},
        {"image", "image "},
        {"image ", "list upload test confirm erase slots "},
        {"image l", "list "},
        {"help image l", "list "},
        {"st", "stat storage "},
        {"stat ", "list show "},
        {"shell ", "exec "},
        {"shell e", "exec "},
        {"settings ", "read write delete save load commit "},
        {"settings read --h", "--hex --help "},
        {"fs ", "upload download status hash types close "},
        {"nonsense ", ""},
        {"image nonsense ", ""},
        {"--po", "--port "},
        {"--port ", "/dev/ttyACM0 /dev/ttyUSB0 "},
        {"--port /dev/ttyACM0 image l", "list "},
        {"--port=/dev/ttyACM0 --json image l", "list "},
        {"update --perm", "--permanent "},
        {"update --permanent --perm", ""}, /* once */
        {"update --port /dev/ttyU", "/dev/ttyUSB0 "},
        {"update --port=/dev/ttyU", "--port=/dev/ttyUSB0 "},
        {"update --port /dev/ttyUSB0 --po", ""},
        {"update ", ""}, /* a file */
        {"update -- --po", ""},
        {"why --bank ", "1 2 "},
        {"completion ", "bash zsh fish "},
        {"completion bash ", ""},
        {"sign --custom-tl", "--custom-tlv --custom-tlv-file "},
        {"sign --custom-tlv 0xa0 x --custom-tl",
         "--custom-tlv --custom-tlv-file "}, /* again and again */
        {"verify --timeo", ""},              /* no device */
    };
    enum err (*system)(struct port_list *) = port_list_read;
    port_list_read = two_ports;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (strcmp(offered(cases[i].line), cases[i].words) != 0)
            fail_msg("'%s': '%s', not '%s'", cases[i].line, offered(cases[i].line), cases[i].words);
    port_list_read = system;
}

/* Nothing of the tables is missing, in the words and in the pages. */
static void every_command_and_option(void **state)
{
    (void)state;
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        const char *last = strrchr((*c)->name, ' ');
        last = last != NULL ? last + 1 : (*c)->name;
        assert_non_null(strstr(offered((*c)->name), last));
        assert_int_equal(rig_command("man %s", (*c)->name), CLI_DONE);
        rig_expect(".TH \"slipway\\-");
        rig_expect(".SH EXAMPLES");
        const struct cli_option *tables[] = {
            (*c)->options, (*c)->device ? cli_device_options : NULL, cli_global_options};
        for (size_t i = 0; i < ARRAY_LEN(tables); i++)
            for (const struct cli_option *o = tables[i]; o != NULL && o->name != NULL; o++) {
                assert_non_null(
                    strstr(offered(cli_text("%s --", (*c)->name)), cli_text("--%s ", o->name)));
                char escaped[64], *to = escaped;
                for (const char *at = o->name; *at != '\0'; at++)
                    to += sprintf(to, "%s%c", *at == '-' ? "\\" : "", *at);
                rig_expect(cli_text("\\-\\-%s\\fR", escaped));
            }
    }
    assert_int_equal(rig_command("man"), CLI_DONE);
    rig_expect("slipway\\-image\\-list");
    rig_expect("Exit codes: 0 done");
    assert_int_equal(rig_command("man nonsense"), CLI_USAGE);
    assert_int_equal(rig_command("completion csh"), CLI_USAGE);
    rig_expect("'csh' is not a shell");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_where_they_may_stand),
        cmocka_unit_test(every_command_and_option),
    };
    return cmocka_run_group_tests(tests, rig_folder_begin, rig_folder_end);
}
