/* elementwise.c: bias, add, activations and their derivatives: cl/elementwise.cl. */
#include "host/ops/ops.h"

static clonal__kernel_spec flat(const char *kernel, uint32_t count)
{
    return (clonal__kernel_spec){.program = "elementwise",
                                 .kernel = kernel,
                                 .dimensions = 1,
                                 .global = {clonal__round_up(count, 64)},
                                 .local = {64},
                                 .step_argument = -1,
                                 .place_argument = -1};
}

clonal_status clonal__op_bias(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem x, cl_mem b, cl_mem y)
{
    clonal__kernel_spec spec = flat("bias", rows * columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(b), CLONAL__MEM(y), CLONAL__U32(rows * columns),
                               CLONAL__U32(columns));
}

clonal_status clonal__op_add(clonal__launch_list *list, uint32_t rows, uint32_t columns, cl_mem a, cl_mem b, cl_mem y)
{
    clonal__kernel_spec spec = flat("add", rows * columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(a), CLONAL__MEM(b), CLONAL__MEM(y),
                               CLONAL__U32(rows * columns));
}

clonal_status clonal__op_scale(clonal__launch_list *list, uint32_t rows, uint32_t columns, float factor, cl_mem x,
                               cl_mem y)
{
    clonal__kernel_spec spec = flat("scale", rows * columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(rows * columns),
                               CLONAL__F32(factor));
}

static const struct {
    const char *name, *kernel, *gradient;
} functions[] = {
    [CLONAL__IDENTITY] = {"identity", NULL, NULL},
    [CLONAL__F_RELU] = {"relu", "relu", "relu_gradient"},
    [CLONAL__F_SIGMOID] = {"sigmoid", "sigmoid", "sigmoid_gradient"},
    [CLONAL__F_TANH] = {"tanh", "hyperbolic_tangent", "tanh_gradient"},
};

const char *clonal__function_name(clonal__function function)
{
    return functions[function].name;
}

clonal_status clonal__op_function(clonal__launch_list *list, clonal__function function, uint32_t rows, uint32_t columns,
                                  cl_mem x, cl_mem y)
{
    clonal__kernel_spec spec = flat(functions[function].kernel, rows * columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(x), CLONAL__MEM(y), CLONAL__U32(rows * columns));
}

clonal_status clonal__op_derivative(clonal__launch_list *list, clonal__function function, uint32_t rows,
                                    uint32_t columns, cl_mem dy, cl_mem y, cl_mem dx)
{
    clonal__kernel_spec spec = flat(functions[function].gradient, rows * columns);
    return CLONAL__LIST_KERNEL(list, &spec, CLONAL__MEM(dy), CLONAL__MEM(y), CLONAL__MEM(dx),
                               CLONAL__U32(rows * columns));
}
