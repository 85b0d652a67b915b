/* memory.c: the memory plan: which values share a buffer. */
#include "host/compile/compile.h"

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

/* The values of an instruction at place `at`. */
static void extend_all(lifetime *lives, const clonal__instruction *in, size_t at)
{
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++) extend(lives, in->in[k], at);
    extend(lives, in->out, at);
    extend(lives, in->bias, at);
    extend(lives, in->saved, at);
}

/* Of a pair, which may be computed at once, all values live until both are made, also where each has a launch of its
 * own: whether they have does not change the plan then. */
static void find_lifetimes(const clonal__program *program, lifetime *lives)
{
    for (size_t i = 0; i < program->instruction_count; i++) {
        const clonal__instruction *in = &program->instructions[i];
        extend_all(lives, in, i);
        if (in->pairing == CLONAL__FIRST_OF_PAIR) extend_all(lives, in, i + 1);
    }
    if (program->output != CLONAL__NO_VALUE && !program->training)
        extend(lives, program->output, program->instruction_count);
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

/* The input whose buffer the output of the instruction may take: one of its size that ends here; NULL: there is none.
 */
static const clonal__value *reusable(const clonal__program *program, const lifetime *lives, size_t at, size_t bytes,
                                     uint32_t batch)
{
    const clonal__instruction *in = &program->instructions[at];
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS && in->code->in_place; k++) {
        if (in->in[k] == CLONAL__NO_VALUE) continue;
        const clonal__value *from = &program->values[in->in[k]];
        if (from->slot >= 0 && lives[in->in[k]].last == at && bytes_of(from, batch) == bytes) return from;
    }
    return NULL;
}

/* Gives the output of instruction `at` its slot. busy_until is one past the last instruction that touches the slot; an
 * in-place output may start where its input ends. */
static clonal_status assign_slot(clonal__program *program, const lifetime *lives, size_t at, uint32_t batch,
                                 plan *slots)
{
    const int value = program->instructions[at].out;
    clonal__value *out = &program->values[value];
    if (out->kind == CLONAL__PARAMETER || out->slot >= 0) return CLONAL_OK;
    const size_t bytes = bytes_of(out, batch);
    const clonal__value *from = reusable(program, lives, at, bytes, batch);
    if (from)
        out->slot = from->slot;
    else
        CLONAL__TRY(choose_slot(slots, bytes, at, &out->slot));
    slots->busy_until[out->slot] = lives[value].last + 1;
    return CLONAL_OK;
}

clonal_status clonal__plan_memory(clonal__program *program, uint32_t batch, size_t **slot_bytes, size_t *slot_count)
{
    lifetime *lives = NULL;
    plan slots = {0};
    *slot_bytes = NULL;
    *slot_count = 0;
    CLONAL__TRY(clonal__calloc(program->value_count, sizeof *lives, &lives));
    find_lifetimes(program, lives);
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < program->instruction_count && status == CLONAL_OK; i++)
        if (program->instructions[i].out != CLONAL__NO_VALUE) status = assign_slot(program, lives, i, batch, &slots);
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
