#!/bin/sh
# layering.sh [ROOT]: fails when an #include points up the house's layers, or where only one file may look.
#
#   tools -> train -> graph -> ops, gemm -> runtime -> base, and the public headers for all of them
set -eu
root=${1:-${CLONAL_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}}
cd "$root"

find host include tools -name '*.[ch]' | LC_ALL=C sort | xargs awk '
BEGIN {
    level["base"] = 0; level["runtime"] = 1; level["gemm"] = 2; level["ops"] = 2; level["graph"] = 3; level["train"] = 4
}
function complain(why) {
    printf "%s:%d: #include of %s: %s\n", FILENAME, FNR, target, why
    bad++
}
FNR == 1 { files++ }
!/^[ \t]*#[ \t]*include[ \t]*["<]/ { next }
{
    count++
    quoted = $0 ~ /include[ \t]*"/
    split($0, parts, /["<>]/)
    target = parts[2]
    split(FILENAME, from, "/")
    to_layer = ""
    if (target ~ /^host\//) {
        split(target, to, "/")
        to_layer = to[2]
    }

    if (target ~ /(^|\/)\.\.?\//) complain("a relative path; write it from the root, as host/base/x.h")
    if (target ~ /clblast/ && target !~ /^host\// && FILENAME != "host/gemm/clblast.c")
        complain("only host/gemm/clblast.c includes CLBlast")
    if (from[1] == "include") {
        if (quoted && target !~ /^clonal\//) complain("a public header includes public headers alone")
        if (target ~ /^CL\/|jansson|openssl|zlib|Random123/) complain("a public header needs Clonal alone")
    } else if (from[1] == "host") {
        if (!(from[2] in level)) complain("no such layer: host/" from[2])
        else if (to_layer != "" && !(to_layer in level)) complain("no such layer: host/" to_layer)
        else if (to_layer != "" && level[to_layer] > level[from[2]]) complain("points up")
        # Neighbours: an operation may launch a GEMM, a GEMM knows no operation.
        else if (from[2] == "gemm" && to_layer == "ops") complain("gemm knows no operation")
        if (quoted && target !~ /^(host|clonal)\//) complain("write it from the root, as host/base/x.h")
        if (from[2] == "base" && target ~ /^CL\//) complain("base knows no OpenCL")
    } else if (FILENAME !~ /^tools\/bench_/) {
        if (target ~ /^CL\// || target ~ /^host\//) complain("tools use the public headers alone")
        if (from[2] == "examples" && quoted) complain("an example stands alone")
    }
}
END {
    printf "%d includes in %d files, %d wrong\n", count, files, bad
    exit bad > 0 || count == 0
}'
