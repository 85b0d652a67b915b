#!/bin/sh
# layering.sh [ROOT]: fails when an #include points up the house's layers, or where only one file may look.
#
# Two tables, in _rooms.sh, give a level to every room of host/ and to every public header. A file in a room includes no room and
# no public header above the level of its own, nor a neighbour, which is another room of the same level; a public header
# includes none above its own level. tools/ use the public headers alone, of any level.
set -eu
# shellcheck source=tests/unit/_rooms.sh
. "$(dirname "$0")/_rooms.sh"
root=${1:-${CLONAL_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}}
cd "$root"

find host include tools -name '*.[ch]' | LC_ALL=C sort | xargs awk -v rooms="$rooms" -v public_headers="$(echo "$public_headers" | tr '\n' ' ')" '
function table(text, levels,    words, n, i) {
    n = split(text, words, " ")
    for (i = 1; i < n; i += 2) levels[words[i]] = words[i + 1]
}
BEGIN {
    table(rooms, room)
    table(public_headers, public)
}
function complain(why) {
    printf "%s:%d: #include of %s: %s\n", FILENAME, FNR, target, why
    bad++
}
# The name between the folder `before` and ".h", or "" where `path` is not there.
function header_of(path, before) {
    if (substr(path, 1, length(before)) != before || path !~ /\.h$/) return ""
    return substr(path, length(before) + 1, length(path) - length(before) - 2)
}
# Complains of a public header above `level`.
function check_public(level) {
    if (to_public == "") return
    if (!(to_public in public)) complain("no such public header in the table of levels")
    else if (public[to_public] > level) complain("a public header of level " public[to_public] ", from level " level)
}
FNR == 1 { files++ }
!/^[ \t]*#[ \t]*include[ \t]*["<]/ { next }
{
    count++
    quoted = $0 ~ /include[ \t]*"/
    split($0, parts, /["<>]/)
    target = parts[2]
    split(FILENAME, from, "/")
    to_room = ""
    if (target ~ /^host\//) {
        split(target, to, "/")
        to_room = to[2]
    }
    to_public = header_of(target, "clonal/")

    if (target ~ /(^|\/)\.\.?\//) complain("a relative path; write it from the root, as host/base/x.h")
    if (target ~ /clblast/ && target !~ /^host\// && FILENAME != "host/gemm/clblast.c")
        complain("only host/gemm/clblast.c includes CLBlast")
    if (from[1] == "include") {
        own = header_of(FILENAME, "include/clonal/")
        if (quoted && target !~ /^clonal\//) complain("a public header includes public headers alone")
        if (target ~ /^CL\/|jansson|openssl|zip\.h|zlib|Random123/) complain("a public header needs Clonal alone")
        if (!(own in public)) complain("from a public header that the table of levels does not have")
        else check_public(public[own])
    } else if (from[1] == "host") {
        if (quoted && target !~ /^(host|clonal)\//) complain("write it from the root, as host/base/x.h")
        if (from[2] == "base" && target ~ /^CL\//) complain("base knows no OpenCL")
        if (!(from[2] in room)) complain("no such room: host/" from[2])
        else if (to_room != "" && !(to_room in room)) complain("no such room: host/" to_room)
        else if (to_room != "" && room[to_room] > room[from[2]]) complain("points up")
        else if (to_room != "" && to_room != from[2] && room[to_room] == room[from[2]]) complain("a neighbour")
        else check_public(room[from[2]])
    } else if (FILENAME !~ /^tools\/bench_/) {
        if (target ~ /^CL\// || target ~ /^host\//) complain("tools use the public headers alone")
        if (from[2] == "examples" && quoted) complain("an example stands alone")
    }
}
END {
    printf "%d includes in %d files, %d wrong\n", count, files, bad
    exit bad > 0 || count == 0
}'
