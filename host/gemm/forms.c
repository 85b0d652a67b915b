/* forms.c: see forms.h. */
#include "host/gemm/forms.h"

#include "host/base/contract.h"

#include <math.h>

static const clonal__form forms[] = {
    /* AVX-512: 32 registers */
    {false, false, 8, 2, 16, 2, 1, 1, 0, false, false, false},
    {false, false, 6, 4, 16, 2, 1, 1, 0, false, false, false},
    {false, false, 24, 1, 16, 2, 1, 1, 0, false, false, false},
    {false, true, 24, 1, 16, 2, 1, 1, 0, false, false, false},
    /* AVX2: 16 */
    {false, false, 6, 2, 8, 2, 1, 1, 0, false, false, false},
    {false, false, 12, 1, 8, 2, 1, 1, 0, false, false, false},
    {false, true, 6, 2, 8, 2, 1, 1, 0, false, false, false},
    {false, false, 4, 1, 4, 4, 1, 1, 0, false, false, false},
    /* GPUs: groups of 128x128 first, then ever smaller ones: a product of few groups leaves most of a GPU's units
     * without work */
    {true, false, 8, 2, 4, 4, 16, 16, 16, false, false, false},
    {true, false, 8, 1, 4, 4, 16, 16, 16, false, false, false},
    {true, false, 4, 2, 4, 4, 8, 16, 16, false, false, false},
    {true, false, 4, 1, 4, 1, 16, 16, 16, true, false, false},
    {true, false, 4, 1, 4, 1, 8, 8, 16, true, false, false},
    {true, false, 4, 1, 4, 8, 8, 8, 32, false, false, false},
    {true, false, 2, 1, 4, 16, 4, 16, 64, false, false, false},
    {true, false, 1, 1, 4, 8, 4, 32, 32, false, false, false},
    {true, false, 1, 1, 4, 8, 2, 32, 32, false, false, false},
    {true, false, 1, 1, 4, 16, 4, 16, 64, false, false, false},
    {true, false, 2, 1, 4, 1, 4, 4, 16, true, false, false},
    /* CPUs, where A is mostly zeros: AVX-512, AVX2 */
    {false, false, 0, 4, 16, 1, 1, 1, 128, false, true, false},
    {false, false, 0, 8, 8, 1, 1, 1, 128, false, true, false},
    /* CPUs, where A is stored (K,M) and large: AVX-512, AVX2 */
    {false, false, 6, 4, 16, 2, 1, 1, 0, false, false, true},
    {false, false, 6, 2, 8, 2, 1, 1, 0, false, false, true},
};
enum { FORM_COUNT = sizeof forms / sizeof *forms, AVX512_TWO = 0, AVX512_FOUR = 1, AVX2_TWO = 4 };

/* A variant is a form and how far it spreads: variant = form + FORM_COUNT * level. Level 0 takes all of a CPU's units;
 * level l up to 3 a 4^l-th of them, by groups as many, for products too small to pay for waking more and for moving C
 * between their caches; level FINE all units by twice the groups, for larger products of few groups: a unit that wakes
 * late is waited for less. Of forms that skip, level 0 makes two groups a unit, level 1 one, level FINE four. Forms
 * that pack A have level 0 alone. Not on devices of short vectors. Those of none, as Mesa's llvmpipe, take GPUs' forms,
 * whose items are short: it leaves a work-item's loops after 65535 rounds in all, silently. */
enum { FINE = 4, LEVELS, SMALL_FLOPS = 4 << 20, FEW_GROUPS = 8 /* a unit */ };
_Static_assert((int)FORM_COUNT *(int)LEVELS <= CLONAL__NATIVE_NUMBERS, "CLONAL__NATIVE_NUMBERS is too small");

/* So few columns are classes, most likely, whose loss goes with whole rows. */
enum { FEW_COLUMNS = 16 };

enum { NARROW = 64 };

/* Whether a product is so narrow, or so low, that it fills no wide tiles of CPUs. */
static bool is_narrow(const clonal__gemm_shape *s)
{
    return s->m < NARROW || s->n < NARROW;
}

uint32_t clonal__form_panel_steps(const clonal_context *context, const clonal__form *f, uint32_t k)
{
    size_t whole = sizeof(float) * CLONAL__CHAIN_BLOCK * f->vectors * f->width;
    return k > 256 || whole <= context->info.local_memory_bytes ? CLONAL__CHAIN_BLOCK : 256;
}

/* Of a GPU form's tile in local memory, of `width` by f->steps; along_k: as cl/lib/gemm_tiles.cl has it. */
static size_t tile_floats(const clonal__form *f, uint32_t width, bool along_k)
{
    return along_k ? (size_t)width * (f->steps + 4) : (size_t)f->steps * (width + 4);
}

