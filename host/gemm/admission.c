/* admission.c: see admission.h. */
#include "host/gemm/admission.h"

#include "host/base/memory.h"
#include "host/gemm/chain.h"
#include "host/gemm/forms.h"
#include "host/gemm/windows.h"
#include "host/runtime/room.h"
#include "host/runtime/timing.h"

/* Up to so many terms a product is tried on dense subnormals, infinities and all. */
enum { DENSE_TERMS = 1 << 22 };

/* A measured part reads so many elements of a large operand, unless few rows have more; the host writes them where they
 * are no more than MEASURED_BY_HOST; and its groups are no wider than MEASURED_COLUMNS. */
enum { MEASURED = 1 << 21, MEASURED_BY_HOST = 1 << 22, MEASURED_COLUMNS = 512 };

static uint64_t terms_of(const clonal__gemm_shape *s)
{
    return (uint64_t)s->m * s->n * s->k;
}

void clonal__trial_free(clonal__trial *t)
{
    clonal__free(t->a);
    clonal__free(t->b);
    clonal__free(t->expected);
    clonal__free(t->row_of);
    clonal__free(t->column_of);
    clonal__free(t->scratch);
    clonal__gemm_workspace_free(&t->own);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Elements of A, B and C. */
typedef struct sizes {
    size_t a, b, c;
} sizes;

static sizes sizes_of(const clonal__gemm_shape *s)
{
    return (sizes){(size_t)s->m * s->k, (size_t)s->k * s->n, (size_t)s->m * s->n};
}

static clonal_status check_room(const clonal_context *context, size_t to_make, size_t largest, sizes table,
                                size_t scratch)
{
    const clonal__need_part parts[] = {
        {"matrices", to_make, false},
        {"what they are made from", sizeof(float) * larger(table.a, larger(table.b, table.c)), false},
        {"what they are compared with", sizeof(float) * (table.a + table.b + table.c + scratch), true}};
    return clonal__room_check(context, "trying the matrix products, which is done once for each shape on a device,", 3,
                              parts, largest,
                              "give a smaller batch or smaller layers, another device, or raise the limit");
}

void clonal__gemm_workspace_free(clonal__gemm_workspace *workspace)
{
    for (int i = 0; i < 3; i++) clonal__buffer_free(&workspace->matrices[i]);
    *workspace = (clonal__gemm_workspace){0};
}

/* Frees what of it is too small for such matrices; how many bytes are to be made then. */
static size_t drop_smaller(clonal__gemm_workspace *workspace, const size_t bytes[3])
{
    size_t to_make = 0;
    for (int i = 0; i < 3; i++) {
        if (workspace->bytes[i] >= bytes[i]) continue;
        clonal__buffer_free(&workspace->matrices[i]);
        workspace->bytes[i] = 0;
        to_make += bytes[i];
    }
    return to_make;
}

/* Makes what it lacks, where there is room. Of a matrix with long rows a trial by windows touches little. */
static clonal_status make_lacking(clonal_context *context, const clonal__trial *t, size_t scratch,
                                  clonal__gemm_workspace *workspace)
{
    enum { LONG_ROW = 1 << 14 };
    const clonal__gemm_shape *s = &t->shape;
    const sizes whole = sizes_of(s), table = sizes_of(&t->table);
    const size_t bytes[3] = {sizeof(float) * whole.a, sizeof(float) * whole.b, sizeof(float) * whole.c},
                 largest = larger(larger(bytes[0], bytes[1]), bytes[2]);
    const uint32_t columns[3] = {s->ta ? s->m : s->k, s->tb ? s->k : s->n, s->n};
    clonal_status status = check_room(context, drop_smaller(workspace, bytes), largest, table, scratch);
    for (int i = 0; i < 3 && status == CLONAL_OK; i++) {
        cl_mem *matrix = &workspace->matrices[i];
        if (*matrix) continue;
        status = columns[i] > LONG_ROW ? clonal__buffer_create_sparse(context, bytes[i], matrix)
                                       : clonal__buffer_create(context, CL_MEM_READ_WRITE, bytes[i], NULL, matrix);
        workspace->bytes[i] = status == CLONAL_OK ? bytes[i] : 0;
    }
    return status;
}

/* The same; where it fails, what other trials left may be in the way, and is freed. */
static clonal_status make_matrices(clonal_context *context, const clonal__trial *t, size_t scratch,
                                   clonal__gemm_workspace *workspace)
{
    const bool has_kept = workspace->bytes[0] || workspace->bytes[1] || workspace->bytes[2];
    const clonal_status status = make_lacking(context, t, scratch, workspace);
    if (status == CLONAL_OK || !has_kept) return status;
    clonal__gemm_workspace_free(workspace);
    return make_lacking(context, t, scratch, workspace);
}

clonal_status clonal__trial_create(clonal_context *context, const clonal__gemm_shape *s,
                                   clonal__gemm_workspace *workspace, clonal__trial *t)
{
    *t = (clonal__trial){.shape = *s, .table = clonal__table_shape(s)};
    const sizes whole = sizes_of(s), table = sizes_of(&t->table);
    const size_t largest = larger(larger(whole.a, whole.b), whole.c),
                 scratch = larger(s->k, largest < CLONAL__CLASSES_BY_HOST ? largest : CLONAL__CLASSES_BY_HOST);
    /* GPUs' memory costs no first touch, and what is kept of it would count against what a device has in all. */
    if (!workspace || context->info.type != CLONAL_DEVICE_CPU) workspace = &t->own;
    CLONAL__TRY(make_matrices(context, t, scratch, workspace));
    t->device_a = workspace->matrices[0];
    t->device_b = workspace->matrices[1];
    t->device_c = workspace->matrices[2];
    CLONAL__TRY(clonal__calloc(table.a, sizeof(float), &t->a));
    CLONAL__TRY(clonal__calloc(table.b, sizeof(float), &t->b));
    CLONAL__TRY(clonal__calloc(table.c, sizeof(float), &t->expected));
    CLONAL__TRY(clonal__calloc(s->m, sizeof(uint32_t), &t->row_of));
    CLONAL__TRY(clonal__calloc(s->n, sizeof(uint32_t), &t->column_of));
    CLONAL__TRY(clonal__calloc(scratch, sizeof(float), &t->scratch));
    clonal__class_map(1, s->m, t->table.m, t->row_of);
    clonal__class_map(2, s->n, t->table.n, t->column_of);
    return CLONAL_OK;
}

void clonal__trial_spreads(const clonal__trial *t, clonal__spread *a, clonal__spread *b, clonal__spread *c)
{
    const clonal__gemm_shape *s = &t->shape, *of = &t->table;
    *a = s->ta ? (clonal__spread){s->k, s->m, s->k, of->m, NULL, t->row_of}
               : (clonal__spread){s->m, s->k, of->m, s->k, t->row_of, NULL};
    *b = s->tb ? (clonal__spread){s->n, s->k, of->n, s->k, t->column_of, NULL}
               : (clonal__spread){s->k, s->n, s->k, of->n, NULL, t->column_of};
    *c = (clonal__spread){s->m, s->n, of->m, of->n, t->row_of, t->column_of};
}

/* Makes the device's A and B of the table's. */
static clonal_status write_operands(clonal_context *context, const clonal__trial *t)
{
    clonal__spread a, b, c;
    clonal__trial_spreads(t, &a, &b, &c);
    CLONAL__TRY(clonal__spread_write(context, &a, t->a, t->scratch, t->device_a));
    return clonal__spread_write(context, &b, t->b, t->scratch, t->device_b);
}

/* Of few rows or columns each round has other kinds of classes. */
enum { KINDS = 8 };

int clonal__trial_rounds(const clonal__trial *t)
{
    enum { ENOUGH = 2048, MOST = 16 };
    const uint64_t terms = terms_of(&t->shape);
    const uint32_t classes = t->table.m < t->table.n ? t->table.m : t->table.n;
    if (terms > DENSE_TERMS) return (int)(classes < KINDS ? (KINDS + classes - 1) / classes : 1);
    /* a small one says little, so it gets several of each kind */
    return 2 * (terms >= ENOUGH ? 1 : terms * MOST <= ENOUGH ? MOST : (int)(ENOUGH / terms + 1));
}

/* The number of the first class of a round, of so many. */
static size_t first_class(uint32_t classes, int round)
{
    return classes < KINDS ? (size_t)round * classes % KINDS : 0;
}

/* Infinities come in dense matrices of their own, since the NaNs that they make would hide the rest. */
clonal_status clonal__trial_fill(clonal_context *context, clonal__trial *t, int round)
{
    const clonal__gemm_shape *s = &t->table;
    const uint64_t seed = 1 + 2 * (uint64_t)round;
    const sizes table = sizes_of(s);
    if (terms_of(&t->shape) <= DENSE_TERMS) {
        clonal__adversarial(seed, round % 2 == 0, table.a, t->a);
        clonal__adversarial(seed + 1, round % 2 == 0, table.b, t->b);
    } else {
        clonal__adversarial_classes(seed, first_class(s->m, round), s->m, s->k, s->ta ? 1 : s->k, s->ta ? s->m : 1,
                                    t->a);
        clonal__adversarial_classes(seed + 1, first_class(s->n, round), s->n, s->k, s->tb ? s->k : 1, s->tb ? 1 : s->n,
                                    t->b);
    }
    if (s->zeros) clonal__sow_zeros(s, true, t->a);
    CLONAL__TRY(clonal__chain_gemm(s, t->a, t->b, t->expected));
    return t->by_windows ? CLONAL_OK : write_operands(context, t);
}

/* Writes what of an operand the first `count` rows or columns of C are made of; all of it, by the device, where that is
 * much. */
static clonal_status write_first(clonal_context *context, const clonal__spread *operand, uint32_t count,
                                 const float *table, float *scratch, cl_mem to)
{
    const clonal__window part = clonal__operand_part(operand, 0, count);
    if ((uint64_t)part.rows * part.columns > MEASURED_BY_HOST)
        return clonal__spread_write(context, operand, table, scratch, to);
    return clonal__spread_write_part(context, operand, &part, table, scratch, to);
}

static clonal_status write_measured(clonal_context *context, const clonal__trial *t)
{
    clonal__spread a, b, c;
    clonal__trial_spreads(t, &a, &b, &c);
    CLONAL__TRY(write_first(context, &a, t->measured_rows, t->a, t->scratch, t->device_a));
    return write_first(context, &b, t->measured_columns, t->b, t->scratch, t->device_b);
}

clonal_status clonal__trial_fill_plain(clonal_context *context, clonal__trial *t)
{
    const sizes table = sizes_of(&t->table);
    for (size_t i = 0; i < table.a; i++) t->a[i] = 1.0f + (float)(i % 7) * 0.125f;
    if (t->shape.zeros) clonal__sow_zeros(&t->table, false, t->a);
    for (size_t i = 0; i < table.b; i++) t->b[i] = 1.0f - (float)(i % 5) * 0.125f;
    return t->by_windows ? write_measured(context, t) : write_operands(context, t);
}

clonal_status clonal__trial_poison(clonal_context *context, clonal__trial *t)
{
    return clonal__buffer_fill(context, t->device_c, UINT32_MAX, sizes_of(&t->shape).c);
}

clonal_status clonal__trial_compare(clonal_context *context, clonal__trial *t, clonal__differences *wrong)
{
    clonal__spread a, b, c;
    clonal__trial_spreads(t, &a, &b, &c);
    return clonal__spread_compare(context, &c, t->expected, t->scratch, t->device_c, wrong);
}

uint32_t clonal__measured_groups(const clonal_context *context)
{
    enum { EACH = 2 };
    return EACH * clonal__all_units(context);
}

/* To how many rows a measured group may be cut: of fewer, what it costs besides its tiles would count too much. */
static uint32_t shortest_group(uint32_t k)
{
    enum { ELEMENTS = 1 << 18, LEAST = 32, MOST = 256 };
    return (uint32_t)clonal__within(ELEMENTS / k, LEAST, MOST);
}

clonal__gemm_part clonal__measured_part(const clonal_context *context, const clonal__gemm_shape *s, int variant)
{
    enum { MOST_ROWS = 1024, LEAST_ROWS = 128 };
    const uint32_t most = clonal__measured_groups(context),
                   limit = (uint32_t)clonal__within(MEASURED / s->k, LEAST_ROWS, MOST_ROWS),
                   shortest = shortest_group(s->k);
    clonal__gemm_part part = {.grid = clonal__native_grid(context, s, variant, limit, MEASURED_COLUMNS)};
    if (!part.grid.across) return part; /* none: it will not be appended */
    const uint32_t side_by_side = part.grid.columns < limit ? limit / part.grid.columns : 1;
    part.across = clonal__least(clonal__least(side_by_side, most), part.grid.across);
    part.down = clonal__ceil_div(most, part.across);
    const uint32_t rows = limit / part.down < shortest ? shortest : limit / part.down;
    part.grid = clonal__native_grid(context, s, variant, rows, MEASURED_COLUMNS);
    part.down = clonal__least(part.down, part.grid.down);
    return part;
}

bool clonal__candidates_alike(const clonal_context *context, const clonal__gemm_shape *shape,
                              const clonal__gemm_choice *a, const clonal__gemm_choice *b)
{
    if (!clonal__native_same_form(a->variant, b->variant)) return false;
    const clonal__gemm_part x = clonal__measured_part(context, shape, a->variant),
                            y = clonal__measured_part(context, shape, b->variant);
    return x.grid.rows == y.grid.rows && x.grid.columns == y.grid.columns && x.across == y.across && x.down == y.down;
}

/* Appends it, sets the contender's share, and has the trial remember what is read. */
static clonal_status append_measured(clonal__contender *one, clonal__trial *t, const clonal__gemm_buffers *buffers)
{
    const clonal__gemm_shape *s = &t->shape;
    const clonal__gemm_part part = clonal__measured_part(one->list.context, s, one->choice.variant);
    const uint32_t rows = clonal__least((uint64_t)part.down * part.grid.rows, s->m),
                   columns = clonal__least((uint64_t)part.across * part.grid.columns, s->n);
    one->share = (double)rows * columns / ((double)s->m * s->n);
    if (rows > t->measured_rows) t->measured_rows = rows;
    if (columns > t->measured_columns) t->measured_columns = columns;
    return clonal__native_append_part(&one->list, s, one->choice.variant, buffers, &part);
}

static clonal_status append(clonal__contender *one, clonal__trial *t)
{
    const clonal__gemm_buffers buffers = {.a = t->device_a, .b = t->device_b, .c = t->device_c};
    if (t->by_windows) return append_measured(one, t, &buffers);
    one->share = 1;
    return clonal__gemm_append(&one->list, &t->shape, &one->choice, &buffers, NULL);
}

/* Sets *exact to whether the candidate returns the contract's bits, and *seconds to how long it took. */
static clonal_status admitted(const clonal__contender *one, clonal__trial *t, bool *exact, double *seconds)
{
    clonal__differences wrong;
    if (t->by_windows) return clonal__windows_try(one->list.context, t, one->choice.variant, exact);
    CLONAL__TRY(clonal__trial_poison(one->list.context, t));
    CLONAL__TRY(clonal_context_finish(one->list.context));
    CLONAL__TRY(clonal__sample(&one->list, 1, seconds));
    CLONAL__TRY(clonal__trial_compare(one->list.context, t, &wrong));
    *exact = wrong.count == 0;
    if (wrong.count)
        clonal__log(CLONAL_LOG_DEBUG, "GEMM %ux%ux%u, %s %d: %zu elements have other bits, the first is %zu",
                    t->shape.m, t->shape.n, t->shape.k, one->choice.kind == CLONAL__GEMM_NATIVE ? "native" : "CLBlast",
                    one->choice.variant, wrong.count, wrong.first);
    return CLONAL_OK;
}

/* CLBlast's kernels index with int, and pad a matrix to multiples of their tiles before. */
static bool fits_clblast(const clonal__gemm_shape *s)
{
    const uint64_t m = s->m, n = s->n, k = s->k, most = UINT64_C(1) << 30;
    return m * k <= most && k * n <= most && m * n <= most;
}

size_t clonal__gemm_candidates(const clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted,
                               clonal__gemm_choice room[CLONAL__GEMM_CANDIDATES])
{
    size_t count = 0;
    int variants[CLONAL__GEMM_NATIVES];
    if (wanted != CLONAL_GEMM_CLBLAST) {
        int found = clonal__native_variants(context, shape, variants, CLONAL__GEMM_NATIVES);
        for (int i = 0; i < found; i++)
            room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_NATIVE, .variant = variants[i]};
    }
    if (wanted != CLONAL_GEMM_NATIVE && fits_clblast(shape))
        room[count++] = (clonal__gemm_choice){.kind = CLONAL__GEMM_CLBLAST};
    return count;
}

