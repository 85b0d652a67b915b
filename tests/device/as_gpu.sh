#!/bin/sh
# ctest: PLATFORMS pocl+as-gpu intel+as-gpu HOURS_ON intel+as-gpu LABELS long TIMEOUT 900
# Products and training steps by the kernels that GPUs take, on a CPU.
set -eu
"$CLONAL_TEST_TREE/tests/test_device_gemm"
exec "$CLONAL_TEST_TREE/tests/test_device_step"
