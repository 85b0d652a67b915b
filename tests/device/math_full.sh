#!/bin/sh
# ctest: PLATFORMS pocl rusticl LABELS long hours TIMEOUT 7200 SERIAL
# The device's functions against the reference on all 2^32 inputs, and adversarial triples through every body of
# clonal_fma. rusticl, where an fma is a hundred integer operations, takes each 31st input.
set -eu
options=--full
triples=100000000
if [ "$CLONAL_TEST_PLATFORM" = rusticl ]; then
    options="--stride 31 --pairs 100000000"
    triples=10000000
fi
"$CLONAL_TEST_TREE/tests/test_device_math_sweep" $options
exec "$CLONAL_TEST_TREE/tests/test_device_fma_adversarial" --count $triples
