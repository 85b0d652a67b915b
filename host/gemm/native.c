/* native.c: Clonal's own GEMM: which forms of cl/gemm_native.cl suit a device and a shape, and their launch with an
 * epilogue. */
#include "host/base/contract.h"
#include "host/gemm/gemm.h"

#include <stdio.h>
#include <string.h>

/* A form of the kernel. CPU: a register tile of rows x (vectors*width) columns, one work-item a group. GPU: groups of
 * tx x ty items, which share `steps` of k in local memory at a time. */
typedef struct form {
    bool gpu, direct;                      /* direct: B is read where it lies, not packed by the group */
    uint32_t rows, vectors, width, unroll; /* of k; on GPUs, of four k */
    uint32_t tx, ty, steps;
    bool any;   /* of GPU forms: suits CPUs without vectors too, which try few */
    bool skips; /* leaves out the zeros of A (cl/lib/gemm_skip.cl): up to `rows` rows and SKIP_PANELS panels a group */
} form;

static const form forms[] = {
    /* AVX-512: 32 registers */
    {false, false, 8, 2, 16, 2, 1, 1, 0, false, false},
    {false, false, 24, 1, 16, 2, 1, 1, 0, false, false},
    {false, true, 24, 1, 16, 2, 1, 1, 0, false, false},
    /* AVX2: 16 */
    {false, false, 6, 2, 8, 2, 1, 1, 0, false, false},
    {false, false, 12, 1, 8, 2, 1, 1, 0, false, false},
    {false, true, 6, 2, 8, 2, 1, 1, 0, false, false},
    {false, false, 4, 1, 4, 4, 1, 1, 0, false, false},
    /* GPUs: groups of 128x128 first, then ever smaller ones: a product of few groups leaves most of a GPU's units
     * without work */
    {true, false, 8, 2, 4, 4, 16, 16, 16, false, false},
    {true, false, 8, 1, 4, 4, 16, 16, 16, false, false},
    {true, false, 4, 2, 4, 4, 8, 16, 16, false, false},
    {true, false, 4, 1, 4, 1, 16, 16, 16, true, false},
    {true, false, 4, 1, 4, 1, 8, 8, 16, true, false},
    {true, false, 4, 1, 4, 8, 8, 8, 32, false, false},
    {true, false, 2, 1, 4, 16, 4, 16, 64, false, false},
    {true, false, 1, 1, 4, 8, 4, 32, 32, false, false},
    {true, false, 1, 1, 4, 8, 2, 32, 32, false, false},
    {true, false, 1, 1, 4, 16, 4, 16, 64, false, false},
    {true, false, 2, 1, 4, 1, 4, 4, 16, true, false},
    /* CPUs, where A is mostly zeros: AVX-512, AVX2 */
    {false, false, 128, 4, 16, 1, 1, 1, 128, false, true},
    {false, false, 128, 8, 8, 1, 1, 1, 128, false, true},
};
enum { FORM_COUNT = sizeof forms / sizeof *forms };

/* A variant is a form and how far it spreads: variant = form + FORM_COUNT * level. Level 0 takes all of a CPU's units;
 * level l up to 3 a 4^l-th of them, by groups as many, for products too small to pay for waking more and for moving C
 * between their caches; level FINE all units by twice the groups, for larger products of few groups: a unit that wakes
 * late is waited for less. Of forms that skip, level 0 makes two groups a unit, level 1 one, level FINE four. Not on
 * devices of short vectors. Those of none, as Mesa's llvmpipe, take GPUs' forms, whose
 * items are short: it leaves a work-item's loops after 65535 rounds in all, silently. */
enum { FEW_COLUMNS = 16 };
enum { FINE = 4, LEVELS, SMALL_FLOPS = 4 << 20, FEW_GROUPS = 8 /* a unit */ };
_Static_assert((int)FORM_COUNT *(int)LEVELS <= CLONAL__NATIVE_NUMBERS, "CLONAL__NATIVE_NUMBERS is too small");

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}
static uint32_t ceil_div(uint32_t a, uint32_t b)
{
    return a / b + (a % b != 0);
}

/* Columns of a panel, or of a GPU form's tile. */
static uint32_t panel_columns(const form *f)
{
    return f->tx * f->vectors * f->width;
}

/* Steps of k that a packed panel has room for: as many as a chain has where local memory allows, so that few programs
 * are built. */
