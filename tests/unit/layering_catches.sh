#!/bin/sh
# The layering tests pass a small right tree and fail for every wrong include, and every wrong use, planted in it.
set -eu
layering=$CLONAL_SOURCE/tests/unit/layering.sh
links=$CLONAL_SOURCE/tests/unit/layering_links.sh
failed=0
mkdir -p host include tools

# write FILE LINE...
write() {
    file=$1
    shift
    mkdir -p "$(dirname "$file")"
    printf '%s\n' "$@" > "$file"
}

# right FILE LINE...: a part of the right tree.
right() {
    write "$@"
    if ! sh "$layering" "$PWD" > log; then
        echo "a right include is complained of: $1"
        cat log
        failed=1
    fi
}

# plant REASON FILE LINE...: caught, for a reason that has these words; then it is taken out again.
plant() {
    reason=$1
    shift
    write "$@"
    if sh "$layering" "$PWD" > log; then
        echo "not caught: $*"
        failed=1
    elif ! grep -q "^$1:1: .*$reason" log; then
        echo "caught for another reason than '$reason': $*"
        cat log
        failed=1
    fi
    rm "$1"
}

right host/base/a.c '#include <stdio.h>' '#include <clonal/status.h>'
right host/runtime/a.c '#include <CL/cl.h>' '#include <clonal/random.h>' '#include "host/base/a.h"'
right host/gemm/clblast.c '#include <clblast_c.h>' '#include <clonal/gemm.h>' '#include "host/gemm/clblast.h"'
right host/ir/a.c '#include "host/gemm/gemm.h"' '#include <clonal/graph.h>'
right host/ops/linear.c '#include "host/ir/graph.h"' '#include "host/ops/ops.h"'
right host/optim/sgd.c '#include "host/ir/graph.h"' '#include <clonal/optimizer.h>'
right host/data/a.c '#include "host/ir/graph.h"' '#include <clonal/data.h>'
right host/compile/a.c '#include "host/ops/ops.h"' '#include "host/optim/table.h"' '#include "host/data/a.h"'
right host/model/a.c '#include "host/compile/step.h"' '#include <clonal/tune.h>'
right host/run/a.c '#include "host/model/model.h"' '#include <clonal/run.h>'
right host/evidence/a.c '#include "host/run/run.h"' '#include <clonal/verify.h>' '#include <clonal/run.h>'
right include/clonal/status.h '#include <clonal/export.h>'
right include/clonal/model.h '#include <clonal/gemm.h>' '#include <clonal/data.h>'
right include/clonal/clonal.h '#include <clonal/verify.h>'
right tools/main.c '#include <clonal/clonal.h>' '#include "progress.h"'
right tools/bench_x.c '#include "host/gemm/gemm.h"'

up='points up'
plant "$up" host/base/x.c '#include "host/runtime/runtime.h"'
plant "$up" host/runtime/x.c '#  include "host/gemm/gemm.h"'
plant "$up" host/runtime/x.h '#include <host/gemm/gemm.h>'
plant "$up" host/gemm/x.c '#include "host/ir/graph.h"'
plant "$up" host/gemm/x.c '#include "host/ops/linear.h"'
plant "$up" host/ir/x.c '#include "host/ops/ops.h"'
plant "$up" host/ops/x.c '#include "host/compile/step.h"'
plant "$up" host/optim/x.c '#include "host/compile/step.h"'
plant "$up" host/data/x.c '#include "host/compile/step.h"'
plant "$up" host/data/x.c '#include "host/model/model.h"'
plant "$up" host/compile/x.c '#include "host/model/model.h"'
plant "$up" host/model/x.c '#include "host/run/run.h"'
plant "$up" host/run/x.c '#include "host/evidence/record.h"'

neighbour='a neighbour'
plant "$neighbour" host/ops/x.c '#include "host/optim/table.h"'
plant "$neighbour" host/optim/x.c '#include "host/ops/ops.h"'
plant "$neighbour" host/data/x.c '#include "host/ops/ops.h"'
plant "$neighbour" host/ops/x.c '#include "host/data/dataset.h"'

