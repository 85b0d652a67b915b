/* profile.c: profiles for callers, with what the device does at most: see include/clonal/profile.h. */
#include <clonal/profile.h>

#include "host/base/clock.h"
#include "host/base/float_environment.h"
#include "host/runtime/profile.h"
#include <clonal/tune.h>

/* No larger one is tried once one took so long, or all of them together did. */
#define ENOUGH_SECONDS 0.004
#define ALL_SECONDS 8.0

enum { SAMPLES = 3, SMALLEST = 32, LARGEST = 4096, COLUMNS = 256 };

static clonal_status peak_operations(clonal_context *context, double *peak)
{
    const double start = clonal__now_seconds();
    for (uint32_t n = SMALLEST; n <= LARGEST; n *= 2) {
        clonal_tuned tuned;
        CLONAL__TRY(clonal_measure_gemm(context, n, n, n, false, false, CLONAL_GEMM_AUTO, SAMPLES, &tuned));
        const double rate = 2.0 * n * n * n / tuned.seconds;
        if (rate > *peak) *peak = rate;
        if (tuned.seconds > ENOUGH_SECONDS || clonal__now_seconds() - start > ALL_SECONDS) break;
    }
    return CLONAL_OK;
}

/* A copy reads and writes each of its floats. */
static clonal_status peak_bytes(clonal_context *context, double *peak)
{
    for (uint32_t rows = 1; rows <= 1 << 16; rows *= 16) {
        clonal_dropout_seconds s;
        CLONAL__TRY(clonal_measure_dropout(context, rows, COLUMNS, 0.5, SAMPLES, &s));
        const double copy = s.copy < s.scale_copy ? s.copy : s.scale_copy;
        const double rate = 2.0 * sizeof(float) * rows * COLUMNS / copy;
        if (rate > *peak) *peak = rate;
        if (copy > ENOUGH_SECONDS) break;
    }
    return CLONAL_OK;
}

static clonal_status measure(clonal_context *context)
{
    double operations = 0, bytes = 0;
    CLONAL__TRY_SPAN(context, peak_operations(context, &operations), "measure products");
    CLONAL__TRY_SPAN(context, peak_bytes(context, &bytes), "measure copies");
    clonal__profile_peaks(context, operations, bytes);
    return CLONAL_OK;
}

clonal_status clonal_profile_start(clonal_context *context, uint32_t steps)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context);
    CLONAL__TRY(clonal__profile_start(context, steps));
    const clonal_status status = measure(context);
    if (status != CLONAL_OK) clonal__profile_free(context); /* so that it can be tried again */
    return status;
}

clonal_status clonal_profile_write(clonal_context *context, const char *path)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context && path);
    return clonal__profile_write(context, path);
}
