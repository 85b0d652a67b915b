#!/bin/sh
# ctest: TIMEOUT 600
# Installs Clonal, moves the installation elsewhere, and builds and runs a user's program against it: with CMake's
# find_package and with pkg-config, each with the shared and the static library.
set -eu
cmake --install "$CLONAL_TEST_TREE" --prefix "$PWD/first" > install.log
mv first prefix
prefix=$PWD/prefix
consumer=$CLONAL_SOURCE/tests/install/consumer

need() {
    for file in "$@"; do
        [ -e "$file" ] || { echo "not installed: $file"; exit 1; }
    done
}
cd "$prefix"
need bin/clonal include/clonal/clonal.h share/man/man1/clonal.1 share/bash-completion/completions/clonal \
    share/zsh/site-functions/_clonal share/fish/vendor_completions.d/clonal.fish
lib=$(dirname "$(find . -name 'libclonal.a')")
need "$lib/libclonal.so" "$lib/libclonal.so.0" "$lib/pkgconfig/clonal.pc" "$lib/cmake/clonal/clonal-config.cmake"
cd ..
lib=$prefix/$lib
"$prefix/bin/clonal" --version

# Nothing but the public interface may be seen from outside.
if nm -D --defined-only "$lib/libclonal.so" | awk '$3 !~ /^clonal_[a-z]/ { print "exported: " $3; bad = 1 } END { exit !bad }'; then
    exit 1
fi

cmake -S "$consumer" -B build -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_FLAGS="${CLONAL_TEST_CFLAGS:-}" > cmake.log
cmake --build build > build.log
ldd build/with_static | grep -q libclonal && { echo "with_static links to the shared library"; exit 1; }
build/with_shared
build/with_static

command -v pkg-config > /dev/null || { echo "no pkg-config"; exit 1; }
PKG_CONFIG_PATH=$lib/pkgconfig
export PKG_CONFIG_PATH
pkg-config --exact-version="$(sed -n 's/^Version: //p' "$lib/pkgconfig/clonal.pc")" clonal
compile="${CC:-cc} -std=c11 ${CLONAL_TEST_CFLAGS:-} $consumer/main.c"
# shellcheck disable=SC2046,SC2086 # flags are lists
$compile -o shared $(pkg-config --cflags --libs clonal)
LD_LIBRARY_PATH=$lib ./shared
# The archive alone, so that the linker cannot take the shared library beside it.
mkdir only && mv "$lib"/libclonal.so* only/
# shellcheck disable=SC2046,SC2086
$compile -o static $(pkg-config --static --cflags --libs clonal)
./static
