/* test_random.c: Philox on the device against Random123, randomgen's vectors and the known answers; masks as the
 * contract has them: a function of their place alone, of the right rate, independent. ctest: PLATFORMS pocl rusticl
 * intel oclgrind pocl+as-gpu intel+as-gpu */
#include "device_test.h"

#include "host/ops/ops.h"
#include "host/ops/random.h"
#include <Random123/philox.h>
#include <clonal/random.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NARROW = 1, WIDEST = 3 };

/* 2^shift on a device, 2^10 less on a simulator. */
static size_t scaled(unsigned shift)
{
    return (size_t)1 << (device_is_simulator() ? shift - 10 : shift);
}

static void assert_block(uint64_t seed, const uint32_t counter[4], const uint32_t wanted[4])
{
    uint32_t host[4], made[4];
    clonal_philox_host(seed, counter, 1, host);
    assert_memory_equal(host, wanted, 16);
    memset(made, 0xff, sizeof made);
    assert_ok(clonal_philox(device(), seed, counter, 1, made));
    assert_memory_equal(made, wanted, 16);
}

static void test_vectors(void **state)
{
    (void)state;
    FILE *file = fopen(CLONAL_TEST_DATA "/philox4x32-10.txt", "r");
    char line[256];
    size_t read = 0;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        uint32_t v[10];
        if (line[0] == '#') continue;
        assert_int_equal(sscanf(line, "%x %x %x %x %x %x %x %x %x %x", v, v + 1, v + 2, v + 3, v + 4, v + 5, v + 6,
                                v + 7, v + 8, v + 9),
                         10);
        assert_block((uint64_t)v[1] << 32 | v[0], v + 2, v + 6);
        read++;
    }
    fclose(file);
    assert_int_equal(read, 256);
}

/* 2^20 blocks in 64 runs; each run but the first few crosses a carry out of word 0, 1, 2 or 3 in its middle. */
static void test_counters(void **state)
{
    (void)state;
    enum { RUNS = 64 };
    size_t length = scaled(20) / RUNS;
    uint32_t *made = malloc(length * 16);
    uint64_t random = 5;
    assert_non_null(made);
    for (unsigned run = 0; run < RUNS; run++) {
        uint32_t counter[4], half = (uint32_t)length / 2;
        uint64_t seed = random = random * 6364136223846793005u + 1442695040888963407u;
        for (unsigned w = 0; w < 4; w++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            counter[w] = (uint32_t)(random >> 32);
        }
        if (run >= 8) { /* words 0..run%4 are full in the middle of the run */
            counter[0] = UINT32_MAX - half;
            for (unsigned w = 1; w <= run % 4; w++) counter[w] = UINT32_MAX;
        }
        memset(made, 0, length * 16);
        assert_ok(clonal_philox(device(), seed, counter, length, made));
        philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
        philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
        for (size_t i = 0; i < length; i++) {
            philox4x32_ctr_t wanted = philox4x32(c, key);
            if (memcmp(wanted.v, made + 4 * i, 16)) fail_msg("run %u: block %zu differs", run, i);
            for (unsigned w = 0; w < 4 && ++c.v[w] == 0; w++) {
            }
        }
    }
    free(made);
    assert_ok(clonal_philox(device(), 1, (uint32_t[4]){0}, 0, NULL));
}

