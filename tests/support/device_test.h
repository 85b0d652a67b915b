/* device_test.h: what the device tests share: the context of the platform under test, guarded
 * buffers, comparison by bits. cmocka comes with it. One thread. */
#ifndef DEVICE_TEST_H
#define DEVICE_TEST_H

#include "host/gemm/epilogue.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>

/* The program's context, opened at first use. Ends the program with 77 where there is no device. */
clonal_context *device(void);
void device_close(void);
/* Whether the platform is oclgrind, thousands of times slower than a device: sizes should be tiny
 * there. */
bool device_is_simulator(void);
/* Whether a launch takes long (oclgrind, rusticl): fewer of them then. */
bool device_is_slow(void);

/* The body of main: runs the tests with $TEST as a filter on their names (cmocka's pattern), closes
 * the context. */
#define DEVICE_TEST_MAIN(tests)                                                                    \
    (cmocka_set_test_filter(getenv("TEST")), device(),                                             \
     device_end(cmocka_run_group_tests((tests), NULL, NULL)))
int device_end(int failed);

/* A status that must be CLONAL_OK; else the test fails with the library's message. */
#define assert_ok(expression) assert_ok_((expression), #expression, __FILE__, __LINE__)
void assert_ok_(clonal_status status, const char *expression, const char *file, int line);
/* A status that must be this failure, with a one-line message that has `says`. */
void assert_fails(clonal_status got, clonal_status wanted, const char *says);
/* Every element has the bits wanted; any NaN is as good as any. `what` is printed with the first
 * difference. */
void assert_bits(const char *what, const float *got, const float *wanted, size_t count);

/* A device buffer of `bytes`, all poison (NaN as floats) unless `initial` is given, with guard
 * words behind. */
typedef struct guarded {
    cl_mem mem;
    size_t bytes;
} guarded;
guarded guarded_create(size_t bytes, const void *initial);
/* Reads the buffer and fails when a guard word has changed. */
void guarded_read(const guarded *buffer, void *to);
/* Checks the guards and frees. */
void guarded_free(guarded *buffer);

/* count adversarial floats (adversary.h) of a state; free with free. */
float *adversarial_floats(uint64_t *state, size_t count);
/* count floats in [-range, range), none special; free with free. */
float *plain_floats(uint64_t *state, size_t count, float range);

/* Runs a list once and empties it: its step, where the batch begins, the optimizer's scalars. */
void run_list(clonal__launch_list *list, uint32_t step, uint32_t first);
void run_list_scalars(clonal__launch_list *list, uint32_t step, uint32_t first,
                      const float scalars[CLONAL__UPDATE_SCALARS]);

#endif
