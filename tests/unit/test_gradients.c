/* Gradients of every operation: the reference's backward against central differences of a forward in float64 that is
 * written here anew. Each gradient is held against differences, those of the values between operations and of the
 * parameters alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref_philox.h"
#include "ref_train.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 5 };

/* Differences of float64 are good to 1e-9 or so; what is left is the rounding of binary32, some ulps of the largest
 * sum. */
static const double step = 1e-6, relative_bound = 3e-6, absolute_bound = 1e-8;

/* The network in float64, with one element of one node's value moved by delta. */
struct model {
    const struct ref_trainer *trainer;
    double *parameters[2 * REF_MAX_NODES];
    double *values[REF_MAX_NODES];
    double *added[REF_MAX_NODES]; /* what a node of additive noise added */
    const float *x, *targets;
    const uint32_t *labels;
    size_t moved_node, moved_element;
    double delta;
};

static double *widen(const float *values, size_t count)
{
    double *wide = ref_alloc(count, sizeof *wide);
    for (size_t i = 0; i < count; i++) wide[i] = (double)values[i];
    return wide;
}

static void linear(const struct model *model, size_t n, double *y, const double *x, size_t inputs, size_t outputs)
{
    size_t weight = 0;
    while (model->trainer->parameters[weight].node != n) weight++;
    const double *w = model->parameters[weight], *b = model->parameters[weight + 1];
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t o = 0; o < outputs; o++) {
            double sum = b[o];
            for (size_t i = 0; i < inputs; i++) sum += x[row * inputs + i] * w[o * inputs + i];
            y[row * outputs + o] = sum;
        }
    }
}

/* Linear with the weight that is left by the mask. */
static void drop_connect(const struct model *model, size_t n, double *y, const double *x, size_t inputs, size_t outputs)
{
    const double p = model->trainer->graph.nodes[n].attribute;
    const uint8_t *keep = model->trainer->masks[n];
    size_t weight = 0;
    while (model->trainer->parameters[weight].node != n) weight++;
    const double *w = model->parameters[weight], *b = model->parameters[weight + 1];
    for (size_t row = 0; row < ROWS; row++) {
        for (size_t o = 0; o < outputs; o++) {
            double sum = 0;
            for (size_t i = 0; i < inputs; i++)
                sum += keep[o * inputs + i] ? x[row * inputs + i] * w[o * inputs + i] : 0;
            y[row * outputs + o] = (p < 1 ? sum / (1 - p) : 0) + b[o];
        }
    }
}

static void layer_norm(const struct model *model, size_t n, double *y, const double *x)
{
    const struct ref_node *node = &model->trainer->graph.nodes[n];
    size_t weight = 0, length = node->shape[node->rank - 1];
    while (model->trainer->parameters[weight].node != n) weight++;
    const double *w = model->parameters[weight], *b = model->parameters[weight + 1];
    for (size_t start = 0; start < ROWS * node->columns; start += length) {
        double mean = 0, variance = 0;
        for (size_t c = 0; c < length; c++) mean += x[start + c] / (double)length;
        for (size_t c = 0; c < length; c++) variance += pow(x[start + c] - mean, 2) / (double)length;
        for (size_t c = 0; c < length; c++)
            y[start + c] = (x[start + c] - mean) / sqrt(variance + node->attribute) * w[c] + b[c];
    }
}

/* As the paper has it (Klambauer et al., 2017): alpha' = -lambda alpha in the place of what is dropped, then a x + b
 * with a = (q + alpha'^2 q (1-q))^-1/2 and b = -a (1-q) alpha', q = 1-p. */
static double alpha_dropout(double p, double x, int kept)
{
    const double limit = -1.7580993408473766, q = 1 - p;
    if (q == 0) return 0;
    const double a = 1 / sqrt(q + limit * limit * q * (1 - q)), b = -a * (1 - q) * limit;
    return a * (kept ? x : limit) + b;
}

