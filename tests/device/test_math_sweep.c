/* ctest: PLATFORMS pocl rusticl oclgrind intel TIMEOUT 600
 *
 * cl/lib/math.cl against the reference, bit for bit: each function of one argument on 2^32 / stride bit patterns, div
 * on adversarial and random pairs. clonal_fma is the first body that is right on the device.
 *
 * test_device_math_sweep [--full] [--stride N] [--pairs N] [--only NAME] [--body B] --full is all 2^32 patterns and
 * 10^9 pairs. */
#include "adversary.h"
#include "raw_cl.h"
#include "ref_math.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { chunk = 1 << 21 };

static float host_a[chunk], host_b[chunk];
static uint32_t got[chunk], got_next[chunk];

static const struct {
    const char *name;
    float (*reference)(float);
} functions[] = {
    {"recip", ref_recip},     {"sqrt", ref_sqrt}, {"exp", ref_exp}, {"log", ref_log},
    {"sigmoid", ref_sigmoid}, {"tanh", ref_tanh}, {"erf", ref_erf},
};
enum { function_count = sizeof functions / sizeof *functions };

static void report(const char *name, float a, float b, uint32_t result, uint32_t wanted)
{
    printf("  %s(%a, %a) is %08x (%a), not %08x (%a)\n", name, a, b, (unsigned)result, ref_float(result),
           (unsigned)wanted, ref_float(wanted));
}

/* Bit patterns 0, stride, 2 * stride, ... below 2^32. The device makes a chunk while the host checks the one before. */
static unsigned long long sweep(const raw_cl *cl, int function, uint32_t stride, size_t items)
{
    char name[32];
    snprintf(name, sizeof name, "test_%s", functions[function].name);
    cl_kernel kernel = raw_cl_kernel(cl, name);
    cl_mem out = raw_cl_buffer(cl, items * 4);
    raw_cl_set(kernel, 1, 4, &stride);
    raw_cl_set(kernel, 2, sizeof out, &out);

    unsigned long long total = ((1ull << 32) + stride - 1) / stride, wrong = 0;
    for (unsigned long long done = 0, previous = 0; previous < total; previous = done, done += items) {
        if (done < total) {
            uint32_t first = (uint32_t)(done * stride);
            raw_cl_set(kernel, 0, 4, &first);
            raw_cl_run(cl, kernel, items);
        }
        for (unsigned long long i = previous; i < done && i < total; ++i) {
            float x = ref_float((uint32_t)(i * stride));
            uint32_t wanted = ref_bits(functions[function].reference(x));
            if (got[i - previous] != wanted && ++wrong <= 5)
                report(functions[function].name, x, 0, got[i - previous], wanted);
        }
        if (done < total) {
            memset(got_next, 0xa5, items * 4);
            raw_cl_read(cl, out, got_next, items * 4);
            memcpy(got, got_next, items * 4);
        }
    }
    clReleaseKernel(kernel);
    clReleaseMemObject(out);
    printf("%s: %llu of %llu wrong\n", functions[function].name, wrong, total);
    fflush(stdout);
    return wrong;
}

/* Pairs for div: any two; quotients beside a power of two; quotients beside a tie of a subnormal result. */
static void adversary_pair(uint64_t *state, float *a, float *b)
{
    uint64_t r = adversary_next(state);
    *a = adversary_float(state);
    *b = adversary_float(state);
    if (r % 4 == 0) { /* the same significand, a few units apart */
        *b = ref_float((ref_bits(*a) & 0x007fffffu) + ((uint32_t)(r >> 8) % 7u - 3u) +
                       ((uint32_t)(r >> 16) & 0xff800000u));
    } else if (r % 4 == 1) { /* a is near b times a subnormal or small odd quotient */
        float quotient = ldexpf((float)((uint32_t)(r >> 8) & 0xffffffu), -150 + (int)(r >> 40 & 0x1f));
        *a = ref_float(ref_bits(*b * quotient) + (uint32_t)(r >> 48) % 3u - 1u);
    }
}

