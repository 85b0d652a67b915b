# ctest: PLATFORMS pocl LABELS long TIMEOUT 600
# A run in a program with another locale leaves the same files as one in C's, reads those of others, and keeps the contract.
set -eu
# shellcheck source=tests/unit/_locales.sh
. "$CLONAL_SOURCE/tests/unit/_locales.sh"
program=$CLONAL_TEST_TREE/tests/locale_program
PYTHONPATH=$CLONAL_SOURCE/tests/cli python3 -c 'import _cli; _cli.make_data("data", train=90, test=40)'
plain() { sed -E 's/,[0-9.e-]*$//' "$1"; } # without the seconds of metrics.csv

"$program" C C > expected || { cat expected; exit 1; }
for locale in $locales; do
    "$program" "$locale.UTF-8" "$locale" > said || { cat said; exit 1; }
    diff expected said
    for file in run.json metrics.csv; do
        plain "C/$file" > a
        plain "$locale/$file" > b
        diff a b
    done
done
# Of C's run in de_DE, and the other way round: one more epoch of each is not asked for, so that all is read alone.
"$program" de_DE.UTF-8 another C > said || { cat said; exit 1; }
"$program" C yet-another de_DE > said-of-german || { cat said-of-german; exit 1; }
diff said said-of-german