enum { SKIP_LEAST = 1 << 18 /* steps of a product: less is not worth the program of a form that skips */ };

static size_t skip_local_bytes(const clonal__form *f, const clonal__skip_room *room)
{
    const size_t columns = f->vectors * f->width, steps = f->steps, step = 2 * sizeof(cl_uint) /* listed */;
    return sizeof(float) * columns * (steps + room->sums) + room->rows * (steps * step + sizeof(cl_uint));
}

/* What drivers of CPUs call local memory is a core's second cache. */
clonal__skip_room clonal__form_skip_room(const clonal_context *context, const clonal__form *f)
{
    static const clonal__skip_room rooms[] = {{256, 4096}, {256, 2048}, {128, 1024}, {64, 512}, {32, 256}, {16, 128}};
    size_t i = 0;
    while (i + 1 < sizeof rooms / sizeof *rooms && skip_local_bytes(f, &rooms[i]) > context->info.local_memory_bytes)
        i++;
    return rooms[i];
}

enum { PACK_LEAST = 1 << 26 /* steps of a product: a smaller A stays in the caches as it is */, PACK_COLUMNS = 128 };

/* What a group of a form that packs A has in local memory: A's rows of a block, a piece of B, and sums. */
static size_t pack_local_bytes(const clonal__form *f, const clonal__pack_room *room)
{
    enum { LINE = 16 }; /* GEMM_LINE of cl/gemm_native.cl */
    const size_t columns = f->vectors * f->width;
    return sizeof(float) *
           (room->rows / f->rows * (CLONAL__CHAIN_BLOCK * f->rows + LINE) + (room->steps + room->rows) * columns);
}

/* All steps of a block at once are the fastest: sums stay in registers. */
clonal__pack_room clonal__form_pack_room(const clonal_context *context, const clonal__form *f)
{
    enum { ALL = CLONAL__CHAIN_BLOCK, FEW = 128 };
    static const clonal__pack_room rooms[] = {{132, ALL}, {132, FEW}, {96, FEW}, {60, FEW}, {48, FEW}, {24, FEW}};
    size_t i = 0;
    while (i + 1 < sizeof rooms / sizeof *rooms && pack_local_bytes(f, &rooms[i]) > context->info.local_memory_bytes)
        i++;
    return rooms[i];
}

size_t clonal__form_local_bytes(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    if (f->skips) {
        const clonal__skip_room room = clonal__form_skip_room(context, f);
        return skip_local_bytes(f, &room);
    }
    if (f->packs) {
        const clonal__pack_room room = clonal__form_pack_room(context, f);
        return pack_local_bytes(f, &room);
    }
    if (f->gpu)
        return sizeof(float) * 2 *
               (tile_floats(f, f->ty * f->rows, !s->ta) + tile_floats(f, clonal__form_columns(f), s->tb));
    return f->direct ? 0 : sizeof(float) * clonal__form_panel_steps(context, f, s->k) * f->vectors * f->width;
}

const clonal__form *clonal__form_numbered(int variant)
{
    return &forms[variant < 0 ? 0 : variant % FORM_COUNT];
}

bool clonal__native_holds_rows(const clonal__gemm_shape *s, int variant)
{
    const clonal__form *f = &forms[variant < 0 ? 0 : variant % FORM_COUNT];
    return f->gpu && s->n <= clonal__form_columns(f) && s->n < 2 * f->steps && f->rows <= f->tx; /* an item a row */
}

/* Whether a form that packs A suits it: where one does, fewer of the others are tried. */
static bool packs_suit(const clonal__gemm_shape *s)
{
    return s->ta && (uint64_t)s->m * s->n * s->k >= PACK_LEAST && !is_narrow(s) && s->n >= PACK_COLUMNS;
}

static bool fits(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    return clonal__form_local_bytes(context, f, s) <= context->info.local_memory_bytes;
}

/* Whether a CPU form is left out since another one that has room is faster on the shape: a tile of one vector reads a
 * number of A for each fma, and one of two vectors reads more than one of four. */
static bool is_slower(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    const clonal__form *two = &forms[f->width == 16 ? AVX512_TWO : AVX2_TWO];
    if (f->vectors == 1) return f->width > 4 && !is_narrow(s) && fits(context, two, s);
    return f == two && f->width == 16 && packs_suit(s) && fits(context, &forms[AVX512_FOUR], s);
}

/* The longest vectors that the CPU forms are to use: the device's own, but that a panel of them has to fit. */
static uint32_t widest_of(const clonal_device_info *d)
{
    for (uint32_t width = 16; width > 4; width /= 2)
        if (d->native_float_width >= width && sizeof(float) * CLONAL__CHAIN_BLOCK * width <= d->local_memory_bytes)
            return width;
    return 4;
}

