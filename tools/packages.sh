# shellcheck shell=sh disable=SC2154 # root and me are the caller's
# tools/packages.sh: which packages are missing, and installing them. Sourced by tools/quickstart and tools/check, which
# set `root` (the source tree) and `me` (the name in messages). The packages stand in tools/packages.txt.

# packages_rows NEED...: the table's rows for these needs, as "what debian fedora arch homebrew".
packages_rows() {
    for need in "$@"; do
        while read -r row_need what debian fedora arch homebrew; do
            [ "$row_need" = "$need" ] && echo "$what $debian $fedora $arch $homebrew"
        done < "$root/tools/packages.txt"
    done
}

# packages_manager: which of the table's columns this machine's packages are named by; "none" if it is none of them.
packages_manager() {
    if command -v dpkg-query > /dev/null 2>&1 && command -v apt-get > /dev/null 2>&1; then
        echo debian
    elif command -v dnf > /dev/null 2>&1 && command -v rpm > /dev/null 2>&1; then
        echo fedora
    elif command -v pacman > /dev/null 2>&1; then
        echo arch
    elif command -v brew > /dev/null 2>&1; then
        echo homebrew
    else
        echo none
    fi
}

# packages_has MANAGER PACKAGE: whether it is installed.
packages_has() {
    case $1 in
    debian) dpkg-query -W -f '${db:Status-Status}' "$2" 2> /dev/null | grep -qx installed ;;
    fedora) rpm -q --whatprovides "$2" > /dev/null 2>&1 ;;
    arch) pacman -T "$2" > /dev/null 2>&1 ;;
    homebrew) brew list "$2" > /dev/null 2>&1 ;;
    *) return 1 ;;
    esac
}

# packages_missing NEED...: the rows of what is not installed. A tool in PATH will do, whichever package it is from.
packages_missing() {
    manager=$(packages_manager)
    packages_rows "$@" | while read -r what debian fedora arch homebrew; do
        case $what in
        cc | cmake | ninja | git | gnuplot) command -v "$what" > /dev/null 2>&1 && continue ;;
        pkg-config) command -v pkg-config > /dev/null 2>&1 && continue ;;
        python) command -v python3 > /dev/null 2>&1 && [ "$manager" != debian ] && continue ;;
        esac
        case $manager in
        debian) package=$debian ;;
        fedora) package=$fedora ;;
        arch) package=$arch ;;
        homebrew) package=$homebrew ;;
        none) package=$what ;;
        esac
        [ "$package" = - ] && continue
        packages_has "$manager" "$package" && continue
        echo "$what $debian $fedora $arch $homebrew"
    done
}

# packages_column N: from rows on stdin, that column's packages on one line.
packages_column() {
    awk -v n="$1" '$n != "-" { printf "%s%s", sep, $n; sep = " " } END { print "" }'
}

# packages_explain ROWS: names what to install, for every distribution of the table.
packages_explain() {
    {
        echo "$me: these packages are missing; install them and run this again:"
        echo "  Debian, Ubuntu:  apt-get install $(echo "$1" | packages_column 2)"
        echo "  Fedora:          dnf install $(echo "$1" | packages_column 3)"
        echo "  Arch:            pacman -S $(echo "$1" | packages_column 4)"
        echo "  Homebrew:        brew install $(echo "$1" | packages_column 5)"
        if echo "$1" | grep -q '^data ' && [ "$(packages_manager)" != debian ]; then
            echo "  Fashion-MNIST is a package of Debian and Ubuntu alone: elsewhere put its four .gz files into a folder and"
            echo "  name that with --data."
        fi
        if echo "$1" | grep -q '^random123 '; then
            echo "  Random123 has no package on Arch and Homebrew: its headers are enough, CMAKE_PREFIX_PATH says where."
        fi
    } >&2
}

# packages_install ROWS: with apt-get, as root or through sudo. Fails without a word when it cannot even try.
packages_install() {
    [ "$(packages_manager)" = debian ] || return 1
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo > /dev/null 2>&1 || return 1
        as_root=sudo
    fi
    names=$(echo "$1" | packages_column 2)
    echo "$me: installing $names" >&2
    # A list that cannot be brought up to date (one dead third-party source is enough) may still do.
    $as_root apt-get update -qq < /dev/null >&2 || echo "$me: apt-get update failed; going on with the lists that are there" >&2
    # shellcheck disable=SC2086 # names is a list
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends $names \
        < /dev/null >&2
}

# packages_need NEED...: installs what is missing of these, or names it and ends the script with status 1.
packages_need() {
    rows=$(packages_missing "$@")
    [ -n "$rows" ] || return 0
    if ! packages_install "$rows"; then
        packages_explain "$rows"
        exit 1
    fi
}

# build_preset PRESET [CMAKE-OPTION...] [-- BUILD-OPTION...]: configures if need be, then builds what changed. With
# options for CMake it always configures, since they may differ from the last time's. All output goes to stderr.
build_preset() {
    preset=$1
    shift
    if [ $# -gt 0 ] && [ "$1" != -- ]; then
        options=
        while [ $# -gt 0 ] && [ "$1" != -- ]; do
            options="$options $1"
            shift
        done
        # shellcheck disable=SC2086 # options is a list
        (cd "$root" && cmake --preset "$preset" $options) >&2
    elif [ ! -f "$root/build/$preset/build.ninja" ]; then
        (cd "$root" && cmake --preset "$preset") >&2
    fi
    [ "${1:-}" = -- ] && shift
    cmake --build "$root/build/$preset" "$@" >&2
}
