# ctest: PLATFORMS oclgrind LABELS long TIMEOUT 1500
# The small cases, under oclgrind's checks of memory and data races.
set -eu
"$CLONAL" verify