static bool suits(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    const clonal_device_info *d = &context->info;
    const uint32_t widest = widest_of(d);
    if (!fits(context, f, s)) return false;
    if (f->gpu) {
        bool tiny_group = f->tx * f->ty < 64;
        if (f->tx * f->ty > d->max_group_size) return false;
        if (s->n <= FEW_COLUMNS && clonal__form_columns(f) < s->n) return false;
        if (context->gpu_forms) return !tiny_group && (f->rows < 8 || (s->m >= 128 && s->n >= 128));
        return widest == 4 && f->any; /* CPUs that show no vectors or no local memory to speak of */
    }
    /* each candidate costs a build or four */
    if (context->gpu_forms || f->width != widest || d->native_float_width < 4) return false;
    if (f->skips) return s->zeros && s->n > NARROW / 2 && (uint64_t)s->m * s->n * s->k >= SKIP_LEAST;
    if (f->packs) return packs_suit(s);
    if (is_slower(context, f, s)) return false;
    if (f->vectors == 4 && is_narrow(s)) return false;
    const bool can_direct = !s->tb && s->n % (widest == 16 ? 16 : 2 * widest) == 0;
    if (f->direct) return can_direct;
    return !can_direct || f->vectors > 1 || widest == 4; /* what the direct form replaces */
}

/* Of a GPU whose driver counts short vector engines, as Intel's does, as many are one unit as a group takes. */
uint32_t clonal__all_units(const clonal_context *context)
{
    enum { GROUP = 64 /* items, at least */ };
    const clonal_device_info *info = &context->info;
    const uint32_t units = info->compute_units ? info->compute_units : 1, lanes = clonal__unit_lanes(info);
    return info->type == CLONAL_DEVICE_GPU && lanes < GROUP ? clonal__ceil_div(units, GROUP / lanes) : units;
}

/* CPU form, all units: as many rows as possible, since a group packs B for itself, but so that the groups fill the
 * units. */
static clonal__split split_for_all(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s,
                                   uint32_t tile)
{
    uint32_t units = clonal__all_units(context), panels = clonal__ceil_div(s->n, f->vectors * f->width);
    uint32_t tiles = clonal__ceil_div(s->m, tile), best = tiles;
    double best_cost = 1e300;
    for (uint32_t each = tiles; each > 0; each = each > 16 ? each / 2 : each - 1) {
        uint32_t rounds = clonal__ceil_div(panels * clonal__ceil_div(tiles, each), units);
        double packing = f->direct ? 0.1 : 1.5; /* what a group costs besides its tiles, in tiles */
        double cost = rounds * (each + packing);
        if (cost < best_cost * 0.999) {
            best_cost = cost;
            best = each;
        }
    }
    return (clonal__split){best * tile, 1};
}

/* A form that skips: a group lists A's rows once for all of its panels and packs B's panels once for all of its rows,
 * so that tall and wide ones do less of both; but there have to be enough of them. */
static clonal__split skip_split(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s,
                                int level)
{
    enum { LEAST_ROWS = 8 };
    const clonal__skip_room room = clonal__form_skip_room(context, f);
    const uint32_t panels = clonal__ceil_div(s->n, f->vectors * f->width), most = clonal__ceil_div(s->m, LEAST_ROWS),
                   groups = clonal__all_units(context) * (level == FINE ? 4
                                                          : level == 0  ? 2
                                                                        : 1);
    const double listing = s->ta ? 3 : 2, packing = s->tb ? 3 : 1; /* of an element */
    clonal__split best = {LEAST_ROWS, 1};
    double best_cost = HUGE_VAL;
    for (uint32_t down = clonal__ceil_div(s->m, room.rows); down <= most; down++) {
        const uint32_t even = clonal__ceil_div(s->m, down), rows = even < LEAST_ROWS ? LEAST_ROWS : even,
                       fit = clonal__least(room.sums / rows, panels), wanted = clonal__ceil_div(groups, down),
                       least = clonal__ceil_div(panels, fit),
                       across = clonal__least(wanted > least ? wanted : least, panels);
        const double cost = listing * s->m * across + packing * s->n * down;
        const bool enough = (uint64_t)across * down >= groups || down == most;
        if (enough && cost < best_cost)
            best_cost = cost, best = (clonal__split){rows, clonal__ceil_div(panels, across)};
        if (down >= groups) break; /* more of them hardly pay */
    }
    return best;
}

/* A form that packs A: rows as local memory has room for, evenly, and so many panels for each time that A is packed
 * that the units end together. */
