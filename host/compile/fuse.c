/* fuse.c: moves the instructions that follow a native product into its epilogue: a launch and a pass over memory less
 * each. Fusing changes no bit: the epilogue does the same operations on the same chain. It goes by the instructions'
 * roles, and knows no operation. */
#include "host/base/contract.h"
#include "host/compile/compile.h"
#include "host/compile/uses.h"

/* The only instruction that reads `value`, if it comes after `from`; -1 when there is none or several. */
static int only_reader(const clonal__uses *uses, size_t from, int value)
{
    if (value == CLONAL__NO_VALUE || uses->count[value] != 1) return -1;
    return clonal__uses_reader(uses, from + 1, value, CLONAL__ROLE_COUNT);
}

/* Fusing a reader moves it up to the product's place: what it reads besides must be there already. */
static bool made_before(const clonal__uses *uses, int value, size_t at)
{
    if (value == CLONAL__NO_VALUE || uses->program->values[value].kind == CLONAL__PARAMETER) return true;
    return uses->maker[value] < at;
}

/* A parameter may be updated at the place of clonal__uses_pass only when nothing from there on but `except` still reads
 * the old one. */
static bool read_later(const clonal__uses *uses, int value, size_t except)
{
    const size_t left = uses->count[value] - uses->before[value];
    return left > clonal__uses_by(&uses->program->instructions[except], value);
}

/* In the forward pass: bias, then a function, then a mask. */
static bool fuse_forward(clonal__instruction *product, const clonal__instruction *reader)
{
    clonal__epilogue *e = &product->epilogue;
    const bool plain = !e->bias && !e->dropout && !e->derivative;
    if (reader->code->role == CLONAL__ROLE_BIAS && plain) {
        e->bias = true;
        product->bias = reader->in[1];
        return true;
    }
    if (reader->code->role == CLONAL__ROLE_FUNCTION && e->bias && !e->activation && !e->dropout) {
        e->activation = reader->function;
        e->argument = reader->argument;
        return true;
    }
    if (reader->code->role == CLONAL__ROLE_MASK && e->bias && !e->dropout) {
        e->dropout = true;
        e->mask = reader->mask;
        return true;
    }
    return false;
}

/* In the backward pass: a mask, then a derivative. */
static bool fuse_backward(clonal__instruction *product, const clonal__instruction *reader)
{
    clonal__epilogue *e = &product->epilogue;
    if (e->bias || e->derivative) return false;
    if (reader->code->role == CLONAL__ROLE_MASK && !e->dropout) {
        e->dropout = true;
        e->mask = reader->mask;
        return true;
    }
    if (reader->code->role == CLONAL__ROLE_DERIVATIVE && product->out == reader->in[0]) {
        e->derivative = reader->function;
        e->argument = reader->argument;
        product->saved = reader->in[1];
        return true;
    }
    return false;
}

/* The update, where the product is a parameter's gradient that nobody else reads. A chain of several blocks keeps its
 * sums in C as it goes, which an update does not have. */
static bool fuse_update(const clonal__uses *uses, clonal__instruction *product, size_t reader_at, uint32_t batch)
{
    const clonal__program *program = uses->program;
    clonal__epilogue *e = &product->epilogue;
    const clonal__instruction *reader = &program->instructions[reader_at];
    if (reader->code->role != CLONAL__ROLE_UPDATE || e->bias || e->derivative) return false;
    if (!reader->update->fuses) return false;
    if (clonal__gemm_shape_of(program, product, batch).k > CLONAL__CHAIN_BLOCK) return false;
    if (read_later(uses, reader->out, reader_at)) return false;
    e->update = reader->update;
    return true;
}

/* In training, the loss of logits that nobody else reads, where the product's groups make whole rows of them: what it
 * leaves in their place is their gradient. The memory is the same, since a loss of its own works in place. */
