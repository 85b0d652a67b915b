# ctest: PLATFORMS pocl intel LABELS long TIMEOUT 1500
# All cases, and the chapter's ten epochs on Fashion-MNIST against the C reference's digests after each.
set -eu
[ -d /usr/share/datasets/fashion-mnist ] || exit 77
"$CLONAL" verify --full
