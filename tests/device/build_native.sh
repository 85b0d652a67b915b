#!/bin/sh
# ctest: PLATFORMS pocl LABELS long TIMEOUT 900
# What distributors build: gcc's and clang's whole build with -O3 -march=native gives the bits of the plain one.
set -eu
command -v cmake > /dev/null && command -v ninja > /dev/null || { echo "skipped: no cmake or ninja"; exit 77; }

# digest PROGRAM FOLDER: of a small run, and of verify's small cases.
digest() {
    "$1" train --data data --hidden 24,16 --batch 32 --epochs 2 --momentum 0.5 --init he-normal --quiet --out "$2" | sed 's/  .*//'
    "$1" verify --small | sed -n 's/.*digest of the small cases/verify/p'
}
python3 -c "
import sys
sys.path.insert(0, '$CLONAL_SOURCE/tests/cli')
from _cli import make_data
make_data('data')"
digest "$CLONAL" plain > wanted
[ "$(grep -c sha256: wanted)" = 2 ] || { echo "the plain build says:"; cat wanted; exit 1; }

built=
for compiler in gcc clang clang-15; do
    command -v "$compiler" > /dev/null || continue
    [ "$compiler" != clang-15 ] || ! command -v clang > /dev/null || continue
    CC=$compiler CFLAGS="-O3 -march=native" cmake -S "$CLONAL_SOURCE" -B "$compiler" -G Ninja -DCMAKE_BUILD_TYPE=Release \
        -DCLONAL_BUILD_TESTS=OFF > said 2>&1 && cmake --build "$compiler" > said 2>&1 || { tail -n 30 said; exit 1; }
    digest "$compiler/clonal" "run-$compiler" > got
    cmp wanted got || { echo "$compiler:"; cat wanted got; exit 1; }
    built="$built $compiler"
done
echo "the same bits by:$built"
[ -n "$built" ] || { echo "skipped: neither gcc nor clang"; exit 77; }
