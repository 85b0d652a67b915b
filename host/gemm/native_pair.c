/* native_pair.c: the launch of two products at once (cl/gemm_pair.cl). */
#include "host/gemm/native_arguments.h"

#include <string.h>

/* Of a pair's group: enough for a tile of either product. */
static uint32_t pair_items(const clonal__form *f, const clonal__form *g)
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
static share share_of(const clonal__form *f, const clonal__gemm_shape *s, uint32_t items, bool bias)
{
    share of = {.at_once = items / (f->tx * f->ty),
                .panels = clonal__ceil_div(s->n, clonal__form_columns(f)),
                .rows = clonal__ceil_div(s->m, f->ty * f->rows)};
    of.groups =
        ((uint64_t)of.panels * of.rows - 1) / of.at_once + 1 + (bias ? clonal__ceil_div(of.rows, of.at_once) : 0);
    return of;
}

/* Whether a product's tiles fit a pair's groups: whole tiles at once, in local memory, and numbered so that a product
 * by sizes.s5 divides them. */
static bool fits_pair(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s, uint32_t items)
{
    const share of = share_of(f, s, items, true);
    return items % (f->tx * f->ty) == 0 &&
           of.at_once * clonal__form_local_bytes(context, f, s) <= context->info.local_memory_bytes &&
           (of.groups + 1) * of.at_once * of.panels <= UINT32_MAX;
}

bool clonal__native_pairs(const clonal_context *context, const clonal__gemm_shape shapes[2], const int variants[2])
{
    const clonal__form *f = clonal__form_numbered(variants[0]), *g = clonal__form_numbered(variants[1]);
    const uint32_t items = pair_items(f, g);
    return context->gpu_forms && f->gpu && g->gpu && fits_pair(context, f, &shapes[0], items) &&
           fits_pair(context, g, &shapes[1], items);
}

bool clonal__native_epilogues_pair(const clonal__epilogue *a, const clonal__epilogue *b)
{
    const clonal__function *f = clonal__function_of(a), *g = clonal__function_of(b);
    return !a->loss && !b->loss && (!f || !g || f == g) && (!a->update || !b->update || a->update == b->update);
}

static void push_sizes(clonal__arguments *to, const clonal__gemm_shape *s, const share *of)
{
    const uint32_t reciprocal = of->panels > 1 ? (uint32_t)(((UINT64_C(1) << 32) - 1) / of->panels + 1) : 0;
    clonal__push(to, CLONAL__U32X8(s->m, s->n, s->k, 0, 0, reciprocal, 0, (cl_uint)of->groups));
}

clonal_status clonal__native_append_pair(clonal__launch_list *list, const clonal__gemm_product products[2])
{
    const clonal__form *of[2] = {clonal__form_numbered(products[0].choice.variant),
                                 clonal__form_numbered(products[1].choice.variant)};
    const clonal__epilogue *a = products[0].epilogue, *b = products[1].epilogue;
    const clonal__function *function = clonal__function_of(a) ? clonal__function_of(a) : clonal__function_of(b);
    const clonal__update_form *update = a->update ? a->update : b->update;
    const uint32_t items = pair_items(of[0], of[1]);
    const clonal__program_name program = clonal__program_of("gemm_pair", function ? function->name : NULL, update);
    clonal__option_text options = {.part = ""};
    clonal__arguments args = {0};
    uint64_t groups = 0, rounds = 0;
    clonal__options_add(&options, "GROUP", items);
    for (int i = 0; i < 2; i++) {
        const clonal__gemm_product *p = &products[i];
        const share part = share_of(of[i], &p->shape, items, p->epilogue->bias_update);
        const uint64_t some = clonal__fused_rounds(of[i], &p->shape, &p->buffers, p->epilogue);
        options.part = i ? "_2" : "_1";
        clonal__options_add_tile(&options, of[i], &p->shape, of[i]->rows);
        clonal__options_add_gpu_form(&options, of[i], &p->shape, &p->buffers);
        clonal__options_add_epilogue(&options, p->epilogue);
        clonal__push_operands(&args, &p->buffers);
        push_sizes(&args, &p->shape, &part);
        clonal__push_epilogue(&args, &p->shape, &p->buffers, p->epilogue);
        groups += part.groups;
        rounds = some > rounds ? some : rounds;
    }
    clonal__options_add_libraries(&options, function, update);
    clonal__kernel_spec spec = {.program = program.text,
                                .options = options.text,
                                .kernel = "gemm_pair",
                                .dimensions = 1,
                                .global = {groups * items},
                                .local = {items},
                                .binding_count = args.binding_count,
                                .rounds = rounds,
                                .long_by = clonal__long_by};
    memcpy(spec.bindings, args.bindings, sizeof spec.bindings);
    return clonal__list_kernel(list, &spec, args.count, args.all);
}
