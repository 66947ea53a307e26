#!/bin/sh
# completion_test.sh SLIPWAY - bash, zsh and fish complete slipway's words with the scripts that it prints; man's own
# formatter finds nothing wrong with its pages.
set -eu
PATH=$(dirname "$1"):$PATH
export PATH

same() { # what, is, should be
    [ "$2" = "$3" ] || {
        echo "completion_test: $1: '$2', not '$3'" >&2
        exit 1
    }
}

in_bash() { # the words as bash cuts them; the last one is being typed
    bash -c '. <(slipway completion bash)
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _slipway slipway
        echo "${COMPREPLY[*]}"' bash "$@"
}
same 'bash, commands' "$(in_bash slipway image u)" upload
same 'bash, options' "$(in_bash slipway update --permanent --no-c)" --no-confirm
same 'bash, a value' "$(in_bash slipway why --bank '')" '1 2'
same 'bash, behind =' "$(in_bash slipway why --bank '=')" '1 2'
same 'bash, a value behind =' "$(in_bash slipway why --bank = 2)" 2
same 'bash, a file' "$(in_bash slipway sign x)" ''

# zsh's own functions, which show what they are given.
in_zsh() {
    zsh -f -c 'compdef() { :; }
        _describe() { print -l -- "${(@P)2}"; }
        _files() { print files; }
        . <(slipway completion zsh)
        words=("$@") CURRENT=$#
        _slipway' zsh "$@"
}
same 'zsh, commands' "$(in_zsh slipway image u | cut -d: -f1)" upload
same 'zsh, a value' "$(in_zsh slipway why --bank '' | tr '\n' ' ')" '1: 2: '
same 'zsh, a file' "$(in_zsh slipway sign x)" files

in_fish() { fish --no-config -c "slipway completion fish | source; complete -C '$1'" | cut -f1 | tr '\n' ' '; }
same 'fish, commands' "$(in_fish 'slipway image u')" 'upload '
same 'fish, all words' "$(in_fish 'slipway image ')" 'confirm erase list slots test upload '
same 'fish, a value' "$(in_fish 'slipway why --bank ')" '1 2 '

slipway --help | sed -n 's/^  \([a-z]* *[a-z]*\)  .*/\1/p' | while read -r command; do
    same "man $command" "$(slipway man $command | groff -man -Tutf8 -ww -z 2>&1)" ''
done
same 'man' "$(slipway man | groff -man -Tutf8 -ww -z 2>&1)" ''
