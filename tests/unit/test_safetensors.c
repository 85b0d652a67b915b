/* test_safetensors.c: safetensors files: bytes that are a function of the content, and no file that harms the reader.
 */
#include "tests/unit/files.h"

#include "host/base/digest.h"
#include "host/base/safetensors.h"
#include <math.h>

static float from_bits(uint32_t word)
{
    float value;
    memcpy(&value, &word, 4);
    return value;
}

static uint32_t to_bits(float value)
{
    uint32_t word;
    memcpy(&word, &value, 4);
    return word;
}

/* What tests/vectors/make_safetensors.py writes. */
static const uint32_t special_bits[] = {0x7fc00000, 0x7f800000, 0xff800000, 0x80000000, 0x00000001, 0x807fffff};
static const float weight[] = {0, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f}, bias[] = {0.25f, -1.5f}, scalar[] = {3.5f},
                   one[] = {1};
static float special[6];
static const clonal__tensor vector_tensors[] = {
    {"1.bias", 1, {2}, bias},
    {"1.weight", 2, {2, 3}, weight},
    {"empty", 2, {0, 3}, NULL},
    {"scalar", 0, {0}, scalar},
    {"special", 4, {1, 3, 1, 2}, special},
    {"\xc3\xbc"
     "ber",
     1,
     {1},
     one},
};
static const clonal__metadata vector_metadata[] = {{"clonal.graph", "0 input \"2\"\n\\ \xc2\xb5\t/"}};
enum { VECTOR_TENSORS = sizeof vector_tensors / sizeof *vector_tensors };

static void assert_is_vector(const clonal__safetensors *file)
{
    assert_int_equal(file->tensor_count, VECTOR_TENSORS);
    for (size_t i = 0; i < VECTOR_TENSORS; i++) {
        const clonal__tensor *tensor = clonal__safetensors_tensor(file, vector_tensors[i].name);
        assert_ptr_equal(tensor, &file->tensors[i]);
        assert_int_equal(tensor->rank, vector_tensors[i].rank);
        assert_memory_equal(tensor->shape, vector_tensors[i].shape, tensor->rank * sizeof *tensor->shape);
        assert_int_equal((uintptr_t)tensor->values % sizeof(float), 0);
        size_t elements = clonal__tensor_elements(tensor);
        if (elements) assert_memory_equal(tensor->values, vector_tensors[i].values, 4 * elements);
    }
    assert_null(clonal__safetensors_tensor(file, "2.weight"));
    assert_int_equal(file->metadata_count, 1);
    assert_string_equal(clonal__safetensors_metadata(file, "clonal.graph"), vector_metadata[0].value);
    assert_null(clonal__safetensors_metadata(file, "format"));
}

static void test_reads_pypi(void **state)
{
    (void)state;
    clonal__safetensors *file;
    assert_int_equal(clonal__safetensors_read(CLONAL_TEST_DATA "/pypi.safetensors", &file), CLONAL_OK);
    assert_is_vector(file);
    clonal__safetensors_destroy(file);
    clonal__safetensors_destroy(NULL);
}

static void test_writes_as_pypi(void **state)
{
    (void)state;
    size_t count, expected_count;
    char hex[65], expected_hex[65];
    assert_int_equal(clonal__safetensors_write(in_folder("w"), VECTOR_TENSORS, vector_tensors, 1, vector_metadata, hex),
                     CLONAL_OK);
    uint8_t *bytes = get_file(in_folder("w"), &count);
    uint8_t *expected = get_file(CLONAL_TEST_DATA "/pypi.safetensors", &expected_count);
    assert_int_equal(count, expected_count);
    assert_memory_equal(bytes, expected, count);
    assert_int_equal(clonal__digest_bytes(expected, count, expected_hex), CLONAL_OK);
    assert_string_equal(hex, expected_hex);
    assert_int_equal(count_files(), 1);
    free(bytes);
    free(expected);
}

