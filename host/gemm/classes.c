/* classes.c: see classes.h. The kernels are cl/admission.cl's. */
#include "host/gemm/classes.h"

#include "host/base/splitmix.h"
#include "host/gemm/chain.h"
#include <clonal/random.h>
#include <math.h>
#include <string.h>

clonal__gemm_shape clonal__table_shape(const clonal__gemm_shape *s)
{
    enum { LEAST = 4, PANEL = 64 }; /* the host computes PANEL columns together (chain.c) */
    clonal__gemm_shape t = *s;
    const uint64_t most = CLONAL__TABLE_TERMS / s->k;
    if ((uint64_t)s->m * s->n <= most) return t;
    const uint64_t square = (uint64_t)sqrt((double)most), edge = square < LEAST ? LEAST : square,
                   lines = CLONAL__TABLE_ELEMENTS / s->k, longest = lines < edge ? edge : lines;
    t.m = clonal__least(s->m, edge);
    t.n = clonal__least(s->n, clonal__within(most / t.m, LEAST, longest));
    if (t.n > PANEL && t.n < s->n) t.n -= t.n % PANEL;
    t.m = clonal__least(s->m, clonal__within(most / t.n, t.m, longest));
    return t;
}

void clonal__class_map(uint64_t seed, uint32_t count, uint32_t classes, uint32_t *map)
{
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t random = clonal__splitmix(&seed) >> 32;
        map[i] = i < classes ? i : (uint32_t)(random * classes >> 32);
    }
}

static size_t elements(const clonal__spread *s)
{
    return (size_t)s->rows * s->columns;
}

/* The table's row of a row of the matrix. */
static const float *row_at(const clonal__spread *s, const float *table, size_t row)
{
    return &table[(s->row_of ? s->row_of[row] : row) * s->table_columns];
}

static const float *at(const clonal__spread *s, const float *table, size_t row, size_t column)
{
    return &row_at(s, table, row)[s->column_of ? s->column_of[column] : column];
}

/* Row r of a part. */
static void put_row(const clonal__spread *s, const float *table, const clonal__rectangle *part, size_t r, float *to)
{
    const float *from = row_at(s, table, part->row + r);
    if (!s->column_of)
        memcpy(to, from + part->column, part->columns * sizeof *to);
    else
        for (size_t c = 0; c < part->columns; c++) to[c] = from[s->column_of[part->column + c]];
}

/* Makes a part of the matrix in `to`, dense. */
static void spread(const clonal__spread *s, const float *table, const clonal__rectangle *part, float *to)
{
    for (size_t r = 0; r < part->rows; r++) put_row(s, table, part, r, to + r * part->columns);
}

/* Runs a kernel of cl/admission.cl over the matrix, and waits. */
static clonal_status run(clonal_context *context, const clonal__spread *s, const char *name, size_t count,
                         const clonal__arg *args)
{
    enum { GROUP = 64, HEIGHT = 32768 /* NVIDIA's launches are 65535 groups high at most */ };
    cl_kernel kernel;
    CLONAL__TRY(clonal__kernel_create(context, "admission", NULL, name, &kernel));
    const clonal__launch launch = {.kernel = kernel,
                                   .dimensions = 2,
                                   .global = {clonal__round_up(s->columns, GROUP), clonal__least(s->rows, HEIGHT)},
                                   .local = {GROUP, 1}};
    clonal_status status = clonal__set_args(kernel, 0, count, args);
    if (status == CLONAL_OK) status = clonal__launch_enqueue(context, &launch);
    if (status == CLONAL_OK) status = clonal_context_finish(context);
    clReleaseKernel(kernel);
    return status;
}

/* A buffer with a copy of `count` words; NULL for none. */
static clonal_status buffer_of(clonal_context *context, const void *words, size_t count, cl_mem *buffer)
{
    *buffer = NULL;
    return words ? clonal__buffer_create(context, CL_MEM_READ_ONLY, count * 4, words, buffer) : CLONAL_OK;
}