static double elementwise(const struct model *model, size_t n, double x, double other, size_t element)
{
    const struct ref_node *node = &model->trainer->graph.nodes[n];
    switch (node->op) {
    case REF_RELU:
        return x > 0 ? x : 0;
    case REF_SIGMOID:
        return 1 / (1 + exp(-x));
    case REF_TANH:
        return tanh(x);
    case REF_GELU:
        return x * (1 + erf(x / sqrt(2))) / 2;
    case REF_SILU:
        return x / (1 + exp(-x));
    case REF_LEAKY_RELU:
        return x > 0 ? x : x * node->attribute;
    case REF_SELU:
        return x > 0 ? 1.0507009873554805 * x : 1.7580993408473766 * expm1(x);
    case REF_GAUSSIAN_DROPOUT: /* of the reference's own variates: test_noise.c holds those */
        return x * (double)model->trainer->factors[n][element];
    case REF_GAUSSIAN_NOISE:
    case REF_UNIFORM_NOISE: /* with the noise that the reference added, taken from its values */
        return x + model->added[n][element];
    case REF_SPATIAL_DROPOUT:
        return model->trainer->masks[n][element / (node->columns / node->shape[0])] ? x / (1 - node->attribute) : 0;
    case REF_ALPHA_DROPOUT:
        return alpha_dropout(node->attribute, x, model->trainer->masks[n][element]);
    case REF_DROPOUT:
        return model->trainer->masks[n][element] ? x / (1 - node->attribute) : 0;
    case REF_ADD:
        return x + other;
    case REF_FLATTEN:
        return x;
    default:
        fail_msg("operation %d has no formula here", (int)node->op);
        return NAN;
    }
}

static double softmax_cross_entropy(const struct model *model, const double *z, size_t classes)
{
    double loss = 0;
    for (size_t row = 0; row < ROWS; row++) {
        double sum = 0;
        for (size_t c = 0; c < classes; c++) sum += exp(z[row * classes + c]);
        loss += log(sum) - z[row * classes + model->labels[row]];
    }
    return loss / ROWS;
}

static double mean_squared_error(const struct model *model, const double *y, size_t columns)
{
    double loss = 0;
    for (size_t i = 0; i < ROWS * columns; i++) {
        double target = model->targets ? (double)model->targets[i] : i % columns == model->labels[i / columns];
        loss += (y[i] - target) * (y[i] - target);
    }
    return loss / (double)(ROWS * columns);
}

/* The mean loss of the batch. */
static double forward(const struct model *model)
{
    const struct ref_graph *graph = &model->trainer->graph;
    for (size_t n = 0; n < graph->count; n++) {
        const struct ref_node *node = &graph->nodes[n];
        const double *x = model->values[node->inputs[0]];
        const double *other = node->op == REF_ADD ? model->values[node->inputs[1]] : x;
        size_t inputs = graph->nodes[node->inputs[0]].columns;
        if (node->op == REF_SOFTMAX_CROSS_ENTROPY) return softmax_cross_entropy(model, x, inputs);
        if (node->op == REF_MEAN_SQUARED_ERROR) return mean_squared_error(model, x, inputs);
        int by_itself = ref_op_is_linear(node->op) || node->op == REF_LAYER_NORM;
        if (node->op == REF_LINEAR) linear(model, n, model->values[n], x, inputs, node->columns);
        if (node->op == REF_DROP_CONNECT) drop_connect(model, n, model->values[n], x, inputs, node->columns);
        if (node->op == REF_LAYER_NORM) layer_norm(model, n, model->values[n], x);
        for (size_t i = 0; !by_itself && i < ROWS * node->columns; i++)
            model->values[n][i] = n == 0 ? (double)model->x[i] : elementwise(model, n, x[i], other[i], i);
        if (n == model->moved_node) model->values[n][model->moved_element] += model->delta;
    }
    fail_msg("a graph without a loss");
    return 0;
}

static double largest(const double *values, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fabs(values[i]) > most ? fabs(values[i]) : most;
    return most;
}

static void compare(const char *text, const char *what, const float *gradient, const double *expected, size_t count)
{
    double bound = relative_bound * largest(expected, count) + absolute_bound;
    for (size_t i = 0; i < count; i++) {
        double error = fabs((double)gradient[i] - expected[i]);
        if (!(error <= bound))
            fail_msg("%s gradient of %s, element %zu: %.9g, by differences %.9g (bound %.2g)", text, what, i,
                     (double)gradient[i], expected[i], bound);
    }
}

static void check_parameter(struct model *model, const char *text, size_t p)
{
    const struct ref_parameter *parameter = &model->trainer->parameters[p];
    size_t count = parameter->rows * parameter->columns;
    double *differences = ref_alloc(count, sizeof *differences);
    for (size_t i = 0; i < count; i++) {
        double *element = &model->parameters[p][i], kept = *element;
        *element = kept + step;
        double above = forward(model);
        *element = kept - step;
        double below = forward(model);
        *element = kept;
        differences[i] = (above - below) / (2 * step);
    }
    compare(text, parameter->name, parameter->gradient, differences, count);
    free(differences);
}