static bool fuse_loss(const clonal__program *program, clonal__instruction *product, const clonal__instruction *reader,
                      uint32_t batch)
{
    clonal__epilogue *e = &product->epilogue;
    if (reader->code->role != CLONAL__ROLE_LOSS || reader->out == CLONAL__NO_VALUE) return false;
    if (!reader->loss->by_row || !e->bias || e->activation || e->dropout) return false;
    const clonal__gemm_shape shape = clonal__gemm_shape_of(program, product, batch);
    if (!clonal__native_holds_rows(&shape, product->choice.variant)) return false;
    e->loss = reader->loss->by_row;
    return true;
}

/* Fuses the instruction that reads the product, if it can; true when it did. */
static bool fuse_reader(clonal__uses *uses, size_t at, uint32_t batch)
{
    clonal__program *program = uses->program;
    clonal__instruction *product = &program->instructions[at];
    const int found = only_reader(uses, at, product->out);
    if (found < 0 || product->epilogue.update || product->epilogue.loss) return false;
    const clonal__instruction reader = program->instructions[found];
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++)
        if (reader.in[k] != product->out && !made_before(uses, reader.in[k], at)) return false;
    if (!fuse_forward(product, &reader) && !fuse_backward(product, &reader) &&
        !fuse_loss(program, product, &reader, batch) && !fuse_update(uses, product, (size_t)found, batch))
        return false;
    product->out = reader.out;
    uses->maker[reader.out] = at;
    clonal__uses_blank(uses, (size_t)found);
    return true;
}

/* Whether in->out is read by nothing but `mask` and a derivative that follows the backward pass of the same mask; then
 * that derivative's place, else -1. */
static int gate_behind_mask(const clonal__uses *uses, size_t at, const clonal__instruction *mask)
{
    const clonal__program *program = uses->program;
    const int value = program->instructions[at].out;
    if (uses->count[value] != 2) return -1;
    const int k = clonal__uses_reader(uses, at + 2, value, CLONAL__ROLE_DERIVATIVE);
    if (k < 0 || program->instructions[k].in[1] != value) return -1;
    const size_t maker = uses->maker[program->instructions[k].in[0]];
    if (maker <= at + 1 || maker >= (size_t)k) return -1;
    const clonal__instruction *back = &program->instructions[maker];
    return back->code->role == CLONAL__ROLE_MASK && back->mask.stream == mask->mask.stream ? k : -1;
}

/* A function's output before dropout is read by its derivative too, which keeps it from fusing. Of one that gates the
 * masked output serves as well: it is positive exactly where the element was kept and the output positive (kept
 * elements grow: 1/(1-p) >= 1). Then the backward pass needs no mask either: y > 0 ? dy * scale : +0. */
static void gate_by_masked_output(const clonal__uses *uses)
{
    clonal__program *program = uses->program;
    for (size_t i = 0; i + 1 < program->instruction_count; i++) {
        const clonal__instruction *f = &program->instructions[i], *mask = &program->instructions[i + 1];
        if (f->code->role != CLONAL__ROLE_FUNCTION || !f->function->gates || f->function->reads_input) continue;
        if (mask->code->role != CLONAL__ROLE_MASK || mask->in[0] != f->out) continue;
        const int derivative = gate_behind_mask(uses, i, mask);
        if (derivative >= 0) program->instructions[derivative].in[1] = mask->out;
    }
}

/* Whether `in` made `saved`, by a mask of this stream. */
static bool made_by_mask(const clonal__instruction *in, int saved, uint32_t stream)
{
    if (in->out != saved) return false;
    if (in->code->role == CLONAL__ROLE_MASK) return in->mask.stream == stream;
    return in->code->role == CLONAL__ROLE_PRODUCT && in->epilogue.dropout && in->epilogue.mask.stream == stream;
}

/* Dropout backward, then the derivative of what gates, both in one by the sign of the masked output. */
static void gate_and_mask_at_once(const clonal__uses *uses)
{
    clonal__program *program = uses->program;
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *product = &program->instructions[i];
        clonal__epilogue *e = &product->epilogue;
        if (product->code->role != CLONAL__ROLE_PRODUCT || !e->dropout || !e->derivative || !e->derivative->gates)
            continue;
        const size_t maker = uses->maker[product->saved];
        if (maker >= i || !made_by_mask(&program->instructions[maker], product->saved, e->mask.stream)) continue;
        e->dropout = false;
        e->derivative = NULL;
        e->gated = true;
    }
}