static uint32_t panel_steps(const clonal_context *context, const form *f, uint32_t k)
{
    size_t whole = sizeof(float) * CLONAL__CHAIN_BLOCK * f->vectors * f->width;
    return k > 256 || whole <= context->info.local_memory_bytes ? CLONAL__CHAIN_BLOCK : 256;
}

/* Of a GPU form's tile in local memory, of `width` by f->steps; along_k: as cl/lib/gemm_tiles.cl has it. */
static size_t tile_floats(const form *f, uint32_t width, bool along_k)
{
    return along_k ? (size_t)width * (f->steps + 4) : (size_t)f->steps * (width + 4);
}

/* Panels of a group of a form that skips: as many as its columns have, to list A's rows once; at most SKIP_PANELS, what
 * local memory holds of their sums. */
enum { SKIP_PANELS = 7, SKIP_LEAST = 1 << 18 /* steps of a product: less is not worth its program */ };
static uint32_t skip_panels(const form *f, const clonal__gemm_shape *s)
{
    const uint32_t panels = ceil_div(s->n, f->vectors * f->width);
    return ceil_div(panels, ceil_div(panels, SKIP_PANELS));
}

static size_t skip_local_bytes(const form *f, uint32_t rows)
{
    const size_t columns = f->vectors * f->width, steps = f->steps, step = 2 * sizeof(cl_uint) /* listed */;
    return sizeof(float) * columns * (steps + (size_t)rows * SKIP_PANELS) + rows * (steps * step + sizeof(cl_uint));
}

/* The most rows of its groups: as the table has it, fewer where local memory is short. */
static uint32_t skip_rows(const clonal_context *context, const form *f)
{
    enum { LEAST = 16 };
    uint32_t rows = f->rows;
    while (rows > LEAST && skip_local_bytes(f, rows) > context->info.local_memory_bytes) rows /= 2;
    return rows;
}

static size_t local_bytes(const clonal_context *context, const form *f, const clonal__gemm_shape *s)
{
    if (f->skips) return skip_local_bytes(f, skip_rows(context, f));
    if (f->gpu)
        return sizeof(float) * 2 * (tile_floats(f, f->ty * f->rows, !s->ta) + tile_floats(f, panel_columns(f), s->tb));
    return f->direct ? 0 : sizeof(float) * panel_steps(context, f, s->k) * f->vectors * f->width;
}

bool clonal__native_holds_rows(const clonal__gemm_shape *s, int variant)
{
    const form *f = &forms[variant < 0 ? 0 : variant % FORM_COUNT];
    return f->gpu && s->n <= panel_columns(f) && s->n < 2 * f->steps && f->rows <= f->tx; /* an item a row */
}

static bool suits(const clonal_context *context, const form *f, const clonal__gemm_shape *s)
{
    const clonal_device_info *d = &context->info;
    uint32_t widest = d->native_float_width >= 16 ? 16 : d->native_float_width >= 8 ? 8 : 4;
    if (local_bytes(context, f, s) > d->local_memory_bytes) return false;
    if (f->gpu) {
        bool tiny_group = f->tx * f->ty < 64;
        if (f->tx * f->ty > d->max_group_size) return false;
        /* so few columns are classes, most likely, whose loss goes with whole rows */
        if (s->n <= FEW_COLUMNS && panel_columns(f) < s->n) return false;
        if (context->gpu_forms) return !tiny_group && (f->rows < 8 || (s->m >= 128 && s->n >= 128));
        return widest == 4 && f->any; /* CPUs that show no vectors or no local memory to speak of */
    }
    /* each candidate costs a build or four */
    if (context->gpu_forms || f->width != widest || d->native_float_width < 4) return false;
    if (f->skips) return s->zeros && (uint64_t)s->m * s->n * s->k >= SKIP_LEAST;
    bool can_direct = !s->tb && s->n % (widest == 16 ? 16 : 2 * widest) == 0;
    if (f->direct) return can_direct;
    return !can_direct || f->vectors == 2 || widest == 4; /* what the direct form replaces */
}

static uint32_t all_units(const clonal_context *context)
{
    return context->info.compute_units ? context->info.compute_units : 1;
}

/* How C is split over groups: rows of C, and panels of its columns. */
typedef struct split {
    uint32_t rows, panels;
} split;

/* CPU form, all units: as many rows as possible, since a group packs B for itself, but so that the groups fill the
 * units. */
