/* probe.c: placeholder until the probe's kernel lands. */
#include "host/runtime/runtime.h"

clonal_status clonal__probe_run(clonal_context *context)
{
    context->probe = (clonal_probe){.contract = true, .builtin_fma = true};
    return CLONAL_OK;
}