void clonal__contender_drop(clonal__contender *c, const clonal__gemm_shape *shape)
{
    c->out = true;
    clonal__log(CLONAL_LOG_WARNING, "GEMM %ux%ux%u: a candidate does not run: %s", shape->m, shape->n, shape->k,
                clonal_last_error()->message);
}

void clonal__contenders_make(clonal_context *context, clonal__trial *t, clonal__contender *all, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        all[i].list.context = context;
        if (append(&all[i], t) != CLONAL_OK) clonal__contender_drop(&all[i], &t->shape);
    }
}

clonal_status clonal__admit(clonal_context *context, clonal__trial *t, clonal__contender *all, size_t count)
{
    double taken[CLONAL__GEMM_CANDIDATES] = {0};
    const int rounds = clonal__trial_rounds(t);
    for (size_t i = 0; i < count; i++) all[i].choice.exact = true;
    for (int round = 0; round < rounds; round++) {
        CLONAL__TRY(clonal__trial_fill(context, t, round));
        for (size_t i = 0; i < count; i++) {
            bool exact = false;
            if (!all[i].out && admitted(&all[i], t, &exact, &taken[i]) != CLONAL_OK)
                clonal__contender_drop(&all[i], &t->shape);
            all[i].choice.exact = all[i].choice.exact && exact;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (all[i].choice.seconds == 0) all[i].choice.seconds = taken[i];
    return CLONAL_OK;
}

clonal_status clonal__gemm_audit(clonal_context *context, const clonal__gemm_shape *shape,
                                 clonal__gemm_choice choices[CLONAL__GEMM_CANDIDATES], size_t *count)
{
    clonal__contender all[CLONAL__GEMM_CANDIDATES] = {0};
    clonal__trial t;
    *count = clonal__gemm_candidates(context, shape, CLONAL_GEMM_AUTO, choices);
    for (size_t i = 0; i < *count; i++) all[i].choice = choices[i];
    clonal_status status = clonal__trial_create(context, shape, NULL, &t);
    if (status == CLONAL_OK) clonal__contenders_make(context, &t, all, *count);
    if (status == CLONAL_OK) status = clonal__admit(context, &t, all, *count);
    for (size_t i = 0; i < *count; i++) {
        choices[i].exact = all[i].choice.exact && !all[i].out;
        clonal__list_clear(&all[i].list);
    }
    clonal__trial_free(&t);
    return status;
}
