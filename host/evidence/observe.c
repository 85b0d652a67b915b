/* observe.c: see observe.h. */
#include "host/evidence/observe.h"

#include "host/base/encode.h"
#include <clonal/random.h>
#include <stdio.h>
#include <string.h>

typedef struct observation {
    clonal_model *model;
    const clonal__resident *resident;
    uint32_t place;
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

static clonal_status show_mask(const observation *o, const clonal__instruction *in, uint32_t rows, uint32_t columns)
{
    char name[48];
    uint8_t *keep;
    const clonal_mask_spec spec = {.p = o->model->graph->nodes[in->node].p,
                                   .seed = in->mask.seed,
                                   .stream = in->mask.stream,
                                   .step = (uint32_t)o->model->step};
    snprintf(name, sizeof name, "node.%d.mask", (int)in->node);
    CLONAL__TRY(clonal__calloc(rows, columns, &keep));
    const clonal__tensor_seen tensor = {name, in, rows, columns, NULL, keep};
    clonal_status status = make_mask(o->model->context, spec, rows, columns, keep);
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
    clonal_status status = clonal__buffer_read(o->model->context, o->resident->source.row_loss,
                                               o->place * sizeof *losses, rows * sizeof *losses, losses);
    if (status == CLONAL_OK) status = o->seen(&tensor, o->user);
    clonal__free(losses);
    return status;
}

static clonal_status show_velocity(const observation *o, const clonal__instruction *in, const clonal__value *parameter)
{
    char name[64];
    float *velocity;
    snprintf(name, sizeof name, "%s.velocity", parameter->name);
    CLONAL__TRY(clonal__calloc((size_t)parameter->rows * parameter->columns, sizeof *velocity, &velocity));
    const clonal__tensor_seen tensor = {name, in, parameter->rows, parameter->columns, velocity, NULL};
    clonal_status status = clonal__model_read_velocity(o->model, (size_t)parameter->parameter, velocity);
    if (status == CLONAL_OK) status = o->seen(&tensor, o->user);
    clonal__free(velocity);
    return status;
}

static clonal_status observe(const clonal__instruction *in, const clonal__value *value, uint32_t rows,
                             const float *values, void *user)
{
    const observation *o = user;
    bool forward = value && strstr(value->name, ".value");
    if (in->op == CLONAL__MASK && forward) CLONAL__TRY(show_mask(o, in, rows, value->columns));
    if (in->op == CLONAL__LOSS) CLONAL__TRY(show_losses(o, in, rows));
    if (in->op == CLONAL__UPDATE && o->model->velocities) CLONAL__TRY(show_velocity(o, in, value));
    if (!value) return CLONAL_OK;
    const clonal__tensor_seen tensor = {value->name, in, rows, value->columns, values, NULL};
    return o->seen(&tensor, o->user);
}

clonal_status clonal__model_observe(clonal_model *model, const clonal__resident *resident, uint32_t rows,
                                    uint32_t place, clonal__tensor_fn seen, void *user)
{
    clonal__step *step;
    observation o = {model, resident, place, seen, user};
    CLONAL__TRY(clonal__model_plain_step(model, resident, rows, &step));
    return clonal__step_observe(step, (uint32_t)model->step, place, model->weights, observe, &o);
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

void clonal__instruction_text(const clonal__program_ir *program, const clonal__instruction *in, char *room, size_t size)
{
    static const char *const names[] = {"load",    "product", "bias",           "activation",      "derivative",
                                        "dropout", "sum",     "loss, gradient", "sum of the rows", "update"};
    int at = snprintf(room, size, "%s, node %d:", names[in->op], (int)in->node);
    for (int i = 0; i < 2 && at > 0 && (size_t)at < size; i++)
        if (in->in[i] != CLONAL__NO_VALUE)
            at += snprintf(room + at, size - (size_t)at, "%s %s", i ? "," : "", program->values[in->in[i]].name);
    if (in->out != CLONAL__NO_VALUE && at > 0 && (size_t)at < size)
        snprintf(room + at, size - (size_t)at, " -> %s", program->values[in->out].name);
}
