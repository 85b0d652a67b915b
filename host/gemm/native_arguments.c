/* native_arguments.c: see native_arguments.h. */
#include "host/gemm/native_arguments.h"

#include "host/base/contract.h"

#include <stdio.h>

const char clonal__long_by[] = "a product of so many terms with what is fused to it (--no-fusion leaves it out)";

static void add_text(clonal__option_text *to, const char *text)
{
    const int length = snprintf(to->text + to->used, sizeof to->text - to->used, "%s%s", to->used ? " " : "", text);
    to->used += length > 0 ? (size_t)length : 0;
    if (to->used >= sizeof to->text) to->used = sizeof to->text - 1; /* cut off: it will not build */
}

void clonal__options_add(clonal__option_text *to, const char *name, uint32_t value)
{
    char text[64];
    snprintf(text, sizeof text, "-D%s%s=%u", name, to->part, value);
    add_text(to, text);
}

const clonal__function *clonal__function_of(const clonal__epilogue *e)
{
    return e->activation ? e->activation : e->derivative;
}

/* Options of cl/lib/gemm_epilogue.cl, without those of add_libraries. */
void clonal__options_add_epilogue(clonal__option_text *to, const clonal__epilogue *e)
{
    const clonal__function *function = clonal__function_of(e);
    if (e->bias) clonal__options_add(to, "BIAS", 1);
    if (e->activation) clonal__options_add(to, "ACTIVATION", 1);
    if (e->dropout) clonal__options_add(to, "DROPOUT", 1);
    if (e->derivative) clonal__options_add(to, "DERIVATIVE", 1);
    if (e->gated) clonal__options_add(to, "GATED", 1);
    if (function && function->takes_argument) clonal__options_add(to, "ARGUMENT", 1);
    if (e->update) clonal__options_add(to, "UPDATE", 1);
    if (e->update) clonal__options_add(to, "BIAS_GRADIENT", e->bias_update);
    if (e->loss) clonal__options_add(to, "LOSS", 1);
}

/* A loss, which no pair has. */
static void add_loss(clonal__option_text *to, const clonal__row_loss *loss)
{
    char text[96];
    if (!loss) return;
    snprintf(text, sizeof text, "-DLOSS_BY=clonal_%.40s -DLOGITS_SPACE=__local", loss->library);
    add_text(to, text);
}

/* The function and the optimizer, either of which may be NULL. */
void clonal__options_add_libraries(clonal__option_text *to, const clonal__function *function,
                                   const clonal__update_form *update)
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

void clonal__options_add_gpu_form(clonal__option_text *to, const clonal__form *f, const clonal__gemm_shape *s,
                                  const clonal__gemm_buffers *buffers)
{
    clonal__options_add(to, "TX", f->tx);
    clonal__options_add(to, "TY", f->ty);
    clonal__options_add(to, "BK", f->steps);
    clonal__options_add(to, "FOURS", f->unroll);
    clonal__options_add(to, "SEVERAL_BLOCKS", s->k > CLONAL__CHAIN_BLOCK);
    clonal__options_add(to, "A_VW", reads_fours(s->ta ? s->m : s->k));
    clonal__options_add(to, "B_VW", reads_fours(s->tb ? s->k : s->n));
    clonal__options_add(to, "A_SAMPLES", samples_of(buffers, 1));
    clonal__options_add(to, "B_SAMPLES", samples_of(buffers, 2));
}

void clonal__options_add_tile(clonal__option_text *to, const clonal__form *f, const clonal__gemm_shape *s,
                              uint32_t rows)
{
    clonal__options_add(to, "NV", f->vectors);
    clonal__options_add(to, "MR", rows);
    clonal__options_add(to, "A_FORM", f->packs ? 2 : s->ta);
    clonal__options_add(to, "B_FORM", f->direct ? 2 : s->tb);
}

/* Of the kernel of one product, `tile` rows high. */
void clonal__options_of(const clonal_context *context, const clonal__form *f, const clonal__gemm_shape *s,
                        const clonal__gemm_buffers *buffers, const clonal__epilogue *e, uint32_t tile,
                        clonal__option_text *to)
{
    clonal__options_add(to, "VW", f->width);
    clonal__options_add_tile(to, f, s, tile);
    if (f->gpu) {
        clonal__options_add(to, "GPU", 1);
        clonal__options_add_gpu_form(to, f, s, buffers);
    } else if (f->skips) {
        clonal__options_add(to, "SKIP", 1);
        clonal__options_add(to, "KB", f->steps);
        clonal__options_add(to, "SUMS", clonal__form_skip_room(context, f).sums);
    } else if (f->packs) {
        const clonal__pack_room room = clonal__form_pack_room(context, f);
        clonal__options_add(to, "KU", f->unroll);
        clonal__options_add(to, "KB", room.steps);
        clonal__options_add(to, "ROWS", room.rows);
    } else {
        clonal__options_add(to, "KU", f->unroll);
        clonal__options_add(to, "PANEL_K", clonal__form_panel_steps(context, f, s->k));
    }
    if (!e) return;
    clonal__options_add_epilogue(to, e);
    clonal__options_add_libraries(to, clonal__function_of(e), e->update);
    add_loss(to, e->loss);
}