static clonal__split pack_split(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    enum { MOST_COLUMNS = 512, PACKING = 10 /* what packing A costs, in columns */ };
    const uint32_t units = clonal__all_units(context), tiles = clonal__ceil_div(s->m, f->rows),
                   down = clonal__ceil_div(tiles, clonal__form_pack_room(context, f).rows / f->rows),
                   panel = f->vectors * f->width, panels = clonal__ceil_div(s->n, panel);
    clonal__split best = {clonal__ceil_div(tiles, down) * f->rows, 1};
    double best_cost = HUGE_VAL;
    for (uint32_t each = clonal__least(panels, MOST_COLUMNS / panel); each > 0; each--) {
        const double rounds = clonal__ceil_div(down * clonal__ceil_div(panels, each), units),
                     cost = rounds * (each * panel + PACKING);
        if (cost < best_cost) best_cost = cost, best.panels = each;
    }
    return best;
}

/* Whether level 0 makes few groups, of more than a tile each. */
static bool may_be_finer(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    const uint32_t units = clonal__all_units(context), tile = clonal__least(f->rows, s->m),
                   rows = split_for_all(context, f, s, tile).rows;
    return units > 1 && rows > tile &&
           (uint64_t)clonal__ceil_div(s->n, f->vectors * f->width) * clonal__ceil_div(s->m, rows) <=
               (uint64_t)FEW_GROUPS * units;
}

/* Whether a form that skips has other groups at a level than at level 0: tall products all have the tallest. */
static bool skips_otherwise(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s,
                            int level)
{
    if (level != FINE && level != 1) return false;
    const clonal__split a = skip_split(context, f, s, level), b = skip_split(context, f, s, 0);
    return a.rows != b.rows || a.panels != b.panels;
}

/* Units that take part at a level; 0: not a level of its own for this device and shape. */
static uint32_t units_at(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s, int level)
{
    const uint32_t units = clonal__all_units(context), fewer = units >> (2 * level) ? units >> (2 * level) : 1;
    const double flops = 2.0 * s->m * s->n * s->k;
    if (level == 0) return units;
    if (f->skips) return skips_otherwise(context, f, s, level) ? units : 0;
    if (f->gpu || f->packs || f->width < 8) return 0;
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
static uint64_t groups_of(const clonal__form *f, const clonal__gemm_shape *s)
{
    return (uint64_t)clonal__ceil_div(s->m, f->ty * f->rows) * clonal__ceil_div(s->n, clonal__form_columns(f));
}

int clonal__native_likely(const clonal_context *context, const clonal__gemm_shape *shape, int variants[], int count)
{
    enum { LIKELY = 2 };
    if (!context->gpu_forms || count <= LIKELY) return count;
    int first = 0; /* the largest tiles whose groups give three in four units work; else the smallest there are */
    while (first + LIKELY < count &&
           4 * groups_of(&forms[variants[first] % FORM_COUNT], shape) < 3 * (uint64_t)clonal__all_units(context))
        first++;
    for (int i = 0; i < LIKELY; i++) variants[i] = variants[first + i];
    return LIKELY;
}

uint32_t clonal__form_rows(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s)
{
    if (f->skips) return clonal__form_skip_room(context, f).rows;
    return f->gpu ? f->rows : clonal__least(f->rows, s->m); /* a direct A has no rows to spare */
}

clonal__split clonal__form_split(const clonal_context *context, const clonal__gemm_shape *s, int variant)
{
    const int level = variant / FORM_COUNT;
    const clonal__form *f = clonal__form_numbered(variant);
    const uint32_t tile = clonal__form_rows(context, f, s);
    uint32_t units = units_at(context, f, s, level), panels = clonal__ceil_div(s->n, f->vectors * f->width),
             tiles = clonal__ceil_div(s->m, tile);
    if (f->gpu) return (clonal__split){f->ty * f->rows, 1};
    if (f->skips) return skip_split(context, f, s, level);
    if (f->packs) return pack_split(context, f, s);
    if (level == 0 || level == FINE) {
        clonal__split whole = split_for_all(context, f, s, tile);
        return level == 0 ? whole : (clonal__split){clonal__ceil_div(whole.rows / tile, 2) * tile, 1};
    }
    if (panels >= units) return (clonal__split){tiles * tile, clonal__ceil_div(panels, units)};
    return (clonal__split){clonal__ceil_div(tiles, units / panels) * tile, 1};
}

const clonal__form *clonal__form_of(const clonal_context *context, const clonal__gemm_shape *s, int variant)
{
    if (variant < 0 || variant / FORM_COUNT >= LEVELS) return NULL;
    const clonal__form *f = &forms[variant % FORM_COUNT];
    return units_at(context, f, s, variant / FORM_COUNT) ? f : NULL;
}
