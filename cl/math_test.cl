/* Test kernels: each function of lib/math.cl, lib/fma.cl and lib/philox.cl applied to a range of
 * bit patterns or to arrays of them. Used by tests/device/math_sweep.c and fma_adversarial.c alone.
 */
#include "lib/base.cl"
#include "lib/erf.cl"
#include "lib/math.cl"
#include "lib/normal.cl"
#include "lib/philox.cl"

/* out[i] = bits of f(x), x the float of bits first + i * stride (modulo 2^32). */
#define CLONAL__TEST_UNARY(name)                                                                   \
    __kernel void test_##name(uint first, uint stride, __global uint *restrict out)                \
    {                                                                                              \
        uint i = (uint)get_global_id(0);                                                           \
        out[i] = as_uint(clonal_##name(as_float(first + i * stride)));                             \
    }

CLONAL__TEST_UNARY(recip)
CLONAL__TEST_UNARY(sqrt)
CLONAL__TEST_UNARY(exp)
CLONAL__TEST_UNARY(log)
CLONAL__TEST_UNARY(sigmoid)
CLONAL__TEST_UNARY(tanh)
CLONAL__TEST_UNARY(erf)

/* out[i] = bits of the variate of the word first + i * stride (modulo 2^32). */
__kernel void test_normal32(uint first, uint stride, __global uint *restrict out)
{
    uint i = (uint)get_global_id(0);
    out[i] = as_uint(clonal_normal32(first + i * stride));
}

__kernel void test_div(__global const float *restrict a, __global const float *restrict b,
                       __global uint *restrict out)
{
    size_t i = get_global_id(0);
    out[i] = as_uint(clonal_div(a[i], b[i]));
}

__kernel void test_fma(__global const float *restrict a, __global const float *restrict b,
                       __global const float *restrict c, __global uint *restrict out)
{
    size_t i = get_global_id(0);
    out[i] = as_uint(clonal_fma(a[i], b[i], c[i]));
}

#define CLONAL__TEST_FMA_VECTOR(n)                                                                 \
    __kernel void test_fma##n(__global const float *restrict a, __global const float *restrict b,  \
                              __global const float *restrict c, __global uint *restrict out)       \
    {                                                                                              \
        size_t i = get_global_id(0);                                                               \
        vstore##n(as_uint##n(clonal_fma##n(vload##n(i, a), vload##n(i, b), vload##n(i, c))), i,    \
                  out);                                                                            \
    }

CLONAL__TEST_FMA_VECTOR(4)
CLONAL__TEST_FMA_VECTOR(8)
CLONAL__TEST_FMA_VECTOR(16)

/* One block a work-item: out (n,4) from ctr (n,4), key (n,2). */
__kernel void test_philox(__global const uint *restrict ctr, __global const uint *restrict key,
                          __global uint *restrict out)
{
    size_t i = get_global_id(0);
    vstore4(clonal_philox(vload4(i, ctr), vload2(i, key)), i, out);
}

/* Eight blocks a work-item: out (n,32) from ctr (n,4), key (n,2). */
__kernel void test_philox8(__global const uint *restrict ctr, __global const uint *restrict key,
                           __global uint *restrict out)
{
    size_t i = get_global_id(0);
    uint16 first, second;
    clonal_philox8(vload4(i, ctr), vload2(i, key), &first, &second);
    vstore16(first, 2 * i, out);
    vstore16(second, 2 * i + 1, out);
}
