/* verify_functions.c: Philox and the elementary functions of a device, by the kernels of cl/philox.cl and
 * cl/math_test.cl. */
#include "host/evidence/observe.h"
#include "host/evidence/verify.h"

#include <clonal/random.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { RNG_COUNT = 4096 };

/* Blocks at places where the counter's words carry, against Random123's host code. */
clonal_status clonal__verify_rng(clonal__verifier *v)
{
    static const struct {
        uint64_t seed;
        uint32_t counter[4];
    } places[] = {
        {0, {0, 0, 0, 0}},
        {UINT64_MAX, {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}},
        {UINT64_C(0x299f31d0a4093822), {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
        {1, {UINT32_MAX - 9, 0, 3, 7}},
        {UINT64_C(1) << 32, {UINT32_MAX - 1000, UINT32_MAX, 0, 0}},
        {UINT64_C(1) << 63, {UINT32_MAX - 2000, UINT32_MAX, UINT32_MAX, 5}},
    };
    uint32_t *got, *expected = NULL;
    CLONAL__TRY(clonal__verify_progress(v, "rng"));
    CLONAL__TRY(clonal__calloc(RNG_COUNT, 16, &got));
    clonal_status status = clonal__calloc(RNG_COUNT, 16, &expected);
    for (size_t i = 0; i < sizeof places / sizeof *places && status == CLONAL_OK; i++) {
        clonal_philox_host(places[i].seed, places[i].counter, RNG_COUNT, expected);
        status = clonal_philox(v->context, places[i].seed, places[i].counter, RNG_COUNT, got);
        size_t word = 0;
        while (status == CLONAL_OK && word < 4 * RNG_COUNT && got[word] == expected[word]) word++;
        clonal__verify_note(v, CLONAL_CHECK_RNG, word == 4 * RNG_COUNT,
                            "seed %" PRIu64 ", counter %08x,%08x,%08x,%08x + %zu, word %zu", places[i].seed,
                            places[i].counter[0], places[i].counter[1], places[i].counter[2], places[i].counter[3],
                            word / 4, word % 4);
    }
    clonal__free(got);
    clonal__free(expected);
    return status;
}

/* Runs a kernel of math_test.cl whose last argument is its output, `count` words in `items` work-items, and compares
 * its digest. */
static clonal_status run_and_compare(clonal__verifier *v, cl_kernel kernel, cl_uint out_index, size_t items,
                                     uint32_t count, const char *what, const char *expected)
{
    cl_mem out = NULL;
    float *values = NULL;
    char digest[CLONAL__SHORT_DIGEST];
    clonal__launch launch = {.kernel = kernel, .dimensions = 1, .global = {items}};
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(count, sizeof *values, &values), done);
    memset(values, 0xa5, count * sizeof *values);
    CLONAL__TRY_GOTO(clonal__buffer_create(v->context, CL_MEM_READ_WRITE, count * sizeof *values, values, &out), done);
    CLONAL__TRY_GOTO(CLONAL__SET_ARGS(kernel, out_index, CLONAL__MEM(out)), done);
    CLONAL__TRY_GOTO(clonal__launch_enqueue(v->context, &launch), done);
    CLONAL__TRY_GOTO(clonal__buffer_read(v->context, out, 0, count * sizeof *values, values), done);
    CLONAL__TRY_GOTO(clonal__floats_digest(values, count, digest), done);
    clonal__verify_note(v, CLONAL_CHECK_FUNCTIONS, expected && strcmp(digest, expected) == 0, "%s", what);
done:
    clonal__buffer_free(&out);
    clonal__free(values);
    return status;
}

clonal_status clonal__verify_functions(clonal__verifier *v, const char *line, const char **at)
{
    uint32_t first, stride, count;
    clonal__golden_block block;
    clonal_status status = CLONAL_OK;
    CLONAL__TRY(clonal__verify_progress(v, "functions"));
    if (sscanf(line, "%*s %*s %" SCNx32 " %" SCNu32 " %" SCNu32, &first, &stride, &count) != 3)
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
    CLONAL__TRY(clonal__golden_entries(at, &block));
    for (size_t i = 0; i < block.count && status == CLONAL_OK; i++) {
        char name[64], what[128];
        cl_kernel kernel = NULL;
        snprintf(name, sizeof name, "test_%s", block.entries[i].name);
        snprintf(what, sizeof what, "%s of %u arguments, bits 0x%08x + i*%u", block.entries[i].name, count, first,
                 stride);
        status = clonal__kernel_create(v->context, "math_test", NULL, name, &kernel);
        if (status == CLONAL_OK) status = CLONAL__SET_ARGS(kernel, 0, CLONAL__U32(first), CLONAL__U32(stride));
        if (status == CLONAL_OK) status = run_and_compare(v, kernel, 2, count, count, what, block.entries[i].digest);
        if (kernel) clReleaseKernel(kernel);
    }
    clonal__free(block.entries);
    return status;
}

/* The operands of cl/CONTRACT.md, section 8. */
static void operands(uint32_t count, uint32_t *a, uint32_t *b, uint32_t *c)
{
    for (uint32_t i = 0; i < count; i += 4) {
        uint32_t words[3][4];
        for (uint32_t row = 0; row < 3; row++) {
            const uint32_t counter[4] = {i / 4, row, CLONAL_STREAM(CLONAL_STREAM_NOISE, 0), 2};
            clonal_philox_host(0, counter, 1, words[row]);
        }
        for (uint32_t k = 0; k < 4 && i + k < count; k++) {
            float x, y, product;
            uint32_t bits;
            memcpy(&x, &words[0][k], sizeof x);
            memcpy(&y, &words[1][k], sizeof y);
            product = -(x * y);
            memcpy(&bits, &product, sizeof bits);
            a[i + k] = words[0][k];
            b[i + k] = words[1][k];
            c[i + k] = k % 2 == 0 && product == product ? bits ^ (words[2][k] & 7) : words[2][k];
        }
    }
}

/* fma alone and in vectors, and division. */
static clonal_status arithmetic(clonal__verifier *v, uint32_t count, const cl_mem inputs[3],
                                const clonal__golden_block *block)
{
    static const struct {
        const char *kernel, *golden;
        uint32_t width, inputs;
    } all[] = {{"test_div", "div", 1, 2},
               {"test_fma", "fma", 1, 3},
               {"test_fma4", "fma", 4, 3},
               {"test_fma8", "fma", 8, 3},
               {"test_fma16", "fma", 16, 3}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char what[64];
        cl_kernel kernel;
        clonal_status status = CLONAL_OK;
        snprintf(what, sizeof what, "%s of %u operands", all[i].kernel + strlen("test_"), count);
        CLONAL__TRY(clonal__kernel_create(v->context, "math_test", NULL, all[i].kernel, &kernel));
        for (uint32_t k = 0; k < all[i].inputs && status == CLONAL_OK; k++)
            status = CLONAL__SET_ARGS(kernel, k, CLONAL__MEM(inputs[k]));
        if (status == CLONAL_OK)
            status = run_and_compare(v, kernel, all[i].inputs, count / all[i].width, count, what,
                                     clonal__golden_digest(block, all[i].golden));
        clReleaseKernel(kernel);
        CLONAL__TRY(status);
    }
    return CLONAL_OK;
}

clonal_status clonal__verify_arithmetic(clonal__verifier *v, const char *line, const char **at)
{
    uint32_t count, *values = NULL;
    cl_mem inputs[3] = {NULL, NULL, NULL};
    clonal__golden_block block;
    if (sscanf(line, "arithmetic %*s %" SCNu32, &count) != 1 || count % 16)
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
    CLONAL__TRY(clonal__golden_entries(at, &block));
    clonal_status status = clonal__calloc(count, 3 * sizeof *values, &values);
    if (status == CLONAL_OK) operands(count, values, values + count, values + 2 * count);
    for (int k = 0; k < 3 && status == CLONAL_OK; k++)
        status = clonal__buffer_create(v->context, CL_MEM_READ_WRITE, count * sizeof *values,
                                       values + (size_t)k * count, &inputs[k]);
    if (status == CLONAL_OK) status = arithmetic(v, count, inputs, &block);
    for (int k = 0; k < 3; k++) clonal__buffer_free(&inputs[k]);
    clonal__free(values);
    clonal__free(block.entries);
    return status;
}
