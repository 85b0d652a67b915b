/* The classes of rows and columns on which large products are tried: that the host's part of it is bounded, that every
 * element of the large product is known from the table's, and that the numbers are of the kinds that show a break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/gemm/admission.h"
#include "host/gemm/chain.h"
#include "host/gemm/windows.h"
#include "ref_gemm.h"
#include <clonal/status.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t terms(clonal__gemm_shape s)
{
    return (uint64_t)s.m * s.n * s.k;
}

static void the_table_is_bounded(void **state)
{
    static const uint32_t sizes[] = {1, 2, 3, 10, 61, 256, 784, 1024, 1025, 4096, 60000, 1048576};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    (void)state;
    for (size_t i = 0; i < COUNT * COUNT * COUNT; i++) {
        const clonal__gemm_shape s = {
            sizes[i % COUNT], sizes[i / COUNT % COUNT], sizes[i / COUNT / COUNT], i % 2, i % 3, 0};
        const clonal__gemm_shape t = clonal__table_shape(&s);
        assert_true(t.m >= 1 && t.m <= s.m && t.n >= 1 && t.n <= s.n);
        assert_true(t.k == s.k && t.ta == s.ta && t.tb == s.tb);
        if (terms(s) <= CLONAL__TABLE_TERMS) {
            assert_true(t.m == s.m && t.n == s.n);
            continue;
        }
        assert_true(terms(t) <= CLONAL__TABLE_TERMS || t.m * t.n <= 16);
        /* and as large as it may be, but for the rounding of its edges: in all, or its longer side */
        const uint64_t longer = t.m > t.n ? t.m : t.n;
        assert_true(4 * terms(t) >= CLONAL__TABLE_TERMS || t.m * t.n <= 16 || s.k > CLONAL__TABLE_TERMS / 64 ||
                    2 * longer * t.k >= CLONAL__TABLE_ELEMENTS);
        /* which is no longer than it has to be */
        assert_true(longer * t.k <= CLONAL__TABLE_ELEMENTS || longer * longer <= 2 * CLONAL__TABLE_TERMS / t.k ||
                    longer <= 4);
    }
}

static void maps_use_every_class(void **state)
{
    enum { COUNT = 5000, CLASSES = 61 };
    uint32_t map[COUNT], seen[CLASSES] = {0}, beside[16] = {0};
    (void)state;
    clonal__class_map(3, COUNT, CLASSES, map);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_true(map[i] < CLASSES);
        assert_true(i >= CLASSES || map[i] == i);
        seen[map[i]]++;
    }
    for (int i = 0; i < CLASSES; i++) assert_true(seen[i] > COUNT / CLASSES / 2 && seen[i] < COUNT / CLASSES * 2);
    /* at no distance are rows alike more often than by chance: a wrong row shows */
    for (uint32_t distance = 1; distance < 256; distance++) {
        size_t alike = 0;
        for (uint32_t i = CLASSES; i + distance < COUNT; i++) alike += map[i] == map[i + distance];
        assert_true(alike < 2 * COUNT / CLASSES);
    }
    /* every place in a tile of 16 meets a class that is there but once */
    for (uint32_t i = 0; i < COUNT; i++) beside[i % 16] += map[i] == 2;
    for (int i = 0; i < 16; i++) assert_true(beside[i] > 0);
}

/* A CPU of so many units, as PoCL shows it. */
static clonal_context cpu_of(uint32_t units)
{
    clonal_context context = {.gpu_forms = false};
    context.info.type = CLONAL_DEVICE_CPU;
    context.info.compute_units = units;
    context.info.native_float_width = 16;
    context.info.local_memory_bytes = 512 << 10;
    context.info.max_group_size = 4096;
    return context;
}

static clonal__gemm_grid whole_groups(const clonal_context *context, const clonal__gemm_shape *shape, int variant)
{
    return clonal__native_grid(context, shape, variant, UINT32_MAX, CLONAL__CLASSES_BY_HOST);
}

/* What is measured of each variant: groups that are there, and no thin slices of them; so levels of one form are told
 * apart but where groups of both are longer than that. */
static void check_parts(const clonal_context *context, const clonal__gemm_shape *shape)
{
    enum { TILE = 24, THIN = 32 };
    const uint32_t thin = shape->k <= 1024 ? 256 : THIN;
    clonal__gemm_choice all[CLONAL__GEMM_CANDIDATES];
    const size_t count = clonal__gemm_candidates(context, shape, CLONAL_GEMM_NATIVE, all);
    assert_true(count > 0 && clonal__windows_suit(shape));
    for (size_t i = 0; i < count; i++) {
        const clonal__gemm_part part = clonal__measured_part(context, shape, all[i].variant);
        const uint32_t whole = whole_groups(context, shape, all[i].variant).rows;
        assert_true(part.across >= 1 && part.across <= part.grid.across);
        assert_true(part.down >= 1 && part.down <= part.grid.down);
        assert_true(part.grid.rows >= 1 && part.grid.rows <= whole);
        assert_true(part.grid.rows == whole || part.grid.rows + TILE > thin);
        for (size_t k = 0; k < i; k++)
            if (clonal__candidates_alike(context, shape, &all[k], &all[i]))
                assert_true(whole_groups(context, shape, all[k].variant).rows == whole || part.grid.rows + TILE > thin);
    }
}