static void check_node(struct model *model, const char *text, size_t n)
{
    const struct ref_trainer *trainer = model->trainer;
    size_t count = ROWS * trainer->graph.nodes[n].columns;
    double *differences = ref_alloc(count, sizeof *differences);
    char what[32];
    model->moved_node = n;
    for (size_t i = 0; i < count; i++) {
        model->moved_element = i;
        model->delta = step;
        double above = forward(model);
        model->delta = -step;
        double below = forward(model);
        differences[i] = (above - below) / (2 * step);
    }
    model->delta = 0;
    snprintf(what, sizeof what, "node %zu", n);
    compare(text, what, trainer->gradients[n], differences, count);
    free(differences);
}

static void check_loss(struct model *model, const char *text)
{
    const struct ref_trainer *trainer = model->trainer;
    size_t last = trainer->graph.count - 1;
    size_t terms = trainer->graph.nodes[last].op == REF_MEAN_SQUARED_ERROR ? ROWS * ref_classes(trainer) : ROWS;
    double sum = 0, expected = forward(model);
    for (size_t row = 0; row < ROWS; row++) sum += (double)trainer->values[last][row];
    double error = fabs(sum / (double)terms - expected);
    if (!(error <= relative_bound * fabs(expected) + absolute_bound))
        fail_msg("%s loss %.9g, in float64 %.9g", text, sum / (double)terms, expected);
}

/* Other weights and biases of norms than the 1 and 0 they start with. */
static void vary_norms(struct ref_trainer *trainer)
{
    for (size_t p = 0; p < trainer->parameter_count; p++) {
        struct ref_parameter *parameter = &trainer->parameters[p];
        if (trainer->graph.nodes[parameter->node].op == REF_LAYER_NORM)
            ref_initial(parameter->value, 1, parameter->columns, 1.25f, 13, (uint32_t)p, 0);
    }
}

/* Forward and backward of the graph, then every gradient against differences. */
static void check_graph(const char *text, int with_targets)
{
    struct ref_settings settings = {.seed = 7, .batch = ROWS, .lr = 0.1};
    static struct ref_graph graph;
    static struct model model;
    char message[REF_MAX_MESSAGE];
    float x[ROWS * 64], targets[ROWS * 64];
    uint32_t labels[ROWS];
    if (ref_graph_parse(&graph, text, message) != 0) fail_msg("%s", message);
    struct ref_trainer *trainer = ref_trainer_create(&graph, &settings);
    vary_norms(trainer);
    size_t classes = ref_classes(trainer);
    ref_initial(x, ROWS, graph.nodes[0].columns, 1.5f, 11, 0, 0);
    ref_initial(targets, ROWS, classes, 1.0f, 12, 0, 0);
    for (uint32_t row = 0; row < ROWS; row++) labels[row] = (row * 3 + 1) % (uint32_t)classes;
    trainer->t = 3;
    for (int twice = 0; twice < 2; twice++) { /* the second finds what the first left in its buffers */
        ref_forward(trainer, x, labels, with_targets ? targets : NULL, ROWS, 1);
        ref_backward(trainer, labels, ROWS);
    }

    model = (struct model){.trainer = trainer, .x = x, .targets = with_targets ? targets : NULL, .labels = labels};
    for (size_t p = 0; p < trainer->parameter_count; p++)
        model.parameters[p] =
            widen(trainer->parameters[p].value, trainer->parameters[p].rows * trainer->parameters[p].columns);
    for (size_t n = 0; n < graph.count; n++) {
        const size_t count = ROWS * graph.nodes[n].columns;
        const int adds = graph.nodes[n].op == REF_GAUSSIAN_NOISE || graph.nodes[n].op == REF_UNIFORM_NOISE;
        model.values[n] = ref_alloc(count, sizeof(double));
        model.added[n] = adds ? ref_alloc(count, sizeof(double)) : NULL;
        for (size_t i = 0; adds && i < count; i++)
            model.added[n][i] = (double)trainer->values[n][i] - (double)trainer->values[graph.nodes[n].inputs[0]][i];
    }
    check_loss(&model, text);
    for (size_t p = 0; p < trainer->parameter_count; p++) check_parameter(&model, text, p);
    for (size_t n = 0; n < graph.count; n++) {
        if (trainer->gradients[n] != NULL) check_node(&model, text, n);
    }
    for (size_t p = 0; p < trainer->parameter_count; p++) free(model.parameters[p]);
    for (size_t n = 0; n < graph.count; n++) {
        free(model.values[n]);
        free(model.added[n]);
    }
    ref_trainer_destroy(trainer);
}

