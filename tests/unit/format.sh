#!/bin/sh
# Every source is laid out by .clang-format: lines of at most 100 columns in headers and kernels, 120 elsewhere.
set -eu
cd "$CLONAL_SOURCE"
tools/format --check
# What clang-format leaves long: comments and strings that it may not break.
long=$(find host include tools tests cl \( -name '*.h' -o -name '*.cl' \) -exec awk 'length > 100 { print FILENAME ":" FNR }' {} +
    find host include tools tests -name '*.c' -exec awk 'length > 120 { print FILENAME ":" FNR }' {} +)
[ -z "$long" ] || { echo "lines that are too long:"; echo "$long"; exit 1; }
