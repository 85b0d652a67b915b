# ctest: PLATFORMS pocl rusticl intel TIMEOUT 300
# Programs with subnormals flushed: they get the contract's bits where Clonal opens the device first, are told where it does
# not, and leave nothing behind that spoils a later process.
set -eu
program=$CLONAL_TEST_TREE/tests/environment_program
export XDG_CACHE_HOME="$CLONAL_TEST_SCRATCH/cache"

# expect WANTED MODE: the program's line in this mode begins so.
expect() {
    got=$("$program" "$2" 2> "$CLONAL_TEST_SCRATCH/said")
    case $got in
    "$1"*) ;;
    *)
        echo "$2: '$got', where '$1' is expected; it said: $(cat "$CLONAL_TEST_SCRATCH/said")"
        exit 1
        ;;
    esac
}

rm -rf "$XDG_CACHE_HOME"
expect "contract 1" ftz
expect "contract 1" plain

# Whatever the driver makes of it, nothing bad is remembered ...
rm -rf "$XDG_CACHE_HOME"
"$program" driver 2> /dev/null
expect "contract 1" plain
# ... and nothing good is believed unseen: llvmpipe's threads inherit the environment of the one that starts them.
if [ "$CLONAL_TEST_PLATFORM" = rusticl ] && [ "$(uname -m)" = x86_64 ]; then
    expect "contract 0 subnormals" driver
fi
expect "contract 1" plain
