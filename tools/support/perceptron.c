#include "perceptron.h"

#include "message.h"
#include "parse.h"

#define DEFAULT_DROPOUT 0.5

void perceptron_begin(perceptron_request *request, const clonal_perceptron *perceptron)
{
    *request = (perceptron_request){.loss = (int)perceptron->loss};
}

bool perceptron_given(const perceptron_request *r, const clonal_perceptron *p)
{
    return r->hidden || r->dropout || r->activation || r->loss != (int)p->loss;
}

static int take_hidden(const char *text, clonal_perceptron *p)
{
    const size_t before = p->hidden_count;
    bool good = parse_u32_list(text, CLONAL_MAX_HIDDEN, p->hidden, &p->hidden_count);
    for (size_t i = 0; good && i < p->hidden_count; i++) good = p->hidden[i] > 0;
    if (!good)
        return fail(EXIT_USAGE, "--hidden '%s': give up to %d widths from 1 with commas between, or none", text,
                    CLONAL_MAX_HIDDEN);
    for (size_t i = before; i < p->hidden_count; i++) p->dropout[i] = DEFAULT_DROPOUT;
    return 0;
}

/* The library knows the names. */
static int take_activation(const char *name, clonal_perceptron *p)
{
    const clonal_perceptron small = {.hidden = {1}, .hidden_count = 1, .activation = name};
    clonal_graph *graph;
    if (clonal_perceptron_graph(&small, 1, (const uint32_t[]){1}, 2, &graph) != CLONAL_OK)
        return fail(EXIT_USAGE, "--activation: %s", clonal_last_error()->message);
    clonal_graph_destroy(graph);
    p->activation = name;
    return 0;
}

static int take_dropout(const char *text, clonal_perceptron *p)
{
    double given[CLONAL_MAX_HIDDEN];
    size_t count;
    bool good = parse_real_list(text, CLONAL_MAX_HIDDEN, given, &count) && count > 0;
    for (size_t i = 0; good && i < count; i++) good = given[i] <= 1;
    if (!good) return fail(EXIT_USAGE, "--dropout '%s': give numbers from 0 to 1 with commas between", text);
    if (count != 1 && count != p->hidden_count)
        return fail(EXIT_USAGE,
                    "--dropout '%s' has %zu numbers for %zu hidden layers; give one for each, or one for all", text,
                    count, p->hidden_count);
    for (size_t i = 0; i < p->hidden_count; i++) p->dropout[i] = given[count == 1 ? 0 : i];
    return 0;
}

int perceptron_take(const perceptron_request *r, clonal_perceptron *p)
{
    int code = r->hidden ? take_hidden(r->hidden, p) : 0;
    if (code == 0 && r->activation) code = take_activation(r->activation, p);
    if (code == 0 && r->dropout) code = take_dropout(r->dropout, p);
    p->loss = (clonal_loss)r->loss;
    return code;
}
