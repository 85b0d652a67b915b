/* What lets a product in: a wrong element anywhere in a large one is found, among all, by the device itself, and what a
 * short batch or an evaluation takes over from another batch. ctest: PLATFORMS pocl rusticl intel LONG_ON rusticl */
#include "device_test.h"

#include "host/gemm/admission.h"
#include "host/gemm/plan_store.h"
#include "host/gemm/windows.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* C and one of the others are too large for the host, another one is not; an edge in every direction. */
static const clonal__gemm_shape shapes[] = {{520, 515, 520, true, false, 0},
                                            {523, 517, 300, false, true, 0},
                                            {600, 500, 517, false, false, 0},
                                            {513, 600, 520, true, true, 0},
                                            {3, 140001, 50, false, false, 0}};

enum { ALL_SHAPES = sizeof shapes / sizeof *shapes };

static size_t shape_count(void)
{
    return device_is_slow() ? 2 : ALL_SHAPES;
}

static size_t count_of(const clonal__trial *t)
{
    return (size_t)t->shape.m * t->shape.n;
}

/* A trial whose A and B are a round's and whose C is the first native candidate's product. */
static clonal__trial multiplied(const clonal__gemm_shape *s)
{
    clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES];
    clonal__trial t;
    if (!clonal__gemm_candidates(device(), s, CLONAL_GEMM_NATIVE, room)) skip();
    clonal__contender one = {.choice = room[0]};
    assert_ok(clonal__trial_create(device(), s, NULL, &t));
    clonal__contenders_make(device(), &t, &one, 1);
    assert_false(one.out);
    assert_ok(clonal__trial_fill(device(), &t, 0));
    assert_ok(clonal__trial_poison(device(), &t));
    assert_ok(clonal__list_run(&one.list, NULL));
    clonal__list_clear(&one.list);
    return t;
}

static clonal__differences compare(clonal__trial *t)
{
    clonal__differences wrong;
    assert_ok(clonal__trial_compare(device(), t, &wrong));
    return wrong;
}

/* Reads element i, puts `bits` in its place; the element before. */
static uint32_t replace(clonal__trial *t, size_t i, uint32_t bits)
{
    uint32_t old;
    assert_ok(clonal__buffer_read(device(), t->device_c, 4 * i, 4, &old));
    assert_ok(clonal__buffer_write(device(), t->device_c, 4 * i, 4, &bits));
    return old;
}

static bool is_nan(uint32_t bits)
{
    return (bits & 0x7fffffff) > 0x7f800000;
}

/* Element i, wrong by its last bit, its sign, or a NaN for a number, is the one that is found. */
static void check_found(clonal__trial *t, size_t i, int kind)
{
    uint32_t good = replace(t, i, 0), bad = kind == 0 ? good ^ 1 : kind == 1 ? good ^ 0x80000000u : 0x7fc00001u;
    if (is_nan(good)) bad = 0x3f800000;
    replace(t, i, bad);
    const clonal__differences wrong = compare(t);
    if (wrong.count != 1 || wrong.first != i)
        fail_msg("%ux%ux%u: element %zu is %08x in place of %08x, found were %zu, the first %zu", t->shape.m,
                 t->shape.n, t->shape.k, i, bad, good, wrong.count, wrong.first);
    replace(t, i, good);
}

static void a_wrong_element_is_found(void **unused)
{
    (void)unused;
    for (size_t n = 0; n < shape_count(); n++) {
        clonal__trial t = multiplied(&shapes[n]);
        const size_t count = count_of(&t), row = t.shape.n;
        assert_true(count > CLONAL__CLASSES_BY_HOST && t.table.m * t.table.n <= count);
        uint64_t state = 77 + n;
        size_t places[40] = {0, row - 1, row, count - row, count - 1, 15, 16, 127, 128, 16 * row / 8 * 8, count / 2};
        for (size_t i = 11; i < 40; i++) places[i] = (state = state * 6364136223846793005u + 1) % count;
        for (size_t i = 0; i < (device_is_slow() ? 16 : 40); i++) check_found(&t, places[i] % count, (int)(i % 3));
        clonal__trial_free(&t);
    }
}

