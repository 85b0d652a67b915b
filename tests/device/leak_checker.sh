#!/bin/sh
# ctest: HOST
# The leak checker passes a right program and fails one that leaks; the rest of tests/support/on.
set -eu
program=$CLONAL_TEST_TREE/tests/leaky_program
checker=$CLONAL_TEST_TREE/tests/libcl_leaks.so
[ -e "$checker" ] || { echo "skipped: the leak checker is not built under sanitizers"; exit 77; }
CLONAL_TEST_PRELOAD=
export CLONAL_TEST_PRELOAD
"$CLONAL_ON" pocl "$program"
CLONAL_TEST_PRELOAD=$checker

expect() {
    wanted=$1
    shift
    status=0
    "$@" > log 2>&1 || status=$?
    if [ $status -ne "$wanted" ]; then
        echo "$*: status $status, not $wanted"
        cat log
        exit 1
    fi
}
expect 0 "$CLONAL_ON" pocl "$program"
expect 86 "$CLONAL_ON" pocl "$program" event
grep -q "event of clEnqueueNDRangeKernel is still alive" log
expect 86 "$CLONAL_ON" pocl "$program" kernel
grep -q "kernel of clCreateKernel is still alive" log

expect 2 "$CLONAL_ON" nosuch true
expect 77 env CLONAL_INTEL_ICD=/nonexistent.icd "$CLONAL_ON" intel true
expect 3 "$CLONAL_ON" none sh -c 'exit 3'
expect 1 "$CLONAL_ON" none "$program"
