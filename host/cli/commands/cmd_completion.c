/* cmd_completion.c - what a shell needs to complete the words of slipway, and what it then asks. */
#include <string.h>

#include "host/cli/commands/commands.h"

/* Each asks this program for the words, so that a script never goes stale. Where there are none it offers files. */
static const char bash[] =
    "# bash completion of slipway: . <(slipway completion bash)\n"
    "_slipway() {\n"
    "    local at=$COMP_CWORD words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\") line\n"
    "    COMPREPLY=()\n"
    "    # bash cuts --name=value into three words: the value is completed as a word of its own.\n"
    "    if [ $at -ge 3 ] && [ \"${COMP_WORDS[at-1]}\" = '=' ]; then\n"
    "        words=(\"${COMP_WORDS[@]:1:at-2}\" \"${COMP_WORDS[at]}\")\n"
    "    elif [ $at -ge 2 ] && [ \"${COMP_WORDS[at]}\" = '=' ]; then\n"
    "        words=(\"${COMP_WORDS[@]:1:at-1}\" '')\n"
    "    fi\n"
    "    while IFS= read -r line; do\n"
    "        COMPREPLY+=(\"${line%%$'\\t'*}\")\n"
    "    done < <(\"$1\" completion words -- \"${words[@]}\" 2>/dev/null)\n"
    "}\n"
    "complete -o default -F _slipway slipway\n";

static const char zsh[] =
    "#compdef slipway\n"
    "# zsh completion of slipway: a file _slipway in $fpath, or . <(slipway completion zsh)\n"
    "_slipway() {\n"
    "    local -a lines shown\n"
    "    local line\n"
    "    lines=(\"${(@f)$(\"${words[1]}\" completion words -- \"${(@)words[2,CURRENT]}\" "
    "2>/dev/null)}\")\n"
    "    for line in $lines; do\n"
    "        shown+=(\"${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}\")\n"
    "    done\n"
    "    if (( $#shown )); then\n"
    "        _describe slipway shown\n"
    "    else\n"
    "        _files\n"
    "    fi\n"
    "}\n"
    "if [ \"$funcstack[1]\" = _slipway ]; then\n"
    "    _slipway \"$@\"\n"
    "else\n"
    "    compdef _slipway slipway\n"
    "fi\n";

static const char fish[] =
    "# fish completion of slipway: slipway completion fish | source\n"
    "function __slipway_words\n"
    "    set -l words (commandline -opc)\n"
    "    set -l last (commandline -ct)\n"
    "    test (count $last) -gt 0; or set last ''\n"
    "    $words[1] completion words -- $words[2..-1] $last 2>/dev/null\n"
    "end\n"
    "complete -c slipway -n 'count (__slipway_words) >/dev/null' -f -a '(__slipway_words)'\n";

static int run_completion(const struct cli_args *a)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
    if (strcmp(a->arg[0], "words") == 0) {
        cli_complete(stdout, a->arg + 1, (int)a->arg_count - 1);
        return CLI_DONE;
    }
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
        if (strcmp(a->arg[0], scripts[i].shell) == 0 && a->arg_count == 1) {
            cli_print(stdout, "%s", scripts[i].script);
            return CLI_DONE;
        }
    return cli_usage(a, "'%s' is not a shell that this program knows", a->arg[0]);
}

const struct cli_command cmd_completion = {
    .name = "completion",
    .summary = "print the script with which a shell completes slipway's words",
    .arguments = "bash|zsh|fish",
    .min_args = 1,
    .max_args = CLI_ARGS_MAX,
    .details =
        "The scripts ask the program itself: `slipway completion words -- WORD...` prints what "
        "may\n"
        "stand in place of the last word, each with a tab and its help. make install puts them\n"
        "where the shells look for them.",
    .example = ". <(slipway completion bash)\n"
               "slipway completion fish | source",
    .run = run_completion,
};
