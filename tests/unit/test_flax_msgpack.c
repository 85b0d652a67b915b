/* test_flax_msgpack.c: Flax's MessagePack: Flax's own files are read, and written to the same bytes; no file harms the
 * reader. */
#include "tests/unit/exchange_files.h"

#include "host/base/digest.h"
#include "host/exchange/flax_msgpack.h"

static const vector_tensor net[] = {
    {"params/Dense_0/kernel", 0, 2, {4, 3}}, {"params/Dense_0/bias", 1, 1, {3}},
    {"params/LayerNorm_0/scale", 2, 1, {3}}, {"params/LayerNorm_0/bias", 3, 1, {3}},
    {"params/Dense_1/kernel", 4, 2, {3, 2}}, {"params/Dense_1/bias", 5, 1, {2}},
};
enum { NET = sizeof net / sizeof *net };

static void read_and_write(const char *path, size_t chunk_bytes)
{
    clonal__network network = {0};
    char digest[72], hex[65];
    size_t count;
    assert_int_equal(clonal__flax_msgpack_read(path, &network), CLONAL_OK);
    assert_tensors(&network, NET, net);
    assert_int_equal(clonal__flax_msgpack_write(in_folder("w"), NET, network.tensors, chunk_bytes, digest), CLONAL_OK);
    assert_same_file(in_folder("w"), path);
    uint8_t *bytes = get_file(path, &count);
    assert_int_equal(clonal__digest_bytes(bytes, count, hex), CLONAL_OK);
    assert_memory_equal(digest, "sha256:", 7);
    assert_string_equal(digest + 7, hex);
    free(bytes);
    clonal__network_free(&network);
}

static void test_as_flax(void **state)
{
    (void)state;
    read_and_write(VECTOR("flax.msgpack"), CLONAL__FLAX_CHUNK_BYTES);
    read_and_write(VECTOR("flax-chunks.msgpack"), 16);
}

/* Half the kinds of things that Flax writes are no arrays of floats. */
static void test_kinds(void **state)
{
    static const vector_tensor kinds[] = {{"bfloat16", 4, 1, {3}},
                                          {"empty", 0, 2, {0, 3}},
                                          {"float16", 0, 1, {3}},
                                          {"float64", 1, 1, {3}},
                                          {"list/0", 5, 1, {2}}};
    clonal__network network = {0};
    (void)state;
    assert_int_equal(clonal__flax_msgpack_read(VECTOR("flax-kinds.msgpack"), &network), CLONAL_OK);
    assert_int_equal(network.count, 6);
    for (size_t i = 0; i < 5; i++) assert_tensor(&network.tensors[i], &kinds[i]);
    assert_string_equal(network.tensors[5].name, "scalar");
    assert_int_equal(network.tensors[5].rank, 0);
    assert_true(network.tensors[5].values[0] == 1.5f);
    clonal__network_free(&network);
}

/* Shapes and lengths that reach the longer forms of MessagePack come back. */
static void test_long_forms(void **state)
{
    enum { COUNT = 70000, LAYERS = 40 };
    float *values = malloc(COUNT * sizeof *values);
    char names[LAYERS][60];
    clonal__tensor tensors[LAYERS];
    clonal__network network = {0};
    (void)state;
    assert_non_null(values);
    for (size_t i = 0; i < COUNT; i++) values[i] = vector_value(i, 0);
    for (size_t i = 0; i < LAYERS; i++) {
        snprintf(names[i], sizeof names[i], "params/a_name_of_more_than_31_bytes_%zu/kernel", i);
        tensors[i] = (clonal__tensor){names[i], 1, {i ? 300 : COUNT}, values};
    }
    assert_int_equal(clonal__flax_msgpack_write(in_folder("w"), LAYERS, tensors, CLONAL__FLAX_CHUNK_BYTES, NULL),
                     CLONAL_OK);
    assert_int_equal(clonal__flax_msgpack_read(in_folder("w"), &network), CLONAL_OK);
    assert_int_equal(network.count, LAYERS);
    for (size_t i = 0; i < LAYERS; i++)
        assert_tensor(&network.tensors[i], &(vector_tensor){names[i], 0, 1, {tensors[i].shape[0]}});
    clonal__network_free(&network);
    free(values);
}

