/* test_npy.c: NumPy's arrays and archives where numpy_files.py cannot look: allocations that fail, and mutations of
 * sound bytes. What is read, of every type, and the files that lie are numpy_files.py's. */
#include "tests/unit/files.h"

#include "host/data/npz.h"
#include "host/data/numpy.h"
#include <clonal/data.h>
#include <zip.h>

/* Two samples of three 16-bit numbers, in Fortran's order; their labels. */
#define HEAD(type, order, shape) "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }\n"
static const char samples[] = "\x93NUMPY\1\0\x3b\0" HEAD("<i2", "True", "(2, 3)") "\1\0\2\0\3\0\4\0\5\0\xff\xff";
static const char labels[] = "\x93NUMPY\1\0\x3a\0" HEAD("|u1", "False", "(2,)") "\1\0";
enum { SAMPLES = sizeof samples - 1, LABELS = sizeof labels - 1 };

static const char *make_archive(bool deflated)
{
    const char *path = in_folder("a.npz");
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, NULL);
    assert_non_null(zip);
    const zip_int64_t x = zip_file_add(zip, "x_train.npy", zip_source_buffer(zip, samples, SAMPLES, 0), 0);
    const zip_int64_t y = zip_file_add(zip, "y_train.npy", zip_source_buffer(zip, labels, LABELS, 0), 0);
    assert_true(x >= 0 && y >= 0);
    zip_set_file_compression(zip, (zip_uint64_t)x, deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    zip_set_file_compression(zip, (zip_uint64_t)y, deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    assert_int_equal(zip_close(zip), 0);
    return path;
}

static void test_reads(void **state)
{
    static const float values[] = {1, 3, 5, 2, 4, -1}; /* in C's order */
    clonal__npy npy;
    float *floats;
    (void)state;
    assert_int_equal(clonal__npy_read_bytes("x", samples, SAMPLES, &npy), CLONAL_OK);
    assert_int_equal(npy.rank, 2);
    assert_int_equal(npy.shape[0], 2);
    assert_int_equal(npy.shape[1], 3);
    assert_int_equal(clonal__npy_floats(&npy, &floats), CLONAL_OK);
    assert_memory_equal(floats, values, sizeof values);
    clonal__free(floats);
    clonal__free(npy.values);
    assert_failure("empty", clonal__npy_read_bytes("x", NULL, 0, &npy), CLONAL_E_FORMAT, "x is empty");
    assert_null(npy.values);
}

static void test_memory_faults(void **state)
{
    clonal_dataset *data;
    (void)state;
    const char *path = make_archive(true);
    put_file(in_folder("x.npy"), samples, SAMPLES);
    put_file(in_folder("y.npy"), labels, LABELS);
    for (int files = 0; files < 2; files++) {
        clonal_status status = CLONAL_E_MEMORY;
        unsigned long n = 0;
        while (status != CLONAL_OK) {
            clonal__memory_fail_after(++n);
            status = files ? clonal_dataset_open_files(in_folder("x.npy"), in_folder("y.npy"), &data)
                           : clonal_dataset_open(path, CLONAL_SPLIT_TRAIN, &data);
            clonal__memory_fail_after(0);
            assert_true(status == CLONAL_OK || status == CLONAL_E_MEMORY);
            assert_true((data != NULL) == (status == CLONAL_OK));
        }
        assert_true(n > 6);
        clonal_dataset_destroy(data);
    }
}

static void test_mutated_arrays(void **state)
{
    uint64_t random = 1;
    uint8_t room[2 * SAMPLES + 64];
    size_t sound = 0;
    clonal__npy npy;
    (void)state;
    for (int i = 0; i < 20000; i++) {
        const size_t count = mutate(&random, (const uint8_t *)samples, SAMPLES, room);
        const clonal_status status = clonal__npy_read_bytes("x", room, count, &npy);
        assert_true(status == CLONAL_OK || status == CLONAL_E_FORMAT);
        assert_true((npy.values != NULL) == (status == CLONAL_OK));
        float *floats = NULL;
        if (status == CLONAL_OK) assert_int_equal(clonal__npy_floats(&npy, &floats), CLONAL_OK);
        clonal__free(floats);
        clonal__free(npy.values);
        sound += status == CLONAL_OK;
    }
    assert_true(sound > 200 && sound < 19800);
}

/* One array of an archive in memory. */
static clonal_status read_one(const uint8_t *bytes, size_t count, clonal__npy *npy)
{
    clonal__npz *npz;
    char name[128];
    clonal_status status = clonal__npz_open_bytes("a", bytes, count, &npz);
    *npy = (clonal__npy){0};
    if (status == CLONAL_OK) status = clonal__npz_read(npz, "train", "images", name, sizeof name, npy);
    clonal__npz_close(npz);
    return status;
}

static void test_mutated_archives(void **state)
{
    uint64_t random = 1;
    size_t sound = 0, count;
    clonal__npy npy;
    (void)state;
    for (int i = 0; i < 2; i++) {
        uint8_t *bytes = get_file(make_archive(i == 1), &count), *room = malloc(2 * count + 64);
        assert_non_null(room);
        for (int k = 0; k < 5000; k++) {
            const clonal_status status = read_one(room, mutate(&random, bytes, count, room), &npy);
            assert_true(status == CLONAL_OK || status == CLONAL_E_FORMAT || status == CLONAL_E_IO);
            /* every byte of the array is under the member's sum */
            if (status == CLONAL_OK) assert_memory_equal(npy.values, "\1\0\3\0\5\0\2\0\4\0\xff\xff", 12);
            sound += status == CLONAL_OK;
            clonal__free(npy.values);
        }
        free(room);
        free(bytes);
    }
    assert_true(sound > 100 && sound < 9900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FILE_TEST(test_reads), FILE_TEST(test_memory_faults),
                                       FILE_TEST(test_mutated_arrays), FILE_TEST(test_mutated_archives)};
    limit_memory();
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
