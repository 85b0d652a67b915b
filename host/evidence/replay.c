/* replay.c: two runs trained side by side from one state, step by step, until their bits part; then that step once
 * more, one operation at a time. */
#include "host/base/file.h"
#include "host/base/safetensors.h"
#include "host/evidence/diff.h"
#include "host/run/restore.h"
#include "host/run/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Everything that a step starts from: parameters, then the optimizer's states. */
typedef struct state {
    float *values[2]; /* of both sides, after the step in work */
    float *before;    /* before it, of both */
    float *losses[2]; /* of the step's rows */
    size_t count;
} state;

static clonal_status transfer(clonal_model *model, float *read, const float *write)
{
    size_t at = 0;
    for (size_t i = 0; i < model->shapes.parameter_count; i++) {
        CLONAL__TRY(read ? clonal_model_read_parameter(model, i, read + at)
                         : clonal_model_write_parameter(model, i, write + at));
        at += clonal__model_elements(model, i);
    }
    for (size_t k = 0; k < clonal__model_state_count(model); k++)
        for (size_t i = 0; i < model->shapes.parameter_count; i++) {
            CLONAL__TRY(read ? clonal__model_read_state(model, k, i, read + at)
                             : clonal__model_write_state(model, k, i, write + at));
            at += clonal__model_elements(model, i);
        }
    return CLONAL_OK;
}

static clonal_status make_state(const clonal_model *model, state *s)
{
    for (size_t i = 0; i < model->shapes.parameter_count; i++)
        s->count += clonal__model_elements(model, i) * (1 + clonal__model_state_count(model));
    CLONAL__TRY(clonal__calloc(s->count, sizeof(float), &s->before));
    for (int i = 0; i < 2; i++) {
        CLONAL__TRY(clonal__calloc(s->count, sizeof(float), &s->values[i]));
        CLONAL__TRY(clonal__calloc(model->options.batch, sizeof(float), &s->losses[i]));
    }
    return CLONAL_OK;
}

static void free_state(state *s)
{
    clonal__free(s->before);
    for (int i = 0; i < 2; i++) {
        clonal__free(s->values[i]);
        clonal__free(s->losses[i]);
    }
}

/* Bits, but one NaN is as another. */
static bool same(float a, float b)
{
    return (a != a && b != b) || memcmp(&a, &b, sizeof a) == 0;
}

static size_t first_difference(const float *a, const float *b, size_t count)
{
    size_t i = 0;
    while (i < count && same(a[i], b[i])) i++;
    return i;
}

/* Floats counted from -inf up; both zeros are 0. */
static int64_t ordinal(float x)
{
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? -(int64_t)(bits & 0x7fffffff) : bits;
}

static uint64_t ulp_distance(float a, float b)
{
    if (a != a || b != b) return UINT64_MAX;
    int64_t x = ordinal(a), y = ordinal(b);
    return (uint64_t)(x > y ? x - y : y - x);
}

/* Fills in where two tensors (rows,columns) differ. */
static void tell(clonal_difference *out, const char *name, uint32_t rows, uint32_t columns, const float *a,
                 const float *b)
{
    size_t count = (size_t)rows * columns, at = first_difference(a, b, count);
    out->kind = CLONAL_DIFFERENCE_ELEMENT;
    snprintf(out->tensor, sizeof out->tensor, "%s", name);
    out->rows = rows;
    out->columns = columns;
    out->row = (uint32_t)(at / columns);
    out->column = (uint32_t)(at % columns);
    out->a = a[at];
    out->b = b[at];
    out->ulp = ulp_distance(a[at], b[at]);
    for (size_t i = at; i < count; i++) out->elements += !same(a[i], b[i]);
}

/* ---- one step, operation by operation ---- */

typedef struct kept_tensor {
    char name[64];
    uint32_t rows, columns;
    float *values;
} kept_tensor;

typedef struct operations {
    clonal__diff *d;
    kept_tensor *kept; /* the first side's, in order */
    size_t count, at;
    const clonal__program *program;
    bool found;
} operations;

/* A mask as 0 and 1. */
static clonal_status as_floats(const clonal__tensor_seen *t, float **values)
{
    size_t count = (size_t)t->rows * t->columns;
    CLONAL__TRY(clonal__calloc(count, sizeof(float), values));
    for (size_t i = 0; i < count; i++) (*values)[i] = t->values ? t->values[i] : t->keep[i];
    return CLONAL_OK;
}

static clonal_status keep(const clonal__tensor_seen *t, void *user)
{
    operations *o = user;
    kept_tensor k = {.rows = t->rows, .columns = t->columns};
    snprintf(k.name, sizeof k.name, "%s", t->name);
    CLONAL__TRY(clonal__grow(&o->kept, o->count + 1, sizeof k));
    CLONAL__TRY(as_floats(t, &k.values));
    o->kept[o->count++] = k;
    return CLONAL_OK;
}