static split split_for_all(const clonal_context *context, const form *f, const clonal__gemm_shape *s, uint32_t tile)
{
    uint32_t units = all_units(context), panels = ceil_div(s->n, f->vectors * f->width);
    uint32_t tiles = ceil_div(s->m, tile), best = tiles;
    double best_cost = 1e300;
    for (uint32_t each = tiles; each > 0; each = each > 16 ? each / 2 : each - 1) {
        uint32_t rounds = ceil_div(panels * ceil_div(tiles, each), units);
        double packing = f->direct ? 0.1 : 1.5; /* what a group costs besides its tiles, in tiles */
        double cost = rounds * (each + packing);
        if (cost < best_cost * 0.999) {
            best_cost = cost;
            best = each;
        }
    }
    return (split){best * tile, 1};
}

/* A form that skips: as many rows as it has room for, since each group packs B for itself, but enough groups. */
static split skip_split(const clonal_context *context, const form *f, const clonal__gemm_shape *s, int level)
{
    enum { LEAST_ROWS = 8 };
    const uint32_t panels = skip_panels(f, s), across = ceil_div(s->n, panels * f->vectors * f->width),
                   groups = all_units(context) * (level == FINE ? 4
                                                  : level == 0  ? 2
                                                                : 1);
    uint32_t rows = ceil_div(s->m, ceil_div(groups, across));
    rows = least(rows, skip_rows(context, f));
    return (split){rows < LEAST_ROWS ? LEAST_ROWS : rows, panels};
}

/* Whether level 0 makes few groups, of more than a tile each. */
static bool may_be_finer(const clonal_context *context, const form *f, const clonal__gemm_shape *s)
{
    const uint32_t units = all_units(context), tile = least(f->rows, s->m),
                   rows = split_for_all(context, f, s, tile).rows;
    return units > 1 && rows > tile &&
           (uint64_t)ceil_div(s->n, f->vectors * f->width) * ceil_div(s->m, rows) <= (uint64_t)FEW_GROUPS * units;
}

/* Units that take part at a level; 0: not a level of its own for this device and shape. */
static uint32_t units_at(const clonal_context *context, const form *f, const clonal__gemm_shape *s, int level)
{
    const uint32_t units = all_units(context), fewer = units >> (2 * level) ? units >> (2 * level) : 1;
    const double flops = 2.0 * s->m * s->n * s->k;
    if (level == 0) return units;
    if (f->skips) return level == FINE || level == 1 ? units : 0;
    if (f->gpu || f->width < 8) return 0;
    if (level == FINE) return flops > SMALL_FLOPS && may_be_finer(context, f, s) ? units : 0;
    bool again = units >> (2 * (level - 1)) <= 1; /* the level before was one unit */
    bool one_tile = s->n <= f->vectors * f->width && s->m <= f->rows;
    return !again && !one_tile && flops <= (double)SMALL_FLOPS * fewer ? fewer : 0;
}

int clonal__native_variants(const clonal_context *context, const clonal__gemm_shape *shape, int *variants, int room)
{
    int count = 0;
    for (int level = 0; level < LEVELS; level++)
        for (int i = 0; i < FORM_COUNT && count < room; i++)
            if (suits(context, &forms[i], shape) && units_at(context, &forms[i], shape, level))
                variants[count++] = i + FORM_COUNT * level;
    return count;
}

bool clonal__native_same_form(int a, int b)
{
    return a % FORM_COUNT == b % FORM_COUNT;
}

bool clonal__native_skips(const clonal_context *context, const clonal__gemm_shape *shape)
{
    for (int i = 0; i < FORM_COUNT; i++)
        if (forms[i].skips && suits(context, &forms[i], shape)) return true;
    return false;
}

/* Groups of a GPU form. */
static uint64_t groups_of(const form *f, const clonal__gemm_shape *s)
{
    return (uint64_t)ceil_div(s->m, f->ty * f->rows) * ceil_div(s->n, panel_columns(f));
}

int clonal__native_likely(const clonal_context *context, const clonal__gemm_shape *shape, int variants[], int count)
{
    enum { LIKELY = 2 };
    if (!context->gpu_forms || count <= LIKELY) return count;
    int first = 0; /* the largest tiles whose groups give three in four units work; else the smallest there are */
    while (first + LIKELY < count &&
           4 * groups_of(&forms[variants[first] % FORM_COUNT], shape) < 3 * (uint64_t)all_units(context))
        first++;
    for (int i = 0; i < LIKELY; i++) variants[i] = variants[first + i];
    return LIKELY;
}