static void test_parameters(void **state)
{
    (void)state;
    uint64_t threshold;
    float scale;
    assert_ok(clonal_dropout_parameters(0, &threshold, &scale));
    assert_true(threshold == 0 && scale == 1);
    assert_ok(clonal_dropout_parameters(1, &threshold, &scale));
    assert_true(threshold == (uint64_t)1 << 32 && isinf(scale));
    assert_ok(clonal_dropout_parameters(0.3, &threshold, &scale));
    assert_true(threshold == 1288490189 && scale == (float)(1 / (1 - 0.3)));
    assert_ok(clonal_dropout_parameters(1.5 / 4294967296.0, &threshold, &scale));
    assert_true(threshold == 2); /* ties to even */
    assert_ok(clonal_dropout_parameters(2.5 / 4294967296.0, &threshold, &scale));
    assert_true(threshold == 2);
    assert_ok(clonal_dropout_parameters(nextafter(1, 0), &threshold, &scale));
    assert_true(threshold == (uint64_t)1 << 32);
    assert_ok(clonal_dropout_parameters(5e-324, &threshold, &scale));
    assert_true(threshold == 0 && scale == 1);
    const double wrong[] = {NAN, -0.1, 1.1, INFINITY, -INFINITY, -5e-324};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const clonal_mask_spec spec = {.p = wrong[i]};
        uint8_t keep = 7;
        float x = 7;
        assert_fails(clonal_dropout_parameters(wrong[i], &threshold, &scale), CLONAL_E_ARGUMENT, "not within 0 and 1");
        assert_fails(clonal_dropout_mask(device(), &spec, 1, 1, &keep), CLONAL_E_ARGUMENT, "not within 0 and 1");
        assert_fails(clonal_dropout_apply(device(), &spec, 1, 1, &x, &x), CLONAL_E_ARGUMENT, "not within 0 and 1");
        assert_true(keep == 7 && x == 7);
    }
}

/* The contract's mask, element by element, by Random123. */
static uint8_t *contract_mask(const clonal_mask_spec *spec, uint32_t rows, uint32_t columns)
{
    uint8_t *keep = malloc((size_t)rows * columns + 1);
    assert_non_null(keep);
    const philox4x32_key_t key = {{(uint32_t)spec->seed, (uint32_t)(spec->seed >> 32)}};
    const uint64_t threshold = (uint64_t)nearbyint(spec->p * 4294967296.0);
    for (uint32_t r = 0; r < rows; r++) {
        philox4x32_ctr_t block = {{0}};
        for (uint32_t c = 0; c < columns; c++) {
            const philox4x32_ctr_t counter = {{c / 4, spec->row0 + r, spec->stream, spec->step}};
            if (c % 4 == 0) block = philox4x32(counter, key);
            keep[(size_t)r * columns + c] = block.v[c % 4] >= threshold;
        }
    }
    return keep;
}

static void compare_mask(const clonal_mask_spec *spec, uint32_t rows, uint32_t columns)
{
    size_t count = (size_t)rows * columns;
    uint8_t *wanted = contract_mask(spec, rows, columns), *keep = malloc(count + 64);
    float *x = malloc((count + 64) * sizeof *x), *y = malloc((count + 64) * sizeof *y);
    const float scale = (float)(1 / (1 - spec->p));
    for (size_t i = 0; i < count; i++) x[i] = i % 7 ? (float)(int)(i % 1000) - 500 : i % 2 ? NAN : -0.0f;
    memset(keep, 0xa5, count + 64);
    memset(y, 0xa5, (count + 64) * sizeof *y);
    assert_ok(clonal_dropout_mask(device(), spec, rows, columns, keep));
    if (memcmp(keep, wanted, count)) fail_msg("mask %u x %u at row %u differs", rows, columns, spec->row0);
    assert_ok(clonal_dropout_apply(device(), spec, rows, columns, x, y));
    for (size_t i = 0; i < 64; i++) assert_true(keep[count + i] == 0xa5 && ((uint8_t *)(y + count))[i] == 0xa5);
    for (size_t i = 0; i < count; i++) {
        volatile float product = x[i] * scale;
        x[i] = wanted[i] ? product : 0.0f;
    }
    assert_bits("dropout", y, x, count);
    free(wanted);
    free(keep);
    free(x);
    free(y);
}

