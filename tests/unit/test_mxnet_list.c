/* test_mxnet_list.c: MXNet's lists of arrays: MXNet's own files are read, and written to the same bytes; no file harms
 * the reader. */
#include "tests/unit/exchange_files.h"

#include "host/exchange/mxnet_list.h"

static const vector_tensor net[] = {
    {"0.weight", 0, 2, {3, 4}}, {"0.bias", 1, 1, {3}},      {"1.gamma", 2, 1, {3}},
    {"1.beta", 3, 1, {3}},      {"3.weight", 4, 2, {2, 3}}, {"3.bias", 5, 1, {2}},
};
enum { NET = sizeof net / sizeof *net };

static void test_as_mxnet(void **state)
{
    clonal__network network = {0};
    char digest[72];
    (void)state;
    assert_int_equal(clonal__mxnet_list_read(VECTOR("gluon.params"), &network), CLONAL_OK);
    assert_tensors(&network, NET, net);
    assert_int_equal(clonal__mxnet_list_write(in_folder("w"), NET, network.tensors, digest), CLONAL_OK);
    assert_same_file(in_folder("w"), VECTOR("gluon.params"));
    assert_memory_equal(digest, "sha256:", 7);
    clonal__network_free(&network);
}

/* Types other than binary32, whole numbers, no names, and NumPy's sense of shapes. */
static void test_kinds(void **state)
{
    static const vector_tensor kinds[] = {{"arg:fc_weight", 0, 2, {2, 3}}, {"arg:fc_bias", 1, 1, {2}}},
                               list[] = {{"0", 0, 2, {2, 3}}, {"1", 1, 1, {2}}}, column = {"w", 1, 2, {2, 1}};
    clonal__network network = {0};
    (void)state;
    assert_int_equal(clonal__mxnet_list_read(VECTOR("mxnet-kinds.params"), &network), CLONAL_OK);
    assert_tensors(&network, 2, kinds);
    clonal__network_free(&network);
    assert_int_equal(clonal__mxnet_list_read(VECTOR("mxnet-list.params"), &network), CLONAL_OK);
    assert_tensors(&network, 2, list);
    clonal__network_free(&network);
    assert_int_equal(clonal__mxnet_list_read(VECTOR("mxnet-numpy.params"), &network), CLONAL_OK);
    assert_int_equal(network.count, 2);
    assert_int_equal(network.tensors[0].rank, 0);
    assert_true(network.tensors[0].values[0] == 1);
    assert_tensor(&network.tensors[1], &column);
    clonal__network_free(&network);
}

#define BYTES(text) text, sizeof text - 1
#define U32(number) number "\0\0\0"
#define U64(number) number "\0\0\0\0\0\0\0"
#define HEAD "\x12\1\0\0\0\0\0\0" U64("\0")
#define V2 "\xc9\xfa\x93\xf9" U32("\0")
#define CPU U32("\1") U32("\0")
/* Version 2 with one dimension of two elements of binary32, but for its elements. */
#define PAIR V2 U32("\1") U64("\2") CPU U32("\0")
#define LIMIT "\xff\xff\xff\xff\xff\xff\xff\x7f"

