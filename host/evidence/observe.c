/* observe.c: see observe.h. */
#include "host/evidence/observe.h"

#include "host/base/encode.h"
#include <clonal/random.h>
#include <stdio.h>
#include <string.h>

typedef struct observation {
    clonal_model *model;
    const clonal__device_copy *data;
    uint32_t first;
    clonal__tensor_fn seen;
    void *user;
} observation;

/* In two tiles, so that a mask's dependence on its tile's first row is seen too. */
static clonal_status make_mask(clonal_context *context, clonal_mask_spec spec, uint32_t rows, uint32_t columns,
                               uint8_t *keep)
{
    uint32_t upper = rows / 2;
    if (upper) CLONAL__TRY(clonal_dropout_mask(context, &spec, upper, columns, keep));
    spec.row0 = upper;
    return clonal_dropout_mask(context, &spec, rows - upper, columns, keep + (size_t)upper * columns);
}

/* How many elements of a sample a word of the mask decides. */
static uint32_t elements_of_word(const clonal__instruction *in)
{
    return in->channel_elements ? in->channel_elements : 1;
}

static clonal_status show_mask(const observation *o, const clonal__instruction *in, uint32_t rows, uint32_t columns)
{
    char name[48];
    uint8_t *keep;
    const clonal_model *model = o->model;
    const double p = clonal__dropout_probability(&model->options.dropout_schedule, in->mask.p, model->step);
    const clonal_mask_spec spec = {
        .p = p, .seed = in->mask.seed, .stream = in->mask.stream, .step = (uint32_t)model->step};
    snprintf(name, sizeof name, "node.%d.mask", (int)in->node);
    CLONAL__TRY(clonal__calloc(rows, columns, &keep));
    const clonal__tensor_seen tensor = {name, in, rows, columns, NULL, keep};
    clonal_status status = make_mask(model->context, spec, rows, columns, keep);
    if (status == CLONAL_OK) status = o->seen(&tensor, o->user);
    clonal__free(keep);
    return status;
}

/* The loss's kernel leaves a figure for each row at the batch's place in the data. */
static clonal_status show_losses(const observation *o, const clonal__instruction *in, uint32_t rows)
{
    char name[48];
    float *losses;
    snprintf(name, sizeof name, "node.%zu.value", o->model->graph->count - 1);
    CLONAL__TRY(clonal__calloc(rows, sizeof *losses, &losses));
    const clonal__tensor_seen tensor = {name, in, rows, 1, losses, NULL};
    clonal_status status = clonal__buffer_read(o->model->context, o->data->feed.row_loss, o->first * sizeof *losses,
                                               rows * sizeof *losses, losses);
    if (status == CLONAL_OK) status = o->seen(&tensor, o->user);
    clonal__free(losses);
    return status;
}

/* The optimizer's states of a parameter. */
static clonal_status show_states(const observation *o, const clonal__instruction *in, const clonal__value *parameter)
{
    const size_t number = (size_t)parameter->parameter;
    float *values;
    CLONAL__TRY(clonal__calloc(clonal__model_elements(o->model, number), sizeof *values, &values));
    clonal_status status = CLONAL_OK;
    for (size_t k = 0; k < clonal__model_state_count(o->model) && status == CLONAL_OK; k++) {
        char name[80];
        snprintf(name, sizeof name, "%s.%s", parameter->name, clonal__model_state(o->model, k)->name);
        const clonal__tensor_seen tensor = {name, in, parameter->rows, parameter->columns, values, NULL};
        status = clonal__model_read_state(o->model, k, number, values);
        if (status == CLONAL_OK) status = o->seen(&tensor, o->user);
    }
    clonal__free(values);
    return status;
}

static clonal_status observe(const clonal__instruction *in, const clonal__value *value, uint32_t rows,
                             const float *values, void *user)
{
    const observation *o = user;
    const bool forward = value && !strstr(value->name, ".gradient"); /* the mask goes forward first */
    if (in->code->masks && forward) CLONAL__TRY(show_mask(o, in, rows, value->columns / elements_of_word(in)));
    if (in->code->role == CLONAL__ROLE_LOSS) CLONAL__TRY(show_losses(o, in, rows));
    if (in->code->role == CLONAL__ROLE_UPDATE) CLONAL__TRY(show_states(o, in, value));
    if (!value) return CLONAL_OK;
    const clonal__tensor_seen tensor = {value->name, in, rows, value->columns, values, NULL};
    return o->seen(&tensor, o->user);
}

clonal_status clonal__model_observe(clonal_model *model, const clonal__device_copy *data, uint32_t rows, uint32_t first,
                                    clonal__tensor_fn seen, void *user)
{
    clonal__step *step;
    observation o = {model, data, first, seen, user};
    CLONAL__TRY(clonal__model_unfused(model, data, rows, &step));
    return clonal__step_observe(step, model->step, first, model->parameters, observe, &o);
}

static clonal_status finish(clonal__digest *digest, char hex[CLONAL__SHORT_DIGEST])
{
    char whole[65];
    clonal_status status = clonal__digest_finish(digest, whole);
    clonal__digest_destroy(digest);
    if (status == CLONAL_OK) memcpy(hex, whole, CLONAL__SHORT_DIGEST - 1);
    return status;
}

clonal_status clonal__floats_digest(const float *values, size_t count, char hex[CLONAL__SHORT_DIGEST])
{
    clonal__digest *digest;
    memset(hex, 0, CLONAL__SHORT_DIGEST);
    CLONAL__TRY(clonal__digest_create(&digest));
    clonal__digest_f32(digest, values, count);
    return finish(digest, hex);
}

clonal_status clonal__tensor_digest(const clonal__tensor_seen *tensor, char hex[CLONAL__SHORT_DIGEST])
{
    clonal__digest *digest;
    size_t count = (size_t)tensor->rows * tensor->columns;
    if (tensor->values) return clonal__floats_digest(tensor->values, count, hex);
    memset(hex, 0, CLONAL__SHORT_DIGEST);
    CLONAL__TRY(clonal__digest_create(&digest));
    clonal__digest_update(digest, tensor->keep, count);
    return finish(digest, hex);
}

void clonal__instruction_text(const clonal__program *program, const clonal__instruction *in, char *room, size_t size)
{
    int at = snprintf(room, size, "%s, node %d:", in->code->words, (int)in->node);
    for (size_t i = 0; i < CLONAL__MOST_OPERANDS && at > 0 && (size_t)at < size; i++)
        if (in->in[i] != CLONAL__NO_VALUE)
            at += snprintf(room + at, size - (size_t)at, "%s %s", i ? "," : "", program->values[in->in[i]].name);
    if (in->out != CLONAL__NO_VALUE && at > 0 && (size_t)at < size)
        snprintf(room + at, size - (size_t)at, " -> %s", program->values[in->out].name);
}