/* Sizes about the 4 columns of a block and the 4, 16, 64, 128 of vectors and work-items; all forms of the kernel. */
static void test_geometry(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1},    {3, 2},     {5, 3},    {2, 4},    {7, 5},    {61, 10},
                                        {3, 15},   {5, 17},    {9, 31},   {4, 33},   {3, 63},   {3, 64},
                                        {5, 65},   {2, 127},   {3, 128},  {5, 129},  {33, 100}, {17, 256},
                                        {1, 1000}, {1, 65537}, {4099, 1}, {257, 784}};
    for (int form = NARROW; form <= WIDEST; form++) {
        clonal__dropout_force_form(form);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            clonal_mask_spec spec = {0.4, 0x0123456789abcdef * (i + 1), CLONAL_STREAM(CLONAL_STREAM_DROPOUT, i),
                                     (uint32_t)i * 77, 0};
            if (device_is_simulator() && sizes[i][0] * sizes[i][1] > 3000) continue;
            compare_mask(&spec, sizes[i][0], sizes[i][1]);
            spec.row0 = 0xfffffffe; /* the row's number wraps */
            compare_mask(&spec, sizes[i][0], sizes[i][1]);
        }
        assert_ok(clonal_dropout_mask(device(), &(clonal_mask_spec){.p = 0.5}, 0, 7, NULL));
        assert_ok(clonal_dropout_mask(device(), &(clonal_mask_spec){.p = 0.5}, 7, 0, NULL));
        assert_ok(clonal_dropout_apply(device(), &(clonal_mask_spec){.p = 0.5}, 0, 0, NULL, NULL));
    }
    clonal__dropout_force_form(0);
}

/* Any work-group size, by the kernel itself. */
static void test_group_sizes(void **state)
{
    (void)state;
    enum { ROWS = 13, COLUMNS = 103, COUNT = ROWS * COLUMNS };
    const clonal_mask_spec spec = {0.25, 99, 3, 4, 0};
    static const size_t groups[] = {0, 1, 2, 3, 7, 16, 32, 64, 100, 256};
    uint8_t *wanted = contract_mask(&spec, ROWS, COLUMNS), got[COUNT];
    for (int form = NARROW; form <= WIDEST; form++) {
        clonal__dropout_form f;
        clonal__launch launch = {.dimensions = 1};
        clonal__dropout_force_form(form);
        assert_ok(clonal__dropout_grid(device(), ROWS, COLUMNS, CLONAL__DROPOUT_WIDEST, &f));
        assert_ok(clonal__kernel_create(device(), "dropout", f.options, "dropout_mask", &launch.kernel));
        for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
            if (groups[i] > clonal_context_device(device())->max_group_size) continue;
            guarded keep = guarded_create(COUNT, NULL);
            assert_ok(CLONAL__SET_ARGS(launch.kernel, 0, CLONAL__MEM(keep.mem), CLONAL__U32(f.items),
                                       CLONAL__U32(COLUMNS), CLONAL__U32(0), CLONAL__U32X2(99, 0), CLONAL__U32(3),
                                       CLONAL__U32(4), CLONAL__U32(1u << 30), CLONAL__U32(1)));
            launch.local[0] = groups[i];
            launch.global[0] = clonal__round_up(f.items + 5, groups[i] ? groups[i] : 1);
            assert_ok(clonal__launch_enqueue(device(), &launch));
            guarded_read(&keep, got);
            assert_memory_equal(got, wanted, COUNT);
            guarded_free(&keep);
        }
        clReleaseKernel(launch.kernel);
    }
    clonal__dropout_force_form(0);
    free(wanted);
}

/* A mask made in tiles of rows is the mask made at once. */
static void test_tiles(void **state)
{
    (void)state;
    enum { ROWS = 61, COLUMNS = 37 };
    uint8_t whole[ROWS * COLUMNS], tiled[ROWS * COLUMNS];
    clonal_mask_spec spec = {0.5, 7, 2, 11, 0};
    assert_ok(clonal_dropout_mask(device(), &spec, ROWS, COLUMNS, whole));
    for (uint32_t tile = 1; tile <= ROWS; tile = tile * 2 + 1) {
        memset(tiled, 0xff, sizeof tiled);
        for (uint32_t row = 0; row < ROWS; row += tile) {
            spec.row0 = row;
            assert_ok(clonal_dropout_mask(device(), &spec, ROWS - row < tile ? ROWS - row : tile, COLUMNS,
                                          tiled + row * COLUMNS));
        }
        assert_memory_equal(tiled, whole, sizeof whole);
    }
}

