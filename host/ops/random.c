/* random.c: Philox and dropout, as operations of the compiled step and as functions of their own. Kernels:
 * cl/philox.cl, cl/dropout.cl. */
#include "host/ops/random.h"

#include "host/base/float_environment.h"

#include <math.h>

enum { CHUNK_BYTES = 1 << 26, GROUP_WIDE = 8, GROUP_NARROW = 64, WIDE_COLUMNS = 64, NARROW_COLUMNS = 4 };

/* counter + count, as one 128-bit number. */
static void advance(uint32_t counter[4], uint64_t count)
{
    uint64_t low = ((uint64_t)counter[1] << 32 | counter[0]) + count;
    uint64_t high = ((uint64_t)counter[3] << 32 | counter[2]) + (low < count);
    counter[0] = (uint32_t)low;
    counter[1] = (uint32_t)(low >> 32);
    counter[2] = (uint32_t)high;
    counter[3] = (uint32_t)(high >> 32);
}

clonal_status clonal_philox(clonal_context *context, uint64_t seed, const uint32_t counter[4], size_t count,
                            uint32_t *words)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context && counter && (words || !count));
    enum { BLOCK_BYTES = 16 };
    size_t room = count < CHUNK_BYTES / BLOCK_BYTES ? count : CHUNK_BYTES / BLOCK_BYTES;
    uint32_t c[4] = {counter[0], counter[1], counter[2], counter[3]};
    cl_mem buffer = NULL;
    clonal__launch launch = {.dimensions = 1, .local = {GROUP_NARROW}};
    clonal_status status;
    CLONAL__TRY(clonal__kernel_create(context, "philox", NULL, "philox", &launch.kernel));
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_WRITE_ONLY, room * BLOCK_BYTES, NULL, &buffer), done);
    while (count) {
        size_t part = count < room ? count : room;
        CLONAL__TRY_GOTO(CLONAL__SET_ARGS(launch.kernel, 0, CLONAL__MEM(buffer), CLONAL__U32((cl_uint)part),
                                          CLONAL__U32X4(c[0], c[1], c[2], c[3]),
                                          CLONAL__U32X2((cl_uint)seed, (cl_uint)(seed >> 32))),
                         done);
        launch.global[0] = clonal__round_up(part, GROUP_NARROW);
        CLONAL__TRY_GOTO(clonal__launch_enqueue(context, &launch), done);
        CLONAL__TRY_GOTO(clonal__buffer_read(context, buffer, 0, part * BLOCK_BYTES, words), done);
        advance(c, part);
        words += 4 * part;
        count -= part;
    }
done:
    clonal__buffer_free(&buffer);
    clReleaseKernel(launch.kernel);
    return status;
}

clonal_status clonal_dropout_parameters(double p, uint64_t *threshold, float *scale)
{
    CLONAL__FLOATS;
    if (threshold) *threshold = 0;
    if (scale) *scale = 0;
    CLONAL__NEEDS(threshold && scale);
    if (!(p >= 0 && p <= 1))
        return clonal__fail(CLONAL_E_ARGUMENT, "the dropout probability %g is not within 0 and 1", p);
    *threshold = (uint64_t)nearbyint(ldexp(p, 32)); /* the scaling is exact */
    *scale = (float)(1.0 / (1.0 - p));
    return CLONAL_OK;
}

static int forced_form;

void clonal__dropout_force_form(int form)
{
    forced_form = form;
}

/* How wide the items are: CLONAL_WIDE of cl/lib/wide.cl. Wide vectors of 64-bit lanes pay even where a row fills a
 * tenth of an item. The widest holds 16 vectors at once, which takes the 32 registers of AVX-512. */
static int width(const clonal_context *context, uint32_t columns)
{
    if (forced_form) return forced_form - 1;
    if (!clonal__wide_vectors(context)) return 0;
    return context->info.native_float_width >= 16 && columns >= 2 * WIDE_COLUMNS ? 2 : 1;
}

/* The items of a matrix in a form. */
static uint64_t count_items(int wide, uint32_t rows, uint32_t columns)
{
    const uint32_t each = wide ? WIDE_COLUMNS * (uint32_t)wide : NARROW_COLUMNS;
    return (uint64_t)rows * (columns / each + (columns % each != 0));
}

/* Makes the form that of fewer rows. */
static void take_rows(clonal__dropout_form *form, uint32_t rows, uint32_t columns)
{
    form->items = (uint32_t)count_items(form->wide, rows, columns);
    form->global = clonal__round_up(form->items, form->group);
}

clonal_status clonal__dropout_grid(const clonal_context *context, uint32_t rows, uint32_t columns, int widest,
                                   clonal__dropout_form *form)
{
    static const char *const options[3][3] = {
        {"-DCLONAL_WIDE=0", "-DCLONAL_WIDE=1", "-DCLONAL_WIDE=2"},
        {"-DCLONAL_WIDE=0", "-DCLONAL_WIDE=1 -DCLONAL_AHEAD=256", "-DCLONAL_WIDE=2 -DCLONAL_AHEAD=256"},
        {"-DCLONAL_WIDE=0", "-DCLONAL_WIDE=1 -DCLONAL_AHEAD=256 -DCLONAL_STREAM=1",
         "-DCLONAL_WIDE=2 -DCLONAL_AHEAD=256 -DCLONAL_STREAM=1"}};
    const int wanted = width(context, columns), wide = wanted < widest ? wanted : widest;
    const bool large = clonal__streams((uint64_t)rows * columns);
    *form = (clonal__dropout_form){.options = options[clonal__wide_vectors(context) ? 1 + large : 0][wide],
                                   .group = wide ? GROUP_WIDE : GROUP_NARROW,
                                   .wide = wide};
    if (count_items(wide, rows, columns) > UINT32_MAX - GROUP_NARROW)
        return clonal__fail(CLONAL_E_SHAPE, "a matrix of %u x %u is too large for one dropout", rows, columns);
    take_rows(form, rows, columns);
    return CLONAL_OK;
}

