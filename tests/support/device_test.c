#include "device_test.h"

#include "adversary.h"
#include "host/gemm/chain.h"
#include "ref_graph.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static clonal_context *context;

clonal_context *device(void)
{
    if (context) return context;
    clonal_status status = clonal_context_create(NULL, &context);
    if (status == CLONAL_OK) return context;
    printf("%s: %s\n", status == CLONAL_E_NO_DEVICE || status == CLONAL_E_NO_PLATFORM ? "skipped" : "failed",
           clonal_last_error()->message);
    exit(status == CLONAL_E_NO_DEVICE || status == CLONAL_E_NO_PLATFORM ? 77 : 1);
}

void device_close(void)
{
    clonal_context_destroy(context);
    context = NULL;
}

int device_end(int failed)
{
    device_close();
    return failed != 0;
}

bool device_is_simulator(void)
{
    return strstr(clonal_context_device(device())->platform, "Oclgrind") != NULL;
}
bool device_is_slow(void)
{
    return device_is_simulator() || strstr(clonal_context_device(device())->platform, "rusticl") != NULL;
}

void assert_ok_(clonal_status status, const char *expression, const char *file, int line)
{
    if (status == CLONAL_OK) return;
    const clonal_error *error = clonal_last_error();
    print_error("%s: %s: %s\n%.4000s\n", expression, clonal_status_name(status), error->message, error->build_log);
    _fail(file, line);
}

void assert_fails(clonal_status got, clonal_status wanted, const char *says)
{
    const char *message = got ? clonal_last_error()->message : "";
    if (got != wanted || !strstr(message, says) || strpbrk(message, "\r\n"))
        fail_msg("%s (%s), where %s with \"%s\" is expected", clonal_status_name(got), message,
                 clonal_status_name(wanted), says);
}

void assert_bits(const char *what, const float *got, const float *wanted, size_t count)
{
    size_t at = clonal__first_difference(got, wanted, count);
    if (at == count) return;
    uint32_t bits[2];
    memcpy(&bits[0], &got[at], 4);
    memcpy(&bits[1], &wanted[at], 4);
    fail_msg("%s: element %zu of %zu is %.9g (%08x), not %.9g (%08x)", what, at, count, (double)got[at], bits[0],
             (double)wanted[at], bits[1]);
}

enum { GUARD_BYTES = 256, POISON = 0xff, GUARD = 0xa5 };

guarded guarded_create(size_t bytes, const void *initial)
{
    guarded buffer = {NULL, bytes};
    uint8_t *host = malloc(bytes + GUARD_BYTES);
    assert_non_null(host);
    memset(host, POISON, bytes);
    memset(host + bytes, GUARD, GUARD_BYTES);
    if (initial) memcpy(host, initial, bytes);
    assert_ok(clonal__buffer_create(device(), CL_MEM_READ_WRITE, bytes + GUARD_BYTES, NULL, &buffer.mem));
    assert_ok(clonal__buffer_write(device(), buffer.mem, 0, bytes + GUARD_BYTES, host));
    free(host);
    return buffer;
}

void guarded_read(const guarded *buffer, void *to)
{
    uint8_t guard[GUARD_BYTES];
    assert_ok(clonal__buffer_read(device(), buffer->mem, buffer->bytes, GUARD_BYTES, guard));
    for (size_t i = 0; i < GUARD_BYTES; i++)
        if (guard[i] != GUARD) fail_msg("a kernel wrote %zu bytes past the end of a buffer of %zu", i, buffer->bytes);
    if (to) assert_ok(clonal__buffer_read(device(), buffer->mem, 0, buffer->bytes, to));
}

void guarded_free(guarded *buffer)
{
    guarded_read(buffer, NULL);
    clonal__buffer_free(&buffer->mem);
}

float *adversarial_floats(uint64_t *state, size_t count)
{
    float *values = ref_alloc(count ? count : 1, sizeof *values);
    for (size_t i = 0; i < count; i++) values[i] = adversary_float(state);
    return values;
}

float *plain_floats(uint64_t *state, size_t count, float range)
{
    float *values = ref_alloc(count ? count : 1, sizeof *values);
    for (size_t i = 0; i < count; i++)
        values[i] = (float)((int32_t)(adversary_next(state) >> 40) - (1 << 23)) * 0x1p-23f * range;
    return values;
}

void run_list(clonal__launch_list *list, uint32_t step, uint32_t first)
{
    run_list_scalars(list, step, first, (const float[CLONAL__UPDATE_SCALARS]){0});
}

void run_list_scalars(clonal__launch_list *list, uint32_t step, uint32_t first,
                      const float scalars[CLONAL__UPDATE_SCALARS])
{
    clonal__arg variables[CLONAL__VARIABLE_COUNT];
    variables[CLONAL__VARIABLE_STEP] = CLONAL__U32(step);
    variables[CLONAL__VARIABLE_FIRST] = CLONAL__U32(first);
    variables[CLONAL__VARIABLE_SCALARS] = CLONAL__F32X8(0);
    memcpy(variables[CLONAL__VARIABLE_SCALARS].as.f32x8, scalars, sizeof(float) * CLONAL__UPDATE_SCALARS);
    assert_ok(clonal__list_run(list, variables));
    assert_ok(clonal_context_finish(list->context));
    clonal__list_clear(list);
}