clonal__program_name clonal__program_of(const char *program, const char *function, const clonal__update_form *update)
{
    clonal__program_name name;
    snprintf(name.text, sizeof name.text, "%s%s%.40s%s%.40s", program, function ? "+" : "", function ? function : "",
             update ? "+" : "", update ? update->library : "");
    return name;
}

void clonal__push(clonal__arguments *to, clonal__arg argument)
{
    to->all[to->count++] = argument;
}

/* An argument that takes the value of a variable at each run; until then `argument`, of its size. */
static void push_bound(clonal__arguments *to, clonal__arg argument, unsigned variable)
{
    to->bindings[to->binding_count++] = (clonal__binding){(cl_uint)to->count, variable};
    clonal__push(to, argument);
}

/* An argument that a mask decides: bound where its probability follows a schedule. */
static void push_of_mask(clonal__arguments *to, clonal__arg argument, const clonal__mask *mask, unsigned which)
{
    if (mask->variable)
        push_bound(to, argument, mask->variable + which);
    else
        clonal__push(to, argument);
}

/* A state's buffer; the kernel does not touch one that the optimizer does not have. */
static void push_states(clonal__arguments *to, const clonal__update_form *update, const cl_mem *states, cl_mem other)
{
    for (size_t i = 0; i < CLONAL__MOST_STATES; i++)
        clonal__push(to, CLONAL__MEM(i < update->states ? states[i] : other));
}

/* Which samples the rows are. */
static void push_order(clonal__arguments *to, const clonal__gemm_buffers *buffers)
{
    clonal__push(to, CLONAL__MEM(buffers->order));
    clonal__push(to, CLONAL__U32(buffers->shuffled));
    push_bound(to, CLONAL__U32(0), CLONAL__VARIABLE_FIRST);
}

static void push_loss(clonal__arguments *to, const clonal__gemm_buffers *buffers, float scale)
{
    clonal__push(to, CLONAL__MEM(buffers->labels));
    clonal__push(to, CLONAL__F32(scale));
    clonal__push(to, CLONAL__MEM(buffers->row_loss));
    clonal__push(to, CLONAL__MEM(buffers->right));
}

/* In the order of cl/lib/gemm_arguments.cl. */
void clonal__push_epilogue(clonal__arguments *to, const clonal__gemm_shape *s, const clonal__gemm_buffers *buffers,
                           const clonal__epilogue *e)
{
    const clonal__function *function = clonal__function_of(e);
    if (e->bias) clonal__push(to, CLONAL__MEM(buffers->bias));
    if (e->dropout) {
        push_of_mask(to, clonal__mask_words(&e->mask), &e->mask, CLONAL__MASK_WORDS);
        push_bound(to, CLONAL__U32(0), CLONAL__VARIABLE_STEP);
    }
    if (e->dropout || e->gated) push_of_mask(to, CLONAL__F32(e->mask.scale), &e->mask, CLONAL__MASK_SCALE);
    if (e->derivative || e->gated) clonal__push(to, CLONAL__MEM(buffers->saved));
    if (function && function->takes_argument) clonal__push(to, CLONAL__F32(e->argument));
    if (e->update) {
        push_bound(to, CLONAL__F32X8(0), CLONAL__VARIABLE_SCALARS);
        clonal__push(to, CLONAL__MEM(buffers->w));
        push_states(to, e->update, buffers->states, buffers->w);
    }
    if (e->bias_update) {
        clonal__push(to, CLONAL__MEM(buffers->bias_w));
        push_states(to, e->update, buffers->bias_states, buffers->bias_w);
    }
    if (e->loss || buffers->gathered) push_order(to, buffers);
    if (e->loss) push_loss(to, buffers, e->loss->scale(s->m, s->n));
}

void clonal__push_operands(clonal__arguments *to, const clonal__gemm_buffers *buffers)
{
    clonal__push(to, CLONAL__MEM(buffers->a));
    clonal__push(to, CLONAL__MEM(buffers->b));
    clonal__push(to, CLONAL__MEM(buffers->c));
}

static bool is_empty(const clonal__epilogue *e)
{
    return !(e->bias || e->activation || e->dropout || e->derivative || e->gated || e->update || e->loss);
}

/* Rounds of an item's loops, however few are unrolled, in a product with an epilogue: the plan has tried it without. 0:
 * not to be asked for. */
uint64_t clonal__fused_rounds(const clonal__form *f, const clonal__gemm_shape *s, const clonal__gemm_buffers *buffers,
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
    const clonal__form *f = clonal__form_numbered(variant);
    const clonal__gemm_buffers gathered = {.gathered = operand};
    return f->gpu && !(operand == 1 ? s->ta : s->tb) && clonal__fused_rounds(f, s, &gathered, NULL) <= MOST_ROUNDS;
}