static void linear_alone(void **state)
{
    (void)state;
    check_graph("0 input 7\n1 linear 0 4\n2 softmax_cross_entropy 1\n", 0);
    check_graph("0 input 1\n1 linear 0 1\n2 mean_squared_error 1\n", 1);
}

static void linear_upon_linear(void **state)
{
    (void)state;
    check_graph("0 input 3,5\n1 flatten 0\n2 linear 1 33\n3 linear 2 6\n4 softmax_cross_entropy 3\n", 0);
}

static void flatten(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 linear 0 5\n2 flatten 1\n3 linear 2 3\n4 softmax_cross_entropy 3\n", 0);
}

static void activation(void **state)
{
    char text[128];
    snprintf(text, sizeof text, "0 input 6\n1 linear 0 9\n2 %s 1\n3 linear 2 4\n4 softmax_cross_entropy 3\n",
             (const char *)*state);
    check_graph(text, 0);
}

static void leaky_relu(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 linear 0 9\n2 leaky_relu 1 0.125\n3 linear 2 4\n4 softmax_cross_entropy 3\n", 0);
    check_graph("0 input 6\n1 linear 0 9\n2 leaky_relu 1 -2\n3 linear 2 4\n4 mean_squared_error 3\n", 1);
}

/* eps is a binary32 here, so that the forward in float64 has the same. */
static void norm(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 layer_norm 0 0.125\n2 linear 1 4\n3 softmax_cross_entropy 2\n", 0);
    check_graph("0 input 6\n1 linear 0 9\n2 layer_norm 1 0\n3 linear 2 4\n4 softmax_cross_entropy 3\n", 0);
    check_graph("0 input 6\n1 linear 0 9\n2 layer_norm 1 0.0009765625\n3 mean_squared_error 2\n", 1);
    check_graph("0 input 6\n1 linear 0 1\n2 layer_norm 1 0.5\n3 linear 2 4\n4 mean_squared_error 3\n", 1);
}

/* Over the last of several dimensions, one norm behind another. */
static void norm_of_dimensions(void **state)
{
    (void)state;
    check_graph("0 input 3,5\n1 layer_norm 0 0.125\n2 gelu 1\n3 layer_norm 2 0.0625\n4 flatten 3\n5 linear 4 4\n"
                "6 softmax_cross_entropy 5\n",
                0);
    check_graph("0 input 2,3,4\n1 layer_norm 0 0.125\n2 silu 1\n3 layer_norm 2 0\n4 flatten 3\n"
                "5 mean_squared_error 4\n",
                1);
}

/* Two norms of one value, and a norm of their sum. */
static void norm_fan_out(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 linear 0 5\n2 layer_norm 1 0.125\n3 gelu 1\n4 layer_norm 3 0.5\n5 add 2 4\n6 add 5 1\n"
                "7 layer_norm 6 0.25\n8 linear 7 3\n9 softmax_cross_entropy 8\n",
                0);
}

static void dropout(void **state)
{
    static const char *const probabilities[] = {"0", "0.3", "0.5", "1"};
    char text[128];
    (void)state;
    for (size_t i = 0; i < sizeof probabilities / sizeof probabilities[0]; i++) {
        snprintf(text, sizeof text,
                 "0 input 6\n1 linear 0 9\n2 dropout 1 %s\n3 linear 2 4\n4 softmax_cross_entropy 3\n",
                 probabilities[i]);
        check_graph(text, 0);
    }
}

/* The mask is of the weight: one for all rows, in the gradient of the weight and in that of the input. */
static void dropped_weights(void **state)
{
    static const char *const probabilities[] = {"0", "0.3", "0.5", "1"};
    char text[160];
    (void)state;
    for (size_t i = 0; i < sizeof probabilities / sizeof probabilities[0]; i++) {
        snprintf(text, sizeof text,
                 "0 input 6\n1 drop_connect 0 9 %s\n2 tanh 1\n3 drop_connect 2 4 0.25\n4 softmax_cross_entropy 3\n",
                 probabilities[i]);
        check_graph(text, 0);
    }
    check_graph("0 input 6\n1 linear 0 7\n2 drop_connect 1 5 0.5\n3 drop_connect 1 5 0.5\n4 add 2 3\n5 dropout 4 0.5\n"
                "6 drop_connect 5 4 0.9\n7 mean_squared_error 6\n",
                1);
}

