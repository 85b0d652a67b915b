# Read by the scripts that run programs in other locales: makes three of them in the scratch folder, sets `locales` to
# their names and `preload` to the library that sets them; leaves with 77 where that cannot be.
# shellcheck shell=sh disable=SC2034 # used where it is read
preload=$CLONAL_TEST_TREE/tests/libset_locale.so
[ -e "$preload" ] || { echo "skipped: the library that sets the locale is not built under sanitizers"; exit 77; }
command -v localedef > /dev/null || { echo "skipped: no localedef"; exit 77; }
# A decimal comma; i and I that are no pair; a decimal separator of two bytes.
locales="de_DE tr_TR fa_IR"
for locale in $locales; do
    localedef -i "$locale" -f UTF-8 "$CLONAL_TEST_SCRATCH/$locale.UTF-8" > /dev/null 2>&1 ||
        [ -d "$CLONAL_TEST_SCRATCH/$locale.UTF-8" ] || { echo "skipped: no sources of locales"; exit 77; }
done
export LOCPATH="$CLONAL_TEST_SCRATCH"

# in_locale NAME COMMAND [ARGUMENT...]
in_locale() {
    name=$1
    shift
    CLONAL_TEST_LOCALE=$name.UTF-8 LD_PRELOAD=$preload "$@"
}
