/* environment_program MODE: opens a context as a program with an unusual floating-point environment would, and prints
 * "contract 0|1" and what failed. Modes:
 *   plain    the standard environment
 *   ftz      FTZ and DAZ from the start, as in a program linked with -ffast-math
 *   driver   the same, but the program uses OpenCL before it opens Clonal's context, so that the driver's threads have
 *            it */
#include <CL/cl.h>
#include <clonal/clonal.h>
#include <stdio.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#define FLUSH() _mm_setcsr(_mm_getcsr() | 0x8040u)
#else
#define FLUSH() (void)0
#endif

/* Has the first device do something. */
static int use_opencl(void)
{
    static const char source[] = "__kernel void f(__global float *x) { x[get_global_id(0)] *= 0.5f; }";
    const char *text = source;
    const size_t count = 4096;
    cl_platform_id platform;
    cl_device_id device;
    cl_int code;
    if (clGetPlatformIDs(1, &platform, NULL) || clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL))
        return 1;
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &code);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &code);
    cl_program program = clCreateProgramWithSource(context, 1, &text, NULL, &code);
    cl_mem memory = clCreateBuffer(context, CL_MEM_READ_WRITE, 4 * count, NULL, &code);
    if (clBuildProgram(program, 1, &device, "", NULL, NULL)) return 1;
    cl_kernel kernel = clCreateKernel(program, "f", &code);
    if (code || clSetKernelArg(kernel, 0, sizeof memory, &memory)) return 1;
    if (clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &count, NULL, 0, NULL, NULL)) return 1;
    code = clFinish(queue);
    clReleaseKernel(kernel);
    clReleaseMemObject(memory);
    clReleaseProgram(program);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return code != CL_SUCCESS;
}

int main(int argc, char **argv)
{
    clonal_context *context;
    if (argc != 2) return 2;
    if (strcmp(argv[1], "plain")) FLUSH();
    if (!strcmp(argv[1], "driver") && use_opencl()) return 3;
    if (clonal_context_create(NULL, &context)) {
        fprintf(stderr, "%s\n", clonal_last_error()->message);
        return 1;
    }
    const clonal_probe *probe = clonal_context_probe(context);
    printf("contract %d %s\n", probe->contract, probe->failed);
    clonal_context_destroy(context);
    return 0;
}
