/* measure.c: how long a launch list takes. */
#include "host/gemm/gemm.h"

#include "host/base/clock.h"
#include "host/base/memory.h"
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static clonal_status sample(const clonal__launch_list *list, int runs, double *seconds)
{
    double start = clonal__now_seconds();
    for (int i = 0; i < runs; i++) CLONAL__TRY(clonal__list_run(list, 0, 0));
    CLONAL__TRY(clonal_context_finish(list->context));
    *seconds = (clonal__now_seconds() - start) / runs;
    return CLONAL_OK;
}

clonal_status clonal__measure(const clonal__launch_list *list, size_t samples, double sample_seconds, double *seconds)
{
    double one, *all;
    CLONAL__TRY(sample(list, 1, &one)); /* the first builds what is built late */
    CLONAL__TRY(sample(list, 1, &one));
    int runs = one > 0 && one < sample_seconds ? (int)(sample_seconds / one) + 1 : 1;
    if (one > 200 * sample_seconds) samples = 1; /* a slow device is not made to repeat */
    CLONAL__TRY(clonal__calloc(samples, sizeof *all, &all));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < samples && status == CLONAL_OK; i++) status = sample(list, runs, &all[i]);
    if (status == CLONAL_OK) {
        qsort(all, samples, sizeof *all, by_value);
        *seconds = all[samples / 2];
    }
    clonal__free(all);
    return status;
}
