/* meanwhile.c: building programs while the data are read: see training.h. */
#include "host/run/data_ahead.h"
#include "host/run/training.h"

#include "host/model/build_ahead.h"

/* The rows of the steps that the run will have, the ones needed first in front. With `validate` it is not known how
 * many samples are left. */
static size_t steps_of(const clonal_run_settings *s, const clonal_graph *graph, const clonal__data_outline *o,
                       clonal__step_ahead steps[4])
{
    const size_t limit = s->limit ? s->limit : SIZE_MAX, batch = s->model.batch;
    const size_t train = o->train_count < limit ? o->train_count : limit;
    const size_t test = o->test_count < limit ? o->test_count : limit;
    const size_t rows = clonal__evaluation_rows(graph, &s->model);
    const size_t most[4] = {batch, train % batch, test < rows ? 0 : rows, test % rows};
    size_t count = 0;
    for (size_t i = 0; i < 4; i++)
        if (most[i] && (i == 0 || s->validate == 0))
            steps[count++] = (clonal__step_ahead){.training = i < 2, .rows = (uint32_t)most[i]};
    return count;
}

static void build(const clonal__training *r, clonal_data_ahead *ahead, const clonal__data_outline *o,
                  const clonal_graph *graph)
{
    clonal__step_ahead steps[4];
    const size_t count = steps_of(&r->settings, graph, o, steps);
    for (size_t i = 0; i < count && !clonal__data_ahead_done(ahead); i++) {
        steps[i].is_float = o->is_float;
        if (clonal__build_ahead(r->context, graph, &r->settings.model, &steps[i]) != CLONAL_OK) return;
    }
}

/* A recorded step is another one, and a profile would have all of it twice. */
void clonal__training_meanwhile(const clonal__training *r)
{
    const clonal_run_settings *s = &r->settings;
    clonal__data_outline o;
    clonal_graph *graph;
    if (r->shared || !s->ahead || s->record || r->context->profile || s->model.batch == 0) return;
    if (!clonal__data_ahead_is_of(s->ahead, s->data) || !clonal__data_ahead_outline(s->ahead, &o)) return;
    if (clonal_run_graph(s, o.rank, o.shape, o.outputs, &graph) != CLONAL_OK) return;
    if (clonal__model_check(graph, &s->model) == CLONAL_OK) build(r, s->ahead, &o, graph);
    clonal_graph_destroy(graph);
}
