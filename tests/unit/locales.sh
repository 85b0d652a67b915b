#!/bin/sh
# ctest: LABELS long
# The unit tests pass in programs that have set another locale.
set -eu
# shellcheck source=tests/unit/_locales.sh
. "$CLONAL_SOURCE/tests/unit/_locales.sh"
count=0
for program in "$CLONAL_TEST_TREE"/tests/test_unit_*; do
    case $program in
    *_math_mpfr | *_reference | *.*) continue ;; # of the reference, not of the library
    *_normal | *_noise) continue ;;                # statistics of numbers alone
    esac
    for locale in $locales; do
        status=0
        in_locale "$locale" "$program" > said 2>&1 || status=$?
        [ $status -ne 77 ] || continue
        [ $status -eq 0 ] || { echo "$program in $locale: status $status"; cat said; exit 1; }
        count=$((count + 1))
    done
done
echo "$count runs"
[ $count -gt 20 ]
