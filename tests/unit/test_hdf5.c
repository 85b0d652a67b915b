/* test_hdf5.c: HDF5 files of weights: Keras's own are read, ours are read by libhdf5, and no file harms the reader: one
 * of libhdf5's other inventions, or one on which it crashes. */
#include "tests/unit/exchange_files.h"

#include "host/exchange/format.h"
#include "host/exchange/hdf5_catalogue.h"
#include "host/exchange/hdf5_write.h"
#include <hdf5.h>
#include <math.h>

/* Reads the data sets of floats, without Keras's names made Clonal's. */
static clonal_status read_datasets(const char *path, clonal__network *network)
{
    static const char *const skipped[] = {"optimizer", NULL};
    clonal__reader reader;
    clonal__hdf5_catalogue catalogue = {0};
    clonal_status status = clonal__reader_open(path, "a file of weights", &reader);
    if (status == CLONAL_OK) status = clonal__hdf5_catalogue_read(&reader, "layers", "text", skipped, &catalogue);
    for (size_t i = 0; i < catalogue.count && status == CLONAL_OK; i++) {
        const clonal__hdf5_dataset *d = &catalogue.datasets[i];
        if (d->kind != CLONAL__HDF5_FLOATS) continue;
        status = clonal__reader_rewind(&reader, d->offset);
        if (status == CLONAL_OK)
            status =
                clonal__reader_tensor(&reader, d->name, d->rank, d->shape, clonal__tensor_type_named(d->type), network);
    }
    clonal__hdf5_catalogue_free(&catalogue);
    clonal__reader_close(&reader);
    return status;
}

static void test_keras(void **state)
{
    static const vector_tensor net[] = {
        {"layers/dense/vars/0", 0, 2, {4, 3}},
        {"layers/dense/vars/1", 1, 1, {3}},
        {"layers/dense_1/vars/0", 4, 2, {3, 2}},
        {"layers/dense_1/vars/1", 5, 1, {2}},
        {"layers/layer_normalization/vars/0", 2, 1, {3}},
        {"layers/layer_normalization/vars/1", 3, 1, {3}},
    };
    /* bfloat16 and float16, beside an optimizer's variables */
    static const vector_tensor kinds[] = {
        {"layers/dense/vars/0", 0, 2, {4, 3}},
        {"layers/dense/vars/1", 1, 1, {3}},
        {"layers/dense_1/vars/0", 2, 2, {3, 3}},
        {"layers/dense_1/vars/1", 3, 1, {3}},
    };
    clonal__network network = {0};
    (void)state;
    assert_int_equal(read_datasets(VECTOR("keras.weights.h5"), &network), CLONAL_OK);
    assert_tensors(&network, 6, net);
    clonal__network_free(&network);
    assert_int_equal(read_datasets(VECTOR("keras-kinds.weights.h5"), &network), CLONAL_OK);
    assert_tensors(&network, 4, kinds);
    clonal__network_free(&network);
}

/* The format as a whole: names and layout of Clonal's. */
static void test_format(void **state)
{
    static const struct {
        const char *name;
        int place;
        uint32_t inputs, outputs; /* 0 inputs: a vector */
    } expected[] = {{"dense_0.weight", 0, 4, 3},
                    {"dense_0.bias", 1, 0, 3},
                    {"dense_1.weight", 4, 3, 2},
                    {"dense_1.bias", 5, 0, 2},
                    {"layer_normalization_0.weight", 2, 0, 3},
                    {"layer_normalization_0.bias", 3, 0, 3}};
    clonal__safetensors *file;
    (void)state;
    assert_int_equal(clonal__exchange_read(VECTOR("keras.weights.h5"), false, &file), CLONAL_OK);
    assert_int_equal(file->tensor_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const clonal__tensor *tensor = &file->tensors[i];
        assert_string_equal(tensor->name, expected[i].name);
        const size_t inputs = expected[i].inputs ? expected[i].inputs : 1;
        assert_int_equal(tensor->shape[0], expected[i].outputs);
        for (size_t o = 0; o < expected[i].outputs; o++)
            for (size_t k = 0; k < inputs; k++)
                assert_true(tensor->values[o * inputs + k] ==
                            vector_value(k * expected[i].outputs + o, expected[i].place));
    }
    clonal__safetensors_destroy(file);
}