static void test_order_and_padding(void **state)
{
    (void)state;
    static const char *const expected = "{\"__metadata__\":{\"z\":\"1\",\"a\":\"2\"},"
                                        "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                                        "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}";
    const clonal__tensor tensors[] = {{"b", 1, {2}, bias}, {"a", 1, {1}, one}};
    const clonal__metadata metadata[] = {{"z", "1"}, {"a", "2"}};
    size_t count, length = strlen(expected), padded = (length + 7) / 8 * 8;
    assert_int_equal(clonal__safetensors_write(in_folder("w"), 2, tensors, 2, metadata, NULL), CLONAL_OK);
    uint8_t *bytes = get_file(in_folder("w"), &count);
    assert_int_equal(count, 8 + padded + 12);
    assert_int_equal(bytes[0], padded);
    assert_memory_equal(bytes + 8, expected, length);
    for (size_t i = length; i < padded; i++) assert_int_equal(bytes[8 + i], ' ');
    free(bytes);
    /* nothing at all is a file too */
    clonal__safetensors *file;
    assert_int_equal(clonal__safetensors_write(in_folder("w"), 0, NULL, 0, NULL, NULL), CLONAL_OK);
    assert_int_equal(clonal__safetensors_read(in_folder("w"), &file), CLONAL_OK);
    assert_int_equal(file->tensor_count + file->metadata_count, 0);
    clonal__safetensors_destroy(file);
}

/* One NaN in a file, whatever the device made; all else keeps its bits, also beyond one chunk of the writer. */
static void test_values(void **state)
{
    (void)state;
    enum { COUNT = 20001 };
    float *values = malloc(COUNT * sizeof *values);
    clonal__safetensors *file;
    assert_non_null(values);
    uint64_t random = 7;
    for (size_t i = 0; i < COUNT; i++) values[i] = from_bits(next_random(&random));
    values[0] = from_bits(0xffc00001u);
    values[COUNT - 1] = from_bits(0x7f800001u);
    const clonal__tensor tensor = {"x", 2, {3, 6667}, values};
    assert_int_equal(clonal__safetensors_write(in_folder("w"), 1, &tensor, 0, NULL, NULL), CLONAL_OK);
    assert_int_equal(clonal__safetensors_read(in_folder("w"), &file), CLONAL_OK);
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(to_bits(file->tensors[0].values[i]), isnan(values[i]) ? 0x7fc00000u : to_bits(values[i]));
    clonal__safetensors_destroy(file);
    free(values);
}

static void test_refuses_to_write(void **state)
{
    (void)state;
    char *text = malloc(100000001);
    assert_non_null(text);
    memset(text, 'x', 100000000);
    text[100000000] = 0;
    const clonal__tensor twice[] = {{"a", 1, {1}, one}, {"a", 1, {1}, one}}, reserved = {"__metadata__", 1, {1}, one};
    const clonal__tensor deep = {"a", 9, {1}, one}, latin = {"\xfc", 1, {1}, one};
    const clonal__tensor large = {"a", 3, {UINT32_MAX, UINT32_MAX, UINT32_MAX}, one},
                         over = {"a", 2, {UINT32_MAX, 1u << 20}, one};
    const clonal__metadata keys[] = {{"k", "1"}, {"k", "2"}}, bytes = {"k", "\xff"}, long_text = {"k", text};
    const struct {
        const char *what;
        size_t tensor_count;
        const clonal__tensor *tensors;
        size_t metadata_count;
        const clonal__metadata *metadata;
    } rows[] = {
        {"two tensors of a name", 2, twice, 0, NULL},
        {"the metadata's name", 1, &reserved, 0, NULL},
        {"rank 9", 1, &deep, 0, NULL},
        {"a name in Latin-1", 1, &latin, 0, NULL},
        {"elements overflow", 1, &large, 0, NULL},
        {"more than 2^53 bytes", 1, &over, 0, NULL},
        {"a key twice", 0, NULL, 2, keys},
        {"metadata not UTF-8", 0, NULL, 1, &bytes},
        {"a header too long", 0, NULL, 1, &long_text},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char hex[65] = "x";
        clonal_status status = clonal__safetensors_write(in_folder("w"), rows[i].tensor_count, rows[i].tensors,
                                                         rows[i].metadata_count, rows[i].metadata, hex);
        assert_failure(rows[i].what, status, CLONAL_E_ARGUMENT, "safetensors");
        assert_int_equal(hex[0], 0);
        assert_int_equal(count_files(), 0);
    }
    free(text);
    assert_failure("no folder", clonal__safetensors_write(in_folder("no/w"), 1, &twice[0], 0, NULL, NULL), CLONAL_E_IO,
                   "no/w");
    if (access("/dev/full", W_OK) == 0)
        assert_failure("full disk", clonal__safetensors_write("/dev/full", 1, &twice[0], 0, NULL, NULL), CLONAL_E_IO,
                       "/dev/full");
}