/* The right product passes, and leaves the matrix changed where the comparison proved itself: asked again, it finds
 * that. Poison is wrong nearly everywhere: where the product is a NaN it is not. */
static void right_and_poisoned(void **unused)
{
    (void)unused;
    for (size_t n = 0; n < shape_count(); n++) {
        clonal__trial t = multiplied(&shapes[n]);
        assert_int_equal(compare(&t).count, 0);
        assert_int_equal(compare(&t).count, 4);
        assert_ok(clonal__trial_poison(device(), &t));
        const size_t wrong = compare(&t).count;
        assert_true(wrong > count_of(&t) / 10 * 9 && wrong < count_of(&t) + (shapes[n].m < 8));
        clonal__trial_free(&t);
    }
}

/* A and B on the device are what the classes say. */
static void the_device_makes_the_matrices(void **unused)
{
    (void)unused;
    for (size_t n = 0; n < shape_count(); n++) {
        const clonal__gemm_shape *s = &shapes[n];
        clonal__trial t;
        assert_ok(clonal__trial_create(device(), s, NULL, &t));
        assert_ok(clonal__trial_fill(device(), &t, 0));
        float *a = malloc(sizeof(float) * s->m * s->k), *b = malloc(sizeof(float) * s->k * s->n);
        assert_true(a && b);
        assert_ok(clonal__buffer_read(device(), t.device_a, 0, sizeof(float) * s->m * s->k, a));
        assert_ok(clonal__buffer_read(device(), t.device_b, 0, sizeof(float) * s->k * s->n, b));
        for (size_t k = 0; k < s->k; k++) {
            for (size_t i = 0; i < s->m; i++)
                assert_memory_equal(&a[s->ta ? k * s->m + i : i * s->k + k],
                                    &t.a[s->ta ? k * t.table.m + t.row_of[i] : t.row_of[i] * s->k + k], 4);
            for (size_t j = 0; j < s->n; j++)
                assert_memory_equal(&b[s->tb ? j * s->k + k : k * s->n + j],
                                    &t.b[s->tb ? t.column_of[j] * s->k + k : k * t.table.n + t.column_of[j]], 4);
        }
        free(a), free(b);
        clonal__trial_free(&t);
    }
}

/* All native candidates of a large product are let in; one that is wrong far down is not: tests/cli/sabotage.py. */
static void large_products_are_admitted(void **unused)
{
    clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES];
    size_t count, natives = 0;
    (void)unused;
    assert_ok(clonal__gemm_audit(device(), &shapes[0], choices, &count));
    for (size_t i = 0; i < count; i++) {
        natives += choices[i].kind == CLONAL__GEMM_NATIVE;
        assert_true(choices[i].kind != CLONAL__GEMM_NATIVE || choices[i].exact);
    }
    if (!natives) skip();
}

/* K of two blocks, edges in every direction; two groups a side on CPUs, and many. */
static const clonal__gemm_shape windowed[] = {{523, 517, 1030, false, true, 0},
                                              {600, 500, 1100, false, false, 2},
                                              {513, 333, 1025, true, false, 2},
                                              {65, 40001, 60, true, true, 0},
                                              {40001, 10, 300, false, true, 2}};

/* What a trial by windows says of a variant. */
static bool passes_windows(const clonal__trial *t, int variant)
{
    bool exact = false;
    assert_ok(clonal__windows_try(device(), t, variant, &exact));
    return exact;
}

/* Gives the first and the last row or column a class that no other one has. */
static void set_apart(uint32_t *class_of, uint32_t count, uint32_t classes)
{
    for (uint32_t i = 0; i < count; i++) class_of[i] = 1 + class_of[i] % (classes - 2);
    class_of[0] = 0;
    class_of[count - 1] = classes - 1;
}

/* Flips the lowest bit of what is expected of C's element, or makes a number of a NaN. */
static void expect_another(clonal__trial *t, size_t row, size_t column)
{
    float *wanted = &t->expected[(size_t)t->row_of[row] * t->table.n + t->column_of[column]];
    uint32_t bits;
    memcpy(&bits, wanted, sizeof bits);
    bits = is_nan(bits) ? 0x3f800000 : bits ^ 1;
    memcpy(wanted, &bits, sizeof bits);
}

