#!/bin/sh
# ctest: PLATFORMS pocl rusticl oclgrind intel LABELS long hours TIMEOUT 14400 SERIAL
# The device's functions against the reference on all 2^32 inputs and 10^9 quotients, and 10^8 adversarial triples through every body of
# clonal_fma. oclgrind, a simulator, takes each 1021st input: all of them would be a day's work.
set -eu
options=--full
[ "$CLONAL_TEST_PLATFORM" = oclgrind ] && options="--stride 1021 --pairs 10000000"
"$CLONAL_TEST_TREE/tests/test_device_math_sweep" $options
exec "$CLONAL_TEST_TREE/tests/test_device_fma_adversarial" --count 100000000