/* A failed write leaves the file of before. */
static void test_write_is_atomic(void **state)
{
    (void)state;
    clonal__safetensors *file;
    clonal_status status = CLONAL_E_MEMORY;
    assert_int_equal(
        clonal__safetensors_write(in_folder("w"), VECTOR_TENSORS, vector_tensors, 1, vector_metadata, NULL), CLONAL_OK);
    for (unsigned long n = 1; status != CLONAL_OK && n < 100; n++) {
        clonal__memory_fail_after(n);
        status = clonal__safetensors_write(in_folder("w"), 1, vector_tensors, 0, NULL, NULL);
        clonal__memory_fail_after(0);
        assert_int_equal(count_files(), 1);
        assert_int_equal(clonal__safetensors_read(in_folder("w"), &file), CLONAL_OK);
        assert_int_equal(file->tensor_count, status ? VECTOR_TENSORS : 1);
        clonal__safetensors_destroy(file);
    }
    assert_int_equal(status, CLONAL_OK);
}

static void put_safetensors(const char *path, uint64_t length, const char *header, size_t header_bytes,
                            size_t data_bytes)
{
    uint8_t *bytes = calloc(1, 8 + header_bytes + data_bytes);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(length >> 8 * i);
    memcpy(bytes + 8, header, header_bytes);
    put_file(path, bytes, 8 + header_bytes + data_bytes);
    free(bytes);
}

#define F32(shape, offsets) "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