/* CLONAL_E_MISMATCH ends the step at the first difference. */
static clonal_status hold_against(const clonal__tensor_seen *t, void *user)
{
    operations *o = user;
    float *values;
    const kept_tensor *k = o->at < o->count ? &o->kept[o->at++] : NULL;
    if (!k || strcmp(k->name, t->name) != 0 || k->rows != t->rows || k->columns != t->columns)
        return clonal__fail(CLONAL_E_INTERNAL, "two steps of one graph go apart at %s", t->name);
    CLONAL__TRY(as_floats(t, &values));
    if (first_difference(k->values, values, (size_t)t->rows * t->columns) < (size_t)t->rows * t->columns) {
        o->found = true;
        tell(o->d->out, t->name, t->rows, t->columns, k->values, values);
        clonal__instruction_text(o->program, t->instruction, o->d->out->operation, sizeof o->d->out->operation);
    }
    clonal__free(values);
    return o->found ? CLONAL_E_MISMATCH : CLONAL_OK;
}

static clonal_status by_operation(clonal__diff *d, const state *s, uint32_t rows, uint32_t first, bool *found)
{
    operations o = {.d = d};
    clonal__step *step;
    clonal_status status = CLONAL_OK;
    for (int i = 0; i < 2 && status == CLONAL_OK; i++) status = transfer(d->sides[i].model, NULL, s->before);
    if (status == CLONAL_OK) status = clonal__model_observe(d->sides[0].model, d->sides[0].data, rows, first, keep, &o);
    if (status == CLONAL_OK) status = clonal__model_unfused(d->sides[1].model, d->sides[1].data, rows, &step);
    if (status == CLONAL_OK) o.program = &step->program;
    if (status == CLONAL_OK)
        status = clonal__model_observe(d->sides[1].model, d->sides[1].data, rows, first, hold_against, &o);
    for (size_t i = 0; i < o.count; i++) clonal__free(o.kept[i].values);
    clonal__free(o.kept);
    *found = o.found;
    return o.found ? CLONAL_OK : status;
}

/* ---- step by step ---- */

static clonal_status run_step(clonal__side *side, uint32_t rows, uint32_t first, float *after, float *losses)
{
    clonal__step *step;
    CLONAL__TRY(clonal__model_compiled(side->model, side->data, true, rows, &step));
    CLONAL__TRY(clonal__step_run(step, side->model->step, first));
    CLONAL__TRY(clonal__buffer_read(side->context, side->data->feed.row_loss, first * sizeof(float),
                                    rows * sizeof(float), losses));
    return transfer(side->model, after, NULL);
}

/* Tells of the tensor at *at where the two sides differ in it, and moves on; true when they do. */
static bool tell_tensor(const clonal__diff *d, const state *s, size_t parameter, const char *of, size_t *at)
{
    const clonal__parameter *p = &d->sides[0].model->shapes.parameters[parameter];
    const size_t count = clonal__model_elements(d->sides[0].model, parameter), from = *at;
    char name[80];
    *at += count;
    if (first_difference(s->values[0] + from, s->values[1] + from, count) == count) return false;
    snprintf(name, sizeof name, "%s%s%s", p->name, of ? "." : "", of ? of : "");
    tell(d->out, name, p->rows, p->columns, s->values[0] + from, s->values[1] + from);
    return true;
}

/* The parameter, or state of the optimizer, that differs after the step. */
static void tell_state(const clonal__diff *d, const state *s)
{
    const clonal_model *model = d->sides[0].model;
    size_t at = 0;
    for (size_t i = 0; i < model->shapes.parameter_count; i++)
        if (tell_tensor(d, s, i, NULL, &at)) return;
    for (size_t k = 0; k < clonal__model_state_count(model); k++)
        for (size_t i = 0; i < model->shapes.parameter_count; i++)
            if (tell_tensor(d, s, i, clonal__model_state(model, k)->name, &at)) return;
}

/* After a step whose outcome differs: which operation. *found false where only the losses of fused kernels differ, and
 * nothing else. */
static clonal_status examine(clonal__diff *d, const state *s, uint32_t rows, uint32_t first, bool *found)
{
    d->out->step = d->sides[0].model->step;
    CLONAL__TRY(by_operation(d, s, rows, first, found));
    if (*found) return CLONAL_OK;
    *found = true;
    if (first_difference(s->values[0], s->values[1], s->count) < s->count)
        tell_state(d, s);
    else
        tell(d->out, "row losses", rows, 1, s->losses[0], s->losses[1]);
    snprintf(d->out->operation, sizeof d->out->operation, "a fused kernel");
    snprintf(d->out->note, sizeof d->out->note, "without fusion (--no-fusion) both give the same bits in this step");
    return CLONAL_OK;
}

