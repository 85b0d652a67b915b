/* test_idx.c: IDX files and data sets: what is read, and every way in which a file can be wrong. */
#include "tests/unit/files.h"

#include "host/data/dataset.h"
#include "host/data/idx.h"
#include <clonal/data.h>
#include <math.h>
#include <sys/stat.h>
#include <zlib.h>

#define IMAGES "train-images-idx3-ubyte"
#define LABELS "train-labels-idx1-ubyte"

/* Two images of 2x3. */
static const uint8_t two_images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0,   0,   0,   2,   0,   0,
                                     0, 3, 0, 1, 2, 3, 4, 5, 255, 254, 253, 252, 251, 250};
static const uint8_t two_labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 9, 3};

static void put_gzip(const char *path, const char *mode, const void *bytes, size_t count)
{
    gzFile file = gzopen(path, mode);
    assert_non_null(file);
    if (count) assert_int_equal(gzwrite(file, bytes, (unsigned)count), count);
    assert_int_equal(gzclose(file), Z_OK);
}

static size_t from_hex(const char *hex, uint8_t *bytes)
{
    size_t count = 0;
    for (unsigned value; *hex; hex += 2, hex += *hex == ' ')
        if (sscanf(hex, "%2x", &value) == 1) bytes[count++] = (uint8_t)value;
    return count;
}

static void test_reads(void **state)
{
    (void)state;
    clonal_dataset *data;
    size_t rank;
    uint32_t shape[4];
    put_file(in_folder("i"), two_images, sizeof two_images);
    put_gzip(in_folder("l.gz"), "wb", two_labels, sizeof two_labels);
    assert_int_equal(clonal_dataset_open_files(in_folder("i"), in_folder("l.gz"), &data), CLONAL_OK);
    assert_int_equal(clonal_dataset_count(data), 2);
    assert_int_equal(clonal_dataset_shape(data, &rank, shape), 6);
    assert_int_equal(rank, 2);
    assert_int_equal(shape[0], 2);
    assert_int_equal(shape[1], 3);
    assert_memory_equal(data->u8, two_images + 16, 12);
    assert_null(data->f32);
    assert_int_equal(clonal_dataset_label(data, 0), 9);
    assert_int_equal(clonal_dataset_label(data, 1), 3);
    assert_int_equal(clonal_dataset_label(data, 2), UINT32_MAX);
    assert_int_equal(clonal_dataset_classes(data), 10);
    assert_int_equal(clonal_dataset_outputs(data), 10);
    clonal_dataset_destroy(data);

    assert_int_equal(clonal_dataset_open_files(in_folder("i"), NULL, &data), CLONAL_OK);
    assert_int_equal(clonal_dataset_label(data, 0), UINT32_MAX);
    assert_int_equal(clonal_dataset_classes(data), 0);
    clonal_dataset_destroy(data);
    clonal_dataset_destroy(NULL);
}