/* A threshold of 2^32 has no room in the kernel's word: keep_any is 0 then. */
uint32_t clonal__threshold_word(uint64_t threshold)
{
    return threshold > UINT32_MAX ? UINT32_MAX : (uint32_t)threshold;
}

/* Rows of `row_bytes` are made a tile at a time, so that device memory is bounded. */
static uint32_t tile_rows(uint32_t rows, uint64_t row_bytes)
{
    uint64_t fit = row_bytes ? CHUNK_BYTES / row_bytes : rows;
    if (fit == 0) fit = 1;
    return fit < rows ? (uint32_t)fit : rows;
}

/* Arguments from row0 on; the scale follows for the kernel that has one. */
static clonal_status set_mask_args(cl_kernel kernel, cl_uint first, const clonal_mask_spec *spec, uint32_t row,
                                   uint64_t threshold)
{
    return CLONAL__SET_ARGS(kernel, first, CLONAL__U32(spec->row0 + row),
                            CLONAL__U32X2((cl_uint)spec->seed, (cl_uint)(spec->seed >> 32)), CLONAL__U32(spec->stream),
                            CLONAL__U32(spec->step), CLONAL__U32(clonal__threshold_word(threshold)),
                            CLONAL__U32(threshold <= UINT32_MAX));
}

clonal_status clonal_dropout_mask(clonal_context *context, const clonal_mask_spec *spec, uint32_t rows,
                                  uint32_t columns, uint8_t *keep)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context && spec && (keep || !rows || !columns));
    uint64_t threshold;
    float scale;
    clonal__dropout_form form;
    uint32_t room = tile_rows(rows, columns);
    clonal__launch launch = {.dimensions = 1};
    cl_mem buffer = NULL;
    clonal_status status;
    CLONAL__TRY(clonal_dropout_parameters(spec->p, &threshold, &scale));
    CLONAL__TRY(clonal__dropout_grid(context, room, columns, CLONAL__DROPOUT_WIDEST, &form));
    CLONAL__TRY(clonal__kernel_create(context, "dropout", form.options, "dropout_mask", &launch.kernel));
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_WRITE_ONLY, (size_t)room * columns, NULL, &buffer), done);
    for (uint32_t row = 0; columns && row < rows;) {
        uint32_t part = rows - row < room ? rows - row : room;
        take_rows(&form, part, columns);
        CLONAL__TRY_GOTO(
            CLONAL__SET_ARGS(launch.kernel, 0, CLONAL__MEM(buffer), CLONAL__U32(form.items), CLONAL__U32(columns)),
            done);
        CLONAL__TRY_GOTO(set_mask_args(launch.kernel, 3, spec, row, threshold), done);
        launch.global[0] = form.global;
        launch.local[0] = form.group;
        CLONAL__TRY_GOTO(clonal__launch_enqueue(context, &launch), done);
        CLONAL__TRY_GOTO(clonal__buffer_read(context, buffer, 0, (size_t)part * columns, keep + (size_t)row * columns),
                         done);
        row += part;
    }
done:
    clonal__buffer_free(&buffer);
    clReleaseKernel(launch.kernel);
    return status;
}

clonal_status clonal_dropout_apply(clonal_context *context, const clonal_mask_spec *spec, uint32_t rows,
                                   uint32_t columns, const float *x, float *y)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(context && spec && ((x && y) || !rows || !columns));
    uint64_t threshold;
    float scale;
    clonal__dropout_form form;
    uint32_t room = tile_rows(rows, (uint64_t)columns * sizeof *x);
    clonal__launch launch = {.dimensions = 1};
    cl_mem buffer = NULL;
    clonal_status status;
    CLONAL__TRY(clonal_dropout_parameters(spec->p, &threshold, &scale));
    CLONAL__TRY(clonal__dropout_grid(context, room, columns, CLONAL__DROPOUT_WIDEST, &form));
    CLONAL__TRY(clonal__kernel_create(context, "dropout", form.options, "dropout", &launch.kernel));
    CLONAL__TRY_GOTO(
        clonal__buffer_create(context, CL_MEM_READ_WRITE, (size_t)room * columns * sizeof *x, NULL, &buffer), done);
    for (uint32_t row = 0; columns && row < rows;) {
        uint32_t part = rows - row < room ? rows - row : room;
        size_t at = (size_t)row * columns, bytes = (size_t)part * columns * sizeof *x;
        take_rows(&form, part, columns);
        CLONAL__TRY_GOTO(clonal__buffer_write(context, buffer, 0, bytes, x + at), done);
        CLONAL__TRY_GOTO(CLONAL__SET_ARGS(launch.kernel, 0, CLONAL__MEM(buffer), CLONAL__MEM(buffer),
                                          CLONAL__U32(form.items), CLONAL__U32(columns)),
                         done);
        CLONAL__TRY_GOTO(set_mask_args(launch.kernel, 4, spec, row, threshold), done);
        CLONAL__TRY_GOTO(CLONAL__SET_ARGS(launch.kernel, 10, CLONAL__F32(scale)), done);
        launch.global[0] = form.global;
        launch.local[0] = form.group;
        CLONAL__TRY_GOTO(clonal__launch_enqueue(context, &launch), done);
        CLONAL__TRY_GOTO(clonal__buffer_read(context, buffer, 0, bytes, y + at), done);
        row += part;
    }
done:
    clonal__buffer_free(&buffer);
    clReleaseKernel(launch.kernel);
    return status;
}