/* However little local memory a CPU with vectors has, down to a panel of short ones, each shape has a candidate. */
static void little_local_memory(void **state)
{
    static const uint32_t room[] = {16, 32, 64, 96, 128, 135, 256, 512, 1024, 2048}; /* KiB */
    static const uint32_t sizes[][3] = {{300, 300, 300},  {70, 70, 2000},   {512, 512, 1024}, {512, 512, 256},
                                        {301, 303, 1025}, {64, 40000, 200}, {5, 700, 1030},   {700, 10, 4000}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof room / sizeof *room; i++)
        for (size_t k = 0; k < 4 * sizeof sizes / sizeof *sizes; k++) {
            const uint32_t *size = sizes[k / 4];
            const clonal__gemm_shape shape = {size[0], size[1], size[2], k & 1, k & 2, 0};
            clonal_context context = cpu_of(2);
            int variants[CLONAL__GEMM_NATIVES];
            context.info.native_float_width = i % 2 ? 8 : 16;
            context.info.local_memory_bytes = (size_t)room[i / 2] << 10;
            if (!clonal__native_variants(&context, &shape, variants, CLONAL__GEMM_NATIVES))
                fail_msg("%ux%ux%u has no form with %u KiB", shape.m, shape.n, shape.k, room[i / 2]);
        }
}

/* Where a window stands along a side: 0 at its begin, 2 at its end, 1 inside. */
static int place_of(uint32_t first, uint32_t count, uint32_t size)
{
    return first + count == size ? 2 : first ? 1 : 0;
}

/* Of a product whose sides have groups enough every corner, an edge's inside where tiles may be cut, two places inside,
 * and more than one group at once. */
static void windows_are_everywhere(void **state)
{
    const clonal__gemm_shape shape = {2000, 3001, 1030, false, true, 2};
    const clonal_context context = cpu_of(2);
    clonal__gemm_choice all[CLONAL__GEMM_CANDIDATES];
    const size_t count = clonal__gemm_candidates(&context, &shape, CLONAL_GEMM_NATIVE, all);
    (void)state;
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        clonal__window w[CLONAL__MOST_WINDOWS];
        const size_t windows = clonal__windows_of(&context, &shape, all[i].variant, w);
        size_t at[3][3] = {{0}};
        uint32_t tallest = 0, least = UINT32_MAX;
        for (size_t k = 0; k < windows; k++) {
            assert_true(w[k].rows && w[k].columns && w[k].row + w[k].rows <= shape.m);
            assert_true(w[k].column + w[k].columns <= shape.n);
            at[place_of(w[k].row, w[k].rows, shape.m)][place_of(w[k].column, w[k].columns, shape.n)]++;
            tallest = w[k].rows > tallest ? w[k].rows : tallest;
            least = w[k].row == 0 && w[k].rows < least ? w[k].rows : least;
        }
        assert_true(at[0][0] >= 3 && at[0][2] && at[2][0] && at[2][2]); /* alone, four at once, a large one */
        assert_true(at[1][2] && at[2][1] && at[1][1] >= 2);
        assert_true(tallest >= 2 * least);
    }
    clonal__window none[CLONAL__MOST_WINDOWS];
    assert_int_equal(clonal__windows_of(&context, &shape, 1 << 20, none), 0);
}

static void parts_suit_many_units(void **state)
{
    static const uint32_t units[] = {1, 2, 3, 8, 64, 65, 96, 128, 192, 600, 1024};
    static const clonal__gemm_shape shapes[] = {{256, 256, 16384, true, false, 3},   {256, 256, 16384, true, false, 0},
                                                {256, 784, 5500, true, false, 2},    {4096, 10, 1024, false, true, 3},
                                                {4096, 4096, 4096, false, true, 3},  {10, 4096, 4096, true, false, 0},
                                                {60000, 300, 131072, false, true, 3}};
    (void)state;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            const clonal_context context = cpu_of(units[u]);
            check_parts(&context, &shapes[s]);
        }
}

typedef struct operands {
    clonal__gemm_shape shape;
    float *a, *b, *c;
} operands;

/* The table of a product, as a trial fills it. */
static operands table_of(clonal__gemm_shape s)
{
    const clonal__gemm_shape t = clonal__table_shape(&s);
    operands o = {t, malloc(sizeof(float) * t.m * t.k), malloc(sizeof(float) * t.k * t.n),
                  malloc(sizeof(float) * t.m * t.n)};
    assert_true(o.a && o.b && o.c);
    clonal__adversarial_classes(1, 0, t.m, t.k, t.ta ? 1 : t.k, t.ta ? t.m : 1, o.a);
    clonal__adversarial_classes(2, 0, t.n, t.k, t.tb ? t.k : 1, t.tb ? 1 : t.n, o.b);
    assert_int_equal(clonal__chain_gemm(&t, o.a, o.b, o.c), CLONAL_OK);
    return o;
}

