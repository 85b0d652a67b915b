#!/bin/sh
# ctest: PLATFORMS pocl LABELS long TIMEOUT 900
# Four threads, a context each, with the library built for the thread sanitizer (preset tsan): no race in Clonal's own
# code. That one would be seen is seen too, by a copy of file.c whose counter is no atomic.
set -eu
tree=$CLONAL_SOURCE/build/tsan
unset LD_PRELOAD # of the leak checker, which the sanitizer does not know
export TSAN_OPTIONS="suppressions=$CLONAL_SOURCE/tests/support/tsan.supp:halt_on_error=0:exitcode=66"

# The sanitizer that comes with old compilers does not start where the kernel moves addresses as far as new ones do.
echo 'int main(void) { return 0; }' > try.c
cc=$(command -v "${CC:-cc}" || command -v gcc || command -v clang || true)
plain=
[ -n "$cc" ] && "$cc" -fsanitize=thread try.c -o try 2> said || { echo "skipped: ${cc:-no compiler} has no thread sanitizer"; exit 77; }
if ! ./try; then
    plain="setarch -R"
    $plain ./try || { echo "skipped: the thread sanitizer's programs do not start here"; exit 77; }
fi
command -v cmake > /dev/null && command -v ninja > /dev/null || { echo "skipped: no cmake or ninja"; exit 77; }

(cd "$CLONAL_SOURCE" && cmake --preset tsan "-DCMAKE_C_COMPILER=$cc" -DCLONAL_BUILD_TESTS=ON -DCLONAL_BUILD_TOOLS=OFF &&
    cmake --build --preset tsan --target threads_program) > said 2>&1 || { tail -n 30 said; exit 1; }

# threads PROGRAM [ARGUMENT]: runs it; its output in `said`.
threads() {
    $plain "$@" > said 2>&1
}

# equal N: `said` is N digests, one as the other.
equal() {
    [ "$(grep -c '^sha256:' said)" -eq "$1" ] && [ "$(sort -u said | wc -l)" -eq 1 ]
}
export POCL_CACHE_DIR="$PWD/pocl" XDG_CACHE_HOME="$PWD/cache"
mkdir -p "$POCL_CACHE_DIR"
for round in 1 2 3; do # at first with nothing compiled yet
    threads "$tree/tests/threads_program" || { echo "round $round:"; head -n 100 said; exit 1; }
    equal 12 || { echo "round $round:"; cat said; exit 1; }
done
threads "$tree/tests/threads_program" clblast && equal 4 || { echo "through CLBlast:"; head -n 100 said; exit 1; }

threads "$tree/tests/threads_program" sweep && equal 2 || { echo "a sweep:"; head -n 100 said; exit 1; }

grep -q "static atomic_uint counter" "$CLONAL_SOURCE/host/base/file.c" # what is planted in
sed 's/static atomic_uint counter/static unsigned counter/' "$CLONAL_SOURCE/host/base/file.c" > file.c
planted_source=$PWD/file.c
object=$PWD/file.o
planted=$PWD/planted
compile=$(ninja -C "$tree" -t commands tests/threads_program | grep -- '-c [^ ]*/host/base/file\.c$')
link=$(ninja -C "$tree" -t commands tests/threads_program | tail -n 1)
(cd "$tree" && eval "$(echo "$compile" | sed "s| -o [^ ]*| -o '$object'|; s| -c [^ ]*| -c '$planted_source'|")" &&
    eval "$(echo "$link" | sed "s| -o tests/threads_program| '$object' -o '$planted'|")")
for round in 1 2 3 4 5; do
    threads "$planted" || { grep -q "data race .*open_temporary" said && exit 0; }
done
echo "the planted race was not seen"
exit 1
