/* timing.c: see timing.h. */
#include "host/runtime/timing.h"

#include "host/base/clock.h"

clonal_status clonal__sample(const clonal__launch_list *list, int runs, double *seconds)
{
    double start = clonal__now_seconds();
    for (int i = 0; i < runs; i++) CLONAL__TRY(clonal__list_run(list, NULL));
    CLONAL__TRY(clonal_context_finish(list->context));
    *seconds = (clonal__now_seconds() - start) / runs;
    return CLONAL_OK;
}

clonal_status clonal__sample_size(const clonal__launch_list *list, double sample_seconds, int *runs)
{
    enum { MOST = 1 << 16 };
    double one;
    CLONAL__TRY(clonal__sample(list, 1, &one)); /* some drivers build a kernel at its first launch: not counted */
    for (*runs = 1; *runs < MOST;) {
        CLONAL__TRY(clonal__sample(list, *runs, &one));
        double fit = one > 0 ? sample_seconds / one : MOST;
        if (fit <= *runs * 1.5) break;
        *runs = fit < 8.0 * *runs ? (int)fit : 8 * *runs; /* a few runs are mostly the wait for their end */
    }
    return CLONAL_OK;
}

clonal_status clonal__measure(const clonal__launch_list *list, size_t samples, double sample_seconds, double *seconds)
{
    int runs;
    double one;
    CLONAL__TRY(clonal__sample_size(list, sample_seconds, &runs));
    CLONAL__TRY(clonal__sample(list, runs, seconds));
    if (*seconds > 200 * sample_seconds) return CLONAL_OK; /* a slow device is not made to repeat */
    for (size_t i = 1; i < samples; i++) {
        CLONAL__TRY(clonal__sample(list, runs, &one));
        if (one < *seconds) *seconds = one;
    }
    return CLONAL_OK;
}