static void relatives(void **state)
{
    static const char *const nodes[] = {"gaussian_dropout 1 0",  "gaussian_dropout 1 0.75", "gaussian_noise 1 0.5",
                                        "uniform_noise 1 0.5",   "spatial_dropout 1 0.25",  "alpha_dropout 1 0",
                                        "alpha_dropout 1 0.375", "alpha_dropout 1 1"};
    char text[160];
    (void)state;
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        snprintf(text, sizeof text, "0 input 6\n1 linear 0 9\n2 %s\n3 linear 2 4\n4 softmax_cross_entropy 3\n",
                 nodes[i]);
        check_graph(text, 0);
    }
}

/* Of more dimensions than one, and two of one value. */
static void relatives_of_dimensions(void **state)
{
    (void)state;
    check_graph("0 input 4,3,2\n1 layer_norm 0 0.125\n2 spatial_dropout 1 0.5\n3 gelu 2\n4 gaussian_noise 3 0.25\n"
                "5 spatial_dropout 4 0.25\n6 flatten 5\n7 linear 6 5\n8 softmax_cross_entropy 7\n",
                0);
    check_graph(
        "0 input 6\n1 gaussian_noise 0 0.5\n2 linear 1 9\n3 selu 2\n4 alpha_dropout 3 0.25\n5 gaussian_dropout 3 "
        "0.5\n6 add 4 5\n7 linear 6 4\n8 mean_squared_error 7\n",
        1);
}

static void squared_error(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 linear 0 9\n2 tanh 1\n3 linear 2 4\n4 mean_squared_error 3\n", 0);
    check_graph("0 input 6\n1 linear 0 9\n2 tanh 1\n3 linear 2 4\n4 mean_squared_error 3\n", 1);
}

static void add_of_two(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 linear 0 4\n2 linear 0 4\n3 add 1 2\n4 softmax_cross_entropy 3\n", 0);
    check_graph("0 input 6\n1 linear 0 6\n2 add 0 1\n3 linear 2 4\n4 softmax_cross_entropy 3\n", 0);
}

/* One node read by several, and twice by one. */
static void fan_out(void **state)
{
    (void)state;
    check_graph("0 input 6\n1 linear 0 5\n2 tanh 1\n3 add 2 2\n4 linear 3 4\n5 softmax_cross_entropy 4\n", 0);
    check_graph("0 input 6\n1 linear 0 5\n2 tanh 1\n3 sigmoid 1\n4 relu 1\n5 add 2 3\n6 add 5 4\n7 add 6 1\n"
                "8 linear 7 3\n9 mean_squared_error 8\n",
                1);
}

static void whole_network(void **state)
{
    (void)state;
    check_graph("0 input 4,4\n1 flatten 0\n2 linear 1 12\n3 relu 2\n4 dropout 3 0.5\n5 linear 4 12\n6 relu 5\n"
                "7 dropout 6 0.25\n8 linear 7 10\n9 softmax_cross_entropy 8\n",
                0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_alone),
        cmocka_unit_test(linear_upon_linear),
        cmocka_unit_test(flatten),
        {"relu", activation, NULL, NULL, "relu"},
        {"sigmoid", activation, NULL, NULL, "sigmoid"},
        {"tanh", activation, NULL, NULL, "tanh"},
        {"gelu", activation, NULL, NULL, "gelu"},
        {"silu", activation, NULL, NULL, "silu"},
        {"selu", activation, NULL, NULL, "selu"},
        cmocka_unit_test(leaky_relu),
        cmocka_unit_test(norm),
        cmocka_unit_test(norm_of_dimensions),
        cmocka_unit_test(norm_fan_out),
        cmocka_unit_test(dropout),
        cmocka_unit_test(dropped_weights),
        cmocka_unit_test(relatives),
        cmocka_unit_test(relatives_of_dimensions),
        cmocka_unit_test(squared_error),
        cmocka_unit_test(add_of_two),
        cmocka_unit_test(fan_out),
        cmocka_unit_test(whole_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