clonal_status clonal__spread_write(clonal_context *context, const clonal__spread *s, const float *table, float *scratch,
                                   cl_mem to)
{
    cl_mem on_device = NULL, map = NULL;
    const bool rows = s->row_of != NULL;
    if (s->table_rows == s->rows && s->table_columns == s->columns)
        return clonal__buffer_write(context, to, 0, elements(s) * sizeof(float), table);
    if (elements(s) <= CLONAL__CLASSES_BY_HOST) {
        const clonal__rectangle whole = {0, 0, s->rows, s->columns, s->columns};
        spread(s, table, &whole, scratch);
        return clonal__buffer_write(context, to, 0, elements(s) * sizeof(float), scratch);
    }
    clonal_status status = buffer_of(context, table, (size_t)s->table_rows * s->table_columns, &on_device);
    if (status == CLONAL_OK)
        status = buffer_of(context, rows ? s->row_of : s->column_of, rows ? s->rows : s->columns, &map);
    const clonal__arg args[] = {CLONAL__MEM(on_device),  CLONAL__MEM(map),     CLONAL__MEM(to),
                                CLONAL__U32(s->columns), CLONAL__U32(s->rows), CLONAL__U32(s->table_columns)};
    if (status == CLONAL_OK) status = run(context, s, rows ? "spread_rows" : "spread_columns", rows ? 5 : 6, args);
    clonal__buffer_free(&on_device);
    clonal__buffer_free(&map);
    return status;
}

/* The host's comparison. */
static clonal_status compare_here(clonal_context *context, const clonal__spread *s, const float *table, float *scratch,
                                  cl_mem matrix, clonal__differences *found)
{
    CLONAL__TRY(clonal__buffer_read(context, matrix, 0, elements(s) * sizeof(float), scratch));
    for (size_t i = elements(s); i-- > 0;) {
        if (clonal__first_difference(&scratch[i], at(s, table, i / s->columns, i % s->columns), 1) == 1) continue;
        found->count++;
        found->first = i;
    }
    return CLONAL_OK;
}

/* What the device's comparison works on. */
typedef struct on_device {
    cl_mem matrix, table, row_of, column_of, found;
} on_device;

static clonal_status compare_there(clonal_context *context, const clonal__spread *s, const on_device *d,
                                   clonal__differences *found)
{
    uint32_t words[2] = {0, UINT32_MAX};
    const clonal__arg args[] = {CLONAL__MEM(d->matrix),        CLONAL__MEM(d->table),   CLONAL__MEM(d->row_of),
                                CLONAL__MEM(d->column_of),     CLONAL__U32(s->columns), CLONAL__U32(s->rows),
                                CLONAL__U32(s->table_columns), CLONAL__MEM(d->found)};
    CLONAL__TRY(clonal__buffer_write(context, d->found, 0, sizeof words, words));
    CLONAL__TRY(run(context, s, "differences", sizeof args / sizeof *args, args));
    CLONAL__TRY(clonal__buffer_read(context, d->found, 0, sizeof words, words));
    *found = (clonal__differences){words[0], words[0] ? words[1] : 0};
    return CLONAL_OK;
}

/* Changes one element's bits: `flip` of them, or a NaN to a number. */
static clonal_status change(clonal_context *context, const clonal__spread *s, const float *table, cl_mem matrix,
                            size_t i, uint32_t flip)
{
    const float *wanted = at(s, table, i / s->columns, i % s->columns);
    uint32_t bits;
    memcpy(&bits, wanted, sizeof bits);
    bits = *wanted != *wanted ? 0 : bits ^ flip;
    return clonal__buffer_write(context, matrix, i * sizeof bits, sizeof bits, &bits);
}

/* Changes elements of the equal matrix, at its ends and inside, by their lowest bit or their sign, and asks again: a
 * device that finds others, or fewer, is not believed. */
static clonal_status prove(clonal_context *context, const clonal__spread *s, const float *table, const on_device *d)
{
    enum { CHANGED = 4 };
    const size_t count = elements(s);
    const size_t changed[CHANGED] = {s->columns - 1, count / 7 * 5 + 3, count - s->columns, count - 1};
    clonal__differences found, wanted = {0, count};
    for (size_t i = 0; i < CHANGED; i++) {
        bool again = false; /* of one row or one column */
        for (size_t k = 0; k < i; k++) again = again || changed[k] == changed[i];
        if (again) continue;
        CLONAL__TRY(change(context, s, table, d->matrix, changed[i], i % 2 ? 0x80000000u : 1));
        wanted.count++;
        wanted.first = changed[i] < wanted.first ? changed[i] : wanted.first;
    }
    CLONAL__TRY(compare_there(context, s, d, &found));
    if (found.count == wanted.count && found.first == wanted.first) return CLONAL_OK;
    return clonal__fail(CLONAL_E_CONTRACT, "%s does not tell equal matrices from others", context->info.name);
}

