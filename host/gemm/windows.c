/* windows.c: see windows.h. */
#include "host/gemm/windows.h"

#include "host/base/splitmix.h"

/* Bands of groups: the first, the last, and two between them. Groups of CPUs are made this small: several tiles. */
enum { BANDS = 4, MOST_ROWS = 64, MOST_COLUMNS = 128 };
/* Beside their crossings: a group as large as they come to be, and four neighbours at once. */
enum { LARGE_ROWS = 128, LARGE_COLUMNS = 512 };
_Static_assert((BANDS - 1) * BANDS + 2 <= CLONAL__MOST_WINDOWS, "there are more windows");

/* Groups of one place along a side of C, and their rows, or columns. */
typedef struct band {
    uint32_t group, first, count;
} band;

typedef struct bands {
    band all[BANDS];
    uint32_t count;
} bands;

/* Groups that are launched together, and what they make of C. */
typedef struct window {
    clonal__gemm_part part;
    clonal__window of;
} window;

typedef struct windows {
    window all[CLONAL__MOST_WINDOWS];
    uint32_t count;
    bands rows, columns; /* all rows and columns that they are of */
    clonal__spread a, b, c;
} windows;

bool clonal__windows_suit(const clonal__gemm_shape *s)
{
    const uint64_t m = s->m, n = s->n, k = s->k, many = UINT64_C(1) << 26, large = UINT64_C(1) << 21;
    return m * n * k > many || m * k > large || k * n > large || m * n > large;
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
        const clonal__window part = clonal__operand_part(operand, one->first, one->count);
        CLONAL__TRY(clonal__spread_write_part(context, operand, &part, table, t->scratch, to));
    }
    return CLONAL_OK;
}

/* Adds groups from (down, across) on, so many each way. */
static void add(windows *w, const clonal__gemm_shape *s, const clonal__gemm_grid *grid, uint32_t down, uint32_t across,
                uint32_t each)
{
    const clonal__gemm_part part = {*grid, across, down, clonal__least(each, grid->across - across),
                                    clonal__least(each, grid->down - down)};
    const uint32_t row = down * grid->rows, column = across * grid->columns;
    const clonal__window of = {row, column, clonal__least((uint64_t)part.down * grid->rows, s->m - row),
                               clonal__least((uint64_t)part.across * grid->columns, s->n - column)};
    w->all[w->count++] = (window){part, of};
    if (row == 0 && of.rows > w->rows.all[0].count) w->rows.all[0].count = of.rows;
    if (column == 0 && of.columns > w->columns.all[0].count) w->columns.all[0].count = of.columns;
}

/* Of crossings of bands the corners, two inside and one at each edge that may end within a tile. */
static bool is_crossing(const windows *w, uint32_t row, uint32_t column)
{
    static const bool wanted[BANDS][BANDS] = {{1, 0, 0, 1}, {0, 0, 1, 1}, {0, 1, 0, 0}, {1, 0, 1, 1}};
    return w->rows.count < BANDS || w->columns.count < BANDS || wanted[row][column];
}

static void choose_all(const clonal_context *context, const clonal__gemm_shape *s, int variant, windows *w)
{
    uint64_t random = ((uint64_t)s->m << 32 | s->n) ^ ((uint64_t)s->k << 16) ^ (uint64_t)variant;
    const clonal__gemm_grid grid = clonal__native_grid(context, s, variant, MOST_ROWS, MOST_COLUMNS),
                            large = clonal__native_grid(context, s, variant, LARGE_ROWS, LARGE_COLUMNS);
    if (!grid.down) return;
    w->rows = choose(grid.down, grid.rows, s->m, &random);
    w->columns = choose(grid.across, grid.columns, s->n, &random);
    for (uint32_t i = 0; i < w->rows.count; i++)
        for (uint32_t k = 0; k < w->columns.count; k++)
            if (is_crossing(w, i, k)) add(w, s, &grid, w->rows.all[i].group, w->columns.all[k].group, 1);
    add(w, s, &grid, 0, 0, 2);
    add(w, s, &large, 0, 0, 1);
}

size_t clonal__windows_of(const clonal_context *context, const clonal__gemm_shape *shape, int variant,
                          clonal__window room[CLONAL__MOST_WINDOWS])
{
    windows w = {.count = 0};
    choose_all(context, shape, variant, &w);
    for (uint32_t i = 0; i < w.count; i++) room[i] = w.all[i].of;
    return w.count;
}

static clonal_status run(clonal_context *context, const clonal__trial *t, int variant, const window *one)
{
    const clonal__gemm_buffers buffers = {.a = t->device_a, .b = t->device_b, .c = t->device_c};
    clonal__launch_list list = {.context = context};
    clonal_status status = clonal__native_append_part(&list, &t->shape, variant, &buffers, &one->part);
    if (status == CLONAL_OK) status = clonal__list_run(&list, NULL);
    if (status == CLONAL_OK) status = clonal_context_finish(context);
    clonal__list_clear(&list);
    return status;
}

/* Sets *exact to whether a window's groups make it right. */
static clonal_status try_one(clonal_context *context, const clonal__trial *t, int variant, const windows *w,
                             const window *one, bool *exact)
{
    clonal__differences wrong;
    CLONAL__TRY(clonal__spread_poison_part(context, &w->c, &one->of, t->scratch, t->device_c));
    CLONAL__TRY(run(context, t, variant, one));
    CLONAL__TRY(clonal__spread_compare_part(context, &w->c, &one->of, t->expected, t->scratch, t->device_c, &wrong));
    *exact = wrong.count == 0;
    if (wrong.count)
        clonal__log(CLONAL_LOG_DEBUG,
                    "GEMM %ux%ux%u, native %d: %zu elements of the %u x %u from row %u and column %u on have other "
                    "bits, the first is %zu",
                    t->shape.m, t->shape.n, t->shape.k, variant, wrong.count, one->of.rows, one->of.columns,
                    one->of.row, one->of.column, wrong.first);
    return CLONAL_OK;
}

clonal_status clonal__windows_try(clonal_context *context, const clonal__trial *t, int variant, bool *exact)
{
    windows w = {.count = 0};
    *exact = false;
    choose_all(context, &t->shape, variant, &w);
    clonal__trial_spreads(t, &w.a, &w.b, &w.c);
    if (!w.count)
        return clonal__fail(CLONAL_E_INTERNAL, "native GEMM variant %d has no groups for %ux%ux%u", variant, t->shape.m,
                            t->shape.n, t->shape.k);
    CLONAL__TRY(write_bands(context, t, &w.a, &w.rows, t->a, t->device_a));
    CLONAL__TRY(write_bands(context, t, &w.b, &w.columns, t->b, t->device_b));
    *exact = true;
    for (uint32_t i = 0; i < w.count && *exact; i++) CLONAL__TRY(try_one(context, t, variant, &w, &w.all[i], exact));
    return CLONAL_OK;
}