/* Header (and more) in hex, bytes after it, what reading it as images says; "": it is sound. */
static const struct {
    const char *what, *head;
    size_t payload;
    const char *says;
} image_files[] = {
    {"sound, rank 2", "00000802 00000003 00000004", 12, ""},
    {"sound, rank 5", "00000805 00000001 00000002 00000001 00000002 00000003", 12, ""},
    {"empty", "", 0, "is empty"},
    {"one byte", "00", 0, "too short"},
    {"three bytes", "000008", 0, "too short"},
    {"another format", "89504e47 0d0a1a0a 00000000 00000000", 64, "no IDX file"},
    {"second byte not 0", "00010803 00000001 00000001 00000001", 1, "no IDX file"},
    {"sound, floats", "00000d03 00000001 00000001 00000001", 4, ""},
    {"sound, signed bytes", "00000903 00000001 00000001 00000001", 1, ""},
    {"sound, doubles", "00000e02 00000002 00000001", 16, ""},
    {"floats, one byte missing", "00000d03 00000001 00000001 00000002", 7, "truncated: 7 bytes of the 8"},
    {"doubles, one more", "00000e02 00000002 00000001", 24, "goes on after the 16 bytes"},
    {"doubles, more than the limit", "00000e02 20000000 00000002", 8, "4 GiB"},
    {"type 0x0a", "00000a03 00000001 00000001 00000001", 1, "type 0x0a"},
    {"type 0x0f", "00000f03 00000001 00000001 00000001", 8, "type 0x0f"},
    {"type 0", "00000003 00000001 00000001 00000001", 1, "type 0x00"},
    {"rank 0", "00000800", 0, "0 dimensions"},
    {"labels for images", "00000801 00000004", 4, "1 dimensions"},
    {"rank 6", "00000806 00000001 00000001 00000001 00000001 00000001 00000001", 1, "6 dimensions"},
    {"rank 255", "000008ff", 2000, "255 dimensions"},
    {"no sizes", "00000803", 0, "truncated in its header"},
    {"sizes cut", "00000803 00000002 00000002 000000", 0, "truncated in its header"},
    {"no samples", "00000803 00000000 0000001c 0000001c", 0, "dimension 0 is 0"},
    {"size 0", "00000803 00000002 0000001c 00000000", 0, "dimension 2 is 0"},
    {"size 0 behind sizes that overflow", "00000803 ffffffff ffffffff 00000000", 0, "4 GiB"},
    {"all samples missing", "00000803 00000002 00000002 00000002", 0, "truncated: 0 bytes of the 8"},
    {"one byte missing", "00000803 00000002 00000002 00000002", 7, "truncated: 7 bytes of the 8"},
    {"one byte more", "00000803 00000002 00000002 00000002", 9, "goes on after the 8 bytes"},
    {"many bytes more", "00000803 00000002 00000002 00000002", 100000, "goes on after the 8 bytes"},
    {"more than the limit", "00000803 00010000 00010000 00000002", 8, "4 GiB"},
    {"all ones", "00000803 ffffffff ffffffff ffffffff", 8, "4 GiB"},
    {"product 2^64", "00000803 80000000 80000000 00000004", 8, "4 GiB"},
    {"product 2^64 + 2^32", "00000804 00000003 55555555 00010001 00010000", 8, "4 GiB"},
    {"the limit itself, not there", "00000803 00010000 00001000 00000010", 8, "truncated: 8 bytes of the 4294967296"},
    {"almost the limit, not there", "00000802 ffffffff 00000001", 3000000,
     "truncated: 3000000 bytes of the 4294967295"},
};

static void test_wrong_images(void **state)
{
    (void)state;
    uint8_t *bytes = calloc(1, 4000000);
    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof image_files / sizeof *image_files; i++) {
        size_t count = from_hex(image_files[i].head, bytes) + image_files[i].payload;
        clonal_status expected = *image_files[i].says ? CLONAL_E_FORMAT : CLONAL_OK;
        put_file(in_folder("plain"), bytes, count);
        put_gzip(in_folder("zipped"), "wb1", bytes, count);
        for (int zipped = 0; zipped < 2; zipped++) {
            clonal_dataset *data = (clonal_dataset *)&data;
            clonal_status status = clonal_dataset_open_files(in_folder(zipped ? "zipped" : "plain"), NULL, &data);
            assert_failure(image_files[i].what, status, expected, image_files[i].says);
            assert_true((data != NULL) == (status == CLONAL_OK));
            if (status) assert_non_null(strstr(clonal_last_error()->message, zipped ? "/zipped " : "/plain "));
            clonal_dataset_destroy(data);
        }
        memset(bytes, 0, 64);
    }
    free(bytes);
}