#define BYTES(text) text, sizeof text - 1
/* {"a": extension 1 of `length` bytes: [shape, "float32", ...]} */
#define ARRAY(length, rest)                                                                                            \
    BYTES("\x81\xa1"                                                                                                   \
          "a\xc7" length "\x01\x93" rest)
#define F32                                                                                                            \
    "\xa7"                                                                                                             \
    "float32"
#define MARK                                                                                                           \
    "\xb9"                                                                                                             \
    "__msgpack_chunked_array__\xc3"
#define CHUNK                                                                                                          \
    "\xc7\x15\x01\x93\x91\x02" F32 "\xc4\x08"                                                                          \
    "12345678"

static const struct {
    const char *what, *bytes;
    size_t count;
    const char *says; /* "": it is sound */
} files[] = {
    {"an empty map", BYTES("\x80"), ""},
    {"an empty array", ARRAY("\x0d", "\x91\x00" F32 "\xc4\x00"), ""},
    {"shape huge but for a zero", ARRAY("\x17", "\x93\xce\xff\xff\xff\xff\xce\xff\xff\xff\xff\x00" F32 "\xc4\x00"), ""},
    {"a key that is a number", BYTES("\x81\x05\xc0"), ""},
    {"other extensions",
     BYTES("\x82\xa1"
           "a\xd4\x02x\xa1"
           "b\xc7\x03\x63xyz"),
     ""},
    {"a chunked array",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa5"
           "shape\x81\xa1"
           "0\x02\xa6"
           "chunks\x81\xa1"
           "0" CHUNK),
     ""},

    {"empty", BYTES(""), "it is empty"},
    {"an array at the root", BYTES("\x90"), "does not start with a map"},
    {"a number at the root", BYTES("\x05"), "does not start with a map"},
    {"the byte that nobody uses", BYTES("\xc1"), "none of MessagePack"},
    {"two roots", BYTES("\x80\x80"), "1 bytes follow its end"},
    {"a map of 2^32 - 1 entries",
     BYTES("\xdf\xff\xff\xff\xff"
           "a"),
     "is cut"},
    {"a list of 2^32 - 1 entries",
     BYTES("\x81\xa1"
           "a\xdd\xff\xff\xff\xff"),
     "is cut"},
    {"a text of 2^32 - 1 bytes",
     BYTES("\x81\xa1"
           "a\xdb\xff\xff\xff\xff"),
     "is cut"},
    {"bytes of 2^32 - 1",
     BYTES("\x81\xa1"
           "a\xc6\xff\xff\xff\xff"),
     "is cut"},
    {"an extension of 2^32 - 1 bytes",
     BYTES("\x81\xa1"
           "a\xc9\xff\xff\xff\xff\x01"),
     "is cut"},
    {"a key that is no text", BYTES("\x81\xc0\xc0"), "neither a text nor a number"},
    {"a key not UTF-8", BYTES("\x81\xa1\xff\xc0"), "no text of UTF-8"},
    {"a key with a NUL",
     BYTES("\x81\xa2"
           "a\0\xc0"),
     "no text of UTF-8"},
    {"an array of two parts",
     BYTES("\x81\xa1"
           "a\xc7\x03\x01\x92\x90\xc0"),
     "no three parts"},
    {"an array that is a map",
     BYTES("\x81\xa1"
           "a\xd4\x01\x80"),
     "not what Flax writes"},
    {"a shape that is a number", ARRAY("\x0c", "\x01" F32 "\xc4\x00"), "the shape"},
    {"a negative size", ARRAY("\x0d", "\x91\xff" F32 "\xc4\x00"), "the shape"},
    {"a size of 1.0", ARRAY("\x15", "\x91\xcb\x3f\xf0\0\0\0\0\0\0" F32 "\xc4\x00"), "the shape"},
    {"a size of 2^32", ARRAY("\x15", "\x91\xcf\0\0\0\1\0\0\0\0" F32 "\xc4\x00"), "too large"},
    {"9 dimensions", ARRAY("\x15", "\x99\1\1\1\1\1\1\1\1\1" F32 "\xc4\x00"), "more than 8 dimensions"},
    {"elements that overflow", ARRAY("\x16", "\x92\xce\xff\xff\xff\xff\xce\xff\xff\xff\xff" F32 "\xc4\x00"),
     "needs more bytes than are left"},
    {"4 GiB that are not there", ARRAY("\x11", "\x91\xce\x40\0\0\0" F32 "\xc4\x00"), "needs more bytes"},
    {"fewer elements than the shape",
     ARRAY("\x11", "\x91\x02" F32 "\xc4\x04"
                   "1234"
                   "\xc0\xc0\xc0\xc0"),
     "do not fit its shape"},
    {"more elements than the shape",
     ARRAY("\x15", "\x91\x01" F32 "\xc4\x08"
                   "12345678"),
     "do not fit its shape"},
    {"an extension longer than its array",
     ARRAY("\x12", "\x91\x01" F32 "\xc4\x04"
                   "1234"
                   "\xc0"),
     "do not fit its shape"},
    {"an extension shorter than its array",
     ARRAY("\x10", "\x91\x01" F32 "\xc4\x04"
                   "1234"),
     "do not fit its shape"},
    {"elements that are a text",
     ARRAY("\x10", "\x91\x01" F32 "\xa4"
                   "1234"),
     "the elements"},
    {"a type of no one's",
     ARRAY("\x0c", "\x91\x00\xa6"
                   "float8\xc4\x00"),
     "of type float8, which Clonal does not read"},
    {"a type of complex numbers",
     ARRAY("\x17", "\x91\x01\xa9"
                   "complex64\xc4\x08"
                   "12345678"),
     "of type C64"},
    {"one name twice",
     BYTES("\x82\xa1"
           "a" CHUNK "\xa1"
           "a" CHUNK),
     "two tensors are called 'a'"},
    {"one name twice in two ways",
     BYTES("\x82\xa3"
           "a/b" CHUNK "\xa1"
           "a\x81\xa1"
           "b" CHUNK),
     "two tensors are called 'a/b'"},
    {"a name that steers a terminal",
     BYTES("\x82\xa2"
           "\x1b[" CHUNK "\xa2"
           "\x1b[" CHUNK),
     "called '?['"},
    {"chunks without a shape",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa6"
           "chunks\x80\xa5"
           "shape\x80"),
     "where its shape should be"},
    {"chunks that are too few",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa5"
           "shape\x81\xa1"
           "0\x03\xa6"
           "chunks\x81\xa1"
           "0" CHUNK "\xc0\xc0\xc0\xc0"),
     "do not fill it"},
    {"chunks that are too many",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa5"
           "shape\x81\xa1"
           "0\x02\xa6"
           "chunks\x82\xa1"
           "0" CHUNK "\xa1"
           "1" CHUNK),
     "do not fit it"},
    {"chunks in another order",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa5"
           "shape\x81\xa1"
           "0\x04\xa6"
           "chunks\x82\xa1"
           "1" CHUNK "\xa1"
           "0" CHUNK),
     "not in their order"},
    {"no chunks",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa5"
           "shape\x81\xa1"
           "0\x00\xa6"
           "chunks\x80"),
     "do not fill it"},
    {"a chunked array of 2^34 bytes",
     BYTES("\x81\xa1"
           "a\x83" MARK "\xa5"
           "shape\x81\xa1"
           "0\xce\xff\xff\xff\xff\xa6"
           "chunks\x81\xa1"
           "0" CHUNK),
     "more bytes than are left"},
};

