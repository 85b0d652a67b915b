/* work.c: what an instruction's launch does, in operations and bytes, and how it is called: for profiles. */
#include "host/compile/compile.h"

#include <stdio.h>
#include <string.h>

static uint64_t elements_of(const clonal__program *program, int value, uint32_t batch)
{
    if (value == CLONAL__NO_VALUE) return 0;
    const clonal__value *v = &program->values[value];
    return (uint64_t)clonal__value_rows(v, batch) * v->columns;
}

/* The batch's samples, which are gathered into a value. */
static uint64_t loaded_bytes(const clonal__program *program, int value, uint32_t batch, const clonal__feed *feed)
{
    const uint64_t order = feed->shuffled ? sizeof(uint32_t) : 0;
    return elements_of(program, value, batch) * (feed->is_float ? sizeof(float) : 1) + batch * order;
}

/* Elements of the optimizer's states, which an update reads and writes beside the parameter. */
static uint64_t updated_elements(const clonal__program *program, const clonal__instruction *in, uint32_t batch)
{
    const clonal__update_form *form = in->code->role == CLONAL__ROLE_UPDATE ? in->update : in->epilogue.update;
    if (!form) return 0;
    const uint64_t bias = in->epilogue.bias_update ? elements_of(program, in->bias_parameter, batch) : 0;
    return (elements_of(program, in->out, batch) + bias) * (1 + form->states);
}

clonal__work clonal__instruction_work(const clonal__program *program, const clonal__instruction *in, uint32_t batch,
                                      const clonal__feed *feed)
{
    const uint64_t out = elements_of(program, in->out, batch), updated = updated_elements(program, in, batch);
    clonal__work work = {.operations = out, .written = sizeof(float) * (updated ? updated : out)};
    bool operands = false;
    for (size_t k = 0; k < CLONAL__MOST_OPERANDS; k++) {
        work.read += in->gathered == (int)k + 1 ? loaded_bytes(program, in->in[k], batch, feed)
                                                : sizeof(float) * elements_of(program, in->in[k], batch);
        operands = operands || in->in[k] != CLONAL__NO_VALUE;
    }
    work.read += sizeof(float) * updated;
    if (in->code->role == CLONAL__ROLE_PRODUCT) {
        const clonal__gemm_shape s = clonal__gemm_shape_of(program, in, batch);
        work.operations = UINT64_C(2) * s.m * s.n * s.k;
        if (in->epilogue.bias) work.read += sizeof(float) * elements_of(program, in->bias, batch);
        if (in->epilogue.derivative || in->epilogue.gated)
            work.read += sizeof(float) * elements_of(program, in->saved, batch);
    }
    if (in->code->role == CLONAL__ROLE_COLUMN_SUM) work.operations = elements_of(program, in->in[0], batch);
    if (in->code->role == CLONAL__ROLE_LOSS) work.operations = elements_of(program, in->in[0], batch);
    if (in->code->role == CLONAL__ROLE_LOSS || in->epilogue.loss) {
        work.read += (uint64_t)batch * sizeof(uint32_t);       /* labels */
        work.written += (uint64_t)batch * (sizeof(float) + 1); /* losses, and what was right */
    }
    if (!operands) {
        work.operations = 0;
        work.read = loaded_bytes(program, in->out, batch, feed);
    }
    return work;
}

/* "gemm node.4.value" */
static void name_of(const clonal__program *program, const clonal__instruction *in, char room[96])
{
    const char *of = in->out != CLONAL__NO_VALUE     ? program->values[in->out].name
                     : in->in[0] != CLONAL__NO_VALUE ? program->values[in->in[0]].name
                                                     : "";
    snprintf(room, 96, "%s %s", in->code->name, of);
}

/* Of the launch of an instruction, or of a pair: the second stands behind the first. */
static clonal__work launch_work(const clonal__step_profile *of, const clonal__instruction *in)
{
    clonal__work work = clonal__instruction_work(of->program, in, of->batch, of->feed);
    if (!in->one_launch) return work;
    const clonal__work second = clonal__instruction_work(of->program, in + 1, of->batch, of->feed);
    work.operations += second.operations;
    work.read += second.read;
    work.written += second.written;
    return work;
}

static clonal_status describe(const clonal__step_profile *of, const clonal__instruction *in, clonal__entry *entry,
                              bool first)
{
    char name[192];
    clonal__string text = {0};
    const bool loss = in->code->role == CLONAL__ROLE_LOSS; /* its instruction names the node that it reads */
    const clonal_node node = loss ? (clonal_node)of->graph->count - 1 : in->node;
    name_of(of->program, in, name);
    clonal__instruction_print(of->program, in, of->batch, &text);
    if (in->one_launch) {
        const size_t used = strlen(name);
        snprintf(name + used, sizeof name - used, " and ");
        name_of(of->program, in + 1, name + used + strlen(" and "));
        clonal__string_append(&text, "; ");
        clonal__instruction_print(of->program, in + 1, of->batch, &text);
    }
    if (text.status == CLONAL_OK) {
        const clonal__profile_words words = {.name = name,
                                             .kernel = entry->label,
                                             .operation = node >= 0 ? of->graph->nodes[node].operation->name : "",
                                             .text = text.text,
                                             .node = node,
                                             .work = first ? launch_work(of, in) : (clonal__work){0}};
        entry->profiled = clonal__profile_describe(of->list->context, &words);
    }
    const clonal_status status = text.status;
    clonal__string_free(&text);
    return status;
}

clonal_status clonal__describe_launches(const clonal__step_profile *of)
{
    if (!of->list->context->profile) return CLONAL_OK;
    for (size_t i = 0; i < of->list->count; i++) {
        clonal__entry *entry = &of->list->entries[i];
        const bool first = i == 0 || of->list->entries[i - 1].tag != entry->tag;
        CLONAL__TRY(describe(of, &of->program->instructions[entry->tag], entry, first));
    }
    return CLONAL_OK;
}
