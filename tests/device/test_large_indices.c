/* Operands of more than 2^31 elements, or as many as the device allows in a buffer: every stored form of a product,
 * with a few numbers planted among zeros that are never written, so that a CPU's driver takes no memory for them.
 * Devices of their own memory take it: they may skip.
 * ctest: PLATFORMS pocl intel LABELS long TIMEOUT 600 SERIAL */
#include "device_test.h"

#include "host/gemm/admission.h"
#include "host/runtime/room.h"
#include "ref_gemm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { K = 1024, SMALL = 8, MOST = (1 << 21) + 33, LEAST = (1 << 18) + 1, PLANTED = 5 };

/* The long side, and the places on it: the ends, and on both sides of half of it. */
static uint32_t large;
static uint32_t places[PLANTED];

static float value_at(uint32_t place, uint32_t k)
{
    return 0.5f + (float)(place % 61) * 0.03125f - (float)(k % 7) * 0.25f;
}

/* The index of (i, k) of an operand whose long side is i: stored (large,K), or (K,large). */
static size_t index_of(uint32_t i, uint32_t k, bool along_k)
{
    return along_k ? (size_t)i * K + k : (size_t)k * large + i;
}

/* A buffer of zeros but for column K-1, K-2 and 0 of the places. */
static cl_mem planted(bool along_k)
{
    static const uint32_t columns[] = {0, K - 2, K - 1};
    cl_mem buffer;
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, sizeof(float) * (size_t)large * K, NULL, &buffer));
    for (size_t p = 0; p < PLANTED; p++)
        for (size_t c = 0; c < 3; c++) {
            const float value = value_at(places[p], columns[c]);
            assert_ok(clonal__buffer_write(device(), buffer, sizeof value * index_of(places[p], columns[c], along_k),
                                           sizeof value, &value));
        }
    return buffer;
}

/* The chain over k of the planted numbers with row `j` of the small operand: zeros leave it as it is. */
static float expected(uint32_t place, const float *small, uint32_t j)
{
    static const uint32_t columns[] = {0, K - 2, K - 1};
    float sum = 0;
    for (size_t c = 0; c < 3; c++) sum = fmaf(value_at(place, columns[c]), small[(size_t)j * K + columns[c]], sum);
    return sum;
}

/* The large operand is A (m long) or B (n long), the small one stored along k. */
static void multiply(bool large_a, bool along_k)
{
    float *small = malloc(sizeof *small * SMALL * K), *c = malloc(sizeof *c * SMALL * large);
    assert_true(small && c);
    for (size_t i = 0; i < (size_t)SMALL * K; i++) small[i] = 1.0f - (float)(i % 13) * 0.125f;
    clonal__gemm_shape s = {.m = large_a ? large : SMALL, .n = large_a ? SMALL : large, .k = K};
    s.ta = large_a && !along_k;
    s.tb = large_a || along_k; /* the small operand is (SMALL,K) */
    clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES];
    if ((uint64_t)large * K > UINT64_C(1) << 30) /* CLBlast indexes with int */
        assert_int_equal(clonal__gemm_candidates(device(), &s, CLONAL_GEMM_CLBLAST, choices), 0);
    assert_true(clonal__gemm_candidates(device(), &s, CLONAL_GEMM_NATIVE, choices) >= 1);
    cl_mem operand = planted(along_k), other, out;
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, sizeof *small * SMALL * K, small, &other));
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, sizeof *c * SMALL * large, NULL, &out));
    const clonal__gemm_buffers buffers = {.a = large_a ? operand : other, .b = large_a ? other : operand, .c = out};
    clonal__launch_list list = {.context = device()};
    assert_ok(clonal__gemm_append(&list, &s, &choices[0], &buffers, NULL));
    run_list(&list, 0, 0);
    assert_ok(clonal__buffer_read(device(), out, 0, sizeof *c * SMALL * large, c));
    size_t wrong = 0;
    for (uint32_t i = 0; i < large; i++) {
        size_t p = 0;
        while (p < PLANTED && places[p] != i) p++;
        for (uint32_t j = 0; j < SMALL; j++) {
            const float got = large_a ? c[(size_t)i * SMALL + j] : c[(size_t)j * large + i];
            wrong += !(got == (p < PLANTED ? expected(i, small, j) : 0.0f));
        }
    }
    assert_int_equal(wrong, 0);
    clonal__buffer_free(&operand), clonal__buffer_free(&other), clonal__buffer_free(&out);
    free(small), free(c);
}

static void choose_size(void)
{
    const uint64_t rows = clonal_context_device(device())->max_allocation_bytes / sizeof(float) / K;
    large = rows < MOST ? (uint32_t)rows : MOST;
    const uint64_t bytes = sizeof(float) * (uint64_t)large * K;
    const clonal__need_part part = {"the matrix", bytes, false};
    if (large < LEAST || clonal__room_check(device(), "the test", 1, &part, bytes, "") != CLONAL_OK) skip();
    memcpy(places, (const uint32_t[]){0, large / 2 - 1, large / 2, large - 2, large - 1}, sizeof places);
    print_message("%llu elements\n", (unsigned long long)large * K);
}

static void large_a(void **state)
{
    (void)state;
    choose_size();
    multiply(true, true);
}

static void large_a_transposed(void **state)
{
    (void)state;
    choose_size();
    multiply(true, false);
}

static void large_b(void **state)
{
    (void)state;
    choose_size();
    multiply(false, false);
}

static void large_b_transposed(void **state)
{
    (void)state;
    choose_size();
    multiply(false, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(large_a), cmocka_unit_test(large_a_transposed),
                                       cmocka_unit_test(large_b), cmocka_unit_test(large_b_transposed)};
    return DEVICE_TEST_MAIN(tests);
}