static void test_malicious(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_failure(files[i].what, read_bytes(clonal__flax_msgpack_read, files[i].bytes, files[i].count),
                       *files[i].says ? CLONAL_E_FORMAT : CLONAL_OK, files[i].says);
    assert_failure("missing", clonal__flax_msgpack_read(in_folder("none"), &(clonal__network){0}), CLONAL_E_IO,
                   "No such");
    assert_failure("folder", clonal__flax_msgpack_read(test_folder, &(clonal__network){0}), CLONAL_E_IO, "no regular");
    assert_failure("device", clonal__flax_msgpack_read("/dev/zero", &(clonal__network){0}), CLONAL_E_IO, "no regular");
}

/* A million maps or lists in one another; and names that grow with each. */
static void test_depth(void **state)
{
    enum { DEPTH = 1000000 };
    static const char *const links[] = {"\x81\xa1"
                                        "a",
                                        "\x91",
                                        "\x81\xbf"
                                        "a_name_of_thirty-one_bytes_____"};
    char *bytes = malloc(DEPTH * 40);
    (void)state;
    assert_non_null(bytes);
    for (size_t l = 0; l < 3; l++) {
        const size_t length = strlen(links[l]);
        size_t count = 3;
        memcpy(bytes,
               "\x81\xa1"
               "x",
               3);
        for (int i = 0; i < DEPTH; i++, count += length) memcpy(bytes + count, links[l], length);
        bytes[count++] = (char)0xc0;
        assert_failure("depth", read_bytes(clonal__flax_msgpack_read, bytes, count), CLONAL_E_FORMAT,
                       l < 2 ? "nested more than 64 deep" : "longer than 1000 bytes");
    }
    free(bytes);
}

