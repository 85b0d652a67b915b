/* opencl.c: OpenCL calls that return errors, without doing what they were asked. A release is done all the same, as
 * where a driver reports a fault of the device with it. */
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include "shim.h"
#include <CL/cl.h>
#include <stddef.h>

/* What drivers return most, whatever the cause, by turns. */
static cl_int code_of(unsigned long number)
{
    static const cl_int codes[] = {CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY};
    return fault_goes_on() ? CL_OUT_OF_RESOURCES : codes[number % 2];
}

#define CALLS(name, parameters, arguments)                                                                             \
    cl_int name parameters                                                                                             \
    {                                                                                                                  \
        NEXT(name);                                                                                                    \
        const unsigned long number = DUE(FAULT_OPENCL);                                                                \
        return number ? code_of(number) : real arguments;                                                              \
    }

#define RELEASES(name, type)                                                                                           \
    cl_int name(type object)                                                                                           \
    {                                                                                                                  \
        NEXT(name);                                                                                                    \
        const unsigned long number = DUE(FAULT_OPENCL);                                                                \
        const cl_int status = real(object);                                                                            \
        return number ? code_of(number) : status;                                                                      \
    }

#define CREATES(type, name, parameters, arguments)                                                                     \
    type name parameters                                                                                               \
    {                                                                                                                  \
        NEXT(name);                                                                                                    \
        const unsigned long number = DUE(FAULT_OPENCL);                                                                \
        if (!number) return real arguments;                                                                            \
        if (e) *e = code_of(number);                                                                                   \
        return NULL;                                                                                                   \
    }

#define WAIT cl_uint n, const cl_event *w, cl_event *event

typedef void(CL_CALLBACK *context_callback)(const char *, const void *, size_t, void *);
typedef void(CL_CALLBACK *program_callback)(cl_program, void *);

CALLS(clGetPlatformIDs, (cl_uint n, cl_platform_id *p, cl_uint *c), (n, p, c))
CALLS(clGetPlatformInfo, (cl_platform_id p, cl_platform_info i, size_t s, void *v, size_t *r), (p, i, s, v, r))
CALLS(clGetDeviceIDs, (cl_platform_id p, cl_device_type t, cl_uint n, cl_device_id *d, cl_uint *c), (p, t, n, d, c))
CALLS(clGetDeviceInfo, (cl_device_id d, cl_device_info i, size_t s, void *v, size_t *r), (d, i, s, v, r))
CALLS(clGetProgramInfo, (cl_program p, cl_program_info i, size_t s, void *v, size_t *r), (p, i, s, v, r))
CALLS(clGetKernelInfo, (cl_kernel k, cl_kernel_info i, size_t s, void *v, size_t *r), (k, i, s, v, r))
CALLS(clGetProgramBuildInfo, (cl_program p, cl_device_id d, cl_program_build_info i, size_t s, void *v, size_t *r),
      (p, d, i, s, v, r))
CALLS(clGetKernelWorkGroupInfo,
      (cl_kernel k, cl_device_id d, cl_kernel_work_group_info i, size_t s, void *v, size_t *r), (k, d, i, s, v, r))
CALLS(clGetEventProfilingInfo, (cl_event x, cl_profiling_info i, size_t s, void *v, size_t *r), (x, i, s, v, r))
CALLS(clBuildProgram, (cl_program p, cl_uint n, const cl_device_id *d, const char *o, program_callback f, void *u),
      (p, n, d, o, f, u))
CALLS(clSetKernelArg, (cl_kernel k, cl_uint i, size_t s, const void *v), (k, i, s, v))
CALLS(clFlush, (cl_command_queue q), (q))
CALLS(clFinish, (cl_command_queue q), (q))
CALLS(clWaitForEvents, (cl_uint n, const cl_event *w), (n, w))
CALLS(clEnqueueNDRangeKernel,
      (cl_command_queue q, cl_kernel k, cl_uint d, const size_t *o, const size_t *g, const size_t *l, WAIT),
      (q, k, d, o, g, l, n, w, event))
CALLS(clEnqueueReadBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, void *p, WAIT),
      (q, m, b, o, s, p, n, w, event))
CALLS(clEnqueueWriteBuffer, (cl_command_queue q, cl_mem m, cl_bool b, size_t o, size_t s, const void *p, WAIT),
      (q, m, b, o, s, p, n, w, event))
#define PARTS const size_t *f, const size_t *h, const size_t *r, size_t a, size_t x, size_t c, size_t y
CALLS(clEnqueueReadBufferRect, (cl_command_queue q, cl_mem m, cl_bool b, PARTS, void *p, WAIT),
      (q, m, b, f, h, r, a, x, c, y, p, n, w, event))
CALLS(clEnqueueWriteBufferRect, (cl_command_queue q, cl_mem m, cl_bool b, PARTS, const void *p, WAIT),
      (q, m, b, f, h, r, a, x, c, y, p, n, w, event))
CALLS(clEnqueueUnmapMemObject, (cl_command_queue q, cl_mem m, void *p, WAIT), (q, m, p, n, w, event))
CALLS(clEnqueueCopyBuffer, (cl_command_queue q, cl_mem a, cl_mem b, size_t i, size_t o, size_t s, WAIT),
      (q, a, b, i, o, s, n, w, event))
CALLS(clEnqueueFillBuffer, (cl_command_queue q, cl_mem m, const void *p, size_t z, size_t o, size_t s, WAIT),
      (q, m, p, z, o, s, n, w, event))
CALLS(clEnqueueMarkerWithWaitList, (cl_command_queue q, WAIT), (q, n, w, event))

RELEASES(clReleaseCommandQueue, cl_command_queue)
RELEASES(clReleaseContext, cl_context)
RELEASES(clReleaseEvent, cl_event)
RELEASES(clReleaseKernel, cl_kernel)
RELEASES(clReleaseMemObject, cl_mem)
RELEASES(clReleaseProgram, cl_program)

CREATES(cl_context, clCreateContext,
        (const cl_context_properties *p, cl_uint n, const cl_device_id *d, context_callback f, void *u, cl_int *e),
        (p, n, d, f, u, e))
CREATES(cl_command_queue, clCreateCommandQueue,
        (cl_context c, cl_device_id d, cl_command_queue_properties p, cl_int *e), (c, d, p, e))
CREATES(cl_mem, clCreateBuffer, (cl_context c, cl_mem_flags f, size_t n, void *p, cl_int *e), (c, f, n, p, e))
CREATES(void *, clEnqueueMapBuffer,
        (cl_command_queue q, cl_mem m, cl_bool b, cl_map_flags f, size_t o, size_t s, WAIT, cl_int *e),
        (q, m, b, f, o, s, n, w, event, e))
CREATES(cl_program, clCreateProgramWithSource, (cl_context c, cl_uint n, const char **s, const size_t *l, cl_int *e),
        (c, n, s, l, e))
CREATES(cl_program, clCreateProgramWithBinary,
        (cl_context c, cl_uint n, const cl_device_id *d, const size_t *l, const unsigned char **b, cl_int *s,
         cl_int *e),
        (c, n, d, l, b, s, e))
CREATES(cl_kernel, clCreateKernel, (cl_program p, const char *n, cl_int *e), (p, n, e))