static void operands_free(operands *o)
{
    free(o->a), free(o->b), free(o->c);
}

static size_t place(bool transposed, size_t row, size_t column, const uint32_t size[2])
{
    return transposed ? column * size[0] + row : row * size[1] + column;
}

/* Against the reference, which multiplies the large matrices themselves. */
static void the_table_tells_every_element(void **state)
{
    (void)state;
    for (int t = 0; t < 4; t++) {
        const clonal__gemm_shape s = {417, 190, 1100, t & 1, t & 2, 0};
        operands o = table_of(s);
        float *a = malloc(sizeof(float) * s.m * s.k), *b = malloc(sizeof(float) * s.k * s.n),
              *c = malloc(sizeof(float) * s.m * s.n);
        uint32_t rows[417], columns[190];
        assert_true(a && b && c && o.shape.m < s.m && o.shape.n < s.n);
        clonal__class_map(1, s.m, o.shape.m, rows);
        clonal__class_map(2, s.n, o.shape.n, columns);
        for (size_t k = 0; k < s.k; k++) {
            for (size_t i = 0; i < s.m; i++)
                a[place(s.ta, i, k, (uint32_t[]){s.m, s.k})] =
                    o.a[place(s.ta, rows[i], k, (uint32_t[]){o.shape.m, s.k})];
            for (size_t j = 0; j < s.n; j++)
                b[place(s.tb, k, j, (uint32_t[]){s.k, s.n})] =
                    o.b[place(s.tb, k, columns[j], (uint32_t[]){s.k, o.shape.n})];
        }
        ref_gemm(s.ta, s.tb, s.m, s.n, s.k, a, s.ta ? s.m : s.k, b, s.tb ? s.k : s.n, c, s.n);
        for (size_t i = 0; i < s.m; i++)
            for (size_t j = 0; j < s.n; j++)
                assert_int_equal(clonal__first_difference(&c[i * s.n + j], &o.c[rows[i] * o.shape.n + columns[j]], 1),
                                 1);
        free(a), free(b), free(c);
        operands_free(&o);
    }
}

static bool is_subnormal(float x)
{
    return x != 0 && fabsf(x) < 0x1p-126f;
}

static uint32_t bits_of(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Few subnormals go in, and yet each way to lose one changes some element. */
static void every_kind_shows(void **state)
{
    const clonal__gemm_shape s = {4096, 1024, 784, false, true, 0};
    operands o = table_of(s);
    const size_t a_count = (size_t)o.shape.m * s.k, c_count = (size_t)o.shape.m * o.shape.n;
    size_t subnormal = 0, results = 0, minus_zeros = 0, infinities = 0, nans = 0, flushed = 0, unfused = 0,
           backwards = 0;
    (void)state;
    for (size_t i = 0; i < a_count; i++) subnormal += is_subnormal(o.a[i]);
    assert_true(subnormal > 0 && 1000 * subnormal < a_count);
    for (size_t i = 0; i < c_count; i++) {
        results += is_subnormal(o.c[i]);
        minus_zeros += bits_of(o.c[i]) == 0x80000000u;
        infinities += isinf(o.c[i]) != 0;
        nans += isnan(o.c[i]) != 0;
    }
    assert_true(results > 0 && minus_zeros > 0 && infinities > 0 && nans > 0);
    assert_true(infinities + nans < c_count / 10);
    for (size_t i = 0; i < c_count; i++) {
        const float *a = o.a + i / o.shape.n * s.k, *b = o.b + i % o.shape.n * s.k;
        volatile float flush = 0, product = 0, two = 0, back = 0;
        for (size_t k = 0; k < s.k; k++) {
            flush = fmaf(is_subnormal(a[k]) ? 0 : a[k], is_subnormal(b[k]) ? 0 : b[k], flush);
            product = a[k] * b[k];
            two = two + product;
            back = fmaf(a[s.k - 1 - k], b[s.k - 1 - k], back);
        }
        const float f = flush, u = two, r = back;
        flushed += clonal__first_difference(&f, &o.c[i], 1) == 0;
        unfused += clonal__first_difference(&u, &o.c[i], 1) == 0;
        backwards += clonal__first_difference(&r, &o.c[i], 1) == 0;
    }

    /* a flushed operand shows in some, another sum in many */
    assert_true(flushed > c_count / 500);
    assert_true(unfused > c_count / 3 && backwards > c_count / 2);
    operands_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_bounded),          cmocka_unit_test(maps_use_every_class),
        cmocka_unit_test(the_table_tells_every_element), cmocka_unit_test(every_kind_shows),
        cmocka_unit_test(parts_suit_many_units),         cmocka_unit_test(little_local_memory),
        cmocka_unit_test(windows_are_everywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
