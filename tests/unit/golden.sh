# cl/golden-1.txt is what the C reference makes of cl/verify-cases.txt, to the last byte.
set -eu
"$CLONAL_TEST_TREE/tests/clonal-golden" "$CLONAL_SOURCE/cl/verify-cases.txt" > golden.txt
cmp golden.txt "$CLONAL_SOURCE/cl/golden-1.txt"