/* Numbers of every type, against their values in C. */
static void test_types(void **state)
{
    static const struct {
        const char *file; /* two samples of one element */
        float values[2];
    } kinds[] = {{"00000902 00000002 00000001 80 7f", {-128, 127}},
                 {"00000b02 00000002 00000001 8000 0102", {-32768, 258}},
                 {"00000c02 00000002 00000001 80000000 7fffffff", {-0x1p31f, 0x1p31f}},
                 {"00000c02 00000002 00000001 01000001 01000003", {0x1p24f, 0x1.000004p24f}}, /* ties to even */
                 {"00000d02 00000002 00000001 3fc00000 80000001", {1.5f, -0x1p-149f}},
                 {"00000e02 00000002 00000001 3fb999999999999a 7fefffffffffffff", {0.1f, INFINITY}},
                 {"00000e02 00000002 00000001 3690000000000000 3ff0000030000000", {0x0p0f, 0x1.000004p0f}}};
    static const struct {
        const char *file, *says;
        uint32_t labels[2];
    } labels[] = {{"00000901 00000002 00 7f", "", {0, 127}},
                  {"00000b01 00000002 0100 7fff", "", {256, 32767}},
                  {"00000c01 00000002 7fffffff 00000001", "", {INT32_MAX, 1}},
                  {"00000901 00000002 01 ff", "label 1 is -1", {0}},
                  {"00000c01 00000002 80000000 00000000", "label 0 is -2147483648", {0}},
                  {"00000d01 00000002 00000000 3f800000", "holds floats, where labels are whole numbers", {0}},
                  {"00000b01 00000002 0100 7f", "truncated: 3 bytes of the 4", {0}}};
    uint8_t bytes[64];
    clonal_dataset *data;
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        put_file(in_folder("numbers"), bytes, from_hex(kinds[i].file, bytes));
        assert_int_equal(clonal_dataset_open_files(in_folder("numbers"), NULL, &data), CLONAL_OK);
        assert_null(data->u8);
        assert_memory_equal(data->f32, kinds[i].values, sizeof kinds[i].values);
        clonal_dataset_destroy(data);
    }
    put_file(in_folder("i"), two_images, sizeof two_images);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        put_file(in_folder("l"), bytes, from_hex(labels[i].file, bytes));
        assert_failure(labels[i].file, clonal_dataset_open_files(in_folder("i"), in_folder("l"), &data),
                       *labels[i].says ? CLONAL_E_FORMAT : CLONAL_OK, labels[i].says);
        for (size_t k = 0; data && k < 2; k++) assert_int_equal(clonal_dataset_label(data, k), labels[i].labels[k]);
        clonal_dataset_destroy(data);
    }
}

static void put_pair(const char *folder, const char *images, const char *labels)
{
    char path[9000];
    snprintf(path, sizeof path, "%s/%s", folder, images);
    put_file(path, two_images, sizeof two_images);
    snprintf(path, sizeof path, "%s/%s", folder, labels);
    put_file(path, two_labels, sizeof two_labels);
}

static void make_folder(const char *name)
{
    assert_int_equal(mkdir(in_folder(name), 0777), 0);
}

