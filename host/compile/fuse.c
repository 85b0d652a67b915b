/* fuse.c: moves the instructions that follow a native GEMM into its epilogue: one launch and one pass over memory less
 * each. Fusing changes no bit: the epilogue does the same operations on the same chain. */
#include "host/ir/program.h"

/* The only instruction that reads `value`, if it comes after `from`; -1 when there is none or several. */
static int only_reader(const clonal__program_ir *program, size_t from, int value)
{
    if (value == CLONAL__NO_VALUE || clonal__value_uses(program, value) != 1) return -1;
    for (size_t i = from + 1; i < program->instruction_count; i++)
        if (program->instructions[i].in[0] == value || program->instructions[i].in[1] == value) return (int)i;
    return -1;
}

static void remove_instruction(clonal__program_ir *program, size_t at)
{
    for (size_t i = at; i + 1 < program->instruction_count; i++)
        program->instructions[i] = program->instructions[i + 1];
    program->instruction_count--;
}

/* Fusing a reader moves it up to the GEMM's place: what it reads besides must be there already. */
static bool made_before(const clonal__program_ir *program, int value, size_t at)
{
    if (value == CLONAL__NO_VALUE || program->values[value].kind == CLONAL__PARAMETER) return true;
    for (size_t i = 0; i < at; i++)
        if (program->instructions[i].out == value) return true;
    return false;
}

/* A parameter may be updated at `at` only when nothing after it still reads the old one. */
static bool read_later(const clonal__program_ir *program, int value, size_t from, size_t except)
{
    for (size_t i = from; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        if (i != except && (in->in[0] == value || in->in[1] == value || in->bias == value)) return true;
    }
    return false;
}

static bool forward_reader(clonal__instruction *gemm, const clonal__instruction *reader, bool simple)
{
    clonal__epilogue *e = &gemm->epilogue;
    if (reader->op == CLONAL__BIAS && simple) {
        e->bias = true;
        gemm->bias = reader->in[1];
        return true;
    }
    if (reader->op == CLONAL__FUNCTION && e->bias && e->activation == CLONAL__IDENTITY && !e->dropout) {
        e->activation = reader->function;
        return true;
    }
    if (reader->op == CLONAL__MASK && e->bias && !e->dropout) {
        e->dropout = true;
        e->mask = reader->mask;
        return true;
    }
    return false;
}

static bool backward_reader(clonal__instruction *gemm, const clonal__instruction *reader)
{
    clonal__epilogue *e = &gemm->epilogue;
    if (e->bias) return false;
    if (reader->op == CLONAL__MASK && !e->dropout && e->derivative == CLONAL__IDENTITY) {
        e->dropout = true;
        e->mask = reader->mask;
        return true;
    }
    if (reader->op == CLONAL__DERIVATIVE && e->derivative == CLONAL__IDENTITY && gemm->out == reader->in[0]) {
        e->derivative = reader->function;
        gemm->saved = reader->in[1];
        return true;
    }
    return false;
}

/* A chain of several blocks keeps its sums in C as it goes, which an update does not have. */
#define ONE_BLOCK 1024

static bool update_reader(const clonal__program_ir *program, clonal__instruction *gemm,
                          const clonal__instruction *reader, size_t at, size_t reader_at, uint32_t batch,
                          const clonal__sgd *sgd)
{
    clonal__epilogue *e = &gemm->epilogue;
    bool plain = !e->bias && !e->dropout && e->derivative == CLONAL__IDENTITY;
    if (reader->op != CLONAL__UPDATE || !plain || clonal__gemm_shape_of(program, gemm, batch).k > ONE_BLOCK ||
        read_later(program, reader->out, at, reader_at))
        return false;
    e->update = true;
    e->sgd = *sgd;
    return true;
}

/* Fuses the instruction that reads the GEMM's output, if it can; true when it did. */
static bool fuse_reader(clonal__program_ir *program, size_t at, uint32_t batch, const clonal__sgd *sgd)
{
    clonal__instruction *gemm = &program->instructions[at];
    int found = only_reader(program, at, gemm->out);
    if (found < 0 || gemm->epilogue.update) return false;
    clonal__instruction reader = program->instructions[found];
    bool simple = !gemm->epilogue.bias && !gemm->epilogue.dropout && gemm->epilogue.derivative == CLONAL__IDENTITY;
    if (!made_before(program, reader.in[1], at)) return false;
    if (!forward_reader(gemm, &reader, simple) && !backward_reader(gemm, &reader) &&
        !update_reader(program, gemm, &reader, at, (size_t)found, batch, sgd))
        return false;
    gemm->out = reader.out;
    remove_instruction(program, (size_t)found);
    return true;
}

