#!/bin/sh
# layering_links.sh [OBJECTS HOST]: fails when a function or table of one room is used by a room that is lower, or by a
# neighbour, whatever header declares it. OBJECTS holds ROOM/FILE.c.o of HOST/ROOM/FILE.c; the library's are the default.
set -eu
command -v nm > /dev/null || { echo "skipped: no nm"; exit 77; }
# shellcheck source=tests/unit/_rooms.sh
. "$(dirname "$0")/_rooms.sh"
objects=${1:-$CLONAL_TEST_TREE/CMakeFiles/clonal_objects.dir/host}
host=${2:-$CLONAL_SOURCE/host}

# Objects of sources that are gone lie about in a build tree: they are left out.
cd "$host"
find . -name '*.c' | LC_ALL=C sort | sed 's|^\./||; s|$|.o|' | (cd "$objects" && xargs nm -A -P) | awk -v rooms="$rooms" '
BEGIN {
    n = split(rooms, words, " ")
    for (i = 1; i < n; i += 2) level[words[i]] = words[i + 1]
}
# ROOM/FILE.o: NAME TYPE ...
$2 !~ /^_?clonal_/ { next }
{
    file = $1
    sub(/\.[a-z.]*:$/, "", file)
    room = file
    sub(/\/.*/, "", room)
    if (!(room in level)) {
        printf "no such room: %s\n", room
        bad++
    }
}
$3 == "U" { uses[++used] = file " " $2; next }
$3 ~ /^[A-Z]$/ { home[$2] = file; defined++ }
END {
    for (i = 1; i <= used; i++) {
        split(uses[i], use, " ")
        if (!(use[2] in home)) continue
        split(use[1], from, "/")
        split(home[use[2]], to, "/")
        if (from[1] == to[1] || level[to[1]] < level[from[1]]) continue
        printf "%s uses %s, which is defined in %s: %s\n", use[1], use[2], home[use[2]],
            (level[to[1]] > level[from[1]] ? "points up" : "a neighbour")
        bad++
    }
    printf "%d uses of %d names, %d wrong\n", used, defined, bad
    exit bad > 0 || used == 0 || defined == 0
}'
