/* windows.c: see windows.h. */
#include "host/gemm/windows.h"

#include "host/base/splitmix.h"
#include "host/runtime/timing.h"

/* Bands of groups: the first, the last, and two between them. Groups of CPUs are made this small: several tiles. */
enum { BANDS = 4, MOST_ROWS = 64, MOST_COLUMNS = 128 };

/* Groups of one place along a side of C, and their rows, or columns. */
typedef struct band {
    uint32_t group, first, count;
} band;

typedef struct bands {
    band all[BANDS];
    uint32_t count;
} bands;

typedef struct windows {
    clonal__gemm_grid grid;
    bands rows, columns;
    clonal__spread a, b, c;
} windows;

bool clonal__windows_suit(const clonal__gemm_shape *s)
{
    return (uint64_t)s->m * s->n * s->k > UINT64_C(1) << 26;
}

/* Of `groups` groups of `each` of a side that is `size` long. */
static bands choose(uint32_t groups, uint32_t each, uint32_t size, uint64_t *random)
{
    const uint32_t half = groups / 2, low = half > 1 ? 1 + (uint32_t)(clonal__splitmix(random) % (half - 1)) : 0,
                   high = half + (uint32_t)(clonal__splitmix(random) % (groups - half));
    const uint32_t wanted[BANDS] = {0, low, high, groups - 1};
    bands found = {.count = 0};
    for (uint32_t i = 0; i < BANDS; i++) {
        if (found.count && wanted[i] <= found.all[found.count - 1].group) continue;
        const uint32_t first = wanted[i] * each;
        found.all[found.count++] = (band){wanted[i], first, size - first < each ? size - first : each};
    }
    return found;
}

/* Writes, for each band of C's rows or columns, the operand's rows or columns that they are made of. */
static clonal_status write_bands(clonal_context *context, const clonal__trial *t, const clonal__spread *operand,
                                 const bands *of, const float *table, cl_mem to)
{
    for (uint32_t i = 0; i < of->count; i++) {
        const band *one = &of->all[i];
        const clonal__window part = operand->row_of ? (clonal__window){one->first, 0, one->count, operand->columns}
                                                    : (clonal__window){0, one->first, operand->rows, one->count};
        CLONAL__TRY(clonal__spread_write_part(context, operand, &part, table, t->scratch, to));
    }
    return CLONAL_OK;
}

static uint32_t window_count(const windows *w)
{
    return w->rows.count * w->columns.count;
}

static clonal__window window_at(const windows *w, uint32_t i)
{
    const band *rows = &w->rows.all[i / w->columns.count], *columns = &w->columns.all[i % w->columns.count];
    return (clonal__window){rows->first, columns->first, rows->count, columns->count};
}

static clonal_status write_all(clonal_context *context, const clonal__trial *t, const windows *w)
{
    CLONAL__TRY(write_bands(context, t, &w->a, &w->rows, t->a, t->device_a));
    CLONAL__TRY(write_bands(context, t, &w->b, &w->columns, t->b, t->device_b));
    for (uint32_t i = 0; i < window_count(w); i++) {
        const clonal__window part = window_at(w, i);
        CLONAL__TRY(clonal__spread_poison_part(context, &w->c, &part, t->scratch, t->device_c));
    }
    return CLONAL_OK;
}

static clonal_status append_all(clonal__launch_list *list, const clonal__trial *t, int variant, const windows *w)
{
    const clonal__gemm_buffers buffers = {.a = t->device_a, .b = t->device_b, .c = t->device_c};
    for (uint32_t i = 0; i < window_count(w); i++) {
        const clonal__gemm_part part = {w->grid, w->columns.all[i % w->columns.count].group,
                                        w->rows.all[i / w->columns.count].group, 1, 1};
        CLONAL__TRY(clonal__native_append_part(list, &t->shape, variant, &buffers, &part));
    }
    return CLONAL_OK;
}

static clonal_status compare_all(clonal_context *context, const clonal__trial *t, int variant, const windows *w,
                                 bool *exact)
{
    *exact = true;
    for (uint32_t i = 0; i < window_count(w) && *exact; i++) {
        const clonal__window part = window_at(w, i);
        clonal__differences wrong;
        CLONAL__TRY(clonal__spread_compare_part(context, &w->c, &part, t->expected, t->scratch, t->device_c, &wrong));
        *exact = wrong.count == 0;
        if (wrong.count)
            clonal__log(CLONAL_LOG_DEBUG,
                        "GEMM %ux%ux%u, native %d: %zu elements of the %u x %u from row %u and column %u on have other "
                        "bits, the first is %zu",
                        t->shape.m, t->shape.n, t->shape.k, variant, wrong.count, part.rows, part.columns, part.row,
                        part.column, wrong.first);
    }
    return CLONAL_OK;
}

/* By how much C is larger than its windows. */
static double whole_by_part(const clonal__trial *t, const windows *w)
{
    double part = 0;
    for (uint32_t i = 0; i < window_count(w); i++) {
        const clonal__window one = window_at(w, i);
        part += (double)one.rows * one.columns;
    }
    return (double)t->shape.m * t->shape.n / part;
}

clonal_status clonal__windows_try(clonal_context *context, const clonal__trial *t, int variant, bool *exact,
                                  double *seconds)
{
    uint64_t random = ((uint64_t)t->shape.m << 32 | t->shape.n) ^ ((uint64_t)t->shape.k << 16) ^ (uint64_t)variant;
    windows w = {.grid = clonal__native_grid(context, &t->shape, variant, MOST_ROWS, MOST_COLUMNS)};
    clonal__launch_list list = {.context = context};
    *exact = false;
    if (!w.grid.down)
        return clonal__fail(CLONAL_E_INTERNAL, "native GEMM variant %d has no groups for %ux%ux%u", variant, t->shape.m,
                            t->shape.n, t->shape.k);
    w.rows = choose(w.grid.down, w.grid.rows, t->shape.m, &random);
    w.columns = choose(w.grid.across, w.grid.columns, t->shape.n, &random);
    clonal__trial_spreads(t, &w.a, &w.b, &w.c);
    CLONAL__TRY(write_all(context, t, &w));
    clonal_status status = append_all(&list, t, variant, &w);
    if (status == CLONAL_OK) status = clonal_context_finish(context);
    if (status == CLONAL_OK) status = clonal__sample(&list, 1, seconds);
    clonal__list_clear(&list);
    CLONAL__TRY(status);
    *seconds *= whole_by_part(t, &w);
    return compare_all(context, t, variant, &w, exact);
}
