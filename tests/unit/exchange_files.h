/* exchange_files.h: what the tests of other frameworks' files share: the files of
 * tests/vectors/exchange, whose values make_exchange.py tells, and readers that are given bytes. */
#ifndef CLONAL_TESTS_UNIT_EXCHANGE_FILES_H
#define CLONAL_TESTS_UNIT_EXCHANGE_FILES_H

#include "tests/unit/files.h"

#include "host/exchange/network.h"

#define VECTOR(name) CLONAL_TEST_DATA "/exchange/" name

/* Element `i` of the tensor at that place of a file. */
static inline float vector_value(size_t i, int place)
{
    return (float)((int)(i % 13) - 6) / 8 + (float)place;
}

typedef struct vector_tensor {
    const char *name;
    int place;
    size_t rank;
    uint32_t shape[2];
} vector_tensor;

static inline void assert_tensor(const clonal__tensor *tensor, const vector_tensor *expected)
{
    assert_string_equal(tensor->name, expected->name);
    assert_int_equal(tensor->rank, expected->rank);
    assert_memory_equal(tensor->shape, expected->shape, expected->rank * sizeof *expected->shape);
    for (size_t i = 0; i < clonal__tensor_elements(tensor); i++)
        assert_true(tensor->values[i] == vector_value(i, expected->place));
}

static inline void assert_tensors(const clonal__network *network, size_t count,
                                  const vector_tensor *expected)
{
    assert_int_equal(network->count, count);
    for (size_t i = 0; i < count; i++) assert_tensor(&network->tensors[i], &expected[i]);
}

typedef clonal_status reader_function(const char *path, clonal__network *network);

/* A file of these bytes; what the reader made of it is freed. */
static inline clonal_status read_bytes(reader_function *read, const void *bytes, size_t count)
{
    clonal__network network = {0};
    unlink(in_folder("bytes")); /* ext4 waits for the disk where a file is written over */
    put_file(in_folder("bytes"), bytes, count);
    const clonal_status status = read(in_folder("bytes"), &network);
    clonal__network_free(&network);
    return status;
}

/* Every beginning of a file is refused. */
static inline void assert_cuts_refused(reader_function *read, const char *path, const char *says)
{
    size_t count;
    uint8_t *bytes = get_file(path, &count);
    for (size_t cut = 0; cut < count; cut++)
        assert_failure(path, read_bytes(read, bytes, cut), CLONAL_E_FORMAT, says);
    assert_int_equal(read_bytes(read, bytes, count), CLONAL_OK);
    free(bytes);
}

/* A file with a few bytes changed, many times, is read or refused, in memory that is limited. */
static inline void assert_flips_harmless(reader_function *read, const char *path, int rounds)
{
    size_t count;
    uint64_t random = 12;
    uint8_t *bytes = get_file(path, &count), *changed = malloc(count);
    assert_non_null(changed);
    for (int i = 0; i < rounds; i++) {
        memcpy(changed, bytes, count);
        for (unsigned n = 1 + next_random(&random) % 3; n-- > 0;)
            changed[next_random(&random) % count] = (uint8_t)(next_random(&random) >> 8);
        const clonal_status status = read_bytes(read, changed, count);
        if (status != CLONAL_OK) assert_failure(path, status, CLONAL_E_FORMAT, "");
    }
    free(changed);
    free(bytes);
}

/* With each allocation failing in turn a reader says so, and leaks nothing. */
static inline void assert_memory_faults(reader_function *read, const char *path)
{
    clonal_status status = CLONAL_E_MEMORY;
    for (unsigned long n = 1; status != CLONAL_OK && n < 1000; n++) {
        clonal__network network = {0};
        clonal__memory_fail_after(n);
        status = read(path, &network);
        clonal__memory_fail_after(0);
        clonal__network_free(&network);
        if (status != CLONAL_OK) assert_failure(path, status, CLONAL_E_MEMORY, "memory");
    }
    assert_int_equal(status, CLONAL_OK);
}

static inline void assert_same_file(const char *path, const char *expected_path)
{
    size_t count, expected_count;
    uint8_t *bytes = get_file(path, &count), *expected = get_file(expected_path, &expected_count);
    assert_int_equal(count, expected_count);
    assert_memory_equal(bytes, expected, count);
    free(bytes);
    free(expected);
}

#endif
