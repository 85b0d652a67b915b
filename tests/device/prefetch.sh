# ctest: PLATFORMS pocl TIMEOUT 300
# The CPU form of the native GEMM fetches A ahead in machine code: without it, products of a large A stored transposed take
# nearly twice as long, and no bit tells. OpenCL's own prefetch() leaves nothing in the code.
set -eu
case $(uname -m) in
x86_64) instruction=prefetcht0 ;;
aarch64) instruction=prfm ;;
*) echo "skipped: no name for the instruction here"; exit 77 ;;
esac
command -v objdump > /dev/null || { echo "skipped: no objdump"; exit 77; }
export XDG_CACHE_HOME="$CLONAL_TEST_SCRATCH/cache" POCL_CACHE_DIR="$CLONAL_TEST_SCRATCH/pocl"
rm -rf "$XDG_CACHE_HOME" "$POCL_CACHE_DIR"
mkdir -p "$XDG_CACHE_HOME" "$POCL_CACHE_DIR"
PYTHONPATH=$CLONAL_SOURCE/tests/cli python3 -c 'import _cli; _cli.make_data("data", train=64, test=32)'
"$CLONAL" train --data data --hidden 16 --batch 32 --epochs 1 --gemm native --quiet --out run > said 2>&1 || { cat said; exit 1; }

seen=0
for object in $(find "$POCL_CACHE_DIR" -path '*gemm_tiles*' -name '*.so'); do
    seen=$((seen + 1))
    objdump -d "$object" > code
    grep -q "$instruction" code || { echo "no $instruction in $object"; exit 1; }
done
[ $seen -ge 3 ] || { echo "$seen programs of gemm_tiles, where forward and both gradients make 3"; exit 1; }