static clonal_status replay_epoch(clonal__diff *d, state *s, uint32_t epoch, bool *found)
{
    uint32_t n = (uint32_t)d->data->count, batch = d->sides[0].model->options.batch;
    for (int i = 0; i < 2; i++) CLONAL__TRY(clonal__model_order(d->sides[i].model, d->sides[i].data, epoch));
    for (uint32_t first = 0, rows; first < n && !*found; first += rows) {
        rows = n - first < batch ? n - first : batch;
        if (d->options.progress && d->options.progress(d->sides[0].model->step, d->options.user))
            return clonal__fail(CLONAL_E_CANCELLED, "cancelled at step %" PRIu64, d->sides[0].model->step);
        for (int i = 0; i < 2; i++) CLONAL__TRY(run_step(&d->sides[i], rows, first, s->values[i], s->losses[i]));
        if (first_difference(s->values[0], s->values[1], s->count) < s->count ||
            first_difference(s->losses[0], s->losses[1], rows) < rows) {
            d->out->epoch = epoch + 1;
            return examine(d, s, rows, first, found);
        }
        memcpy(s->before, s->values[0], s->count * sizeof(float));
        for (int i = 0; i < 2; i++) d->sides[i].model->step++;
    }
    return CLONAL_OK;
}

/* ---- where to begin ---- */

static clonal_status open_data(clonal__diff *d)
{
    char digest[72];
    const clonal__manifest_facts *facts = &d->sides[0].facts;
    const char *folder = d->options.data ? d->options.data : facts->settings.data;
    CLONAL__TRY(clonal_dataset_open(folder, CLONAL_SPLIT_TRAIN, &d->data));
    CLONAL__TRY(clonal_dataset_digest(d->data, digest));
    CLONAL__TRY(clonal__manifest_check_data(d->sides[0].run, facts, CLONAL_SPLIT_TRAIN, folder, digest));
    return clonal__run_samples(&facts->settings, &d->data, NULL);
}

static clonal_status make_side(const clonal__diff *d, clonal__side *side)
{
    CLONAL__TRY(clonal_graph_parse(side->facts.graph, &side->graph));
    CLONAL__TRY(clonal_model_create(side->context, side->graph, &side->facts.settings.model, &side->model));
    return clonal__model_data(side->model, d->data, true, &side->data);
}

static clonal_status load(clonal__diff *d, const clonal__checkpoint *c)
{
    for (int i = 0; i < 2; i++) {
        clonal_model *model = d->sides[i].model;
        if (!clonal__checkpoint_fits(c, model) || strcmp(c->graph, d->sides[i].facts.graph) != 0)
            return clonal__fail(CLONAL_E_FORMAT, "the checkpoint after epoch %u is of another run", c->epoch);
        CLONAL__TRY(clonal__checkpoint_load(c, model));
        model->step = c->step;
    }
    return CLONAL_OK;
}

/* From the newest checkpoint that either run has of the epochs they have in common; from the start where there is none.
 */
static clonal_status begin(clonal__diff *d, uint32_t *epoch)
{
    char folder[4096], path[4096];
    for (*epoch = d->common; *epoch > 0; (*epoch)--)
        for (int i = 0; i < 2; i++) {
            clonal__checkpoint *c;
            CLONAL__TRY(clonal__path_join(d->sides[i].run, "checkpoints", folder, sizeof folder));
            CLONAL__TRY(clonal__checkpoint_path(folder, *epoch, 0, path, sizeof path));
            if (!clonal__file_exists(path) || clonal__checkpoint_read(path, &c) != CLONAL_OK) continue;
            clonal_status status = load(d, c);
            clonal__checkpoint_destroy(c);
            if (status == CLONAL_OK) return CLONAL_OK;
            if (status != CLONAL_E_FORMAT) return status;
        }
    return CLONAL_OK;
}

clonal_status clonal__diff_replay(clonal__diff *d, bool *found)
{
    state s = {0};
    uint32_t epoch;
    *found = false;
    CLONAL__TRY(open_data(d));
    for (int i = 0; i < 2; i++) CLONAL__TRY(make_side(d, &d->sides[i]));
    CLONAL__TRY(begin(d, &epoch));
    clonal_status status = make_state(d->sides[0].model, &s);
    if (status == CLONAL_OK) status = transfer(d->sides[0].model, s.before, NULL);
    for (; status == CLONAL_OK && epoch < d->parted && !*found; epoch++) status = replay_epoch(d, &s, epoch, found);
    free_state(&s);
    return status;
}
