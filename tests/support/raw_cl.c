#include "raw_cl.h"

#include "host/runtime/kernel_sources.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(cl_int code, const char *call)
{
    if (code != CL_SUCCESS) {
        fprintf(stderr, "%s: OpenCL error %d\n", call, (int)code);
        exit(1);
    }
}

static int contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; ++text) {
        size_t i = 0;
        while (i < length && text[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i])) ++i;
        if (i == length) return 1;
    }
    return length == 0;
}

int raw_cl_open(raw_cl *cl)
{
    memset(cl, 0, sizeof *cl);
    cl_platform_id platforms[16];
    cl_uint count = 0;
    if (clGetPlatformIDs(16, platforms, &count) != CL_SUCCESS) return 0;
    count = count > 16 ? 16 : count;
    const char *wanted = getenv("CLONAL_TEST_PLATFORM");
    cl_uint chosen = 0;
    for (cl_uint i = count; wanted && i-- > 0;) {
        char name[128] = "";
        clGetPlatformInfo(platforms[i], CL_PLATFORM_NAME, sizeof name, name, NULL);
        if (contains(name, wanted)) chosen = i;
    }
    if (count == 0 || clGetDeviceIDs(platforms[chosen], CL_DEVICE_TYPE_ALL, 1, &cl->device, NULL) != CL_SUCCESS)
        return 0;

    char platform[100] = "", device[100] = "";
    clGetPlatformInfo(platforms[chosen], CL_PLATFORM_NAME, sizeof platform, platform, NULL);
    clGetDeviceInfo(cl->device, CL_DEVICE_NAME, sizeof device, device, NULL);
    snprintf(cl->name, sizeof cl->name, "%s: %s", platform, device);
    cl_device_fp_config fp64 = 0;
    if (clGetDeviceInfo(cl->device, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof fp64, &fp64, NULL) == CL_SUCCESS)
        cl->has_fp64 = fp64 != 0;

    cl_int code;
    cl->context = clCreateContext(NULL, 1, &cl->device, NULL, NULL, &code);
    check(code, "clCreateContext");
    cl->queue = clCreateCommandQueue(cl->context, cl->device, 0, &code);
    check(code, "clCreateCommandQueue");
    return 1;
}

void raw_cl_close(raw_cl *cl)
{
    if (cl->program) clReleaseProgram(cl->program);
    clReleaseCommandQueue(cl->queue);
    clReleaseContext(cl->context);
    memset(cl, 0, sizeof *cl);
}

void raw_cl_build(raw_cl *cl, const char *name, const char *options)
{
    const clonal__kernel_source *source = clonal__kernel_sources;
    while (source->name && strcmp(source->name, name) != 0) ++source;
    if (!source->name) {
        fprintf(stderr, "no program cl/%s.cl\n", name);
        exit(1);
    }
    if (cl->program) clReleaseProgram(cl->program);
    cl_int code;
    cl->program = clCreateProgramWithSource(cl->context, 1, (const char **)&source->text, &source->length, &code);
    check(code, "clCreateProgramWithSource");
    if (clBuildProgram(cl->program, 1, &cl->device, options, NULL, NULL) != CL_SUCCESS) {
        static char log[20000];
        clGetProgramBuildInfo(cl->program, cl->device, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, NULL);
        fprintf(stderr, "clBuildProgram %s.cl %s:\n%s\n", name, options, log);
        exit(1);
    }
}

cl_kernel raw_cl_kernel(const raw_cl *cl, const char *name)
{
    cl_int code;
    cl_kernel kernel = clCreateKernel(cl->program, name, &code);
    check(code, name);
    return kernel;
}

cl_mem raw_cl_buffer(const raw_cl *cl, size_t bytes)
{
    cl_int code;
    cl_mem buffer = clCreateBuffer(cl->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
    check(code, "clCreateBuffer");
    return buffer;
}

void raw_cl_write(const raw_cl *cl, cl_mem buffer, const void *data, size_t bytes)
{
    check(clEnqueueWriteBuffer(cl->queue, buffer, CL_TRUE, 0, bytes, data, 0, NULL, NULL), "clEnqueueWriteBuffer");
}

void raw_cl_read(const raw_cl *cl, cl_mem buffer, void *data, size_t bytes)
{
    check(clEnqueueReadBuffer(cl->queue, buffer, CL_TRUE, 0, bytes, data, 0, NULL, NULL), "clEnqueueReadBuffer");
}

void raw_cl_run(const raw_cl *cl, cl_kernel kernel, size_t items)
{
    check(clEnqueueNDRangeKernel(cl->queue, kernel, 1, NULL, &items, NULL, 0, NULL, NULL), "clEnqueueNDRangeKernel");
    check(clFlush(cl->queue), "clFlush");
}

void raw_cl_set(cl_kernel kernel, cl_uint index, size_t bytes, const void *value)
{
    check(clSetKernelArg(kernel, index, bytes, value), "clSetKernelArg");
}
