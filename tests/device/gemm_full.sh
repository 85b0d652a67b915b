#!/bin/sh
# ctest: PLATFORMS pocl rusticl intel intel+as-gpu LABELS long hours TIMEOUT 7200 SERIAL
# Every variant of the native GEMM in every transposition with every epilogue, and the steps of every graph with each.
set -eu
"$CLONAL_TEST_TREE/tests/test_device_gemm" --full
exec "$CLONAL_TEST_TREE/tests/test_device_step" --full