static const struct {
    const char *what, *bytes;
    size_t count;
    const char *says; /* "": it is sound */
} files[] = {
    {"no arrays", BYTES(HEAD U64("\0") U64("\0")), ""},
    {"an array of version 1",
     BYTES(HEAD U64("\1") "\xc8\xfa\x93\xf9" U32("\1") U64("\2") CPU U32("\0") "12345678" U64("\0")), ""},
    {"one that stands for none", BYTES(HEAD U64("\1") V2 U32("\0") U64("\1") U64("\1") "a"), ""},
    {"a size of 0 beside huge ones",
     BYTES(HEAD U64("\1") V2 U32("\3") U64("\xff") U64("\0") U64("\xff") CPU U32("\0") U64("\0")), ""},

    {"empty", BYTES(""), "it is empty"},
    {"another magic number", BYTES("\x13\1\0\0\0\0\0\0" U64("\0") U64("\0") U64("\0")), "does not begin as a list"},
    {"the reserved number is not 0", BYTES("\x12\1\0\0\0\0\0\0" U64("\1") U64("\0") U64("\0")),
     "does not begin as a list"},
    {"2^63 - 1 arrays", BYTES(HEAD LIMIT U64("\0")), "the count of its arrays, 9223372036854775807, is wrong"},
    {"2^64 - 1 arrays", BYTES(HEAD "\xff\xff\xff\xff\xff\xff\xff\xff"), "the count of its arrays"},
    {"2^61 arrays, times 8 is 0", BYTES(HEAD "\0\0\0\0\0\0\0\x20" U64("\0")), "the count of its arrays"},
    {"2^61 names", BYTES(HEAD U64("\0") "\0\0\0\0\0\0\0\x20"), "the count of its names"},
    {"more names than arrays", BYTES(HEAD U64("\0") U64("\1") U64("\0")), "1 names for 0 arrays"},
    {"fewer names than arrays", BYTES(HEAD U64("\2") PAIR "12345678" PAIR "12345678" U64("\1") U64("\1") "a"),
     "1 names for 2 arrays"},
    {"a name beyond the end", BYTES(HEAD U64("\1") PAIR "12345678" U64("\1") U64("\2") "a"), "is cut"},
    {"a name of 2^63 - 1 bytes", BYTES(HEAD U64("\1") PAIR "12345678" U64("\1") LIMIT "a"), "is cut"},
    {"a name not UTF-8", BYTES(HEAD U64("\1") PAIR "12345678" U64("\1") U64("\1") "\xff"), "no text of UTF-8"},
    {"one name twice", BYTES(HEAD U64("\2") PAIR "12345678" PAIR "12345678" U64("\2") U64("\1") "a" U64("\1") "a"),
     "two tensors are called 'a'"},
    {"a name that steers a terminal",
     BYTES(HEAD U64("\2") PAIR "12345678" PAIR "12345678" U64("\2") U64("\1") "\x1b" U64("\1") "\x1b"), "called '?'"},
    {"bytes after the end", BYTES(HEAD U64("\0") U64("\0") "a"), "1 bytes follow its end"},
    {"an array of MXNet 0.8", BYTES(HEAD U64("\1") U32("\2") U32("\2") U32("\3") CPU U32("\0")), "of no version"},
    {"a sparse one", BYTES(HEAD U64("\1") "\xc9\xfa\x93\xf9" U32("\2") U64("\0")), "is sparse"},
    {"an undefined one", BYTES(HEAD U64("\1") "\xc9\xfa\x93\xf9\xff\xff\xff\xff" U64("\0")), "is sparse"},
    {"9 dimensions", BYTES(HEAD U64("\1") V2 U32("\x09") U64("\1")), "more than 8 dimensions"},
    {"-1 dimensions", BYTES(HEAD U64("\1") V2 "\xff\xff\xff\xff" U64("\1")), "more than 8 dimensions"},
    {"a size of -1", BYTES(HEAD U64("\1") V2 U32("\1") "\xff\xff\xff\xff\xff\xff\xff\xff" CPU U32("\0") U64("\0")),
     "below zero or too large"},
    {"a size of 2^32", BYTES(HEAD U64("\1") V2 U32("\1") "\0\0\0\0\1\0\0\0" CPU U32("\0") U64("\0")),
     "below zero or too large"},
    {"elements that overflow",
     BYTES(HEAD U64("\1") V2 U32("\3") "\0\0\0\x80\0\0\0\0"
                                       "\0\0\0\x80\0\0\0\0" U64("\4") CPU U32("\0") U64("\0")),
     "more bytes than are left"},
    {"4 GiB that are not there", BYTES(HEAD U64("\1") V2 U32("\1") "\0\0\0\x40\0\0\0\0" CPU U32("\0") U64("\0")),
     "more bytes than are left"},
    {"a type of no one's", BYTES(HEAD U64("\1") V2 U32("\1") U64("\1") CPU U32("\x0d") "1234" U64("\0")),
     "of the type 13"},
    {"a negative type",
     BYTES(HEAD U64("\1") V2 U32("\1") U64("\1") CPU "\xff\xff\xff\xff"
                                                     "1234" U64("\0")),
     "of the type 4294967295"},
    {"elements of a wider type", BYTES(HEAD U64("\1") V2 U32("\1") U64("\2") CPU U32("\1") "12345678" U64("\0")),
     "is cut"},
};

static void test_malicious(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        assert_failure(files[i].what, read_bytes(clonal__mxnet_list_read, files[i].bytes, files[i].count),
                       *files[i].says ? CLONAL_E_FORMAT : CLONAL_OK, files[i].says);
    assert_failure("sparse", clonal__mxnet_list_read(VECTOR("mxnet-sparse.params"), &(clonal__network){0}),
                   CLONAL_E_FORMAT, "array 0 is sparse");
    assert_failure("missing", clonal__mxnet_list_read(in_folder("none"), &(clonal__network){0}), CLONAL_E_IO,
                   "No such");
}

static void test_damaged(void **state)
{
    (void)state;
    assert_cuts_refused(clonal__mxnet_list_read, VECTOR("gluon.params"), "MXNet");
    assert_cuts_refused(clonal__mxnet_list_read, VECTOR("mxnet-kinds.params"), "MXNet");
    assert_flips_harmless(clonal__mxnet_list_read, VECTOR("mxnet-kinds.params"), 20000);
    assert_memory_faults(clonal__mxnet_list_read, VECTOR("mxnet-kinds.params"));
}

static void test_refuses_to_write(void **state)
{
    static const float one[] = {1};
    const clonal__tensor tensor = {"a", 1, {1}, one};
    (void)state;
    assert_failure("no folder", clonal__mxnet_list_write(in_folder("no/w"), 1, &tensor, NULL), CLONAL_E_IO, "no/w");
    if (access("/dev/full", W_OK) == 0)
        assert_failure("full disk", clonal__mxnet_list_write("/dev/full", 1, &tensor, NULL), CLONAL_E_IO, "/dev/full");
    assert_int_equal(count_files(), 0);
}

int main(void)
{
    limit_memory();
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_as_mxnet),         FILE_TEST(test_kinds), FILE_TEST(test_malicious), FILE_TEST(test_damaged),
        FILE_TEST(test_refuses_to_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
