/* test_plan_store.c: the decisions that processes keep in one file, each a context here. No device is needed for it. */
#include "host/gemm/plan_store.h"
#include "tests/support/no_device.h"
#include "tests/unit/files.h"

#include <glob.h>

static clonal_context contexts[3];

static int setup(void **state)
{
    for (size_t i = 0; i < 3; i++) contexts[i] = (clonal_context){.info = NO_DEVICE};
    if (cache_setup(state)) return -1;
    setenv("OCL_ICD_VENDORS", test_folder, 1); /* no driver has anything to say here */
    unsetenv("CLONAL_KERNELS");
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < 3; i++) clonal__attachments_release(&contexts[i]);
    return cache_teardown(state);
}

static clonal__plan_store *store(size_t i)
{
    clonal__plan_store *all;
    assert_int_equal(clonal__plan_store_of(&contexts[i], &all), CLONAL_OK);
    return all;
}

static void keep(size_t i, uint32_t m, int variant, bool exact)
{
    const clonal__gemm_decision d = {{m, 10, 20, false, true, 0},
                                     CLONAL_GEMM_AUTO,
                                     {.kind = CLONAL__GEMM_NATIVE, .variant = variant, .exact = exact, .seconds = 0.5},
                                     false};
    assert_int_equal(clonal__plan_store_keep(store(i), &d), CLONAL_OK);
}

/* The variant decided for products of so many rows, or -1. */
static int variant(size_t i, uint32_t m)
{
    const clonal__gemm_shape shape = {m, 10, 20, false, true, 0};
    const clonal__gemm_decision *d = clonal__plan_store_find(store(i), &shape, CLONAL_GEMM_AUTO);
    return d ? d->choice.variant : -1;
}

/* Two that read the file before either wrote it leave what both decided. */
static void what_two_processes_decide_is_kept(void **state)
{
    (void)state;
    assert_int_equal(variant(0, 1), -1);
    assert_int_equal(variant(1, 1), -1);
    keep(0, 1, 11, true);
    keep(1, 2, 22, true);
    keep(0, 3, 33, true);
    assert_int_equal(variant(2, 1), 11);
    assert_int_equal(variant(2, 2), 22);
    assert_int_equal(variant(2, 3), 33);
    assert_int_equal(variant(0, 2), -1); /* what is used in a process does not change under it */
}

/* Of two decisions for a shape the later one stands; an older one that a process read is not written back. */
static void the_later_decision_stands(void **state)
{
    (void)state;
    keep(0, 1, 11, true);
    assert_int_equal(variant(1, 1), 11);
    keep(0, 1, 12, true);
    keep(1, 2, 22, true);
    assert_int_equal(variant(1, 1), 11);
    assert_int_equal(variant(2, 1), 12);
    assert_int_equal(variant(2, 2), 22);
}

/* That nobody makes a product exactly is no decision for the disk, and ends an older one. */
static void what_is_not_exact_is_not_kept(void **state)
{
    (void)state;
    keep(0, 1, 11, true);
    keep(0, 2, 22, true);
    keep(0, 1, 12, false);
    keep(1, 3, 33, false);
    assert_int_equal(variant(0, 1), 12);
    assert_int_equal(variant(2, 1), -1);
    assert_int_equal(variant(2, 2), 22);
    assert_int_equal(variant(2, 3), -1);
}

/* The file, which has been written. */
static const char *path(void)
{
    static char found[600];
    char pattern[5000];
    glob_t all;
    snprintf(pattern, sizeof pattern, "%s/cache/clonal/plans/*.txt", test_folder);
    assert_int_equal(glob(pattern, 0, NULL, &all), 0);
    assert_int_equal(all.gl_pathc, 1);
    snprintf(found, sizeof found, "%s", all.gl_pathv[0]);
    globfree(&all);
    return found;
}

/* What is left of a file whose last decision was not exact is no file. */
static void a_lone_decision_that_is_wrong_is_removed(void **state)
{
    (void)state;
    keep(0, 1, 11, true);
    assert_int_equal(variant(1, 1), 11);
    keep(1, 1, 11, false);
    assert_int_equal(variant(2, 1), -1);
}

static void what_a_damaged_file_had_is_written_again(void **state)
{
    (void)state;
    keep(0, 1, 11, true);
    FILE *file = fopen(path(), "w");
    assert_non_null(file);
    fputs("xyz\n1 2 3\n", file);
    fclose(file);
    keep(0, 2, 22, true);
    assert_int_equal(variant(1, 1), 11);
    assert_int_equal(variant(1, 2), 22);
}

/* A file that would be too large to be read loses its oldest decisions. */
static void a_long_file_stays_readable(void **state)
{
    enum { LINES = 20000 };
    (void)state;
    keep(0, 1, 11, true);
    FILE *file = fopen(path(), "w");
    assert_non_null(file);
    for (int i = 1; i <= LINES; i++) fprintf(file, "%d 10 20 0 1 0 1 %d 0.5\n", i, i % 7);
    fclose(file);
    assert_int_equal(variant(1, 1), 1);
    keep(1, LINES + 1, 11, true);
    assert_int_equal(variant(2, LINES + 1), 11);
    assert_int_equal(variant(2, LINES), LINES % 7);
    assert_int_equal(variant(2, 1), -1);
}

#define PLANS_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLANS_TEST(what_two_processes_decide_is_kept),
        PLANS_TEST(the_later_decision_stands),
        PLANS_TEST(what_is_not_exact_is_not_kept),
        PLANS_TEST(a_lone_decision_that_is_wrong_is_removed),
        PLANS_TEST(what_a_damaged_file_had_is_written_again),
        PLANS_TEST(a_long_file_stays_readable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
