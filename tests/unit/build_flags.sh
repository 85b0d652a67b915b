#!/bin/sh
# Flags that would change bits are refused, by CMake and by the sources themselves; -O3 and -march=native are not.
set -eu
cd "$CLONAL_SOURCE"

for flag in -ffast-math -Ofast -ffinite-math-only; do
    if gcc $flag -std=c11 -I. -Iinclude -fsyntax-only host/base/float_environment.c 2> "$CLONAL_TEST_SCRATCH/said"; then
        echo "$flag: the source compiles"
        exit 1
    fi
    grep -q "#error .*exact to the last bit" "$CLONAL_TEST_SCRATCH/said"
done
gcc -O3 -march=native -std=c11 -I. -Iinclude -fsyntax-only host/base/float_environment.c

# configure CFLAGS LDFLAGS: CMake's status, what it says in `said`.
configure() {
    rm -rf "$CLONAL_TEST_SCRATCH/build"
    CFLAGS=$1 LDFLAGS=$2 cmake -S . -B "$CLONAL_TEST_SCRATCH/build" -G Ninja -DCLONAL_BUILD_TESTS=OFF > "$CLONAL_TEST_SCRATCH/said" 2>&1
}
command -v cmake > /dev/null && command -v ninja > /dev/null || { echo "skipped: no cmake or ninja"; exit 77; }
for flags in "-O3 -march=native -ffast-math:" "-Ofast:" ":-ffast-math" "-funsafe-math-optimizations -g:"; do
    if configure "${flags%:*}" "${flags#*:}"; then
        echo "$flags: CMake takes it"
        exit 1
    fi
    tr -s ' \n' ' ' < "$CLONAL_TEST_SCRATCH/said" | grep -q "is among the compiler's flags.*without it"
done
configure "-O3 -march=native" ""
