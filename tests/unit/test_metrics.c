/* test_metrics.c: metrics.csv: what is written is read again, in any locale, and garbage is named by its line. */
#include "tests/unit/files.h"

#include "host/run/metrics.h"
#include <locale.h>
#include <math.h>

#define HEADER "epoch,train_loss,val_loss,val_accuracy,seconds\n"

static const clonal_epoch_metrics rows[] = {
    {1, 1.25, 0.123456789012, 0.6875, 3.5, ""},
    {2, 1e-30, 12345678.9, 0.7, 0, ""},
    {10, NAN, INFINITY, 1, 100, ""},
};

static void assert_text(const char *path, const char *expected)
{
    size_t count;
    uint8_t *bytes = get_file(path, &count);
    assert_int_equal(count, strlen(expected));
    assert_memory_equal(bytes, expected, count);
    free(bytes);
}

static void write_and_read(void)
{
    clonal_epoch_metrics *read;
    size_t count;
    assert_int_equal(clonal__metrics_write(in_folder("m.csv"), 3, rows), CLONAL_OK);
    assert_text(in_folder("m.csv"), HEADER "1,1.25,0.123456789,0.6875,3.5\n"
                                           "2,1e-30,12345678.9,0.7,0\n"
                                           "10,nan,inf,1,100\n");
    assert_int_equal(clonal__metrics_read(in_folder("m.csv"), &read, &count), CLONAL_OK);
    assert_int_equal(count, 3);
    assert_int_equal(read[2].epoch, 10);
    assert_true(read[0].train_loss == 1.25 && read[0].val_loss == 0.123456789 && read[1].val_loss == 12345678.9);
    assert_true(isnan(read[2].train_loss) && isinf(read[2].val_loss) && read[2].seconds == 100);
    clonal__free(read);
}

static void test_round_trip(void **state)
{
    (void)state;
    write_and_read();
    /* again over it: fewer rows, nothing left of the old ones */
    assert_int_equal(clonal__metrics_write(in_folder("m.csv"), 0, NULL), CLONAL_OK);
    assert_text(in_folder("m.csv"), HEADER);
    assert_int_equal(count_files(), 1);
    clonal_epoch_metrics *read;
    size_t count;
    assert_int_equal(clonal__metrics_read(in_folder("m.csv"), &read, &count), CLONAL_OK);
    assert_int_equal(count, 0);
    clonal__free(read);
}

static void test_locale(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8", "cs_CZ.UTF-8"};
    bool found = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !found; i++)
        found = setlocale(LC_ALL, names[i]) && !strcmp(localeconv()->decimal_point, ",");
    if (!found) skip();
    write_and_read();
    assert_string_equal(localeconv()->decimal_point, ",");
    setlocale(LC_ALL, "C");
}

static void test_tolerance(void **state)
{
    (void)state;
    static const char text[] = "\n" HEADER "\r\n 1 , 1.5,\t2 ,3,4 \r\n\n2,1,2,3,4";
    clonal_epoch_metrics *read;
    size_t count;
    put_file(in_folder("m.csv"), text, sizeof text - 1);
    assert_int_equal(clonal__metrics_read(in_folder("m.csv"), &read, &count), CLONAL_OK);
    assert_int_equal(count, 2);
    assert_true(read[0].train_loss == 1.5 && read[0].seconds == 4 && read[1].epoch == 2);
    clonal__free(read);
}