static const float values[] = {0.5f, -1.25f, 3, 0x1p-149f, -INFINITY, -0.0f};

/* What we write, libhdf5 reads, to the same bits; and the bytes are the same each time. */
static void test_writes(void **state)
{
    const clonal__tensor tensors[] = {{"layers/dense/vars/0", 2, {2, 3}, values},
                                      {"layers/dense/vars/1", 1, {3}, values + 3},
                                      {"layers/scalar", 0, {0}, values},
                                      {"layers/none", 2, {0, 3}, values}};
    char digest[72], again[72], text[8] = "";
    float read[6];
    (void)state;
    assert_int_equal(clonal__hdf5_write(in_folder("w"), 4, tensors, "text", "a graph", digest), CLONAL_OK);
    free(malloc(100000));
    assert_int_equal(clonal__hdf5_write(in_folder("again"), 4, tensors, "text", "a graph", again), CLONAL_OK);
    assert_string_equal(digest, again);
    assert_same_file(in_folder("w"), in_folder("again"));
    const hid_t file = H5Fopen(in_folder("w"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    for (size_t i = 0; i < 2; i++) {
        const hid_t dataset = H5Dopen2(file, tensors[i].name, H5P_DEFAULT);
        assert_true(H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) >= 0);
        assert_memory_equal(read, tensors[i].values, clonal__tensor_elements(&tensors[i]) * sizeof *read);
        H5Dclose(dataset);
    }
    const hid_t dataset = H5Dopen2(file, "text", H5P_DEFAULT), type = H5Dget_type(dataset);
    assert_int_equal(H5Tget_size(type), 7);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0);
    assert_string_equal(text, "a graph");
    H5Tclose(type);
    H5Dclose(dataset);
    H5Fclose(file);
    assert_failure("no folder", clonal__hdf5_write(in_folder("no/w"), 4, tensors, "text", "g", NULL), CLONAL_E_IO,
                   "no/w");
    assert_int_equal(count_files(), 2);
}

/* Each of these puts something into the group "layers" of a file that is otherwise sound. */
static void put_dataset(hid_t group, hid_t type, int rank, const hsize_t *sizes, hid_t plan)
{
    const hid_t space = rank < 0 ? H5Screate(H5S_NULL) : H5Screate_simple(rank, sizes, NULL);
    H5Dclose(H5Dcreate2(group, "bad", type, space, H5P_DEFAULT, plan, H5P_DEFAULT));
    H5Sclose(space);
}

static const hsize_t small[] = {2, 2}, nine[] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, wide[] = {UINT64_C(1) << 32},
                     huge[] = {UINT32_MAX, UINT32_MAX, UINT32_MAX};