static split split_of(const clonal_context *context, const form *f, const clonal__gemm_shape *s, int level,
                      uint32_t tile)
{
    uint32_t units = units_at(context, f, s, level), panels = ceil_div(s->n, f->vectors * f->width),
             tiles = ceil_div(s->m, tile);
    if (f->gpu) return (split){f->ty * f->rows, 1};
    if (f->skips) return skip_split(context, f, s, level);
    if (level == 0 || level == FINE) {
        split whole = split_for_all(context, f, s, tile);
        return level == 0 ? whole : (split){ceil_div(whole.rows / tile, 2) * tile, 1};
    }
    if (panels >= units) return (split){tiles * tile, ceil_div(panels, units)};
    return (split){ceil_div(tiles, units / panels) * tile, 1};
}

/* Build options as text. `part` stands behind the names of those that each product of a pair has for itself: "_1". */
typedef struct option_text {
    char text[1024];
    size_t used;
    const char *part;
} option_text;

static void add_text(option_text *to, const char *text)
{
    const int length = snprintf(to->text + to->used, sizeof to->text - to->used, "%s%s", to->used ? " " : "", text);
    to->used += length > 0 ? (size_t)length : 0;
    if (to->used >= sizeof to->text) to->used = sizeof to->text - 1; /* cut off: it will not build */
}

static void add_option(option_text *to, const char *name, uint32_t value)
{
    char text[64];
    snprintf(text, sizeof text, "-D%s%s=%u", name, to->part, value);
    add_text(to, text);
}

static const clonal__function *function_of(const clonal__epilogue *e)
{
    return e->activation ? e->activation : e->derivative;
}

/* Options of cl/lib/gemm_epilogue.cl, without those of add_libraries. */
static void add_epilogue(option_text *to, const clonal__epilogue *e)
{
    const clonal__function *function = function_of(e);
    if (e->bias) add_option(to, "BIAS", 1);
    if (e->activation) add_option(to, "ACTIVATION", 1);
    if (e->dropout) add_option(to, "DROPOUT", 1);
    if (e->derivative) add_option(to, "DERIVATIVE", 1);
    if (e->gated) add_option(to, "GATED", 1);
    if (function && function->takes_argument) add_option(to, "ARGUMENT", 1);
    if (e->update) add_option(to, "UPDATE", 1);
    if (e->update) add_option(to, "BIAS_GRADIENT", e->bias_update);
    if (e->loss) add_option(to, "LOSS", 1);
}

/* A loss, which no pair has. */
static void add_loss(option_text *to, const clonal__row_loss *loss)
{
    char text[96];
    if (!loss) return;
    snprintf(text, sizeof text, "-DLOSS_BY=clonal_%.40s -DLOGITS_SPACE=__local", loss->library);
    add_text(to, text);
}

/* The function and the optimizer, either of which may be NULL. */
static void add_libraries(option_text *to, const clonal__function *function, const clonal__update_form *update)
{
    char text[96];
    if (function) {
        snprintf(text, sizeof text, "-DFUNCTION=clonal_%.40s", function->name);
        add_text(to, text);
    }
    if (update) {
        snprintf(text, sizeof text, "-DUPDATE_BY=clonal_%.40s", update->library);
        add_text(to, text);
        add_text(to, update->options);
    }
}

/* Whether an operand whose stored rows are so long may be read by four floats at once: 4, or 1. */
static uint32_t reads_fours(uint32_t row)
{
    return row % 4 == 0 ? 4 : 1;
}

/* How operand 1 (A) or 2 (B) is stored: 0, as a matrix, or as samples, 1 of floats, 2 of bytes. */
static uint32_t samples_of(const clonal__gemm_buffers *buffers, int operand)
{
    return buffers->gathered != operand ? 0 : buffers->bytes ? 2 : 1;
}

static void add_gpu_form(option_text *to, const form *f, const clonal__gemm_shape *s,
                         const clonal__gemm_buffers *buffers)
{
    add_option(to, "TX", f->tx);
    add_option(to, "TY", f->ty);
    add_option(to, "BK", f->steps);
    add_option(to, "FOURS", f->unroll);
    add_option(to, "SEVERAL_BLOCKS", s->k > CLONAL__CHAIN_BLOCK);
    add_option(to, "A_VW", reads_fours(s->ta ? s->m : s->k));
    add_option(to, "B_VW", reads_fours(s->tb ? s->k : s->n));
    add_option(to, "A_SAMPLES", samples_of(buffers, 1));
    add_option(to, "B_SAMPLES", samples_of(buffers, 2));
}

