/* native.c: the launch of Clonal's own GEMM, whole or in part, with an epilogue. */
#include "host/gemm/native_arguments.h"

#include <string.h>

/* Which groups of a split are launched: `across` by `down`, from the first ones on, of `side` that are side by side. */
typedef struct grid_part {
    clonal__split part;
    uint32_t first_across, first_down, across, down, side;
} grid_part;

static clonal__arg sizes_of(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s,
                            const grid_part *g)
{
    if (!f->skips)
        return CLONAL__U32X8(s->m, s->n, s->k, g->part.rows, g->part.panels, 0, g->first_across, g->first_down);
    /* PoCL's first thread takes one group more than its share: a form that skips has one that does nothing, the last of
     * these, since its groups are few. */
    const cl_uint idle = g->across * g->down / clonal__all_units(context),
                  first = g->first_down * g->side + g->first_across;
    return CLONAL__U32X8(s->m, s->n, s->k, g->part.rows, g->part.panels, g->side, first, idle);
}

static clonal_status append_groups(clonal__launch_list *list, const clonal__gemm_shape *s, const clonal__form *f,
                                   const clonal__gemm_buffers *buffers, const clonal__epilogue *e, const grid_part *g)
{
    const clonal__epilogue none = {0};
    if (!e) e = &none;
    const clonal__program_name program = clonal__program_of("gemm_native",
                                                            e->loss                  ? e->loss->library
                                                            : clonal__function_of(e) ? clonal__function_of(e)->name
                                                                                     : NULL,
                                                            e->update);
    clonal__option_text options = {.part = ""};
    clonal__arguments a = {0};
    clonal__options_of(list->context, f, s, buffers, e, clonal__form_rows(list->context, f, s), &options);
    clonal__push_operands(&a, buffers);
    clonal__push(&a, sizes_of(list->context, f, s, g));
    clonal__push_epilogue(&a, s, buffers, e);
    const size_t across = g->across, down = g->down;
    clonal__kernel_spec spec = {.program = program.text,
                                .options = options.text,
                                .kernel = f->gpu     ? "gemm_groups"
                                          : f->skips ? "gemm_rows"
                                          : f->packs ? "gemm_blocks"
                                                     : "gemm_tiles",
                                .dimensions = 2,
                                .global = {f->skips ? across * down + 1 : across * f->tx, f->skips ? 1 : down * f->ty},
                                .local = {f->tx, f->ty},
                                .binding_count = a.binding_count,
                                .rounds = clonal__fused_rounds(f, s, buffers, e),
                                .long_by = clonal__long_by};
    memcpy(spec.bindings, a.bindings, sizeof spec.bindings);
    return clonal__list_kernel(list, &spec, a.count, a.all);
}

static clonal_status fail_variant(const clonal__gemm_shape *s, int variant)
{
    return clonal__fail(CLONAL_E_INTERNAL, "there is no native GEMM variant %d for %ux%ux%u", variant, s->m, s->n,
                        s->k);
}

clonal_status clonal__native_append(clonal__launch_list *list, const clonal__gemm_shape *s, int variant,
                                    const clonal__gemm_buffers *buffers, const clonal__epilogue *e)
{
    const clonal__form *f = clonal__form_of(list->context, s, variant);
    if (!f) return fail_variant(s, variant);
    if (e && e->loss && !clonal__native_holds_rows(s, variant))
        return clonal__fail(CLONAL_E_INTERNAL, "the native GEMM variant %d has no whole rows of %ux%ux%u", variant,
                            s->m, s->n, s->k);
    if (buffers->gathered && !clonal__native_gathers(s, variant, buffers->gathered))
        return clonal__fail(CLONAL_E_INTERNAL, "the native GEMM variant %d gathers no operand %d", variant,
                            buffers->gathered);
    const clonal__split part = clonal__form_split(list->context, s, variant);
    const bool bias_update = e && e->bias_update; /* one more panel, or group: the bias's gradient */
    const uint32_t panels = clonal__ceil_div(s->n, clonal__form_columns(f)),
                   across = f->skips ? clonal__ceil_div(panels, part.panels) + bias_update
                                     : clonal__ceil_div(panels + bias_update, part.panels);
    const grid_part all = {part, 0, 0, across, clonal__ceil_div(s->m, part.rows), across};
    return append_groups(list, s, f, buffers, e, &all);
}

clonal__gemm_grid clonal__native_grid(const clonal_context *context, const clonal__gemm_shape *s, int variant,
                                      uint32_t most_rows, uint32_t most_columns)
{
    const clonal__form *f = clonal__form_of(context, s, variant);
    if (!f) return (clonal__gemm_grid){0};
    const uint32_t tile = clonal__form_rows(context, f, s), panel = clonal__form_columns(f);
    clonal__split part = clonal__form_split(context, s, variant);
    if (f->skips)
        part.rows = clonal__least(part.rows, most_rows);
    else if (!f->gpu && part.rows > most_rows)
        part.rows = most_rows < tile ? tile : most_rows / tile * tile;
    if (part.panels * panel > most_columns) part.panels = most_columns < panel ? 1 : most_columns / panel;
    const uint32_t columns = part.panels * panel;
    return (clonal__gemm_grid){part.rows, columns, clonal__ceil_div(s->m, part.rows), clonal__ceil_div(s->n, columns)};
}

clonal_status clonal__native_append_part(clonal__launch_list *list, const clonal__gemm_shape *s, int variant,
                                         const clonal__gemm_buffers *buffers, const clonal__gemm_part *part)
{
    const clonal__form *f = clonal__form_of(list->context, s, variant);
    const clonal__gemm_grid *grid = &part->grid;
    if (!f) return fail_variant(s, variant);
    const grid_part some = {{grid->rows, grid->columns / clonal__form_columns(f)},
                            part->first_across,
                            part->first_down,
                            part->across,
                            part->down,
                            part->first_across ? grid->across : part->across};
    return append_groups(list, s, f, buffers, NULL, &some);
}
