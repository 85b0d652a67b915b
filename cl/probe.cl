/* probe.cl: what a device's arithmetic does, for the host to compare with its own
 * (host/runtime/probe.c). One work-item a triple (a, b, c). */
#include "lib/base.cl"

__kernel void probe_fma(__global const float *triples, __global float *results, uint n)
{
    size_t i = get_global_id(0);
    if (i < n) results[i] = clonal_fma(triples[3 * i], triples[3 * i + 1], triples[3 * i + 2]);
}

/* The same by clonal_fma16, which drivers may compile to other code: lane i mod 16 of the vector of
 * i's neighbours. n is a multiple of 16. */
__kernel void probe_fma16(__global const float *triples, __global float *results, uint n)
{
    uint i = (uint)get_global_id(0);
    float a[16], b[16], c[16];
    if (i >= n) return;
    __global const float *t = triples + 3 * (i & ~15u);
    for (uint k = 0; k < 16; ++k) {
        a[k] = t[3 * k];
        b[k] = t[3 * k + 1];
        c[k] = t[3 * k + 2];
    }
    vstore16(clonal_fma16(vload16(0, a), vload16(0, b), vload16(0, c)), 0, c);
    results[i] = c[i & 15u];
}

/* results (n,8): a+b; a-b; a*b; (a*b)+c in two statements, two roundings; mul_hi and product of the
 * bits; conversions of a's bits, as int, and b's, as uint, to float, and of a, where it fits, to
 * int, all in one word; 1 for a > b, 2 for a < b, 4 for a == b, and 8 when a > b ? a : b is a. */
__kernel void probe_arithmetic(__global const float *triples, __global uint *results, uint n)
{
    size_t i = get_global_id(0);
    if (i >= n) return;
    float a = triples[3 * i], b = triples[3 * i + 1], c = triples[3 * i + 2];
    uint ua = as_uint(a), ub = as_uint(b);
    __global uint *r = results + 8 * i;
    r[0] = as_uint(a + b);
    r[1] = as_uint(a - b);
    r[2] = as_uint(a * b);
    float product = a * b;
    float sum = product + c;
    r[3] = as_uint(sum);
    r[4] = mul_hi(ua, ub);
    r[5] = ua * ub;
    int whole = a > -0x1p31f && a < 0x1p31f ? convert_int_rtz(a) : 0;
    r[6] = as_uint((float)as_int(ua)) ^ as_uint((float)ub) ^ (uint)whole * 3u;
    float larger = a > b ? a : b;
    r[7] = (a > b ? 1u : 0u) | (a < b ? 2u : 0u) | (a == b ? 4u : 0u) |
           (as_uint(larger) == ua ? 8u : 0u);
}