clonal_status clonal__spread_compare(clonal_context *context, const clonal__spread *s, const float *table,
                                     float *scratch, cl_mem matrix, clonal__differences *found)
{
    on_device d = {.matrix = matrix};
    *found = (clonal__differences){0};
    if (elements(s) <= CLONAL__CLASSES_BY_HOST) return compare_here(context, s, table, scratch, matrix, found);
    clonal_status status = buffer_of(context, table, (size_t)s->table_rows * s->table_columns, &d.table);
    if (status == CLONAL_OK) status = buffer_of(context, s->row_of, s->rows, &d.row_of);
    if (status == CLONAL_OK) status = buffer_of(context, s->column_of, s->columns, &d.column_of);
    if (status == CLONAL_OK) status = clonal__buffer_create(context, CL_MEM_READ_WRITE, 8, NULL, &d.found);
    if (status == CLONAL_OK) status = compare_there(context, s, &d, found);
    if (status == CLONAL_OK && found->count == 0) status = prove(context, s, table, &d);
    clonal__buffer_free(&d.table);
    clonal__buffer_free(&d.row_of);
    clonal__buffer_free(&d.column_of);
    clonal__buffer_free(&d.found);
    return status;
}

clonal__window clonal__operand_part(const clonal__spread *operand, uint32_t first, uint32_t count)
{
    return operand->row_of ? (clonal__window){first, 0, count, operand->columns}
                           : (clonal__window){0, first, operand->rows, count};
}

/* The next rows of a part, from `done` on, as many as scratch has room for. */
static clonal__rectangle next_rows(const clonal__spread *s, const clonal__window *part, uint32_t done)
{
    const uint32_t fit = CLONAL__CLASSES_BY_HOST / part->columns, left = part->rows - done;
    return (clonal__rectangle){part->row + done, part->column, clonal__least(left, fit ? fit : 1), part->columns,
                               s->columns};
}

clonal_status clonal__spread_write_part(clonal_context *context, const clonal__spread *s, const clonal__window *part,
                                        const float *table, float *scratch, cl_mem to)
{
    for (uint32_t done = 0; done < part->rows;) {
        const clonal__rectangle next = next_rows(s, part, done);
        spread(s, table, &next, scratch);
        CLONAL__TRY(clonal__buffer_write_part(context, to, &next, scratch));
        done += (uint32_t)next.rows;
    }
    return CLONAL_OK;
}

clonal_status clonal__spread_poison_part(clonal_context *context, const clonal__spread *s, const clonal__window *part,
                                         float *scratch, cl_mem to)
{
    for (uint32_t done = 0; done < part->rows;) {
        const clonal__rectangle next = next_rows(s, part, done);
        memset(scratch, 0xff, next.rows * next.columns * sizeof *scratch);
        CLONAL__TRY(clonal__buffer_write_part(context, to, &next, scratch));
        done += (uint32_t)next.rows;
    }
    return CLONAL_OK;
}

clonal_status clonal__spread_compare_part(clonal_context *context, const clonal__spread *s, const clonal__window *part,
                                          const float *table, float *scratch, cl_mem matrix, clonal__differences *found)
{
    *found = (clonal__differences){0};
    for (uint32_t done = 0; done < part->rows;) {
        const clonal__rectangle next = next_rows(s, part, done);
        CLONAL__TRY(clonal__buffer_read_part(context, matrix, &next, scratch));
        for (size_t i = 0; i < next.rows * next.columns; i++) {
            const float *wanted = at(s, table, next.row + i / next.columns, next.column + i % next.columns);
            if (clonal__first_difference(&scratch[i], wanted, 1) == 1) continue;
            if (found->count++ == 0) found->first = (size_t)done * part->columns + i;
        }
        done += (uint32_t)next.rows;
    }
    return CLONAL_OK;
}
