#!/bin/sh
# The test that ends the device tests: it fails when none passed, or none on a required platform.
set -eu
check=$CLONAL_SOURCE/tests/support/device_runs
CLONAL_TEST_TREE=$PWD
CLONAL_REQUIRE_PLATFORMS=
export CLONAL_TEST_TREE CLONAL_REQUIRE_PLATFORMS
"$check" begin
if "$check" end; then echo "passes without a device test"; exit 1; fi
: > tests/ran/device.gemm.pocl
"$check" end
if CLONAL_REQUIRE_PLATFORMS="pocl rusticl" "$check" end; then echo "passes without rusticl"; exit 1; fi
: > tests/ran/device.gemm.rusticl
CLONAL_REQUIRE_PLATFORMS="pocl rusticl" "$check" end
"$check" begin
if "$check" end; then echo "begin forgets nothing"; exit 1; fi