/* Larger than what is made at a time (2^26 bytes): the seams do not show. */
static void test_large(void **state)
{
    (void)state;
    const uint32_t rows = (1 << 14) + 3, columns = (1 << 12) + 1;
    if (device_is_slow()) skip();
    uint8_t *keep = malloc((size_t)rows * columns);
    const clonal_mask_spec spec = {0.5, 7, 2, 11, 3};
    assert_non_null(keep);
    assert_ok(clonal_dropout_mask(device(), &spec, rows, columns, keep));
    for (uint32_t row = 0; row < rows; row += row < rows - 40 ? 97 : 1) {
        clonal_mask_spec one = spec;
        one.row0 += row;
        uint8_t *wanted = contract_mask(&one, 1, columns);
        assert_memory_equal(keep + (size_t)row * columns, wanted, columns);
        free(wanted);
    }
    free(keep);
}

/* Larger than caches: results are stored around them, where items are whole lines, and where they are not. */
static void test_streamed(void **state)
{
    (void)state;
    if (device_is_slow()) skip();
    for (uint32_t columns = 1038; columns <= 1040; columns++) {
        const clonal_mask_spec spec = {0.4, 17 + columns, 5, 1, 2};
        assert_true(clonal__streams((uint64_t)4100 * columns));
        compare_mask(&spec, 4100, columns);
    }
}

static size_t kept(const uint8_t *keep, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(keep[i] <= 1);
        sum += keep[i];
    }
    return sum;
}

static void test_rates(void **state)
{
    (void)state;
    static const double rates[] = {0.001, 0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999};
    const uint32_t rows = 1 << 11, columns = (uint32_t)(scaled(22) >> 11);
    size_t count = (size_t)rows * columns;
    uint8_t *keep = malloc(count);
    assert_non_null(keep);
    for (size_t i = 0; i < 10; i++) {
        const clonal_mask_spec spec = {rates[i], 20240607, CLONAL_STREAM(CLONAL_STREAM_DROPOUT, 4), (uint32_t)i, 0};
        assert_ok(clonal_dropout_mask(device(), &spec, rows, columns, keep));
        double off = (double)(count - kept(keep, count)) - rates[i] * (double)count,
               sigma = sqrt((double)count * rates[i] * (1 - rates[i]));
        if (!(fabs(off) <= 5 * sigma)) fail_msg("p = %g: %.1f sigma away", rates[i], off / sigma);
    }
    assert_ok(clonal_dropout_mask(device(), &(clonal_mask_spec){.p = 0, .seed = 1}, rows, columns, keep));
    assert_int_equal(kept(keep, count), count);
    assert_ok(clonal_dropout_mask(device(), &(clonal_mask_spec){.p = 1, .seed = 1}, rows, columns, keep));
    assert_int_equal(kept(keep, count), 0);
    free(keep);
}

/* E[h'] = h: the mean over many steps is within 5 sigma of h for every element, and of the whole. */
static void test_expectation(void **state)
{
    (void)state;
    enum { ROWS = 4, COLUMNS = 50, COUNT = ROWS * COLUMNS };
    const uint32_t steps = device_is_slow() ? 60 : 2000;
    const double p = 0.3;
    float x[COUNT], y[COUNT];
    double sum[COUNT] = {0}, total = 0, total_variance = 0;
    for (int i = 0; i < COUNT; i++) x[i] = (float)(i - 90) / 16;
    for (uint32_t step = 0; step < steps; step++) {
        assert_ok(clonal_dropout_apply(device(), &(clonal_mask_spec){p, 3, 1, step, 0}, ROWS, COLUMNS, x, y));
        for (int i = 0; i < COUNT; i++) sum[i] += y[i];
    }
    for (int i = 0; i < COUNT; i++) {
        double off = sum[i] / steps - x[i], variance = (double)x[i] * x[i] * p / (1 - p) / steps;
        assert_true(fabs(off) <= 5 * sqrt(variance) + 1e-6);
        total += off;
        total_variance += variance;
    }
    assert_true(fabs(total) <= 5 * sqrt(total_variance) + 1e-6);
}

