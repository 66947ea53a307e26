#!/bin/sh
# apt_sources.sh TYPE SUITE FOLDER - the archives of this machine's own distribution, as apt knows them, into FOLDER,
# which apt takes as Dir::Etc::sourceparts. TYPE is deb or deb-src, whatever the machine has; SUITE is the release that
# is wanted, by its code name; empty: this machine's. Mirror, keys and options stay the machine's. Other archives
# (whose suite is not named after the release) are left out. Without any archive, no file is written.
set -eu
type=$1 suite=$2 folder=$3
etc=${APT_ETC:-/etc/apt} # tests have one of their own
codename=$(sed -n 's/^VERSION_CODENAME=//p' "${OS_RELEASE:-/etc/os-release}")
mkdir -p "$folder"
rm -f "$folder"/machine.list "$folder"/machine.sources

# awk functions for both formats: own() recognizes a suite of this distribution, wanted() gives the requested suite.
# shellcheck disable=SC2016
words='
function own(s) { return s ~ ("^(" code "|oldstable|stable|testing|unstable|sid)([-/].*)?$") }
function wanted(s) { if (suite != "") sub(/^[^-\/]*/, suite, s); return s }'

for f in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
    [ ! -f "$f" ] || awk -v type="$type" -v suite="$suite" -v code="${codename:-sid}" "$words"'
        $1 == "deb" || $1 == "deb-src" {
            $1 = type
            at = 2
            if ($2 ~ /^\[/) { while ($at !~ /\]$/) at++; at++ }
            if (!own($(at + 1))) next
            $(at + 1) = wanted($(at + 1))
            print
        }' "$f"
done | sort -u >"$folder/machine.list"

for f in "$etc"/sources.list.d/*.sources; do
    [ ! -f "$f" ] || awk -v type="$type" -v suite="$suite" -v code="${codename:-sid}" "$words"'
        BEGIN { RS = ""; FS = "\n" }
        {
            text = ""; mine = 0
            for (i = 1; i <= NF; i++) {
                line = $i
                if (line ~ /^Types:/) line = "Types: " type
                if (line ~ /^Suites:/) {
                    n = split(line, s, /[ \t]+/)
                    line = "Suites:"
                    for (j = 2; j <= n; j++) if (own(s[j])) { line = line " " wanted(s[j]); mine = 1 }
                }
                text = text line "\n"
            }
            if (mine) print text
        }' "$f"
done >"$folder/machine.sources"

for f in "$folder/machine.list" "$folder/machine.sources"; do
    [ -s "$f" ] || rm "$f"
done