static void add_tile(option_text *to, const form *f, const clonal__gemm_shape *s, uint32_t rows)
{
    add_option(to, "NV", f->vectors);
    add_option(to, "MR", rows);
    add_option(to, "A_FORM", s->ta);
    add_option(to, "B_FORM", f->direct ? 2 : s->tb);
}

/* Of the kernel of one product, `tile` rows high. */
static void options_of(const clonal_context *context, const form *f, const clonal__gemm_shape *s,
                       const clonal__gemm_buffers *buffers, const clonal__epilogue *e, uint32_t tile, option_text *to)
{
    add_option(to, "VW", f->width);
    add_tile(to, f, s, tile);
    if (f->gpu) {
        add_option(to, "GPU", 1);
        add_gpu_form(to, f, s, buffers);
    } else if (f->skips) {
        add_option(to, "SKIP", 1);
        add_option(to, "KB", f->steps);
        add_option(to, "COLUMNS", SKIP_PANELS * f->vectors * f->width);
    } else {
        add_option(to, "KU", f->unroll);
        add_option(to, "PANEL_K", panel_steps(context, f, s->k));
    }
    if (!e) return;
    add_epilogue(to, e);
    add_libraries(to, function_of(e), e->update);
    add_loss(to, e->loss);
}

/* A kernel's program, with the function, or loss, and the optimizer of its epilogues, where there are any. */
typedef struct program_name {
    char text[112];
} program_name;
static program_name program_of(const char *program, const char *function, const clonal__update_form *update)
{
    program_name name;
    snprintf(name.text, sizeof name.text, "%s%s%.40s%s%.40s", program, function ? "+" : "", function ? function : "",
             update ? "+" : "", update ? update->library : "");
    return name;
}

typedef struct arguments {
    clonal__arg all[40];
    size_t count;
    clonal__binding bindings[CLONAL__MOST_BINDINGS];
    size_t binding_count;
} arguments;

static void push(arguments *to, clonal__arg argument)
{
    to->all[to->count++] = argument;
}

/* An argument that takes the value of a variable at each run; until then `argument`, of its size. */
static void push_bound(arguments *to, clonal__arg argument, unsigned variable)
{
    to->bindings[to->binding_count++] = (clonal__binding){(cl_uint)to->count, variable};
    push(to, argument);
}

/* An argument that a mask decides: bound where its probability follows a schedule. */
static void push_of_mask(arguments *to, clonal__arg argument, const clonal__mask *mask, unsigned which)
{
    if (mask->variable)
        push_bound(to, argument, mask->variable + which);
    else
        push(to, argument);
}

/* A state's buffer; the kernel does not touch one that the optimizer does not have. */
static void push_states(arguments *to, const clonal__update_form *update, const cl_mem *states, cl_mem other)
{
    for (size_t i = 0; i < CLONAL__MOST_STATES; i++) push(to, CLONAL__MEM(i < update->states ? states[i] : other));
}

/* Which samples the rows are. */
static void push_order(arguments *to, const clonal__gemm_buffers *buffers)
{
    push(to, CLONAL__MEM(buffers->order));
    push(to, CLONAL__U32(buffers->shuffled));
    push_bound(to, CLONAL__U32(0), CLONAL__VARIABLE_FIRST);
}

static void push_loss(arguments *to, const clonal__gemm_buffers *buffers, float scale)
{
    push(to, CLONAL__MEM(buffers->labels));
    push(to, CLONAL__F32(scale));
    push(to, CLONAL__MEM(buffers->row_loss));
    push(to, CLONAL__MEM(buffers->right));
}

/* In the order of cl/lib/gemm_arguments.cl. */
static void push_epilogue(arguments *to, const clonal__gemm_shape *s, const clonal__gemm_buffers *buffers,
                          const clonal__epilogue *e)
{
    const clonal__function *function = function_of(e);
    if (e->bias) push(to, CLONAL__MEM(buffers->bias));
    if (e->dropout) {
        push_of_mask(to, clonal__mask_words(&e->mask), &e->mask, CLONAL__MASK_WORDS);
        push_bound(to, CLONAL__U32(0), CLONAL__VARIABLE_STEP);
    }
    if (e->dropout || e->gated) push_of_mask(to, CLONAL__F32(e->mask.scale), &e->mask, CLONAL__MASK_SCALE);
    if (e->derivative || e->gated) push(to, CLONAL__MEM(buffers->saved));
    if (function && function->takes_argument) push(to, CLONAL__F32(e->argument));
    if (e->update) {
        push_bound(to, CLONAL__F32X8(0), CLONAL__VARIABLE_SCALARS);
        push(to, CLONAL__MEM(buffers->w));
        push_states(to, e->update, buffers->states, buffers->w);
    }
    if (e->bias_update) {
        push(to, CLONAL__MEM(buffers->bias_w));
        push_states(to, e->update, buffers->bias_states, buffers->bias_w);
    }
    if (e->loss || buffers->gathered) push_order(to, buffers);
    if (e->loss) push_loss(to, buffers, e->loss->scale(s->m, s->n));
}

