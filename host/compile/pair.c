/* pair.c: products that do not need one another, two by two in one launch. On a GPU each alone fills a part of the
 * units, and a launch costs as much as a small product: the weights' gradient of a layer, with its update, and the
 * gradient at the layer before, which the next product makes, are such a pair. No bit changes: each product is computed
 * as it is alone. */
#include "host/compile/compile.h"

#include <string.h>

/* How far behind a product its partner is looked for. Between them stand the updates that were not fused. */
enum { REACH = 8 };

/* Operations of the smaller of a pair, at most: more keep all units at work for long enough that a launch does not
 * matter, and are then better off with the registers and the local memory of a kernel of their own. */
#define MOST_OPERATIONS (UINT64_C(1) << 30)

static bool is(int value, int other)
{
    return value != CLONAL__NO_VALUE && value == other;
}

/* Whether an instruction writes a value; an update writes the parameter that it reads, and states that nobody else
 * touches. */
static bool writes(const clonal__instruction *in, int value)
{
    return is(value, in->out) || (in->epilogue.bias_update && is(value, in->bias_parameter));
}

static bool touches(const clonal__instruction *in, int value)
{
    return value != CLONAL__NO_VALUE && (writes(in, value) || clonal__instruction_reads(in, value));
}

/* Whether two instructions must stay in their order: one touches what the other writes. */
static bool are_bound(const clonal__instruction *a, const clonal__instruction *b)
{
    return touches(b, a->out) || touches(a, b->out) || (a->epilogue.bias_update && touches(b, a->bias_parameter)) ||
           (b->epilogue.bias_update && touches(a, b->bias_parameter));
}

static bool can_pair(const clonal__instruction *in)
{
    return in->code->role == CLONAL__ROLE_PRODUCT && in->choice.kind == CLONAL__GEMM_NATIVE &&
           in->pairing == CLONAL__ALONE;
}

static uint64_t operations_of(const clonal__gemm_shape *s)
{
    return UINT64_C(2) * s->m * s->n * s->k;
}

static bool are_small(const clonal__gemm_shape shapes[2])
{
    return operations_of(&shapes[0]) <= MOST_OPERATIONS || operations_of(&shapes[1]) <= MOST_OPERATIONS;
}

/* The place behind `at` of a product that may be moved to at + 1 and be computed at once with the one there; 0: there
 * is none. */
static size_t partner_of(const clonal__program *program, size_t at, uint32_t batch)
{
    const clonal__instruction *all = program->instructions;
    for (size_t i = at + 1; i < program->instruction_count && i <= at + REACH; i++) {
        bool bound = !can_pair(&all[i]) || !clonal__native_epilogues_pair(&all[at].epilogue, &all[i].epilogue);
        for (size_t k = at; k < i && !bound; k++) bound = are_bound(&all[k], &all[i]);
        if (bound) continue;
        const clonal__gemm_shape shapes[2] = {clonal__gemm_shape_of(program, &all[at], batch),
                                              clonal__gemm_shape_of(program, &all[i], batch)};
        if (are_small(shapes)) return i;
    }
    return 0;
}

/* Moves the instruction at `from` to `to`, before it, and those between one place on. */
static void move_up(clonal__program *program, size_t from, size_t to)
{
    clonal__instruction *all = program->instructions;
    const clonal__instruction moved = all[from];
    memmove(&all[to + 1], &all[to], (from - to) * sizeof *all);
    all[to] = moved;
}

static bool in_one_launch(const clonal__program *program, const clonal_context *context, size_t at, uint32_t batch)
{
    const clonal__instruction *pair = &program->instructions[at];
    const clonal__gemm_shape shapes[2] = {clonal__gemm_shape_of(program, &pair[0], batch),
                                          clonal__gemm_shape_of(program, &pair[1], batch)};
    return clonal__native_pairs(context, shapes, (int[2]){pair[0].choice.variant, pair[1].choice.variant});
}

void clonal__pair_products(clonal__program *program, const clonal_context *context, uint32_t batch)
{
    if (!context->gpu_forms) return;
    for (size_t i = 0; i + 1 < program->instruction_count; i++) {
        clonal__instruction *pair = &program->instructions[i];
        const size_t partner = can_pair(pair) ? partner_of(program, i, batch) : 0;
        if (!partner) continue;
        move_up(program, partner, i + 1);
        pair[0].pairing = CLONAL__FIRST_OF_PAIR;
        pair[1].pairing = CLONAL__SECOND_OF_PAIR;
        pair[0].one_launch = pair[1].one_launch = in_one_launch(program, context, i, batch);
    }
}
