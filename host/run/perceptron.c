/* perceptron.c: the graph of a multilayer perceptron. */
#include "host/run/perceptron.h"

#include "host/base/float_environment.h"
#include "host/ops/operations.h"
#include <string.h>

/* An activation is an operation that is a function of one element and takes no attributes. */
static const clonal__operation *activation_named(const char *name)
{
    if (!name) name = "relu";
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if ((*o)->function && (*o)->attribute_count == 0 && strcmp((*o)->name, name) == 0) return *o;
    return NULL;
}

const char *clonal__activation_named(const char *name)
{
    const clonal__operation *found = activation_named(name);
    return found ? found->name : NULL;
}

static clonal_status fail_activation(const char *name)
{
    clonal__string known = {0};
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if ((*o)->function && (*o)->attribute_count == 0)
            clonal__string_append(&known, "%s%s", known.length ? ", " : "", (*o)->name);
    const clonal_status status = clonal__fail(CLONAL_E_ARGUMENT, "there is no activation \"%.40s\": give one of %s",
                                              name, known.text ? known.text : "?");
    clonal__string_free(&known);
    return status;
}

static clonal_status check_dropout(const clonal_perceptron *p)
{
    if (p->dropout_kind < CLONAL_DROPOUT_STANDARD || p->dropout_kind > CLONAL_DROPOUT_CONNECT)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no kind of dropout %d: it is one of clonal_dropout_kind",
                            (int)p->dropout_kind);
    if (p->dropout_kind == CLONAL_DROPOUT_SPATIAL)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "spatial dropout drops whole channels, and a perceptron's hidden layers have none: put it "
                            "into a graph of your own (clonal_spatial_dropout)");
    return CLONAL_OK;
}

static clonal_status check_noise(const clonal_perceptron *p)
{
    if (p->input_noise < CLONAL_INPUT_NOISE_NONE || p->input_noise > CLONAL_INPUT_NOISE_UNIFORM)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no input noise %d: it is one of clonal_input_noise",
                            (int)p->input_noise);
    if (p->input_noise == CLONAL_INPUT_NOISE_NONE && p->input_noise_size != 0)
        return clonal__fail(CLONAL_E_ARGUMENT, "the input noise has the size %g, but no kind (clonal_input_noise)",
                            p->input_noise_size);
    return CLONAL_OK;
}

clonal_status clonal__perceptron_check(const clonal_perceptron *p)
{
    if (p->hidden_count && !p->hidden)
        return clonal__fail(CLONAL_E_ARGUMENT, "the perceptron has %zu hidden layers, but no widths (hidden is NULL)",
                            p->hidden_count);
    for (size_t i = 0; i < p->hidden_count; i++)
        if (p->hidden[i] == 0)
            return clonal__fail(CLONAL_E_ARGUMENT, "hidden layer %zu has a width of 0: give 1 or more", i + 1);
    if (p->loss != CLONAL_CROSS_ENTROPY && p->loss != CLONAL_SQUARED_ERROR)
        return clonal__fail(CLONAL_E_ARGUMENT, "there is no loss %d: it is one of clonal_loss", (int)p->loss);
    CLONAL__TRY(check_dropout(p));
    CLONAL__TRY(check_noise(p));
    return activation_named(p->activation) ? CLONAL_OK : fail_activation(p->activation);
}

static clonal_node add_noise(clonal_graph *graph, clonal_node x, const clonal_perceptron *p)
{
    if (p->input_noise == CLONAL_INPUT_NOISE_GAUSSIAN) return clonal_gaussian_noise(graph, x, p->input_noise_size);
    if (p->input_noise == CLONAL_INPUT_NOISE_UNIFORM) return clonal_uniform_noise(graph, x, p->input_noise_size);
    return x;
}

static double probability_of(const clonal_perceptron *p, size_t layer)
{
    return p->dropout ? p->dropout[layer] : 0;
}

static clonal_node add_linear(clonal_graph *graph, clonal_node x, const clonal_perceptron *p, size_t layer)
{
    if (p->dropout_kind != CLONAL_DROPOUT_CONNECT) return clonal_linear(graph, x, p->hidden[layer]);
    return clonal_drop_connect(graph, x, p->hidden[layer], probability_of(p, layer));
}

/* Behind the activation; nothing where the weights in front of it are dropped. */
static clonal_node add_dropout(clonal_graph *graph, clonal_node x, const clonal_perceptron *p, size_t layer)
{
    const double probability = probability_of(p, layer);
    if (p->dropout_kind == CLONAL_DROPOUT_CONNECT) return x;
    if (p->dropout_kind == CLONAL_DROPOUT_GAUSSIAN) return clonal_gaussian_dropout(graph, x, probability);
    if (p->dropout_kind == CLONAL_DROPOUT_ALPHA) return clonal_alpha_dropout(graph, x, probability);
    return clonal_dropout(graph, x, probability);
}

clonal_status clonal_perceptron_graph(const clonal_perceptron *p, size_t rank, const uint32_t *shape, uint32_t classes,
                                      clonal_graph **out)
{
    CLONAL__FLOATS;
    clonal_graph *graph;
    if (!out) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_perceptron_graph: graph is NULL");
    *out = NULL;
    if (!p) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_perceptron_graph: perceptron is NULL");
    CLONAL__TRY(clonal__perceptron_check(p));
    CLONAL__TRY(clonal_graph_create(&graph));
    clonal_node x = clonal_flatten(graph, add_noise(graph, clonal_input(graph, rank, shape), p));
    for (size_t i = 0; i < p->hidden_count; i++) {
        x = add_linear(graph, x, p, i);
        x = clonal__graph_add_unary(graph, activation_named(p->activation), x);
        x = add_dropout(graph, x, p, i);
    }
    x = clonal_linear(graph, x, classes);
    if (p->loss == CLONAL_SQUARED_ERROR)
        clonal_mean_squared_error(graph, x);
    else
        clonal_softmax_cross_entropy(graph, x);
    const clonal_status status = clonal_graph_status(graph);
    if (status == CLONAL_OK)
        *out = graph;
    else
        clonal_graph_destroy(graph);
    return status;
}