static void test_damaged(void **state)
{
    (void)state;
    assert_cuts_refused(clonal__flax_msgpack_read, VECTOR("flax.msgpack"), "MessagePack");
    assert_cuts_refused(clonal__flax_msgpack_read, VECTOR("flax-chunks.msgpack"), "MessagePack");
    assert_cuts_refused(clonal__flax_msgpack_read, VECTOR("flax-kinds.msgpack"), "MessagePack");
    assert_flips_harmless(clonal__flax_msgpack_read, VECTOR("flax-chunks.msgpack"), 20000);
    assert_flips_harmless(clonal__flax_msgpack_read, VECTOR("flax-kinds.msgpack"), 20000);
    assert_memory_faults(clonal__flax_msgpack_read, VECTOR("flax-chunks.msgpack"));
}

/* A key of the tree may be the empty text: its slash stays in the name. */
static void test_empty_keys(void **state)
{
    static const float one[] = {1};
    const clonal__tensor tensors[] = {{"/ab", 1, {1}, one}, {"c", 1, {1}, one}, {"a/", 1, {1}, one}, {"", 1, {1}, one}};
    clonal__network network = {0};
    (void)state;
    for (size_t count = 1; count <= 3; count++) {
        assert_int_equal(clonal__flax_msgpack_write(in_folder("empty"), count, tensors, 16, NULL), CLONAL_OK);
        assert_int_equal(clonal__flax_msgpack_read(in_folder("empty"), &network), CLONAL_OK);
        assert_int_equal(network.count, count);
        for (size_t i = 0; i < count; i++) assert_string_equal(network.tensors[i].name, tensors[i].name);
        clonal__network_free(&network);
    }
    assert_failure("empty", clonal__flax_msgpack_write(in_folder("w"), 4, tensors, 16, NULL), CLONAL_E_ARGUMENT,
                   "tree");
    remove(in_folder("empty"));
}

static void test_refuses_to_write(void **state)
{
    static const float one[] = {1};
    const clonal__tensor twice[] = {{"a/b", 1, {1}, one}, {"a/b", 1, {1}, one}},
                         apart[] = {{"a/b", 1, {1}, one}, {"c", 1, {1}, one}, {"a/d", 1, {1}, one}},
                         both[] = {{"a", 1, {1}, one}, {"a/d", 1, {1}, one}};
    (void)state;
    assert_failure("twice", clonal__flax_msgpack_write(in_folder("w"), 2, twice, 16, NULL), CLONAL_E_ARGUMENT, "tree");
    assert_failure("apart", clonal__flax_msgpack_write(in_folder("w"), 3, apart, 16, NULL), CLONAL_E_ARGUMENT, "tree");
    assert_failure("both", clonal__flax_msgpack_write(in_folder("w"), 2, both, 16, NULL), CLONAL_E_ARGUMENT, "tree");
    assert_failure("no folder", clonal__flax_msgpack_write(in_folder("no/w"), 1, apart, 16, NULL), CLONAL_E_IO, "no/w");
    assert_int_equal(count_files(), 0);
}

int main(void)
{
    limit_memory();
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_as_flax), FILE_TEST(test_kinds),   FILE_TEST(test_long_forms),       FILE_TEST(test_malicious),
        FILE_TEST(test_depth),   FILE_TEST(test_damaged), FILE_TEST(test_refuses_to_write), FILE_TEST(test_empty_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