static void push_operands(arguments *to, const clonal__gemm_buffers *buffers)
{
    push(to, CLONAL__MEM(buffers->a));
    push(to, CLONAL__MEM(buffers->b));
    push(to, CLONAL__MEM(buffers->c));
}

static bool is_empty(const clonal__epilogue *e)
{
    return !(e->bias || e->activation || e->dropout || e->derivative || e->gated || e->update || e->loss);
}

/* Rounds of an item's loops, however few are unrolled, in a product with an epilogue: the plan has tried it without. 0:
 * not to be asked for. */
static uint64_t fused_rounds(const form *f, const clonal__gemm_shape *s, const clonal__gemm_buffers *buffers,
                             const clonal__epilogue *e)
{
    enum { EPILOGUE = 4096 };
    const uint64_t steps = 1 + f->vectors + f->rows * (1 + f->vectors),
                   fetches = (buffers->gathered ? 3 : 2) * (f->rows / f->tx + 4 * f->vectors / f->ty + 2),
                   loss = e && e->loss ? UINT64_C(4) * s->n + 1 : 0; /* one row, as host/ops/loss_rows.h has it */
    return f->gpu && (buffers->gathered || (e && !is_empty(e))) ? s->k * (steps + fetches) + EPILOGUE + loss : 0;
}

bool clonal__native_gathers(const clonal__gemm_shape *s, int variant, int operand)
{
    enum { MOST_ROUNDS = 65535 }; /* of rusticl: a product so long keeps its load's launch, which costs it little */
    const form *f = &forms[variant < 0 ? 0 : variant % FORM_COUNT];
    const clonal__gemm_buffers gathered = {.gathered = operand};
    return f->gpu && !(operand == 1 ? s->ta : s->tb) && fused_rounds(f, s, &gathered, NULL) <= MOST_ROUNDS;
}

static const char long_by[] = "a product of so many terms with what is fused to it (--no-fusion leaves it out)";

/* Rows of a tile of C; of a form that skips, the most of a group. */
static uint32_t tile_rows(const clonal_context *context, const form *f, const clonal__gemm_shape *s)
{
    if (f->skips) return skip_rows(context, f);
    return f->gpu ? f->rows : least(f->rows, s->m); /* a direct A has no rows to spare */
}

/* Which groups of a split are launched: `across` by `down`, from the first ones on, of `side` that are side by side. */
typedef struct grid_part {
    split part;
    uint32_t first_across, first_down, across, down, side;
} grid_part;

static clonal__arg sizes_of(const clonal_context *context, const form *f, const clonal__gemm_shape *s,
                            const grid_part *g)
{
    if (!f->skips)
        return CLONAL__U32X8(s->m, s->n, s->k, g->part.rows, g->part.panels, 0, g->first_across, g->first_down);
    /* PoCL's first thread takes one group more than its share: a form that skips has one that does nothing, the last of
     * these, since its groups are few. */
    const cl_uint idle = g->across * g->down / all_units(context), first = g->first_down * g->side + g->first_across;
    return CLONAL__U32X8(s->m, s->n, s->k, g->part.rows, g->part.panels, g->side, first, idle);
}

static clonal_status append_groups(clonal__launch_list *list, const clonal__gemm_shape *s, const form *f,
                                   const clonal__gemm_buffers *buffers, const clonal__epilogue *e, const grid_part *g)
{
    const clonal__epilogue none = {0};
    if (!e) e = &none;
    const program_name program = program_of("gemm_native",
                                            e->loss          ? e->loss->library
                                            : function_of(e) ? function_of(e)->name
                                                             : NULL,
                                            e->update);
    option_text options = {.part = ""};
    arguments a = {0};
    options_of(list->context, f, s, buffers, e, tile_rows(list->context, f, s), &options);
    push_operands(&a, buffers);
    push(&a, sizes_of(list->context, f, s, g));
    push_epilogue(&a, s, buffers, e);
    const size_t across = g->across, down = g->down;
    clonal__kernel_spec spec = {.program = program.text,
                                .options = options.text,
                                .kernel = f->gpu     ? "gemm_groups"
                                          : f->skips ? "gemm_rows"
                                                     : "gemm_tiles",
                                .dimensions = 2,
                                .global = {f->skips ? across * down + 1 : across * f->tx, f->skips ? 1 : down * f->ty},
                                .local = {f->tx, f->ty},
                                .binding_count = a.binding_count,
                                .rounds = fused_rounds(f, s, buffers, e),
                                .long_by = long_by};
    memcpy(spec.bindings, a.bindings, sizeof spec.bindings);
    return clonal__list_kernel(list, &spec, a.count, a.all);
}

