/* list_kernel.c: a kernel made ready and appended to a launch list. A file of its own, so that a program may put its
 * own in its place and hear what would be built (tests/support/main_kernel_options.c). */
#include "host/runtime/launch.h"

clonal_status clonal__list_kernel(clonal__launch_list *list, const clonal__kernel_spec *spec, size_t count,
                                  const clonal__arg *args)
{
    clonal__entry entry = {.launch = {.dimensions = spec->dimensions},
                           .binding_count = spec->binding_count,
                           .label = spec->label ? spec->label : spec->kernel};
    for (size_t i = 0; i < spec->binding_count; i++) entry.bindings[i] = spec->bindings[i];
    for (cl_uint i = 0; i < spec->dimensions; i++) {
        entry.launch.global[i] = spec->global[i];
        entry.launch.local[i] = spec->local[i];
    }
    CLONAL__TRY(clonal__rounds_made(list->context, spec->rounds, spec->long_by));
    CLONAL__TRY(clonal__kernel_create(list->context, spec->program, spec->options, spec->kernel, &entry.launch.kernel));
    clonal_status status = clonal__set_args(entry.launch.kernel, 0, count, args);
    if (status != CLONAL_OK) {
        clReleaseKernel(entry.launch.kernel);
        return status;
    }
    return clonal__list_append(list, &entry);
}