static unsigned long long divide(const raw_cl *cl, unsigned long long pairs, size_t items)
{
    cl_kernel kernel = raw_cl_kernel(cl, "test_div");
    cl_mem buffers[3];
    for (int i = 0; i < 3; ++i) {
        buffers[i] = raw_cl_buffer(cl, items * 4);
        raw_cl_set(kernel, (cl_uint)i, sizeof(cl_mem), &buffers[i]);
    }
    unsigned long long wrong = 0;
    uint64_t state = 3;
    for (unsigned long long done = 0; done < pairs; done += items) {
        for (size_t i = 0; i < items; ++i) adversary_pair(&state, &host_a[i], &host_b[i]);
        memset(got, 0xa5, items * 4);
        raw_cl_write(cl, buffers[0], host_a, items * 4);
        raw_cl_write(cl, buffers[1], host_b, items * 4);
        raw_cl_write(cl, buffers[2], got, items * 4);
        raw_cl_run(cl, kernel, items);
        raw_cl_read(cl, buffers[2], got, items * 4);
        for (size_t i = 0; i < items; ++i) {
            uint32_t wanted = ref_bits(ref_div(host_a[i], host_b[i]));
            if (got[i] != wanted && ++wrong <= 5) report("div", host_a[i], host_b[i], got[i], wanted);
        }
    }
    clReleaseKernel(kernel);
    for (int i = 0; i < 3; ++i) clReleaseMemObject(buffers[i]);
    printf("div: %llu of %llu wrong\n", wrong, pairs);
    return wrong;
}

/* Builds the program with the given body and says whether it equals fmaf on some adversarial triples. */
static int body_is_right(raw_cl *cl, int body)
{
    enum { count = 2048 };
    static float operand[3][count];
    uint64_t state = 4;
    for (int i = 0; i < count; ++i) adversary_triple(&state, &operand[0][i], &operand[1][i], &operand[2][i]);
    char options[64];
    snprintf(options, sizeof options, "-cl-std=CL1.2 -DCLONAL_FMA=%d", body);
    raw_cl_build(cl, "math_test", options);
    cl_kernel kernel = raw_cl_kernel(cl, "test_fma");
    cl_mem buffers[4];
    for (int i = 0; i < 4; ++i) {
        buffers[i] = raw_cl_buffer(cl, sizeof *operand);
        raw_cl_write(cl, buffers[i], i < 3 ? (void *)operand[i] : (void *)got, sizeof *operand);
        raw_cl_set(kernel, (cl_uint)i, sizeof(cl_mem), &buffers[i]);
    }
    raw_cl_run(cl, kernel, count);
    raw_cl_read(cl, buffers[3], got, sizeof *operand);
    int right = 1;
    for (int i = 0; i < count; ++i)
        right &= ref_bits(ref_canonical(ref_float(got[i]))) ==
                 ref_bits(ref_fma(operand[0][i], operand[1][i], operand[2][i]));
    clReleaseKernel(kernel);
    for (int i = 0; i < 4; ++i) clReleaseMemObject(buffers[i]);
    return right;
}

int main(int argc, char **argv)
{
    raw_cl cl;
    if (!raw_cl_open(&cl)) {
        puts("skipped: no OpenCL device");
        return 77;
    }
    int simulator = strstr(cl.name, "Oclgrind") != NULL;
    size_t items = simulator ? 1 << 11 : chunk;
    uint32_t stride = simulator ? 2097143 : 2039;
    unsigned long long pairs = simulator ? 2048 : 2000000;
    const char *only = "";
    int body = -1;
    for (int i = 1; i < argc; ++i) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--full") == 0) {
            stride = 1;
            pairs = 1000000000;
        } else if (strcmp(argv[i], "--stride") == 0) {
            stride = (uint32_t)strtoul(value, NULL, 10);
        } else if (strcmp(argv[i], "--pairs") == 0) {
            pairs = strtoull(value, NULL, 10);
        } else if (strcmp(argv[i], "--only") == 0) {
            only = value;
        } else if (strcmp(argv[i], "--body") == 0) {
            body = atoi(value);
        }
    }

    if (body >= 0) {
        body_is_right(&cl, body);
    } else {
        for (body = 0; body < 3; ++body)
            if ((body != 1 || cl.has_fp64) && body_is_right(&cl, body)) break;
    }
    printf("%s, fma body %d\n", cl.name, body);
    int failed = body > 2;
    for (int f = 0; !failed && f < function_count; ++f)
        if (!*only || strcmp(only, functions[f].name) == 0) failed |= sweep(&cl, f, stride ? stride : 1, items) != 0;
    if (!failed && (!*only || strcmp(only, "div") == 0)) failed |= divide(&cl, pairs, items) != 0;
    raw_cl_close(&cl);
    return failed;
}