static void check_windows(clonal__trial *t, int variant)
{
    const size_t rows[] = {0, t->shape.m - 1}, columns[] = {0, t->shape.n - 1};
    assert_ok(clonal__trial_fill(device(), t, 0));
    assert_true(passes_windows(t, variant));
    for (size_t i = 0; i < 4; i++) {
        assert_ok(clonal__trial_fill(device(), t, 0));
        expect_another(t, rows[i / 2], columns[i % 2]);
        assert_false(passes_windows(t, variant));
    }
}

/* Every native candidate of a large product passes by its windows, which see each corner of C. */
static void windows_see_the_corners(void **unused)
{
    size_t natives = 0;
    clonal__gemm_workspace workspace = {0}; /* each trial finds in it what the one before left */
    (void)unused;
    for (size_t n = 0; n < (device_is_slow() ? 2 : sizeof windowed / sizeof *windowed); n++) {
        const clonal__gemm_shape shape = clonal__gemm_shape_used(device(), &windowed[n], CLONAL_GEMM_NATIVE);
        clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES];
        const size_t count = clonal__gemm_candidates(device(), &shape, CLONAL_GEMM_NATIVE, room);
        clonal__trial t;
        assert_true(clonal__windows_suit(&shape));
        assert_ok(clonal__trial_create(device(), &shape, &workspace, &t));
        t.by_windows = true;
        set_apart(t.row_of, shape.m, t.table.m);
        set_apart(t.column_of, shape.n, t.table.n);
        for (size_t i = 0; i < count; i++) check_windows(&t, room[i].variant);
        natives += count;
        clonal__trial_free(&t);
    }
    clonal__gemm_workspace_free(&workspace);
    if (!natives) skip();
}

/* A workspace's matrices serve the trials after, and are made anew where one is too small. */
static void a_workspace_is_kept(void **unused)
{
    const clonal__gemm_shape shapes_of[] = {
        {40, 50, 60, false, true, 0}, {50, 20, 40, true, false, 0}, {40, 51, 60, false, false, 0}};
    clonal__gemm_workspace workspace = {0};
    cl_mem first[3];
    clonal__trial t;
    (void)unused;
    if (device()->info.type != CLONAL_DEVICE_CPU) skip();
    assert_ok(clonal__trial_create(device(), &shapes_of[0], &workspace, &t));
    memcpy(first, workspace.matrices, sizeof first);
    assert_true(t.device_a == first[0] && t.device_b == first[1] && t.device_c == first[2]);
    clonal__trial_free(&t);
    assert_ok(clonal__trial_create(device(), &shapes_of[1], &workspace, &t)); /* smaller ones */
    for (int i = 0; i < 3; i++) assert_true(workspace.matrices[i] == first[i]);
    clonal__trial_free(&t);
    assert_ok(clonal__trial_create(device(), &shapes_of[2], &workspace, &t)); /* A as large, B and C larger */
    assert_true(workspace.matrices[0] == first[0] && workspace.bytes[0] == sizeof(float) * 40 * 60);
    assert_true(workspace.bytes[1] == sizeof(float) * 51 * 60 && workspace.bytes[2] == sizeof(float) * 40 * 51);
    assert_ok(clonal__trial_fill(device(), &t, 0));
    assert_ok(clonal__trial_poison(device(), &t));
    clonal__trial_free(&t);
    clonal__gemm_workspace_free(&workspace);
    assert_true(!workspace.matrices[0] && !workspace.bytes[2]);
}

