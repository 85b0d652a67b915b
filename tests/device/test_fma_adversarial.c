/* ctest: PLATFORMS pocl rusticl oclgrind intel TIMEOUT 600
 *
 * clonal_fma in each body against C's fmaf, over adversarial triples; clonal_fma4, 8, 16 against it too; Philox against
 * Random123. Body 0 is the device's own fma: it may be wrong, which is the probe's to find, and is only reported.
 *
 * test_device_fma_adversarial [--count N] [--body B] */
#include "adversary.h"
#include "raw_cl.h"
#include "ref_math.h"

#include <Random123/philox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { chunk = 1 << 18 };

typedef struct operands {
    float a[chunk], b[chunk], c[chunk];
    uint32_t wanted[chunk], got[chunk];
} operands;

static operands host;

/* Counts the results that differ, NaN being one value, and shows the first few. */
static unsigned long count_wrong(const char *kernel, size_t count)
{
    unsigned long wrong = 0;
    for (size_t i = 0; i < count; ++i) {
        uint32_t got = ref_bits(ref_canonical(ref_float(host.got[i])));
        if (got == host.wanted[i]) continue;
        if (++wrong <= 3)
            printf("  %s(%a, %a, %a) is %a, not %a\n", kernel, host.a[i], host.b[i], host.c[i], ref_float(host.got[i]),
                   ref_float(host.wanted[i]));
    }
    return wrong;
}

static unsigned long compare_fma(const raw_cl *cl, unsigned long long triples)
{
    static const struct {
        const char *name;
        size_t width;
    } kernels[] = {{"test_fma", 1}, {"test_fma4", 4}, {"test_fma8", 8}, {"test_fma16", 16}};
    cl_mem buffers[4];
    for (int i = 0; i < 4; ++i) buffers[i] = raw_cl_buffer(cl, sizeof host.a);
    cl_kernel kernel[4];
    for (int k = 0; k < 4; ++k) {
        kernel[k] = raw_cl_kernel(cl, kernels[k].name);
        for (int i = 0; i < 4; ++i) raw_cl_set(kernel[k], (cl_uint)i, sizeof(cl_mem), &buffers[i]);
    }

    unsigned long wrong = 0;
    uint64_t state = 1;
    for (unsigned long long done = 0, round = 0; done < triples; ++round) {
        size_t count = triples - done < chunk ? (size_t)(triples - done) & ~(size_t)15 : chunk;
        if (count == 0) break;
        for (size_t i = 0; i < count; ++i) {
            adversary_triple(&state, &host.a[i], &host.b[i], &host.c[i]);
            host.wanted[i] = ref_bits(ref_fma(host.a[i], host.b[i], host.c[i]));
        }
        raw_cl_write(cl, buffers[0], host.a, count * 4);
        raw_cl_write(cl, buffers[1], host.b, count * 4);
        raw_cl_write(cl, buffers[2], host.c, count * 4);
        /* The vector forms take the first chunk only. */
        for (int k = 0; k < (round == 0 ? 4 : 1); ++k) {
            memset(host.got, 0xa5, sizeof host.got);
            raw_cl_write(cl, buffers[3], host.got, count * 4);
            raw_cl_run(cl, kernel[k], count / kernels[k].width);
            raw_cl_read(cl, buffers[3], host.got, count * 4);
            wrong += count_wrong(kernels[k].name, count);
        }
        done += count;
    }
    for (int k = 0; k < 4; ++k) clReleaseKernel(kernel[k]);
    for (int i = 0; i < 4; ++i) clReleaseMemObject(buffers[i]);
    return wrong;
}

/* Blocks from random counters and keys, by the kernel that makes `blocks` consecutive ones each. */
static unsigned long compare_philox(const raw_cl *cl, const char *name, uint32_t blocks)
{
    enum { calls = 512 };
    static uint32_t ctr[calls][4], key[calls][2], got[calls * 32];
    uint64_t state = 2;
    for (int i = 0; i < calls; ++i) {
        for (int j = 0; j < 4; ++j) ctr[i][j] = (uint32_t)adversary_next(&state) | (i % 8 == 0 ? 0xfffffff8u : 0u);
        for (int j = 0; j < 2; ++j) key[i][j] = (uint32_t)adversary_next(&state);
    }
    cl_mem buffers[3] = {raw_cl_buffer(cl, sizeof ctr), raw_cl_buffer(cl, sizeof key), raw_cl_buffer(cl, sizeof got)};
    cl_kernel kernel = raw_cl_kernel(cl, name);
    for (int i = 0; i < 3; ++i) raw_cl_set(kernel, (cl_uint)i, sizeof(cl_mem), &buffers[i]);
    raw_cl_write(cl, buffers[0], ctr, sizeof ctr);
    raw_cl_write(cl, buffers[1], key, sizeof key);
    raw_cl_write(cl, buffers[2], got, sizeof got);
    raw_cl_run(cl, kernel, calls);
    raw_cl_read(cl, buffers[2], got, sizeof got);

    unsigned long wrong = 0;
    for (uint32_t i = 0; i < calls * blocks; ++i) {
        const uint32_t *first = ctr[i / blocks], *k = key[i / blocks];
        philox4x32_ctr_t block = {{first[0] + i % blocks, first[1], first[2], first[3]}};
        philox4x32_key_t seed = {{k[0], k[1]}};
        philox4x32_ctr_t words = philox4x32(block, seed);
        wrong += memcmp(words.v, got + 4 * (size_t)i, 16) != 0;
    }
    clReleaseKernel(kernel);
    for (int i = 0; i < 3; ++i) clReleaseMemObject(buffers[i]);
    return wrong;
}

int main(int argc, char **argv)
{
    raw_cl cl;
    if (!raw_cl_open(&cl)) {
        puts("skipped: no OpenCL device");
        return 77;
    }
    /* A simulator makes some ten thousand a second. */
    unsigned long long count = strstr(cl.name, "Oclgrind") ? 2000 : 1000000;
    int only = -1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--count") == 0) count = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--body") == 0) only = atoi(argv[i + 1]);
    }
    printf("%s\n", cl.name);

    int failed = 0;
    for (int body = 0; body < 3; ++body) {
        if ((only >= 0 && body != only) || (body == 1 && !cl.has_fp64)) continue;
        char options[64];
        snprintf(options, sizeof options, "-cl-std=CL1.2 -DCLONAL_FMA=%d", body);
        raw_cl_build(&cl, "math_test", options);
        unsigned long wrong = compare_fma(&cl, count);
        printf("fma body %d: %lu of %llu triples wrong\n", body, wrong, count);
        failed |= body != 0 && wrong != 0;
    }
    unsigned long wrong = compare_philox(&cl, "test_philox", 1);
    unsigned long wrong8 = compare_philox(&cl, "test_philox8", 8);
    printf("philox: %lu blocks wrong; philox8: %lu\n", wrong, wrong8);
    failed |= wrong != 0 || wrong8 != 0;
    raw_cl_close(&cl);
    return failed;
}