/* Masks of different steps, streams, seeds agree in as many places as chance has it. */
static void test_independence(void **state)
{
    (void)state;
    const clonal_mask_spec specs[] = {{0.5, 1, 4, 0, 0},
                                      {0.5, 1, 4, 1, 0},
                                      {0.5, 1, 4, 2, 0},
                                      {0.5, 1, 7, 0, 0},
                                      {0.5, 2, 4, 0, 0},
                                      {0.5, (uint64_t)1 << 32, 4, 0, 0},
                                      {0.5, 1, CLONAL_STREAM(CLONAL_STREAM_NOISE, 4), 0, 0},
                                      {0.5, 1, 4, 0, 1 << 20},
                                      {0.5, 4, 1, 0, 0},
                                      {0.5, 1, 0, 4, 0}};
    enum { SPECS = sizeof specs / sizeof *specs };
    const uint32_t rows = 256, columns = (uint32_t)(scaled(18) >> 8);
    size_t count = (size_t)rows * columns;
    uint8_t *keep[SPECS];
    for (size_t i = 0; i < SPECS; i++) {
        keep[i] = malloc(count);
        assert_non_null(keep[i]);
        assert_ok(clonal_dropout_mask(device(), &specs[i], rows, columns, keep[i]));
        for (size_t j = 0; j < i; j++) {
            double agree = 0;
            for (size_t k = 0; k < count; k++) agree += keep[i][k] == keep[j][k];
            double off = (agree - 0.5 * (double)count) / (0.5 * sqrt((double)count));
            if (!(fabs(off) <= 5)) fail_msg("masks %zu and %zu agree %.1f sigma too often", i, j, off);
        }
    }
    for (size_t i = 0; i < SPECS; i++) free(keep[i]);
}

/* The operation of the compiled step, whose step number comes at each run. */
static void test_operation(void **state)
{
    (void)state;
    enum { ROWS = 9, COLUMNS = 70, COUNT = ROWS * COLUMNS };
    uint64_t random = 3;
    float *x = adversarial_floats(&random, COUNT), y[COUNT], wanted[COUNT];
    static const double rates[] = {0, 0.5, 1};
    for (size_t i = 0; i < 3; i++) {
        clonal__launch_list list = {.context = device()};
        clonal__mask mask = {.seed = 0xfedcba9876543210, .stream = 6};
        assert_ok(clonal_dropout_parameters(rates[i], &mask.threshold, &mask.scale));
        guarded from = guarded_create(COUNT * sizeof *x, x), to = guarded_create(COUNT * sizeof *x, NULL);
        assert_ok(clonal__op_dropout(&list, &mask, ROWS, COLUMNS, from.mem, to.mem));
        for (uint32_t step = 0; step < 3; step++) {
            const clonal_mask_spec spec = {rates[i], mask.seed, mask.stream, step * 1000, 0};
            uint8_t *keep = contract_mask(&spec, ROWS, COLUMNS);
            for (size_t k = 0; k < COUNT; k++) {
                volatile float product = x[k] * mask.scale;
                wanted[k] = keep[k] ? product : 0.0f;
            }
            assert_ok(
                clonal__list_run(&list, (const clonal__arg[]){[CLONAL__VARIABLE_STEP] = CLONAL__U32(step * 1000)}));
            guarded_read(&to, y);
            assert_bits("dropout", y, wanted, COUNT);
            free(keep);
        }
        clonal__list_clear(&list);
        guarded_free(&from);
        guarded_free(&to);
    }
    free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),     cmocka_unit_test(test_counters),     cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_geometry),    cmocka_unit_test(test_group_sizes),  cmocka_unit_test(test_tiles),
        cmocka_unit_test(test_large),       cmocka_unit_test(test_streamed),     cmocka_unit_test(test_rates),
        cmocka_unit_test(test_expectation), cmocka_unit_test(test_independence), cmocka_unit_test(test_operation),
    };
    return DEVICE_TEST_MAIN(tests);
}
