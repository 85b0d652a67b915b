#!/bin/sh
# The library never prints, exits or aborts: it refers to none of the functions that would. A process that it has forked
# for itself is not the program: hdf5_catalogue.c ends it so.
set -eu
command -v nm > /dev/null || { echo "skipped: no nm"; exit 77; }
nm -u "$CLONAL_TEST_TREE/libclonal.a" | awk '
/:$/ { object = $1 }
object ~ /^hdf5_catalogue\./ && $2 == "_exit" { next }
$1 == "U" && $2 ~ /^_*(stdout|stderr|printf|printf_chk|vprintf|vprintf_chk|puts|putchar|perror|exit|_exit|_Exit|quick_exit|abort|assert_fail|system|rand|srand|random)$/ {
    print object, $2
    bad++
}
END { exit bad > 0 }'
