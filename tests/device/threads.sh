# ctest: PLATFORMS pocl rusticl intel LABELS long TIMEOUT 600
# Threads that use the library at once from its first moment on, and children that a process forks.
set -eu
program=$CLONAL_TEST_TREE/tests/threads_program
rounds=5
[ "$CLONAL_TEST_PLATFORM" = rusticl ] && rounds=1
# At first with nothing compiled yet.
export POCL_CACHE_DIR="$PWD/pocl" XDG_CACHE_HOME="$PWD/cache"
mkdir -p "$POCL_CACHE_DIR"
for round in $(seq $rounds); do
    "$program" > digests || { echo "round $round:"; cat digests; exit 1; }
    [ "$(wc -l < digests)" -eq 12 ] && [ "$(sort -u digests | wc -l)" -eq 1 ] || { echo "round $round:"; cat digests; exit 1; }
done
digest=$(head -n 1 digests)

"$program" sweep > digests
[ "$(wc -l < digests)" -eq 2 ] && [ "$(sort -u digests | wc -l)" -eq 1 ] || { echo "sweep:"; cat digests; exit 1; }

"$program" fork-before > said
printf 'child %s\nchild'"'"'s status 0\nparent %s\n' "$digest" "$digest" | diff - said
"$program" fork-after > said
grep -q "^clonal_context_create(NULL, &own): CLONAL_E_OPENCL: this process was forked by one that used OpenCL before" said
[ "$(tail -n 2 said)" = "child's status 1
parent $digest" ]