/* A header, the bytes of data after it, and what reading says; "": it is sound. */
static const struct {
    const char *what, *header;
    size_t data;
    const char *says;
} files[] = {
    {"no tensors", "{}", 0, ""},
    {"spaces around", "{ \"a\" : " F32("[ 1 ]", "[ 0 , 4 ]") " }     ", 4, ""},
    {"an odd length, so that values are not aligned", "{\"a\":" F32("[2]", "[0,8]") "}\n ", 8, ""},
    {"data in another order", "{\"a\":" F32("[1]", "[4,8]") ",\"b\":" F32("[1]", "[0,4]") "}", 8, ""},
    {"zero elements amid others",
     "{\"a\":" F32("[1]", "[0,4]") ",\"b\":" F32("[0]", "[4,4]") ",\"c\":" F32("[1]", "[4,8]") "}", 8, ""},
    {"an unknown field", "{\"a\":{\"x\":1,\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, ""},
    {"8 dimensions", "{\"a\":" F32("[1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, ""},
    {"shape huge but for a zero", "{\"a\":" F32("[4294967295,4294967295,4294967295,0]", "[0,0]") "}", 0, ""},

    {"no JSON", "{", 0, "too short"},
    {"unfinished", "{\"a\":", 0, "no JSON"},
    {"an array", "[]", 0, "start with {"},
    {"space first", " {}", 0, "start with {"},
    {"two values", "{}{}", 0, "no JSON"},
    {"not UTF-8", "{\"\xff\":" F32("[1]", "[0,4]") "}", 4, "no JSON"},
    {"a NUL in a name", "{\"a\\u0000\":" F32("[1]", "[0,4]") "}", 4, "no JSON"},
    {"one name twice", "{\"a\":" F32("[1]", "[0,4]") ",\"a\":" F32("[1]", "[4,8]") "}", 8, "no JSON (duplicate"},
    {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "no JSON (duplicate"},
    {"metadata an array", "{\"__metadata__\":[]}", 0, "metadata are not an object"},
    {"metadata a number", "{\"__metadata__\":{\"k\":1}}", 0, "metadata 'k' is not a text"},
    {"a tensor that is a number", "{\"a\":1}", 0, "no dtype"},
    {"a tensor that is null", "{\"a\":null}", 0, "no dtype"},
    {"an empty tensor", "{\"a\":{}}", 0, "no dtype"},
    {"dtype a number", "{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "no dtype"},
    {"a type of no one's", "{\"a\":{\"dtype\":\"F24\",\"shape\":[2],\"data_offsets\":[0,6]}}", 6,
     "of type F24, which Clonal does not know"},
    {"half floats of four bytes", "{\"a\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8,
     "do not fit its shape"},
    {"doubles of 2^53 bytes and more",
     "{\"a\":{\"dtype\":\"F64\",\"shape\":[4294967295,262145],\"data_offsets\":[0,8]}}", 8, "larger than 2^53 bytes"},
    {"no shape", "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, "no shape"},
    {"shape a number", "{\"a\":" F32("1", "[0,4]") "}", 4, "no shape"},
    {"9 dimensions", "{\"a\":" F32("[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "more than 8 dimensions"},
    {"a negative size", "{\"a\":" F32("[-1]", "[0,4]") "}", 4, "no number or too large"},
    {"a size of 1.0", "{\"a\":" F32("[1.0]", "[0,4]") "}", 4, "no number or too large"},
    {"a size as text", "{\"a\":" F32("[\"1\"]", "[0,4]") "}", 4, "no number or too large"},
    {"a size of 2^32", "{\"a\":" F32("[4294967296]", "[0,4]") "}", 4, "no number or too large"},
    {"a size of 2^63 - 1", "{\"a\":" F32("[9223372036854775807]", "[0,4]") "}", 4, "no number or too large"},
    {"a size of 2^64 + 1", "{\"a\":" F32("[18446744073709551617]", "[0,4]") "}", 4, "no JSON"},
    {"a product of 2^62, times 4 is 0", "{\"a\":" F32("[2147483648,2147483648]", "[0,0]") "}", 0,
     "larger than 2^53 bytes"},
    {"a product of 2^64", "{\"a\":" F32("[2147483648,2147483648,4]", "[0,0]") "}", 0, "larger than 2^53 bytes"},
    {"a product of 2^64 + 1", "{\"a\":" F32("[274177,67280421,310721,3]", "[0,4]") "}", 4, "larger than 2^53 bytes"},
    {"4 GiB that are not there", "{\"a\":" F32("[1073741824]", "[0,4294967296]") "}", 4, "truncated"},
    {"more than 2^53 bytes", "{\"a\":" F32("[2147483648,1048577]", "[0,9007207844675584]") "}", 4,
     "larger than 2^53 bytes"},
    {"no offsets", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "no data_offsets"},
    {"one offset", "{\"a\":" F32("[1]", "[0]") "}", 4, "no data_offsets"},
    {"three offsets", "{\"a\":" F32("[1]", "[0,4,8]") "}", 4, "no data_offsets"},
    {"offsets an object", "{\"a\":" F32("[1]", "{\"0\":0,\"1\":4}") "}", 4, "no data_offsets"},
    {"a negative offset", "{\"a\":" F32("[1]", "[-4,0]") "}", 4, "no data_offsets"},
    {"offsets as text", "{\"a\":" F32("[1]", "[\"0\",\"4\"]") "}", 4, "no data_offsets"},
    {"an offset of 2^63 - 1", "{\"a\":" F32("[1]", "[9223372036854775803,9223372036854775807]") "}", 4,
     "no data_offsets"},
    {"offsets exchanged", "{\"a\":" F32("[1]", "[4,0]") "}", 4, "do not fit its shape"},
    {"offsets too far apart", "{\"a\":" F32("[1]", "[0,8]") "}", 8, "do not fit its shape"},
    {"offsets too near", "{\"a\":" F32("[2]", "[0,4]") "}", 4, "do not fit its shape"},
    {"beyond the end", "{\"a\":" F32("[2]", "[0,8]") "}", 4, "truncated"},
    {"data after the last", "{\"a\":" F32("[1]", "[0,4]") "}", 5, "surplus"},
    {"data without tensors", "{}", 4, "surplus"},
    {"a hole in front", "{\"a\":" F32("[1]", "[4,8]") "}", 8, "after a hole"},
    {"a hole between", "{\"a\":" F32("[1]", "[0,4]") ",\"b\":" F32("[1]", "[8,12]") "}", 12, "after a hole"},
    {"one place twice", "{\"a\":" F32("[1]", "[0,4]") ",\"b\":" F32("[1]", "[0,4]") "}", 8, "overlap"},
    {"half an overlap", "{\"a\":" F32("[2]", "[0,8]") ",\"b\":" F32("[2]", "[4,12]") "}", 12, "overlap"},
    {"zero elements within another", "{\"a\":" F32("[2]", "[0,8]") ",\"b\":" F32("[0]", "[4,4]") "}", 8, "overlap"},
    {"zero elements beyond the end", "{\"a\":" F32("[0]", "[400,400]") "}", 0, "after a hole"},
    {"a name with line breaks", "{\"a\\n\\u001b[31m\":" F32("[2]", "[0,4]") "}", 4, "tensor 'a??[31m'"},
};

static void test_malicious_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        clonal__safetensors *file = (clonal__safetensors *)&file;
        size_t length = strlen(files[i].header);
        put_safetensors(in_folder("f"), length, files[i].header, length, files[i].data);
        clonal_status status = clonal__safetensors_read(in_folder("f"), &file);
        assert_failure(files[i].what, status, *files[i].says ? CLONAL_E_FORMAT : CLONAL_OK, files[i].says);
        assert_true((file != NULL) == (status == CLONAL_OK));
        for (size_t t = 0; file && t < file->tensor_count; t++)
            assert_int_equal((uintptr_t)file->tensors[t].values % sizeof(float), 0);
        clonal__safetensors_destroy(file);
    }
}

/* Each type of floats against values of C; whole numbers have none. */
static void test_types(void **state)
{
    static const char header[] = "{\"h\":{\"dtype\":\"F16\",\"shape\":[7],\"data_offsets\":[0,14]},"
                                 "\"n\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[14,22]},"
                                 "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[22,28]},"
                                 "\"d\":{\"dtype\":\"F64\",\"shape\":[2,2],\"data_offsets\":[28,60]},"
                                 "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[60,64]}}";
    static const uint8_t data[] = {
        0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x80, 0xff, 0x03, 0x00, 0xfc, 0x00, 0x80, /* binary16 */
        1,    2,    3,    4,    5,    6,    7,    8,                                        /* an int64 */
        0x80, 0x3f, 0x01, 0x80, 0x7f, 0x7f,                                                 /* bfloat16 */
        0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f, 0,    0,
        0,    0x30, 0,    0,    0xf0, 0x3f, 0,    0,    0,    0,    0,    0,    0,    0x80, 0,    0,    0xc0, 0xbf};
    static const float h[] = {1, -2, 65504, -0x1p-24f, 0x1.ff8p-15f, -INFINITY, -0.0f},
                       b[] = {1, -0x1p-133f, 0x1.fep127f}, d[] = {0.1f, INFINITY, 0x1.000004p0f, -0.0f}, f[] = {-1.5f};
    clonal__safetensors *file;
    (void)state;
    FILE *stream = fopen(in_folder("types"), "wb");
    assert_non_null(stream);
    const uint8_t length[8] = {(uint8_t)(sizeof header - 1), (uint8_t)((sizeof header - 1) >> 8)};
    fwrite(length, 1, 8, stream), fwrite(header, 1, sizeof header - 1, stream), fwrite(data, 1, sizeof data, stream);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(clonal__safetensors_read(in_folder("types"), &file), CLONAL_OK);
    assert_int_equal(file->tensor_count, 5);
    assert_memory_equal(clonal__safetensors_tensor(file, "h")->values, h, sizeof h);
    assert_null(clonal__safetensors_tensor(file, "n")->values);
    assert_memory_equal(clonal__safetensors_tensor(file, "b")->values, b, sizeof b);
    assert_memory_equal(clonal__safetensors_tensor(file, "d")->values, d, sizeof d);
    assert_memory_equal(clonal__safetensors_tensor(file, "f")->values, f, sizeof f);
    clonal__safetensors_destroy(file);
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint64_t length;
        size_t there;
        const char *says;
    } rows[] = {
        {"0", 0, 64, "too short"},
        {"1", 1, 64, "too short"},
        {"one more than the file", 65, 64, "longer than the file"},
        {"2^31", UINT64_C(1) << 31, 64, "longer than the file"},
        {"2^63", UINT64_C(1) << 63, 64, "longer than the file"},
        {"2^64 - 8", UINT64_MAX - 7, 64, "longer than the file"},
        {"2^64 - 1", UINT64_MAX, 64, "longer than the file"},
        {"more than the limit", 100000001, 100000001, "longer than 100000000 bytes"},
    };
    enum { ROOM = 100 << 20 };
    char *header = malloc(ROOM);
    clonal__safetensors *file;
    assert_non_null(header);
    memset(header, ' ', ROOM);
    memcpy(header, "{}", 2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_safetensors(in_folder("f"), rows[i].length, header, rows[i].there, 0);
        assert_failure(rows[i].what, clonal__safetensors_read(in_folder("f"), &file), CLONAL_E_FORMAT, rows[i].says);
    }
    put_safetensors(in_folder("f"), 1 << 20, header, 1 << 20, 0);
    assert_int_equal(clonal__safetensors_read(in_folder("f"), &file), CLONAL_OK);
    clonal__safetensors_destroy(file);
    /* depth: '[' a million times would be a stack overflow in a careless parser */
    memset(header, '[', 1 << 20);
    memcpy(header, "{\"a\":", 5);
    put_safetensors(in_folder("f"), 1 << 20, header, 1 << 20, 0);
    assert_failure("depth", clonal__safetensors_read(in_folder("f"), &file), CLONAL_E_FORMAT,
                   "no JSON (maximum parsing depth");
    /* width: half a million numbers */
    for (size_t i = 6; i < 1 << 20; i += 2) memcpy(header + i, "0,", 2);
    memcpy(header + (1 << 20) - 4, "0]} ", 4);
    put_safetensors(in_folder("f"), 1 << 20, header, 1 << 20, 0);
    assert_failure("width", clonal__safetensors_read(in_folder("f"), &file), CLONAL_E_FORMAT, "no dtype");
    free(header);
}

static void test_unreadable(void **state)
{
    (void)state;
    clonal__safetensors *file;
    put_file(in_folder("empty"), "", 0);
    put_file(in_folder("short"), "\2\0\0\0\0\0\0", 7);
    assert_failure("empty", clonal__safetensors_read(in_folder("empty"), &file), CLONAL_E_FORMAT, "is empty");
    assert_failure("short", clonal__safetensors_read(in_folder("short"), &file), CLONAL_E_FORMAT, "too short");
    assert_failure("missing", clonal__safetensors_read(in_folder("none"), &file), CLONAL_E_IO, "No such file");
    assert_failure("folder", clonal__safetensors_read(test_folder, &file), CLONAL_E_IO, "no regular file");
    assert_failure("device", clonal__safetensors_read("/dev/zero", &file), CLONAL_E_IO, "no regular file");
    assert_null(file);
    /* a file of 1 TiB of nothing */
    FILE *stream = fopen(in_folder("sparse"), "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite("\2\0\0\0\0\0\0\0{}", 1, 10, stream), 10);
    assert_int_equal(fflush(stream), 0);
    if (ftruncate(fileno(stream), (off_t)1 << 40) == 0)
        assert_failure("sparse", clonal__safetensors_read(in_folder("sparse"), &file), CLONAL_E_FORMAT,
                       "surplus at the end");
    fclose(stream);
}

static void test_cuts(void **state)
{
    (void)state;
    size_t count;
    clonal__safetensors *file;
    uint8_t *bytes = get_file(CLONAL_TEST_DATA "/pypi.safetensors", &count);
    for (size_t cut = 0; cut < count; cut++) {
        put_file(in_folder("f"), bytes, cut);
        assert_failure("cut", clonal__safetensors_read(in_folder("f"), &file), CLONAL_E_FORMAT, "safetensors");
    }
    free(bytes);
}

static void test_memory_faults(void **state)
{
    (void)state;
    clonal__safetensors *file = NULL;
    clonal_status status = CLONAL_E_MEMORY;
    for (unsigned long n = 1; status != CLONAL_OK && n < 100; n++) {
        clonal__memory_fail_after(n);
        status = clonal__safetensors_read(CLONAL_TEST_DATA "/pypi.safetensors", &file);
        if (status) assert_failure("allocation", status, CLONAL_E_MEMORY, "out of memory");
    }
    assert_is_vector(file);
    clonal__safetensors_destroy(file);
}

static void test_mutations(void **state)
{
    (void)state;
    uint64_t random = 2;
    size_t count, sound = 0;
    uint8_t *bytes = get_file(CLONAL_TEST_DATA "/pypi.safetensors", &count), *room = malloc(2 * count + 64);
    assert_non_null(room);
    for (int i = 0; i < 3000; i++) {
        clonal__safetensors *file;
        volatile float touched = 0;
        put_file(in_folder("f"), room, mutate(&random, bytes, count, room));
        clonal_status status = clonal__safetensors_read(in_folder("f"), &file);
        assert_true(status == CLONAL_OK || status == CLONAL_E_FORMAT);
        if (status) assert_failure("mutation", status, CLONAL_E_FORMAT, "/f: ");
        sound += file != NULL;
        for (size_t t = 0; file && t < file->tensor_count; t++) /* all that was promised can be read */
            for (size_t e = 0; e < clonal__tensor_elements(&file->tensors[t]); e++)
                touched = file->tensors[t].values[e];
        (void)touched;
        clonal__safetensors_destroy(file);
    }
    assert_true(sound > 30 && sound < 2970);
    free(room);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_reads_pypi),
        FILE_TEST(test_writes_as_pypi),
        FILE_TEST(test_order_and_padding),
        FILE_TEST(test_values),
        FILE_TEST(test_refuses_to_write),
        FILE_TEST(test_write_is_atomic),
        FILE_TEST(test_malicious_headers),
        FILE_TEST(test_types),
        FILE_TEST(test_lengths),
        FILE_TEST(test_unreadable),
        FILE_TEST(test_cuts),
        FILE_TEST(test_memory_faults),
        FILE_TEST(test_mutations),
    };
    memcpy(special, special_bits, sizeof special);
    limit_memory();
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
