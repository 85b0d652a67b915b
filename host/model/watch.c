/* watch.c: clonal_model_watch: a step without updates, run one instruction at a time, and figures of what it
 * makes. */
#include <clonal/watch.h>

#include "host/base/float_environment.h"
#include "host/model/model.h"

#include <math.h>
#include <stdio.h>

/* What is watched of a step: rows[i] describes the value of this number. A node's value serves several rows where the
 * node hands on what it takes. */
typedef struct watched {
    clonal_layer_statistics *rows;
    int *values; /* (count) */
    size_t count;
} watched;

static void summarise(const float *values, size_t count, clonal_layer_statistics *to)
{
    const double n = (double)count;
    double sum = 0, squares = 0, distances = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < count; i++) {
        const double v = values[i];
        sum += v;
        squares += v * v;
        zeros += v == 0;
    }
    to->count = count;
    to->mean = sum / n;
    for (size_t i = 0; i < count; i++) {
        const double distance = values[i] - to->mean;
        distances += distance * distance;
    }
    to->variance = distances / n;
    to->zeros = (double)zeros / n;
    to->norm = sqrt(squares);
}

static clonal_status see(const clonal__instruction *in, const clonal__value *value, uint32_t rows, const float *values,
                         void *user)
{
    const watched *w = user;
    for (size_t i = 0; value && i < w->count; i++)
        if (w->values[i] == in->out) summarise(values, (size_t)rows * value->columns, &w->rows[i]);
    return CLONAL_OK;
}

/* ---- which rows there are ---- */

/* A node that makes no value of its own where it could, as flatten, is no layer; dropout without masks is one. */
static bool hands_on(const clonal_graph *graph, const clonal__program *trained, size_t node)
{
    const clonal__node *n = &graph->nodes[node];
    for (size_t k = 0; k < n->operation->inputs; k++)
        if (trained->nodes[n->inputs[k]].value == trained->nodes[node].value) return true;
    return trained->nodes[node].value == CLONAL__NO_VALUE;
}

static void add(watched *w, const char *layer, bool gradient, const clonal__program *program, int value)
{
    clonal_layer_statistics *row = &w->rows[w->count];
    snprintf(row->layer, sizeof row->layer, "%s", layer);
    row->gradient = gradient;
    row->dropout = program->dropout;
    w->values[w->count++] = value;
}

static void add_pair(watched *w, const char *layer, bool gradient, const clonal__program *const programs[2],
                     const int values[2])
{
    for (size_t i = 0; i < 2 && values[0] != CLONAL__NO_VALUE; i++) add(w, layer, gradient, programs[i], values[i]);
}

static void add_parameters(watched *w, clonal_node node, const clonal__program *const programs[2])
{
    for (size_t p = 0; p < programs[0]->parameter_count; p++) {
        const clonal__parameter *parameter = &programs[0]->parameters[p];
        const int gradients[2] = {parameter->gradient, programs[1]->parameters[p].gradient};
        if (parameter->node == node) add_pair(w, parameter->name, true, programs, gradients);
    }
}

/* The rows of a graph, from the programs with dropout and without it: at most 4 a node and 2 a parameter. */
static void choose(const clonal_graph *graph, const clonal__program *const programs[2], watched *w)
{
    for (size_t i = 0; i < graph->count; i++) {
        const clonal__node_values with = programs[0]->nodes[i], without = programs[1]->nodes[i];
        char layer[64];
        snprintf(layer, sizeof layer, "node.%zu.%.30s", i, graph->nodes[i].operation->name);
        if (!hands_on(graph, programs[0], i)) {
            add_pair(w, layer, false, programs, (int[]){with.value, without.value});
            add_pair(w, layer, true, programs, (int[]){with.gradient, without.gradient});
        }
        add_parameters(w, (clonal_node)i, programs);
    }
}

/* ---- running ---- */

/* Fills the rows of one step; those of the other are passed over. */
static clonal_status run(clonal_model *model, const clonal__step *step, const watched *all)
{
    watched mine = {all->rows, NULL, all->count};
    CLONAL__TRY(clonal__calloc(all->count, sizeof *mine.values, &mine.values));
    for (size_t i = 0; i < all->count; i++)
        mine.values[i] = all->rows[i].dropout == step->program.dropout ? all->values[i] : CLONAL__NO_VALUE;
    const clonal_status status = clonal__step_observe(step, model->step, 0, model->parameters, see, &mine);
    clonal__free(mine.values);
    return status;
}

static clonal_status look(clonal_model *model, const clonal__device_copy *data, watched *w)
{
    clonal__step *with, *without;
    const uint32_t rows = model->options.batch;
    CLONAL__TRY(clonal__model_watched(model, data, true, rows, &with));
    CLONAL__TRY(clonal__model_watched(model, data, false, rows, &without));
    const clonal__program *const programs[2] = {&with->program, &without->program};
    const size_t most = 4 * model->graph->count + 2 * with->program.parameter_count;
    CLONAL__TRY(clonal__calloc(most, sizeof *w->rows, &w->rows));
    CLONAL__TRY(clonal__calloc(most, sizeof *w->values, &w->values));
    choose(model->graph, programs, w);
    CLONAL__TRY(clonal__model_order(model, data, 0));
    CLONAL__TRY(run(model, with, w));
    return run(model, without, w);
}

clonal_status clonal_model_watch(clonal_model *model, const clonal_dataset *data, clonal_layer_statistics **rows,
                                 size_t *count)
{
    CLONAL__FLOATS;
    watched w = {0};
    clonal__device_copy *copy;
    if (rows) *rows = NULL;
    if (count) *count = 0;
    CLONAL__NEEDS(model && data && rows && count);
    CLONAL__TRY(clonal__model_check_batch(model, data));
    CLONAL__TRY(clonal__model_data(model, data, true, &copy));
    const clonal_status status = look(model, copy, &w);
    clonal__free(w.values);
    if (status != CLONAL_OK) {
        clonal__free(w.rows);
        return status;
    }
    *rows = w.rows;
    *count = w.count;
    return CLONAL_OK;
}
