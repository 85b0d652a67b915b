#!/bin/sh
# Each public header compiles alone, as C11 and as C++11, without a warning; C++ takes the defaults of every struct.
set -eu
cd "$CLONAL_SOURCE"
export_h=$(find "$CLONAL_TEST_TREE" -name export.h -path '*clonal*' | head -n 1)
includes="-Iinclude ${export_h:+-I$(dirname "$(dirname "$export_h")")}"
warnings="-Wall -Wextra -Wpedantic -Werror -fsyntax-only"
compiled=0

# check COMPILER LANGUAGE STANDARD FILE: the file, in this language.
check() {
    # shellcheck disable=SC2086 # lists
    "$1" -x "$2" "-std=$3" $warnings $includes "$4"
    compiled=$((compiled + 1))
}

cat > "$CLONAL_TEST_SCRATCH/defaults.cc" <<'END'
#include <clonal/clonal.h>
int main()
{
    clonal_model_options options = CLONAL_MODEL_OPTIONS_DEFAULT;
    clonal_model_options same = clonal_model_options_default();
    clonal_run_settings settings;
    clonal_run_settings_default(&settings);
    settings.model = options;
    settings.model.optimizer = clonal_optimizer_default();
    settings.model.schedule = clonal_schedule_default();
    return same.batch == settings.model.batch ? 0 : 1;
}
END

for compiler in gcc clang clang-15 g++ clang++ clang++-15; do
    command -v $compiler > /dev/null || continue
    for header in include/clonal/*.h; do
        printf '#include <%s>\nint unit;\n' "${header#include/}" > "$CLONAL_TEST_SCRATCH/alone.c"
        case $compiler in
        *++*) check $compiler c++ c++11 "$CLONAL_TEST_SCRATCH/alone.c" ;;
        *) check $compiler c c11 "$CLONAL_TEST_SCRATCH/alone.c" ;;
        esac
    done
    case $compiler in
    *++*)
        check $compiler c++ c++11 "$CLONAL_TEST_SCRATCH/defaults.cc"
        cxx=$compiler
        ;;
    esac
done
[ $compiled -gt 0 ] || { echo "skipped: no compiler of these names"; exit 77; }
echo "$compiled times compiled"
[ -n "${cxx:-}" ] || { echo "skipped: no C++ compiler"; exit 77; }