/* The variant's form, or NULL where it is none for the shape. */
static const form *form_of(const clonal_context *context, const clonal__gemm_shape *s, int variant)
{
    if (variant < 0 || variant / FORM_COUNT >= LEVELS) return NULL;
    const form *f = &forms[variant % FORM_COUNT];
    return units_at(context, f, s, variant / FORM_COUNT) ? f : NULL;
}

static clonal_status fail_variant(const clonal__gemm_shape *s, int variant)
{
    return clonal__fail(CLONAL_E_INTERNAL, "there is no native GEMM variant %d for %ux%ux%u", variant, s->m, s->n,
                        s->k);
}

clonal_status clonal__native_append(clonal__launch_list *list, const clonal__gemm_shape *s, int variant,
                                    const clonal__gemm_buffers *buffers, const clonal__epilogue *e)
{
    const form *f = form_of(list->context, s, variant);
    if (!f) return fail_variant(s, variant);
    if (e && e->loss && !clonal__native_holds_rows(s, variant))
        return clonal__fail(CLONAL_E_INTERNAL, "the native GEMM variant %d has no whole rows of %ux%ux%u", variant,
                            s->m, s->n, s->k);
    if (buffers->gathered && !clonal__native_gathers(s, variant, buffers->gathered))
        return clonal__fail(CLONAL_E_INTERNAL, "the native GEMM variant %d gathers no operand %d", variant,
                            buffers->gathered);
    const split part = split_of(list->context, f, s, variant / FORM_COUNT, tile_rows(list->context, f, s));
    const bool bias_update = e && e->bias_update; /* one more panel, or group: the bias's gradient */
    const uint32_t panels = ceil_div(s->n, panel_columns(f)),
                   across = f->skips ? ceil_div(panels, part.panels) + bias_update
                                     : ceil_div(panels + bias_update, part.panels);
    const grid_part all = {part, 0, 0, across, ceil_div(s->m, part.rows), across};
    return append_groups(list, s, f, buffers, e, &all);
}

clonal__gemm_grid clonal__native_grid(const clonal_context *context, const clonal__gemm_shape *s, int variant,
                                      uint32_t most_rows, uint32_t most_columns)
{
    const form *f = form_of(context, s, variant);
    if (!f) return (clonal__gemm_grid){0};
    const uint32_t tile = tile_rows(context, f, s), panel = panel_columns(f);
    split part = split_of(context, f, s, variant / FORM_COUNT, tile);
    if (f->skips)
        part.rows = least(part.rows, most_rows);
    else if (!f->gpu && part.rows > most_rows)
        part.rows = most_rows < tile ? tile : most_rows / tile * tile;
    if (part.panels * panel > most_columns) part.panels = most_columns < panel ? 1 : most_columns / panel;
    const uint32_t columns = part.panels * panel;
    return (clonal__gemm_grid){part.rows, columns, ceil_div(s->m, part.rows), ceil_div(s->n, columns)};
}

clonal_status clonal__native_append_part(clonal__launch_list *list, const clonal__gemm_shape *s, int variant,
                                         const clonal__gemm_buffers *buffers, const clonal__gemm_part *part)
{
    const form *f = form_of(list->context, s, variant);
    const clonal__gemm_grid *grid = &part->grid;
    if (!f) return fail_variant(s, variant);
    const grid_part some = {
        {grid->rows, grid->columns / panel_columns(f)},  part->first_across, part->first_down, part->across, part->down,
        part->first_across ? grid->across : part->across};
    return append_groups(list, s, f, buffers, NULL, &some);
}

/* Of a pair's group: enough for a tile of either product. */
static uint32_t pair_items(const form *f, const form *g)
{
    const uint32_t a = f->tx * f->ty, b = g->tx * g->ty;
    return a > b ? a : b;
}

