#!/bin/sh
# ctest: HOST LABELS long hours TIMEOUT 7200 SERIAL
# The reference's functions against MPFR on all 2^32 inputs. Here and not in unit/, so that it does not run under the
# sanitizers as well.
set -eu
program=$CLONAL_TEST_TREE/tests/test_unit_math_mpfr
[ -x "$program" ] || { echo "skipped: built without MPFR"; exit 77; }
exec "$program" --full