/* Taller than a launch may be: by rows, as a batch's are, of a table of few rows or few columns. */
static void tall_matrices_are_made_whole(void **unused)
{
    enum { ROWS = 65543, COLUMNS = 9, FEW = 4 };
    static uint32_t row_of[ROWS];
    static float table[ROWS * FEW], made[ROWS * COLUMNS], scratch[CLONAL__CLASSES_BY_HOST];
    uint32_t column_of[COLUMNS];
    cl_mem matrix;
    (void)unused;
    clonal__class_map(5, ROWS, FEW, row_of);
    clonal__class_map(6, COLUMNS, FEW, column_of);
    for (size_t i = 0; i < ROWS * FEW; i++) table[i] = (float)i;
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, sizeof made, NULL, &matrix));
    for (int by_rows = 0; by_rows < 2; by_rows++) {
        const clonal__spread s = {.rows = ROWS,
                                  .columns = COLUMNS,
                                  .table_rows = by_rows ? FEW : ROWS,
                                  .table_columns = by_rows ? COLUMNS : FEW,
                                  .row_of = by_rows ? row_of : NULL,
                                  .column_of = by_rows ? NULL : column_of};
        memset(made, 0xff, sizeof made);
        assert_ok(clonal__buffer_write(device(), matrix, 0, sizeof made, made));
        assert_ok(clonal__spread_write(device(), &s, table, scratch, matrix));
        assert_ok(clonal__buffer_read(device(), matrix, 0, sizeof made, made));
        for (size_t r = 0; r < ROWS; r++)
            for (size_t c = 0; c < COLUMNS; c++)
                if (made[r * COLUMNS + c] != (by_rows ? table[row_of[r] * COLUMNS + c] : table[r * FEW + column_of[c]]))
                    fail_msg("element %zu,%zu is %g", r, c, (double)made[r * COLUMNS + c]);
    }
    clonal__buffer_free(&matrix);
}

static clonal__gemm_decision decision(uint32_t batch, bool gradient, int variant)
{
    const clonal__gemm_shape s = gradient ? (clonal__gemm_shape){12347, 12349, batch, true, false, 0}
                                          : (clonal__gemm_shape){batch, 12349, 12347, false, true, 0};
    return (clonal__gemm_decision){s, CLONAL_GEMM_AUTO, {.variant = variant, .exact = true, .seconds = 1}, false};
}

static int related(const clonal__plan_store *store, uint32_t batch, bool gradient)
{
    const clonal__gemm_decision d = decision(batch, gradient, 0);
    const clonal__gemm_choice *found = clonal__plan_store_related(store, &d.shape, CLONAL_GEMM_AUTO);
    return found ? found->variant : -1;
}

/* A short batch takes what this context's nearest batch uses, and nothing that it does not use. */
static void a_short_batch_takes_the_nearest(void **unused)
{
    clonal__plan_store *store;
    (void)unused;
    assert_ok(clonal__plan_store_of(device(), &store));
    for (int gradient = 0; gradient < 2; gradient++) {
        const clonal__gemm_decision all[] = {decision(16, gradient, 1), decision(256, gradient, 2)};
        assert_int_equal(related(store, 96, gradient), -1);
        for (size_t i = 0; i < 2; i++) assert_ok(clonal__plan_store_keep(store, &all[i]));
        assert_int_equal(related(store, 96, gradient), 2);
        assert_int_equal(related(store, 17, gradient), 1);
        assert_int_equal(related(store, 4096, gradient), 2);
        assert_int_equal(related(store, 4097, gradient), -1);
        assert_int_equal(related(store, 1, gradient), 1);
    }
    device_close(); /* another run, which reads what the first one kept */
    assert_ok(clonal__plan_store_of(device(), &store));
    for (int gradient = 0; gradient < 2; gradient++) {
        const clonal__gemm_decision kept = decision(256, gradient, 0);
        const clonal__gemm_decision *old = clonal__plan_store_find(store, &kept.shape, CLONAL_GEMM_AUTO);
        assert_int_equal(related(store, 96, gradient), -1);
        if (old) {
            clonal__plan_store_take(store, old);
            assert_int_equal(related(store, 17, gradient), 2);
        }
    }
    for (int gradient = 0; gradient < 2; gradient++)
        for (uint32_t batch = 16; batch <= 256; batch *= 16) {
            const clonal__gemm_decision kept = decision(batch, gradient, 0);
            assert_ok(clonal__gemm_forget(device(), &kept.shape, CLONAL_GEMM_AUTO));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tall_matrices_are_made_whole), cmocka_unit_test(a_wrong_element_is_found),
        cmocka_unit_test(right_and_poisoned),           cmocka_unit_test(the_device_makes_the_matrices),
        cmocka_unit_test(large_products_are_admitted),  cmocka_unit_test(windows_see_the_corners),
        cmocka_unit_test(a_workspace_is_kept),          cmocka_unit_test(a_short_batch_takes_the_nearest)};
    return DEVICE_TEST_MAIN(tests);
}
