#!/bin/sh
# ctest: HOST
# tools/quickstart before it builds: what it installs, or names, on machines that are made of stubs.
set -eu
mkdir -p root/build real bin log
cp -r "$CLONAL_SOURCE/tools" root/tools
for tool in sh awk cat dirname env grep mkdir rm chmod; do
    ln -s "$(command -v $tool)" real/$tool
done

# A stub says its name and arguments in log/calls.
stub() {
    printf '#!/bin/sh\necho "%s $*" >> %s/log/calls\n%s\n' "$1" "$PWD" "$2" > "bin/$1"
    chmod +x "bin/$1"
}
user() { stub id "echo $1"; }
# The compiler and CMake are there; CMake's build leaves a command that prints its arguments.
stub cc ''
stub ninja ''
stub gnuplot ''
stub cmake "case \"\$*\" in
--preset*) mkdir -p build/release; : > build/release/build.ninja ;;
--build*) printf '#!/bin/sh\\necho trained: \"\$@\"\\n' > $PWD/root/build/release/clonal
    chmod +x $PWD/root/build/release/clonal ;;
esac"

failed=0
run() {
    : > log/calls
    status=0
    PATH="$PWD/bin:$PWD/real" sh root/tools/quickstart --epochs 1 > log/out 2> log/err < /dev/null || status=$?
}
wants() {
    if ! grep -q -e "$2" "log/$1"; then
        echo "$case: expected '$2' in $1:"
        cat "log/$1"
        failed=1
    fi
}
lacks() {
    if grep -q -e "$2" "log/$1"; then
        echo "$case: unexpected '$2' in $1:"
        cat "log/$1"
        failed=1
    fi
}
leaves() {
    [ "$1" = "$status" ] || { echo "$case: status $status, not $1"; cat log/err; failed=1; }
}

case="no package manager"
user 0
run
leaves 1
for words in "apt-get install .*libclblast-dev" "dnf install .*clblast-devel" "pacman -S .*clblast" \
    "brew install .*clblast" "apt-get install .*dataset-fashion-mnist" "put its four .gz files"; do
    wants err "$words"
done
lacks calls "cmake"

case="Debian, no root, no sudo"
stub apt-get ''
stub dpkg-query 'case "$*" in *libpopt-dev*|*pocl-opencl-icd*) exit 1 ;; esac; echo installed'
user 1000
run
leaves 1
wants err "apt-get install libpopt-dev pocl-opencl-icd\$"
wants err "dnf install popt-devel pocl\$"
lacks calls "apt-get"
lacks calls "cmake"

case="Debian, sudo"
stub sudo 'exec "$@"'
run
leaves 0
wants calls "sudo apt-get update"
wants calls "apt-get install .* libpopt-dev pocl-opencl-icd\$"
wants calls "cmake --preset release"
wants out "^trained: train --epochs 1\$"
[ "$(wc -l < log/out)" -eq 1 ] || { echo "$case: more than the training on stdout"; failed=1; }

case="Debian, root"
user 0
run
leaves 0
wants calls "^apt-get install"
lacks calls "sudo"

case="Debian, the lists cannot be updated"
stub apt-get 'case "$*" in update*) exit 100 ;; esac'
run
leaves 0
wants calls "^apt-get install"

case="Debian, a package cannot be installed"
stub apt-get 'exit 100'
run
leaves 1
wants err "dnf install popt-devel pocl\$"

case="Debian, everything is there"
stub dpkg-query 'echo installed'
user 1000
run
leaves 0
lacks calls "apt-get"
lacks calls "sudo"
lacks calls "cmake --preset"
wants out "^trained: train --epochs 1\$"

case="Fedora, one package missing"
rm bin/apt-get bin/dpkg-query
stub dnf ''
stub rpm 'case "$*" in *jansson-devel*) exit 1 ;; esac'
run
leaves 1
wants err "dnf install jansson-devel\$"
lacks calls "^dnf"

case="Fedora, everything is there"
stub rpm ''
run
leaves 0
wants out "^trained: train --epochs 1\$"
exit $failed