/* Groups of `items` items, each of which makes some tiles at once, that one product of a pair takes; and the other
 * numbers of cl/gemm_pair.cl. */
typedef struct share {
    uint64_t groups;
    uint32_t at_once, panels, rows;
} share;
static share share_of(const form *f, const clonal__gemm_shape *s, uint32_t items, bool bias)
{
    share of = {.at_once = items / (f->tx * f->ty),
                .panels = ceil_div(s->n, panel_columns(f)),
                .rows = ceil_div(s->m, f->ty * f->rows)};
    of.groups = ((uint64_t)of.panels * of.rows - 1) / of.at_once + 1 + (bias ? ceil_div(of.rows, of.at_once) : 0);
    return of;
}

/* Whether a product's tiles fit a pair's groups: whole tiles at once, in local memory, and numbered so that a product
 * by sizes.s5 divides them. */
static bool fits_pair(const clonal_context *context, const form *f, const clonal__gemm_shape *s, uint32_t items)
{
    const share of = share_of(f, s, items, true);
    return items % (f->tx * f->ty) == 0 &&
           of.at_once * local_bytes(context, f, s) <= context->info.local_memory_bytes &&
           (of.groups + 1) * of.at_once * of.panels <= UINT32_MAX;
}

bool clonal__native_pairs(const clonal_context *context, const clonal__gemm_shape shapes[2], const int variants[2])
{
    const form *f = &forms[variants[0] % FORM_COUNT], *g = &forms[variants[1] % FORM_COUNT];
    const uint32_t items = pair_items(f, g);
    return context->gpu_forms && f->gpu && g->gpu && fits_pair(context, f, &shapes[0], items) &&
           fits_pair(context, g, &shapes[1], items);
}

bool clonal__native_epilogues_pair(const clonal__epilogue *a, const clonal__epilogue *b)
{
    const clonal__function *f = function_of(a), *g = function_of(b);
    return !a->loss && !b->loss && (!f || !g || f == g) && (!a->update || !b->update || a->update == b->update);
}

static void push_sizes(arguments *to, const clonal__gemm_shape *s, const share *of)
{
    const uint32_t reciprocal = of->panels > 1 ? (uint32_t)(((UINT64_C(1) << 32) - 1) / of->panels + 1) : 0;
    push(to, CLONAL__U32X8(s->m, s->n, s->k, 0, 0, reciprocal, 0, (cl_uint)of->groups));
}

clonal_status clonal__native_append_pair(clonal__launch_list *list, const clonal__gemm_product products[2])
{
    const form *of[2] = {&forms[products[0].choice.variant % FORM_COUNT],
                         &forms[products[1].choice.variant % FORM_COUNT]};
    const clonal__epilogue *a = products[0].epilogue, *b = products[1].epilogue;
    const clonal__function *function = function_of(a) ? function_of(a) : function_of(b);
    const clonal__update_form *update = a->update ? a->update : b->update;
    const uint32_t items = pair_items(of[0], of[1]);
    const program_name program = program_of("gemm_pair", function ? function->name : NULL, update);
    option_text options = {.part = ""};
    arguments args = {0};
    uint64_t groups = 0, rounds = 0;
    add_option(&options, "GROUP", items);
    for (int i = 0; i < 2; i++) {
        const clonal__gemm_product *p = &products[i];
        const share part = share_of(of[i], &p->shape, items, p->epilogue->bias_update);
        const uint64_t some = fused_rounds(of[i], &p->shape, &p->buffers, p->epilogue);
        options.part = i ? "_2" : "_1";
        add_tile(&options, of[i], &p->shape, of[i]->rows);
        add_gpu_form(&options, of[i], &p->shape, &p->buffers);
        add_epilogue(&options, p->epilogue);
        push_operands(&args, &p->buffers);
        push_sizes(&args, &p->shape, &part);
        push_epilogue(&args, &p->shape, &p->buffers, p->epilogue);
        groups += part.groups;
        rounds = some > rounds ? some : rounds;
    }
    add_libraries(&options, function, update);
    clonal__kernel_spec spec = {.program = program.text,
                                .options = options.text,
                                .kernel = "gemm_pair",
                                .dimensions = 1,
                                .global = {groups * items},
                                .local = {items},
                                .binding_count = args.binding_count,
                                .rounds = rounds,
                                .long_by = long_by};
    memcpy(spec.bindings, args.bindings, sizeof spec.bindings);
    return clonal__list_kernel(list, &spec, args.count, args.all);
}
