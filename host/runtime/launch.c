/* launch.c: kernel arguments and launches. */
#include "host/runtime/runtime.h"

static const char *kernel_name(cl_kernel kernel, char room[64])
{
    size_t size = 0;
    if (clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, 63, room, &size) != CL_SUCCESS) size = 0;
    room[size < 63 ? size : 63] = 0;
    return room;
}

clonal_status clonal__set_args(cl_kernel kernel, cl_uint first, size_t count, const clonal__arg *args)
{
    for (size_t i = 0; i < count; i++) {
        cl_int code = clSetKernelArg(kernel, first + (cl_uint)i, args[i].size, &args[i].as);
        char name[64];
        if (code != CL_SUCCESS)
            return clonal__fail_cl_at("clSetKernelArg", code, "argument %u of kernel %s", first + (unsigned)i,
                                      kernel_name(kernel, name));
    }
    return CLONAL_OK;
}

clonal_status clonal__launch_enqueue(clonal_context *context, const clonal__launch *launch)
{
    return clonal__launch_timed(context, launch, NULL);
}

clonal_status clonal__launch_timed(clonal_context *context, const clonal__launch *launch, cl_event *event)
{
    if (event) *event = NULL;
    for (cl_uint i = 0; i < launch->dimensions; i++)
        if (launch->global[i] == 0) return CLONAL_OK;
    cl_int code = clEnqueueNDRangeKernel(context->queue, launch->kernel, launch->dimensions, NULL, launch->global,
                                         launch->local[0] ? launch->local : NULL, 0, NULL, event);
    char name[64];
    if (code != CL_SUCCESS)
        return clonal__fail_cl_at("clEnqueueNDRangeKernel", code, "kernel %s", kernel_name(launch->kernel, name));
    return CLONAL_OK;
}