static void soft_link(hid_t group)
{
    H5Lcreate_soft("/layers", group, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void dangling_link(hid_t group)
{
    H5Lcreate_soft("/layers/bad", group, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void external_link(hid_t group)
{
    H5Lcreate_external("/etc/passwd", "/", group, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void hard_cycle(hid_t group)
{
    H5Lcreate_hard(group, ".", group, "bad", H5P_DEFAULT, H5P_DEFAULT);
}

static void many_cycles(hid_t group)
{
    const hid_t inner = H5Gcreate2(group, "bad", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (char name[] = "a"; *name <= 'h'; ++*name) H5Lcreate_hard(group, ".", inner, name, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(inner);
}

static void chunked(hid_t group)
{
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(plan, 2, small);
    H5Pset_deflate(plan, 6);
    H5Pset_shuffle(plan);
    put_dataset(group, H5T_IEEE_F32LE, 2, small, plan);
    H5Pclose(plan);
}

static void compact(hid_t group)
{
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_layout(plan, H5D_COMPACT);
    put_dataset(group, H5T_IEEE_F32LE, 2, small, plan);
    H5Pclose(plan);
}

static void external_storage(hid_t group)
{
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(plan, "/etc/passwd", 0, 16);
    put_dataset(group, H5T_IEEE_F32LE, 2, small, plan);
    H5Pclose(plan);
}

static void virtual_dataset(hid_t group)
{
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(2, small, NULL);
    H5Pset_virtual(plan, space, "/etc/passwd", "/x", space);
    H5Sclose(space);
    put_dataset(group, H5T_IEEE_F32LE, 2, small, plan);
    H5Pclose(plan);
}

#define PLAIN(function, type, rank, sizes)                                                                             \
    static void function(hid_t group)                                                                                  \
    {                                                                                                                  \
        put_dataset(group, type, rank, sizes, H5P_DEFAULT);                                                            \
    }
PLAIN(unwritten, H5T_IEEE_F32LE, 2, small)
PLAIN(larger_than_file, H5T_IEEE_F32LE, 3, huge)
PLAIN(wide_dimension, H5T_IEEE_F32LE, 1, wide)
PLAIN(nine_dimensions, H5T_IEEE_F32LE, 9, nine)
PLAIN(no_shape, H5T_IEEE_F32LE, -1, NULL)
PLAIN(big_endian, H5T_IEEE_F32BE, 2, small)
PLAIN(time_type, H5T_UNIX_D32LE, 2, small)
PLAIN(reference, H5T_STD_REF_OBJ, 2, small)

static void text_of_variable_length(hid_t group)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    put_dataset(group, type, 2, small, H5P_DEFAULT);
    H5Tclose(type);
}

static void compound(hid_t group)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, 8);
    H5Tinsert(type, "x", 0, H5T_IEEE_F32LE);
    put_dataset(group, type, 2, small, H5P_DEFAULT);
    H5Tclose(type);
}

static void strange_float(hid_t group)
{
    const hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_ebias(type, 100);
    put_dataset(group, type, 2, small, H5P_DEFAULT);
    H5Tclose(type);
}

static void deep(hid_t group)
{
    char name[200] = "bad";
    const hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    for (int i = 0; i < 40; i++) strcat(name, "/x");
    H5Gclose(H5Gcreate2(group, name, links, H5P_DEFAULT, H5P_DEFAULT));
    H5Pclose(links);
}

static void long_name(hid_t group)
{
    char name[500];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    H5Gclose(H5Gcreate2(group, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void name_not_utf8(hid_t group)
{
    const hid_t space = H5Screate(H5S_SCALAR), plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(plan, H5D_ALLOC_TIME_EARLY);
    H5Dclose(H5Dcreate2(group, "\xff", H5T_STD_I32LE, space, H5P_DEFAULT, plan, H5P_DEFAULT));
    H5Pclose(plan);
    H5Sclose(space);
}

/* 4 MB that ask for 400. */
static void many_names(hid_t group)
{
    static const hsize_t million[] = {1000000};
    char name[] = "bad00";
    const hid_t plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(plan, H5D_ALLOC_TIME_EARLY);
    put_dataset(group, H5T_IEEE_F32LE, 1, million, plan);
    H5Pclose(plan);
    for (int i = 0; i < 99; i++) {
        snprintf(name, sizeof name, "bad%02d", i);
        H5Lcreate_hard(group, "bad", group, name, H5P_DEFAULT, H5P_DEFAULT);
    }
}

static const struct {
    const char *what;
    void (*put)(hid_t group);
    const char *says;
} files[] = {
    {"a soft link, round", soft_link, "'layers/bad' is a link to another place or file"},
    {"a soft link to itself", dangling_link, "'layers/bad' is a link to another place or file"},
    {"an external link", external_link, "'layers/bad' is a link to another place or file"},
    {"a group in itself", hard_cycle, "nested more than 32 deep, or in itself"},
    {"groups in themselves in many ways", many_cycles, "nested more than 32 deep, or in itself"},
    {"chunks, compressed", chunked, "'layers/bad' is chunked or compressed"},
    {"a compact one", compact, "not stored in one piece"},
    {"external storage", external_storage, "has its elements in other files"},
    {"a virtual one", virtual_dataset, "is virtual"},
    {"elements that were never written", unwritten, "elements that are not in the file"},
    {"2^96 elements", larger_than_file, "larger than the file"},
    {"2^32 columns", wide_dimension, "a dimension of 2^32 or more"},
    {"9 dimensions", nine_dimensions, "more than 8 dimensions"},
    {"no shape", no_shape, "without a shape"},
    {"big-endian", big_endian, "of a type that is none of"},
    {"times", time_type, "of a type that is none of"},
    {"references", reference, "of a type that is none of"},
    {"texts of variable length", text_of_variable_length, "of a type that is none of"},
    {"a compound type", compound, "of a type that is none of"},
    {"another exponent", strange_float, "of a type that is none of"},
    {"40 groups in one another", deep, "nested more than 32 deep"},
    {"a long name", long_name, "a name that is too long"},
    {"one data set by 100 names", many_names, "together larger than the file"},
    {"a name not UTF-8", name_not_utf8, "cannot be true"},
};

static void test_malicious(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        clonal__network network = {0};
        const hid_t file = H5Fcreate(in_folder("bad"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                    group = H5Gcreate2(file, "layers", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        files[i].put(group);
        H5Gclose(group);
        H5Fclose(file);
        assert_failure(files[i].what, read_datasets(in_folder("bad"), &network), CLONAL_E_FORMAT, files[i].says);
        clonal__network_free(&network);
    }
}

/* A data set where a group is due. */
static void put_root_dataset(hid_t file, const char *name)
{
    const hid_t space = H5Screate_simple(2, small, NULL), plan = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(plan, H5D_ALLOC_TIME_EARLY);
    H5Dclose(H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, plan, H5P_DEFAULT));
    H5Pclose(plan);
    H5Sclose(space);
}

/* No group of layers; or one that is a link, or no group. */
static void test_roots(void **state)
{
    clonal__network network = {0};
    clonal__safetensors *whole;
    (void)state;
    hid_t file = H5Fcreate(in_folder("bad"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_failure("empty", read_datasets(in_folder("bad"), &network), CLONAL_E_FORMAT, "'layers' is not in it");
    file = H5Fcreate(in_folder("bad"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/", file, "layers", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_failure("external", read_datasets(in_folder("bad"), &network), CLONAL_E_FORMAT, "'layers' is a link");
    file = H5Fcreate(in_folder("bad"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_root_dataset(file, "layers");
    H5Fclose(file);
    assert_failure("no group", read_datasets(in_folder("bad"), &network), CLONAL_E_FORMAT, "'layers' is no group");
    assert_failure("no group", clonal__exchange_read(in_folder("bad"), false, &whole), CLONAL_E_FORMAT,
                   "'layers' is no group");
    file = H5Fcreate(in_folder("bad"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(H5Gcreate2(file, "layers", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(H5Gcreate2(file, "text", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    assert_failure("no text", read_datasets(in_folder("bad"), &network), CLONAL_E_FORMAT, "'text' is no data set");
    put_file(in_folder("bad"), "\211HDF\r\n\032\n", 8);
    assert_failure("signature", read_datasets(in_folder("bad"), &network), CLONAL_E_FORMAT, "cut or damaged");
    assert_failure("missing", read_datasets(in_folder("none"), &network), CLONAL_E_IO, "No such file");
    assert_failure("folder", read_datasets(test_folder, &network), CLONAL_E_IO, "no regular file");
    clonal__network_free(&network);
}

/* libhdf5 writes the file's length into its head, so that every cut is seen at once. */
static void test_cuts(void **state)
{
    size_t count;
    uint8_t *bytes = get_file(VECTOR("keras.weights.h5"), &count);
    (void)state;
    for (size_t cut = 0; cut < count; cut += cut < 100 ? 1 : 197)
        assert_failure("cut", read_bytes(read_datasets, bytes, cut), CLONAL_E_FORMAT, "file of weights");
    free(bytes);
}

static void test_damaged(void **state)
{
    (void)state;
    assert_flips_harmless(read_datasets, VECTOR("keras.weights.h5"), 1500);
    assert_memory_faults(read_datasets, VECTOR("keras.weights.h5"));
}

int main(void)
{
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_keras), FILE_TEST(test_format), FILE_TEST(test_writes),  FILE_TEST(test_malicious),
        FILE_TEST(test_roots), FILE_TEST(test_cuts),   FILE_TEST(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