static void test_garbage(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text, *says;
    } wrong[] = {
        {"empty", "", "line 1: it is not the header"},
        {"blank", "\n\n", "line 1: it is not the header"},
        {"no header", "1,1,1,1,1\n", "line 1: it is not the header"},
        {"another header", "epoch,loss\n1,1\n", "line 1: it is not the header"},
        {"header twice", HEADER HEADER, "line 2: a column is no number"},
        {"too few columns", HEADER "1,1,1,1\n", "line 2: it does not have 5 columns"},
        {"too many columns", HEADER "1,1,1,1,1,1\n", "line 2: it does not have 5 columns"},
        {"a comma at the end", HEADER "1,1,1,1,1,\n", "line 2: it does not have 5 columns"},
        {"an empty column", HEADER "1,1,,1,1\n", "line 2: a column is no number"},
        {"words", HEADER "1,1,1,1,1\n2,a,1,1,1\n", "line 3: a column is no number"},
        {"a unit", HEADER "1,1,1,1,1s\n", "line 2: a column is no number"},
        {"epoch 0", HEADER "0,1,1,1,1\n", "whole number"},
        {"epoch negative", HEADER "-1,1,1,1,1\n", "whole number"},
        {"epoch and a half", HEADER "1.5,1,1,1,1\n", "whole number"},
        {"epoch NaN", HEADER "nan,1,1,1,1\n", "whole number"},
        {"epoch 2^32", HEADER "4294967296,1,1,1,1\n", "whole number"},
        {"epoch twice", HEADER "1,1,1,1,1\n1,1,1,1,1\n", "line 3: its epoch does not come after"},
        {"epoch falls", HEADER "2,1,1,1,1\n1,1,1,1,1\n", "line 3: its epoch does not come after"},
        {"cut in a row", HEADER "1,1.25,0.5", "line 2: it does not have 5 columns"},
    };
    clonal_epoch_metrics *read;
    size_t count;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        put_file(in_folder("m.csv"), wrong[i].text, strlen(wrong[i].text));
        assert_failure(wrong[i].what, clonal__metrics_read(in_folder("m.csv"), &read, &count), CLONAL_E_FORMAT,
                       wrong[i].says);
        assert_null(read);
        assert_int_equal(count, 0);
    }
    put_file(in_folder("m.csv"), HEADER "1,1,1,1,1\0,2\n", sizeof HEADER "1,1,1,1,1\0,2\n" - 1);
    assert_failure("NUL", clonal__metrics_read(in_folder("m.csv"), &read, &count), CLONAL_E_FORMAT, "zero byte");
    assert_failure("missing", clonal__metrics_read(in_folder("none"), &read, &count), CLONAL_E_IO, "none");
    assert_failure("folder", clonal__metrics_read(test_folder, &read, &count), CLONAL_E_IO, "");
}

static void test_faults(void **state)
{
    (void)state;
    clonal_epoch_metrics *read;
    size_t count;
    assert_int_equal(clonal__metrics_write(in_folder("m.csv"), 2, rows), CLONAL_OK);
    clonal_status status = CLONAL_E_MEMORY;
    for (unsigned long n = 1; status != CLONAL_OK && n < 100; n++) { /* the file of before stays */
        clonal__memory_fail_after(n);
        status = clonal__metrics_write(in_folder("m.csv"), 3, rows);
        clonal__memory_fail_after(0);
        assert_int_equal(clonal__metrics_read(in_folder("m.csv"), &read, &count), CLONAL_OK);
        assert_int_equal(count, status ? 2 : 3);
        clonal__free(read);
        assert_int_equal(count_files(), 1);
    }
    status = CLONAL_E_MEMORY;
    for (unsigned long n = 1; status != CLONAL_OK && n < 100; n++) {
        clonal__memory_fail_after(n);
        status = clonal__metrics_read(in_folder("m.csv"), &read, &count);
        clonal__memory_fail_after(0);
    }
    assert_int_equal(count, 3);
    clonal__free(read);
    if (access("/dev/full", W_OK) == 0)
        assert_failure("full disk", clonal__metrics_write("/dev/full", 3, rows), CLONAL_E_IO, "No space left");
}

static void test_mutations(void **state)
{
    (void)state;
    static const char text[] = HEADER "1,1.25,0.123456789,0.6875,3.5\n2,1e-30,12345678.9,0.7,0\n10,nan,inf,1,100\n";
    uint64_t random = 4;
    uint8_t room[2 * sizeof text + 64];
    for (int i = 0; i < 2000; i++) {
        clonal_epoch_metrics *read;
        size_t count;
        put_file(in_folder("m.csv"), room, mutate(&random, (const uint8_t *)text, sizeof text - 1, room));
        clonal_status status = clonal__metrics_read(in_folder("m.csv"), &read, &count);
        assert_true(status == CLONAL_OK || status == CLONAL_E_FORMAT);
        clonal__free(read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_round_trip), FILE_TEST(test_locale), FILE_TEST(test_tolerance),
        FILE_TEST(test_garbage),    FILE_TEST(test_faults), FILE_TEST(test_mutations),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