above='a public header of level'
plant "$above" host/base/x.c '#include <clonal/random.h>'
plant "$above" host/runtime/x.c '#include <clonal/gemm.h>'
plant "$above" host/gemm/x.h '#include <clonal/model.h>'
plant "$above" host/gemm/x.c '#include "clonal/graph.h"'
plant "$above" host/ir/x.c '#include <clonal/optimizer.h>'
plant "$above" host/ops/x.c '#include <clonal/tune.h>'
plant "$above" host/compile/x.c '#include <clonal/model.h>'
plant "$above" host/model/x.c '#include <clonal/run.h>'
plant "$above" host/run/x.c '#include <clonal/verify.h>'
plant "$above" host/evidence/x.c '#include <clonal/clonal.h>'
plant "$above" include/clonal/export.h '#include <clonal/device.h>'
plant "$above" include/clonal/gemm.h '#include <clonal/model.h>'
plant "$above" include/clonal/run.h '#include <clonal/verify.h>'

plant 'no such room' host/graph/x.c '#include <stdio.h>'
plant 'no such room' host/x.c '#include <stdio.h>'
plant 'no such room' host/model/x.c '#include "host/train/run.h"'
plant 'no such public header' host/run/x.c '#include <clonal/settings.h>'
plant 'no such public header' include/clonal/run.h '#include <clonal/settings.h>'
plant 'does not have' include/clonal/x.h '#include <clonal/status.h>'
plant 'a relative path' host/model/x.c '#include "../run/run.h"'
plant 'from the root' host/model/x.c '#include "model.h"'
plant 'from the root' host/model/x.c '#include "tools/support/device.h"'
plant 'base knows no OpenCL' host/base/x.h '#include <CL/cl.h>'
plant 'only host/gemm/clblast.c' host/gemm/x.c '#include <clblast_c.h>'
plant 'public headers alone' include/clonal/run.h '#include "host/base/error.h"'
plant 'needs Clonal alone' include/clonal/run.h '#include <CL/cl.h>'
plant 'use the public headers' tools/cmd_x.c '#include "host/base/error.h"'
plant 'use the public headers' tools/cmd_x.c '#include <CL/cl.h>'
plant 'a relative path' tools/cmd_x.c '#include "../host/base/error.h"'
plant 'an example stands alone' tools/examples/x.c '#include "progress.h"'

# compile FILE LINE...: writes a source below sources/ and compiles it.
compile() {
    unit=$1
    shift
    write "sources/$unit" "$@"
    mkdir -p "objects/$(dirname "$unit")"
    ${CC:-cc} -c -o "objects/$unit.o" "sources/$unit"
}

# plant_use REASON FILE NAME: a use of clonal__NAME in FILE is caught for this reason; then it is taken out again.
plant_use() {
    compile "$2" "void clonal__$3(void);" 'void clonal__x(void);' "void clonal__x(void) { clonal__$3(); }"
    if sh "$links" "$PWD/objects" "$PWD/sources" > log; then
        echo "not caught: a use of clonal__$3 in $2"
        failed=1
    elif ! grep -q "^${2%.c} uses _*clonal__$3, .*: $1$" log; then
        echo "caught for another reason than '$1': a use of clonal__$3 in $2"
        cat log
        failed=1
    fi
    rm "sources/$2"
}

if command -v nm > /dev/null && command -v "${CC:-cc}" > /dev/null; then
    compile runtime/a.c 'void clonal_low(void);' 'void clonal_low(void) {}'
    compile ops/a.c 'extern int clonal__table;' 'int clonal__table = 1;' 'void clonal__op(void);' \
        'void clonal_low(void);' 'void clonal__op(void) { clonal_low(); }'
    compile ops/b.c 'void clonal__op(void);' 'void clonal__other(void);' 'void clonal__other(void) { clonal__op(); }'
    if ! sh "$links" "$PWD/objects" "$PWD/sources" > log; then
        echo "right uses are complained of"
        cat log
        failed=1
    fi
    plant_use 'points up' gemm/x.c op
    plant_use 'a neighbour' optim/x.c op
fi
exit $failed
