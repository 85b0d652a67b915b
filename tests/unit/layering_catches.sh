#!/bin/sh
# The layering test passes a small right tree and fails for every wrong include planted in it.
set -eu
layering=$CLONAL_SOURCE/tests/unit/layering.sh
mkdir -p host/base host/runtime host/gemm host/ops host/graph host/train include/clonal tools/examples
echo '#include <stdio.h>' > host/base/a.c
echo '#include "host/base/a.h"' > host/train/a.c
echo '#include "host/gemm/gemm.h"' > host/ops/linear.c
echo '#include <clblast_c.h>' > host/gemm/clblast.c
echo '#include <clonal/status.h>' > include/clonal/clonal.h
printf '#include <clonal/clonal.h>\n#include "progress.h"\n' > tools/main.c
sh "$layering" "$PWD"

failed=0
plant() {
    mkdir -p "$(dirname "$1")"
    echo "$2" > "$1"
    if sh "$layering" "$PWD" > log; then
        echo "not caught: $1: $2"
        failed=1
    fi
    rm "$1"
}
plant host/base/x.c '#include "host/runtime/runtime.h"'
plant host/base/x.h '#include <CL/cl.h>'
plant host/runtime/x.c '#  include "host/gemm/gemm.h"'
plant host/gemm/x.c '#include "host/ops/linear.h"'
plant host/gemm/x.c '#include <clblast_c.h>'
plant host/ops/x.c '#include "host/ir/graph.h"'
plant host/graph/x.c '#include "host/train/run.h"'
plant host/graph/x.c '#include "../train/run.h"'
plant host/graph/x.c '#include "graph.h"'
plant host/other/x.c '#include <stdio.h>'
plant include/clonal/x.h '#include "host/base/error.h"'
plant include/clonal/x.h '#include <CL/cl.h>'
plant tools/cmd_x.c '#include "host/base/error.h"'
plant tools/cmd_x.c '#include "../host/base/error.h"'
plant tools/examples/x.c '#include "progress.h"'
exit $failed