/* ReLU's output before dropout is read by its derivative too, which keeps it from fusing; the masked output serves as
 * well: it is positive exactly where the element was kept and ReLU's output positive (kept elements grow: 1/(1-p) >=
 * 1). Then the backward pass needs no mask either: y > 0 ? dy * scale : +0. */
static void relu_by_masked_output(clonal__program_ir *program)
{
    for (size_t i = 0; i + 1 < program->instruction_count; i++) {
        clonal__instruction *relu = &program->instructions[i], *mask = &program->instructions[i + 1];
        if (relu->op != CLONAL__FUNCTION || relu->function != CLONAL__F_RELU || mask->op != CLONAL__MASK ||
            mask->in[0] != relu->out)
            continue;
        for (size_t k = i + 2; k < program->instruction_count; k++) {
            clonal__instruction *in = &program->instructions[k];
            if (in->op != CLONAL__DERIVATIVE || in->in[1] != relu->out) continue;
            /* only behind the backward pass of the same mask, and nothing else */
            for (size_t j = i + 2; j < k; j++)
                if (program->instructions[j].op == CLONAL__MASK && program->instructions[j].out == in->in[0] &&
                    program->instructions[j].mask.stream == mask->mask.stream &&
                    clonal__value_uses(program, relu->out) == 2)
                    in->in[1] = mask->out;
        }
    }
}

/* dropout backward, then relu', both in one epilogue, by the sign of the masked output. */
static void relu_and_mask_backward(clonal__program_ir *program)
{
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *gemm = &program->instructions[i];
        clonal__epilogue *e = &gemm->epilogue;
        if (gemm->op != CLONAL__GEMM || !e->dropout || e->derivative != CLONAL__F_RELU) continue;
        for (size_t k = 0; k < i; k++) {
            const clonal__instruction *forward = &program->instructions[k];
            bool masked = forward->out == gemm->saved &&
                          ((forward->op == CLONAL__MASK && forward->mask.stream == e->mask.stream) ||
                           (forward->op == CLONAL__GEMM && forward->epilogue.dropout &&
                            forward->epilogue.mask.stream == e->mask.stream));
            if (!masked) continue;
            e->dropout = false;
            e->derivative = CLONAL__IDENTITY;
            e->masked_by_saved = true;
        }
    }
}

static int find_instruction(const clonal__program_ir *program, clonal__opcode op, int in0)
{
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].op == op && program->instructions[i].in[0] == in0) return (int)i;
    return -1;
}

/* The bias's gradient and update, which sum the columns of the dy that the weights' gradient is made of, in the same
 * launch. */
static void bias_update(clonal__program_ir *program, size_t at)
{
    clonal__instruction *gemm = &program->instructions[at];
    int sum = find_instruction(program, CLONAL__COLUMN_SUM, gemm->in[0]);
    if (!gemm->epilogue.update || !gemm->ta || sum < 0) return;
    int gradient = program->instructions[sum].out, update = find_instruction(program, CLONAL__UPDATE, gradient);
    if (update < (int)at || clonal__value_uses(program, gradient) != 1) return;
    int parameter = program->instructions[update].out;
    if (program->instructions[update].node != gemm->node || read_later(program, parameter, at, (size_t)update)) return;
    gemm->epilogue.bias_update = true;
    gemm->bias_parameter = parameter;
    remove_instruction(program, (size_t)(sum > update ? sum : update));
    remove_instruction(program, (size_t)(sum > update ? update : sum));
}

clonal_status clonal__fuse(clonal__program_ir *program, uint32_t batch, const clonal__sgd *sgd)
{
    relu_by_masked_output(program);
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].op == CLONAL__GEMM && program->instructions[i].choice.kind == CLONAL__GEMM_NATIVE)
            while (fuse_reader(program, i, batch, sgd)) continue;
    relu_and_mask_backward(program);
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].op == CLONAL__GEMM) bias_update(program, i);
    return CLONAL_OK;
}