/* The names that files of the family have where they are offered. */
static void test_names(void **state)
{
    static const char *const names[][2] = {
        {"train-images.idx3-ubyte", "train-labels.idx1-ubyte"},
        {"emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz"},
        {"my-own-train-images-idx2-ubyte", "my-own-train-labels-idx1-ubyte"},
        {"train-images-idx5-ubyte", "train-labels-idx1-ubyte"}};
    clonal_dataset *data;
    char folder[64];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(folder, sizeof folder, "names-%zu", i);
        make_folder(folder);
        put_pair(in_folder(folder), names[i][0], names[i][1]);
        assert_int_equal(clonal_dataset_open(in_folder(folder), CLONAL_SPLIT_TRAIN, &data), CLONAL_OK);
        assert_int_equal(clonal_dataset_classes(data), 10);
        clonal_dataset_destroy(data);
        assert_failure(names[i][0], clonal_dataset_open(in_folder(folder), CLONAL_SPLIT_TEST, &data), CLONAL_E_IO,
                       "t10k-images-idx3-ubyte");
    }
    make_folder("test");
    put_pair(in_folder("test"), "emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte");
    assert_int_equal(clonal_dataset_open(in_folder("test"), CLONAL_SPLIT_TEST, &data), CLONAL_OK);
    clonal_dataset_destroy(data);

    make_folder("vision");
    make_folder("vision/FashionMNIST");
    make_folder("vision/FashionMNIST/raw");
    put_pair(in_folder("vision/FashionMNIST/raw"), IMAGES, LABELS);
    assert_int_equal(clonal_dataset_open(in_folder("vision"), CLONAL_SPLIT_TRAIN, &data), CLONAL_OK);
    clonal_dataset_destroy(data);
    /* never of one set the images and of another the labels */
    make_folder("vision/MNIST");
    make_folder("vision/MNIST/raw");
    put_file(in_folder("vision/MNIST/raw/" IMAGES), two_images, sizeof two_images);
    assert_failure("two sets", clonal_dataset_open(in_folder("vision"), CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO,
                   "holds several data sets, MNIST/raw and FashionMNIST/raw: name the folder of one");
    put_file(in_folder("vision/" IMAGES), two_images, sizeof two_images);
    assert_failure("no labels beside", clonal_dataset_open(in_folder("vision"), CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO,
                   "holds neither " LABELS);
}

static void test_several_candidates(void **state)
{
    clonal_dataset *data;
    (void)state;
    make_folder("both"); /* plain before gzipped, which is not looked at */
    put_pair(in_folder("both"), IMAGES, LABELS);
    put_file(in_folder("both/" IMAGES ".gz"), "x", 1);
    assert_int_equal(clonal_dataset_open(in_folder("both"), CLONAL_SPLIT_TRAIN, &data), CLONAL_OK);
    clonal_dataset_destroy(data);
    put_pair(in_folder("both"), "emnist-" IMAGES, "emnist-" LABELS);
    assert_failure("two sets", clonal_dataset_open(in_folder("both"), CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO,
                   "holds several files of train images: emnist-" IMAGES ", " IMAGES ": put those of one data set");
    /* folders and dangling links of such names are no files */
    make_folder("kaggle");
    make_folder("kaggle/" IMAGES);
    make_folder("kaggle/" LABELS);
    put_pair(in_folder("kaggle"), "train-images.idx3-ubyte", "train-labels.idx1-ubyte");
    assert_int_equal(symlink("nowhere", in_folder("kaggle/x-" IMAGES)), 0);
    assert_int_equal(clonal_dataset_open(in_folder("kaggle"), CLONAL_SPLIT_TRAIN, &data), CLONAL_OK);
    clonal_dataset_destroy(data);
    assert_failure("empty", clonal_dataset_open("", CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO, "is empty");
    make_folder("others"); /* names that are none of the family's */
    put_pair(in_folder("others"), "x" IMAGES, "train-labels-idx1-ubyte.bak");
    put_pair(in_folder("others"), "train-images-idx6-ubyte", "train-labels-idx0-ubyte");
    put_pair(in_folder("others"), "train-images_idx3-ubyte", "-train-labels-idx1-ubyte.gz.gz");
    assert_failure("others", clonal_dataset_open(in_folder("others"), CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO,
                   "holds neither " IMAGES);
}

static void test_wrong_labels(void **state)
{
    (void)state;
    clonal_dataset *data;
    const uint8_t three[] = {0, 0, 8, 1, 0, 0, 0, 3, 1, 2, 3}, one[] = {0, 0, 8, 1, 0, 0, 0, 1, 1};
    put_file(in_folder("i"), two_images, sizeof two_images);
    put_file(in_folder("three"), three, sizeof three);
    put_file(in_folder("one"), one, sizeof one);
    put_file(in_folder("cut"), three, sizeof three - 1);
    assert_failure("3 labels", clonal_dataset_open_files(in_folder("i"), in_folder("three"), &data), CLONAL_E_FORMAT,
                   "3 labels");
    assert_failure("1 label", clonal_dataset_open_files(in_folder("i"), in_folder("one"), &data), CLONAL_E_FORMAT,
                   "2 images");
    assert_failure("cut", clonal_dataset_open_files(in_folder("i"), in_folder("cut"), &data), CLONAL_E_FORMAT,
                   "truncated");
    assert_failure("images", clonal_dataset_open_files(in_folder("i"), in_folder("i"), &data), CLONAL_E_FORMAT,
                   "3 dimensions");
    assert_null(data);
}

static void test_unreadable(void **state)
{
    (void)state;
    clonal_dataset *data;
    assert_failure("missing", clonal_dataset_open_files(in_folder("none"), NULL, &data), CLONAL_E_IO, "No such file");
    assert_failure("folder", clonal_dataset_open_files(test_folder, NULL, &data), CLONAL_E_IO, "is a folder");
    put_file(in_folder("i"), two_images, sizeof two_images);
    assert_failure("labels missing", clonal_dataset_open_files(in_folder("i"), in_folder("none"), &data), CLONAL_E_IO,
                   "none");
    if (geteuid() != 0) { /* root may read all */
        assert_int_equal(chmod(in_folder("i"), 0), 0);
        assert_failure("forbidden", clonal_dataset_open_files(in_folder("i"), NULL, &data), CLONAL_E_IO,
                       "Permission denied");
    }
}

static void test_damaged_gzip(void **state)
{
    (void)state;
    size_t count;
    char sound[72], read[72];
    clonal_dataset *data;
    put_gzip(in_folder("z"), "wb", two_images, sizeof two_images);
    uint8_t *bytes = get_file(in_folder("z"), &count), *changed = malloc(count);
    assert_non_null(changed);
    assert_int_equal(clonal_dataset_open_files(in_folder("z"), NULL, &data), CLONAL_OK);
    assert_int_equal(clonal_dataset_digest(data, sound), CLONAL_OK);
    clonal_dataset_destroy(data);
    for (size_t cut = 0; cut < count; cut++) {
        put_file(in_folder("z"), bytes, cut);
        assert_failure("cut", clonal_dataset_open_files(in_folder("z"), NULL, &data), CLONAL_E_FORMAT, "/z is ");
    }
    for (size_t bit = 0; bit < 8 * count; bit++) {
        memcpy(changed, bytes, count);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        put_file(in_folder("z"), changed, count);
        clonal_status status = clonal_dataset_open_files(in_folder("z"), NULL, &data);
        if (bit / 8 >= count - 8) /* the sum and the length */
            assert_int_equal(status, CLONAL_E_FORMAT);
        if (status == CLONAL_OK) { /* a field of gzip's header that says nothing about the content */
            assert_int_equal(clonal_dataset_digest(data, read), CLONAL_OK);
            assert_string_equal(read, sound);
        } else {
            assert_failure("flip", status, CLONAL_E_FORMAT, "/z ");
        }
        clonal_dataset_destroy(data);
    }
    free(changed);
    free(bytes);
    /* Two members, as `cat a.gz b.gz` makes them, are one file. */
    put_gzip(in_folder("two"), "wb", two_images, 10);
    put_gzip(in_folder("two"), "ab", two_images + 10, sizeof two_images - 10);
    assert_int_equal(clonal_dataset_open_files(in_folder("two"), NULL, &data), CLONAL_OK);
    clonal_dataset_destroy(data);
}

static void test_large_in_chunks(void **state)
{
    (void)state;
    enum { COUNT = 5000, SIDE = 33 };
    clonal_dataset *data;
    size_t count = 16 + (size_t)COUNT * SIDE * SIDE;
    uint8_t *bytes = malloc(count);
    assert_non_null(bytes);
    assert_int_equal(from_hex("00000803 00001388 00000021 00000021", bytes), 16);
    for (size_t i = 16; i < count; i++) bytes[i] = (uint8_t)(i * i >> 7);
    put_gzip(in_folder("z"), "wb1", bytes, count);
    assert_int_equal(clonal_dataset_open_files(in_folder("z"), NULL, &data), CLONAL_OK);
    assert_memory_equal(data->u8, bytes + 16, count - 16);
    clonal_dataset_destroy(data);
    free(bytes);
}

static void test_open_folder(void **state)
{
    (void)state;
    clonal_dataset *data;
    assert_failure("empty folder", clonal_dataset_open(test_folder, CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO,
                   "holds neither " IMAGES " nor " IMAGES ".gz");
    assert_non_null(strstr(clonal_last_error()->message, "apt-get install dataset-fashion-mnist"));
    assert_failure("no folder", clonal_dataset_open(in_folder("none"), CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO,
                   "--data");
    put_file(in_folder("file"), "x", 1);
    assert_failure("a file", clonal_dataset_open(in_folder("file"), CLONAL_SPLIT_TEST, &data), CLONAL_E_IO,
                   "is no folder");
    put_gzip(in_folder(IMAGES ".gz"), "wb", two_images, sizeof two_images);
    assert_failure("no labels", clonal_dataset_open(test_folder, CLONAL_SPLIT_TRAIN, &data), CLONAL_E_IO, LABELS);
    put_file(in_folder(LABELS), two_labels, sizeof two_labels);
    assert_int_equal(clonal_dataset_open(test_folder, CLONAL_SPLIT_TRAIN, &data), CLONAL_OK);
    assert_int_equal(clonal_dataset_count(data), 2);
    clonal_dataset_destroy(data);
    assert_failure("no test split", clonal_dataset_open(test_folder, CLONAL_SPLIT_TEST, &data), CLONAL_E_IO,
                   "t10k-images");
    char long_folder[5000];
    memset(long_folder, 'x', sizeof long_folder - 1);
    long_folder[sizeof long_folder - 1] = 0;
    assert_failure("a long path", clonal_dataset_open(long_folder, CLONAL_SPLIT_TEST, &data), CLONAL_E_ARGUMENT, "");
}

static void test_digest(void **state)
{
    (void)state;
    const uint32_t shape[] = {2, 3}, flat[] = {6};
    const uint32_t labels[] = {9, 3}, others[] = {9, 4};
    const uint8_t *pixels = two_images + 16;
    uint8_t other_pixels[12];
    char digest[7][72];
    clonal_dataset *data[7];
    memcpy(other_pixels, pixels, 12);
    other_pixels[11] ^= 1;
    put_file(in_folder("i"), two_images, sizeof two_images);
    put_gzip(in_folder("l"), "wb", two_labels, sizeof two_labels);
    assert_int_equal(clonal_dataset_open_files(in_folder("i"), in_folder("l"), &data[0]), CLONAL_OK);
    assert_int_equal(clonal_dataset_create_u8(2, 2, shape, pixels, labels, &data[1]), CLONAL_OK);
    assert_int_equal(clonal_dataset_create_u8(2, 2, shape, pixels, others, &data[2]), CLONAL_OK);
    assert_int_equal(clonal_dataset_create_u8(2, 2, shape, other_pixels, labels, &data[3]), CLONAL_OK);
    assert_int_equal(clonal_dataset_create_u8(2, 1, flat, pixels, labels, &data[4]), CLONAL_OK);
    assert_int_equal(clonal_dataset_create_u8(2, 2, shape, pixels, NULL, &data[5]), CLONAL_OK);
    assert_int_equal(clonal_dataset_create_u8(1, 2, shape, pixels, labels, &data[6]), CLONAL_OK);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(clonal_dataset_digest(data[i], digest[i]), CLONAL_OK);
        clonal_dataset_destroy(data[i]);
    }
    /* python3 -c "import hashlib; print(hashlib.sha256(b'clonal dataset 1: u8 2 2 3 labels\n' +
     *             bytes([0,1,2,3,4,5,255,254,253,252,251,250, 9,0,0,0, 3,0,0,0])).hexdigest())" */
    assert_string_equal(digest[0], "sha256:2c441d85a4f4ba4951d07f8e796094d9416378b7c3ec79682c91a530966f8388");
    assert_string_equal(digest[1], digest[0]);
    for (size_t i = 1; i < 7; i++)
        for (size_t j = i + 1; j < 7; j++) assert_string_not_equal(digest[i], digest[j]);
}

static void test_floats(void **state)
{
    (void)state;
    const uint32_t shape[] = {2}, nans[] = {0x7fc00000u, 0xffc12345u};
    const uint32_t labels[] = {1, 0};
    float samples[4] = {0.5f, -1, 2, 3}, targets[2] = {7, 8};
    char first[72], second[72];
    clonal_dataset *data;
    assert_int_equal(clonal_dataset_create_f32(2, 1, shape, samples, NULL, targets, 1, &data), CLONAL_OK);
    assert_memory_equal(data->f32, samples, sizeof samples);
    assert_memory_equal(data->targets, targets, sizeof targets);
    assert_int_equal(data->target_columns, 1);
    assert_int_equal(clonal_dataset_classes(data), 0);
    assert_int_equal(clonal_dataset_outputs(data), 1);
    assert_null(data->u8);
    clonal_dataset_destroy(data);
    for (int i = 0; i < 2; i++) { /* every NaN is one */
        memcpy(&samples[1], &nans[i], 4);
        assert_int_equal(clonal_dataset_create_f32(2, 1, shape, samples, labels, NULL, 0, &data), CLONAL_OK);
        assert_int_equal(clonal_dataset_digest(data, i ? second : first), CLONAL_OK);
        clonal_dataset_destroy(data);
    }
    assert_string_equal(first, second);
}

static void test_wrong_arrays(void **state)
{
    (void)state;
    const uint32_t shape[5] = {2, 3, 1, 1, 1}, zero[] = {2, 0}, huge[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, 4};
    const uint32_t large_label[] = {0, UINT32_C(1) << 31};
    const uint8_t *u8 = two_images + 16;
    const float f32[12] = {0};
    clonal_dataset *d;
    assert_failure("none", clonal_dataset_create_u8(0, 2, shape, u8, NULL, &d), CLONAL_E_ARGUMENT,
                   "at least one sample");
    assert_failure("rank 0", clonal_dataset_create_u8(2, 0, shape, u8, NULL, &d), CLONAL_E_ARGUMENT,
                   "1 to 4 dimensions");
    assert_failure("rank 5", clonal_dataset_create_u8(2, 5, shape, u8, NULL, &d), CLONAL_E_ARGUMENT,
                   "1 to 4 dimensions");
    assert_failure("size 0", clonal_dataset_create_u8(2, 2, zero, u8, NULL, &d), CLONAL_E_ARGUMENT, "dimension 1");
    assert_failure("huge", clonal_dataset_create_u8(2, 4, huge, u8, NULL, &d), CLONAL_E_ARGUMENT, "address space");
    assert_failure("label", clonal_dataset_create_u8(2, 2, shape, u8, large_label, &d), CLONAL_E_ARGUMENT,
                   "below 2^31");
    assert_failure("NULL", clonal_dataset_create_u8(2, 2, shape, NULL, NULL, &d), CLONAL_E_ARGUMENT, "NULL");
    assert_failure("NULL", clonal_dataset_create_f32(2, 2, shape, NULL, NULL, NULL, 0, &d), CLONAL_E_ARGUMENT, "NULL");
    assert_failure("both", clonal_dataset_create_f32(2, 2, shape, f32, shape, f32, 1, &d), CLONAL_E_ARGUMENT,
                   "not both");
    assert_failure("columns", clonal_dataset_create_f32(2, 2, shape, f32, NULL, f32, 0, &d), CLONAL_E_ARGUMENT,
                   "one column");
    assert_null(d);
}

static void test_memory_faults(void **state)
{
    (void)state;
    clonal_dataset *data;
    clonal_status status = CLONAL_E_MEMORY;
    put_file(in_folder("i"), two_images, sizeof two_images);
    put_file(in_folder("l"), two_labels, sizeof two_labels);
    unsigned long n = 1;
    for (; status != CLONAL_OK && n < 100; n++) {
        clonal__memory_fail_after(n);
        status = clonal_dataset_open_files(in_folder("i"), in_folder("l"), &data);
        if (status) assert_failure("allocation", status, CLONAL_E_MEMORY, "out of memory");
    }
    assert_true(n > 4 && n < 100);
    clonal_dataset_destroy(data);
}

static void test_mutations(void **state)
{
    (void)state;
    uint64_t random = 1;
    uint8_t room[2 * sizeof two_images + 64];
    size_t sound = 0;
    for (int i = 0; i < 2000; i++) {
        clonal_dataset *data;
        put_file(in_folder("i"), room, mutate(&random, two_images, sizeof two_images, room));
        clonal_status status = clonal_dataset_open_files(in_folder("i"), NULL, &data);
        assert_true(status == CLONAL_OK || status == CLONAL_E_FORMAT);
        sound += status == CLONAL_OK;
        clonal_dataset_destroy(data);
    }
    assert_true(sound > 20 && sound < 1980);
}

static void test_fashion_mnist(void **state)
{
    (void)state;
    clonal_dataset *data;
    size_t rank;
    uint32_t shape[4];
    if (access(CLONAL_FASHION_MNIST, F_OK)) skip();
    for (int test = 0; test < 2; test++) {
        assert_int_equal(clonal_dataset_open(NULL, test ? CLONAL_SPLIT_TEST : CLONAL_SPLIT_TRAIN, &data), CLONAL_OK);
        assert_int_equal(clonal_dataset_count(data), test ? 10000 : 60000);
        assert_int_equal(clonal_dataset_shape(data, &rank, shape), 784);
        assert_int_equal(clonal_dataset_classes(data), 10);
        assert_string_equal(clonal_fashion_mnist_class(clonal_dataset_label(data, 0)), "ankle boot");
        clonal_dataset_destroy(data);
    }
    assert_null(clonal_fashion_mnist_class(10));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_reads),         FILE_TEST(test_wrong_images),
        FILE_TEST(test_wrong_labels),  FILE_TEST(test_unreadable),
        FILE_TEST(test_damaged_gzip),  FILE_TEST(test_large_in_chunks),
        FILE_TEST(test_open_folder),   FILE_TEST(test_digest),
        FILE_TEST(test_floats),        FILE_TEST(test_wrong_arrays),
        FILE_TEST(test_memory_faults), FILE_TEST(test_mutations),
        FILE_TEST(test_fashion_mnist), FILE_TEST(test_types),
        FILE_TEST(test_names),         FILE_TEST(test_several_candidates),
    };
    limit_memory();
    return cmocka_run_group_tests_name("idx", tests, NULL, NULL);
}
