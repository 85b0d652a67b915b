/* leaky_program [kernel|event]: uses OpenCL rightly, but for the fault named. For leak_checker.sh. */
#include <CL/cl.h>
#include <string.h>

int main(int argc, char **argv)
{
    const char *fault = argc > 1 ? argv[1] : "";
    cl_platform_id platform;
    cl_device_id device;
    cl_int status;
    if (clGetPlatformIDs(1, &platform, NULL) || clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, NULL))
        return 1;
    cl_context context = clCreateContext(NULL, 1, &device, NULL, NULL, &status);
    cl_command_queue queue = clCreateCommandQueue(context, device, 0, &status);
    cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, 64, NULL, &status);
    const char *source = "kernel void one(global int *a) { a[get_global_id(0)] = 1; }";
    cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &status);
    if (clBuildProgram(program, 1, &device, "", NULL, NULL)) return 1;
    cl_kernel kernel = clCreateKernel(program, "one", &status);
    if (clSetKernelArg(kernel, 0, sizeof buffer, &buffer)) return 1;

    cl_event event;
    size_t size = 16;
    if (clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &size, NULL, 0, NULL, &event)) return 1;
    clFinish(queue);
    if (strcmp(fault, "event") != 0) clReleaseEvent(event);
    clRetainKernel(kernel);
    clReleaseKernel(kernel);
    if (strcmp(fault, "kernel") != 0) clReleaseKernel(kernel);
    clReleaseProgram(program);
    clReleaseMemObject(buffer);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
    return 0;
}