/* The bias's gradient and update, which sum the columns of the dy that the weights' gradient is made of, in the same
 * launch. */
static void fuse_bias_update(clonal__uses *uses, size_t at)
{
    clonal__program *program = uses->program;
    clonal__instruction *product = &program->instructions[at];
    if (!product->epilogue.update || !product->ta) return;
    const int sum = clonal__uses_reader(uses, 0, product->in[0], CLONAL__ROLE_COLUMN_SUM);
    if (sum < 0) return;
    const int gradient = program->instructions[sum].out;
    const int update = clonal__uses_reader(uses, 0, gradient, CLONAL__ROLE_UPDATE);
    if (update < (int)at || uses->count[gradient] != 1) return;
    const int parameter = program->instructions[update].out;
    if (program->instructions[update].node != product->node || read_later(uses, parameter, (size_t)update)) return;
    product->epilogue.bias_update = true;
    product->bias_parameter = parameter;
    uses->count[product->in[0]]--;
    clonal__uses_blank(uses, (size_t)sum);
    clonal__uses_blank(uses, (size_t)update);
}

/* The operand, 1 or 2, that a native product may gather from the data instead of `value`; 0: none. */
static int may_gather(const clonal__program *program, const clonal__instruction *in, int value, uint32_t batch)
{
    if (in->code->role != CLONAL__ROLE_PRODUCT || in->choice.kind != CLONAL__GEMM_NATIVE) return 0;
    const int operand = in->in[0] == value ? 1 : 2;
    const clonal__gemm_shape shape = clonal__gemm_shape_of(program, in, batch);
    return clonal__native_gathers(&shape, in->choice.variant, operand) ? operand : 0;
}

/* The batch's samples, where all who read them are products that gather them as they go. */
static void fuse_load(clonal__uses *uses, size_t at, uint32_t batch)
{
    clonal__program *program = uses->program;
    const int value = program->instructions[at].out;
    size_t read = 0;
    for (int i = -1; (i = clonal__uses_reader(uses, (size_t)(i + 1), value, CLONAL__ROLE_COUNT)) >= 0; read++)
        if (!may_gather(program, &program->instructions[i], value, batch)) return;
    if (read == 0 || read != uses->count[value]) return; /* as something else, or twice by one, too */
    for (int i = -1; (i = clonal__uses_reader(uses, (size_t)(i + 1), value, CLONAL__ROLE_COUNT)) >= 0;)
        program->instructions[i].gathered = may_gather(program, &program->instructions[i], value, batch);
    clonal__uses_blank(uses, at);
}

static void fuse(clonal__uses *uses, uint32_t batch)
{
    const clonal__program *program = uses->program;
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        if (in->code->role == CLONAL__ROLE_PRODUCT && in->choice.kind == CLONAL__GEMM_NATIVE)
            while (fuse_reader(uses, i, batch)) continue;
        clonal__uses_pass(uses, i);
    }
    gate_and_mask_at_once(uses);
    clonal__uses_restart(uses);
    for (size_t i = 0; i < program->instruction_count; i++) {
        if (program->instructions[i].code->role == CLONAL__ROLE_PRODUCT) fuse_bias_update(uses, i);
        clonal__uses_pass(uses, i);
    }
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].code->role == CLONAL__ROLE_LOAD) fuse_load(uses, i, batch);
    clonal__uses_compact(uses);
}

clonal_status clonal__fuse(clonal__program *program, uint32_t batch)
{
    clonal__uses uses;
    clonal_status status = clonal__uses_create(program, &uses);
    if (status == CLONAL_OK) gate_by_masked_output(&uses);
    clonal__uses_free(&uses);
    if (status == CLONAL_OK) status = clonal__uses_create(program, &uses); /* what gates reads another value now */
    if (status == CLONAL_OK) fuse(&uses, batch);
    clonal__uses_free(&uses);
    return status;
}
