# ctest: LABELS long TIMEOUT 1200
# cl/golden-1-full.txt is what the C reference makes of Fashion-MNIST.
set -eu
[ -d /usr/share/datasets/fashion-mnist ] || exit 77
"$CLONAL_TEST_TREE/tests/clonal-reference" > full.txt
sed -n 's/^epoch \([0-9]*\) .* digest \([0-9a-f]*\)$/epoch \1 \2/p' full.txt > made.txt
grep -v '^#' "$CLONAL_SOURCE/cl/golden-1-full.txt" | cmp - made.txt
