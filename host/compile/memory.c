/* memory.c: the memory plan: which values share a buffer. */
#include "host/ir/program.h"

/* First and last instruction at which a value must be whole. The output of an evaluation is read by the host
 * afterwards. */
typedef struct lifetime {
    size_t first, last;
    bool used;
} lifetime;

static void extend(lifetime *lives, int value, size_t at)
{
    if (value == CLONAL__NO_VALUE) return;
    lifetime *life = &lives[value];
    if (!life->used) *life = (lifetime){at, at, true};
    life->last = at;
}

static void find_lifetimes(const clonal__program_ir *program, lifetime *lives)
{
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        const int touched[] = {in->out, in->in[0], in->in[1], in->bias, in->saved};
        for (size_t k = 0; k < sizeof touched / sizeof *touched; k++) extend(lives, touched[k], i);
    }
    if (program->output != CLONAL__NO_VALUE && !program->training)
        extend(lives, program->output, program->instruction_count);
}

/* Operations that read an element before they write the same one: their output may take the buffer of an input that
 * ends there. */
static bool in_place(const clonal__instruction *in)
{
    switch (in->op) {
    case CLONAL__BIAS:
    case CLONAL__FUNCTION:
    case CLONAL__DERIVATIVE:
    case CLONAL__MASK:
    case CLONAL__SUM:
    case CLONAL__LOSS:
        return true;
    default:
        return false;
    }
}

static size_t bytes_of(const clonal__value *value, uint32_t batch)
{
    return sizeof(float) * clonal__value_rows(value, batch) * value->columns;
}

typedef struct plan {
    size_t *bytes;
    size_t *busy_until;
    size_t count;
} plan;

/* The smallest free slot that is large enough, else the largest free one (which grows), else a new one. `from`: the
 * first instruction at which the slot must be free. */
static clonal_status choose_slot(plan *slots, size_t bytes, size_t from, int *chosen)
{
    *chosen = -1;
    for (size_t s = 0; s < slots->count; s++) {
        if (slots->busy_until[s] > from) continue;
        if (*chosen < 0) {
            *chosen = (int)s;
            continue;
        }
        size_t have = slots->bytes[*chosen], can = slots->bytes[s];
        bool better = have >= bytes ? can >= bytes && can < have : can > have;
        if (better) *chosen = (int)s;
    }
    if (*chosen < 0) {
        CLONAL__TRY(clonal__grow(&slots->bytes, slots->count + 1, sizeof *slots->bytes));
        CLONAL__TRY(clonal__grow(&slots->busy_until, slots->count + 1, sizeof *slots->busy_until));
        slots->bytes[slots->count] = 0;
        *chosen = (int)slots->count++;
    }
    if (slots->bytes[*chosen] < bytes) slots->bytes[*chosen] = bytes;
    return CLONAL_OK;
}

/* busy_until is one past the last instruction that touches the slot; an in-place output may start where its input ends.
 */
static clonal_status place(clonal__program_ir *program, const lifetime *lives, size_t at, uint32_t batch, plan *slots)
{
    const clonal__instruction *in = &program->instructions[at];
    clonal__value *out = &program->values[in->out];
    if (out->kind == CLONAL__PARAMETER || out->slot >= 0) return CLONAL_OK;
    size_t bytes = bytes_of(out, batch);
    for (int k = 0; k < 2 && in_place(in); k++) {
        if (in->in[k] == CLONAL__NO_VALUE) continue;
        const clonal__value *from = &program->values[in->in[k]];
        if (from->slot < 0 || lives[in->in[k]].last != at || from->columns != out->columns || from->kind != out->kind)
            continue;
        out->slot = from->slot;
        slots->busy_until[out->slot] = lives[in->out].last + 1;
        return CLONAL_OK;
    }
    CLONAL__TRY(choose_slot(slots, bytes, at, &out->slot));
    slots->busy_until[out->slot] = lives[in->out].last + 1;
    return CLONAL_OK;
}

clonal_status clonal__plan_memory(clonal__program_ir *program, uint32_t batch, size_t **slot_bytes, size_t *slot_count)
{
    lifetime *lives = NULL;
    plan slots = {0};
    *slot_bytes = NULL;
    *slot_count = 0;
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *lives, &lives));
    find_lifetimes(program, lives);
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < program->instruction_count && status == CLONAL_OK; i++)
        if (program->instructions[i].out != CLONAL__NO_VALUE) status = place(program, lives, i, batch, &slots);
    clonal__free(lives);
    clonal__free(slots.busy_until);
    if (status != CLONAL_OK) {
        clonal__free(slots.bytes);
        return status;
    }
    *slot_bytes = slots.bytes;
    *slot_count = slots.count;
    return CLONAL_OK;
}
