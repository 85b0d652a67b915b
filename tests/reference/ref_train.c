#include "ref_train.h"

#include "ref_activations.h"
#include "ref_layer_norm.h"
#include "ref_ops.h"
#include "ref_philox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* R of a layer_norm node. */
static size_t norm_rows(const struct ref_node *node, size_t rows)
{
    return rows * (node->columns / ref_norm_length(node));
}

struct ref_trainer *ref_trainer_create(const struct ref_graph *graph, const struct ref_settings *settings)
{
    struct ref_trainer *trainer = ref_alloc(1, sizeof *trainer);
    size_t batch = settings->batch, widest = 0;
    trainer->graph = *graph;
    trainer->settings = *settings;
    trainer->parameter_count = ref_parameters_create(graph, settings->seed, settings->initial, &trainer->parameters);
    for (size_t n = 0; n < graph->count; n++) {
        const struct ref_node *node = &graph->nodes[n];
        widest = node->columns > widest ? node->columns : widest;
        trainer->values[n] = ref_alloc(batch * node->columns, sizeof(float));
        if (node->needs_gradient && !ref_op_is_loss(node->op))
            trainer->gradients[n] = ref_alloc(batch * node->columns, sizeof(float));
        if (node->op == REF_DROPOUT) trainer->masks[n] = ref_alloc(batch * node->columns, sizeof(uint8_t));
        if (node->op == REF_DROP_CONNECT) {
            size_t elements = node->columns * graph->nodes[node->inputs[0]].columns;
            trainer->masks[n] = ref_alloc(elements, sizeof(uint8_t));
            trainer->masked[n] = ref_alloc(elements, sizeof(float));
        }
        if (node->op == REF_LAYER_NORM) {
            trainer->normalized[n] = ref_alloc(batch * node->columns, sizeof(float));
            trainer->deviations[n] = ref_alloc(norm_rows(node, batch), sizeof(float));
        }
    }
    trainer->loss_elements = ref_alloc(batch * ref_classes(trainer), sizeof(float));
    trainer->loss_sums = ref_alloc(batch, sizeof(float));
    trainer->contribution = ref_alloc(batch * widest, sizeof(float));
    trainer->x = ref_alloc(batch * graph->nodes[0].columns, sizeof(float));
    trainer->labels = ref_alloc(batch, sizeof(uint32_t));
    trainer->targets = ref_alloc(batch * ref_classes(trainer), sizeof(float));
    return trainer;
}

void ref_trainer_destroy(struct ref_trainer *trainer)
{
    if (trainer == NULL) return;
    ref_parameters_destroy(trainer->parameters, trainer->parameter_count);
    for (size_t n = 0; n < trainer->graph.count; n++) {
        free(trainer->values[n]);
        free(trainer->gradients[n]);
        free(trainer->masks[n]);
        free(trainer->masked[n]);
        free(trainer->normalized[n]);
        free(trainer->deviations[n]);
    }
    free(trainer->loss_elements);
    free(trainer->loss_sums);
    free(trainer->contribution);
    free(trainer->x);
    free(trainer->labels);
    free(trainer->targets);
    free(trainer);
}

size_t ref_output_node(const struct ref_trainer *trainer)
{
    return trainer->graph.nodes[trainer->graph.count - 1].inputs[0];
}

size_t ref_classes(const struct ref_trainer *trainer)
{
    return trainer->graph.nodes[ref_output_node(trainer)].columns;
}

static void observe(const struct ref_trainer *trainer, const char *name, size_t rows, size_t columns,
                    const float *values, const uint8_t *keep)
{
    struct ref_named tensor = {name, rows, columns, values, keep};
    if (trainer->observer != NULL) trainer->observer(trainer->observer_user, trainer->t, &tensor);
}

static void observe_node(const struct ref_trainer *trainer, size_t n, const char *what, size_t rows,
                         const float *values)
{
    char name[64];
    snprintf(name, sizeof name, "node.%zu.%s", n, what);
    observe(trainer, name, rows, trainer->graph.nodes[n].columns, values, NULL);
}

static void observe_mask(const struct ref_trainer *trainer, size_t n, size_t rows)
{
    const struct ref_node *node = &trainer->graph.nodes[n];
    char name[64];
    snprintf(name, sizeof name, "node.%zu.mask", n);
    if (node->op == REF_DROP_CONNECT)
        observe(trainer, name, node->columns, trainer->graph.nodes[node->inputs[0]].columns, NULL, trainer->masks[n]);
    else
        observe(trainer, name, rows, node->columns, NULL, trainer->masks[n]);
}

static void observe_parameter(const struct ref_trainer *trainer, const struct ref_parameter *parameter,
                              const char *suffix, const float *values)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s", parameter->name, suffix);
    observe(trainer, name, parameter->rows, parameter->columns, values, NULL);
}

/* The probability of a dropout or drop_connect node in the step. */
static double probability(const struct ref_trainer *trainer, size_t n)
{
    return ref_probability(&trainer->settings.dropout, trainer->graph.nodes[n].attribute, trainer->t);
}

static void forward_dropout(struct ref_trainer *trainer, size_t n, const float *x, size_t rows, int training)
{
    const struct ref_node *node = &trainer->graph.nodes[n];
    if (!training) {
        memcpy(trainer->values[n], x, rows * node->columns * sizeof *x);
        return;
    }
    uint32_t stream = ref_stream(REF_PURPOSE_DROPOUT, (uint32_t)n);
    double p = probability(trainer, n);
    ref_mask(trainer->masks[n], rows, node->columns, p, trainer->settings.seed, stream, (uint32_t)trainer->t);
    ref_dropout(trainer->values[n], x, trainer->masks[n], ref_dropout_scale(p), rows * node->columns);
}

static void forward_drop_connect(struct ref_trainer *trainer, size_t n, const float *x, size_t rows, int training)
{
    const struct ref_parameter *weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n);
    const float *w = weight->value;
    if (training) {
        uint32_t stream = ref_stream(REF_PURPOSE_CONNECT, (uint32_t)n);
        double p = probability(trainer, n);
        ref_mask(trainer->masks[n], weight->rows, weight->columns, p, trainer->settings.seed, stream,
                 (uint32_t)trainer->t);
        ref_dropout(trainer->masked[n], w, trainer->masks[n], ref_dropout_scale(p), weight->rows * weight->columns);
        w = trainer->masked[n];
    }
    ref_linear(trainer->values[n], x, w, weight[1].value, rows, weight->columns, weight->rows);
}

/* The value of node n, whose inputs have theirs; the input and the loss are done elsewhere. */
static void forward_node(struct ref_trainer *trainer, size_t n, size_t rows, int training)
{
    const struct ref_node *node = &trainer->graph.nodes[n];
    const struct ref_parameter *weight;
    const float *x = trainer->values[node->inputs[0]];
    float *y = trainer->values[n];
    size_t count = rows * node->columns;
    switch (node->op) {
    case REF_FLATTEN:
        memcpy(y, x, count * sizeof *y);
        break;
    case REF_LINEAR:
        weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n);
        ref_linear(y, x, weight[0].value, weight[1].value, rows, weight->columns, weight->rows);
        break;
    case REF_LAYER_NORM:
        weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n);
        ref_layer_norm(y, trainer->normalized[n], trainer->deviations[n], x, weight[0].value, weight[1].value,
                       (float)node->attribute, norm_rows(node, rows), ref_norm_length(node));
        break;
    case REF_DROPOUT:
        forward_dropout(trainer, n, x, rows, training);
        break;
    case REF_DROP_CONNECT:
        forward_drop_connect(trainer, n, x, rows, training);
        break;
    case REF_ADD:
        ref_add(y, x, trainer->values[node->inputs[1]], count);
        break;
    default:
        ref_activation(node->op, node->attribute, y, x, count);
        break;
    }
}

void ref_forward(struct ref_trainer *trainer, const float *x, const uint32_t *labels, const float *targets, size_t rows,
                 int training)
{
    size_t last = trainer->graph.count - 1;
    const float *output = trainer->values[ref_output_node(trainer)];
    memcpy(trainer->values[0], x, rows * trainer->graph.nodes[0].columns * sizeof *x);
    for (size_t n = 0; n <= last; n++) {
        if (n > 0 && n < last)
            forward_node(trainer, n, rows, training);
        else if (n == last && trainer->graph.nodes[n].op == REF_SOFTMAX_CROSS_ENTROPY)
            ref_softmax_cross_entropy(trainer->values[n], trainer->loss_elements, trainer->loss_sums, output, labels,
                                      rows, ref_classes(trainer));
        else if (n == last)
            ref_mean_squared_error(trainer->values[n], trainer->loss_elements, output, labels, targets, rows,
                                   ref_classes(trainer));
        if (training && trainer->masks[n] != NULL) observe_mask(trainer, n, rows);
        if (training) observe_node(trainer, n, "value", rows, trainer->values[n]);
    }
}

/* Adds trainer->contribution to the gradient of node `to`; the first one to give is taken as it is. */
static void give(struct ref_trainer *trainer, size_t to, int given[], size_t rows)
{
    size_t count = rows * trainer->graph.nodes[to].columns;
    float *gradient = trainer->gradients[to];
    for (size_t i = 0; i < count; i++)
        gradient[i] = given[to] ? gradient[i] + trainer->contribution[i] : trainer->contribution[i];
    given[to] = 1;
}

/* The gradient of a weight, from that of the weight under its mask. */
static void mask_in_place(float *gradient, const uint8_t *keep, float scale, size_t count)
{
    for (size_t i = 0; i < count; i++) gradient[i] = keep[i] ? gradient[i] * scale : 0.0f;
}

/* The gradients of a linear, drop_connect or layer_norm node's parameters. */
static void backward_parameters(struct ref_trainer *trainer, size_t n, size_t rows)
{
    const struct ref_node *node = &trainer->graph.nodes[n];
    struct ref_parameter *weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n),
                         *bias = weight + 1;
    const float *x = trainer->values[node->inputs[0]], *dy = trainer->gradients[n];
    if (ref_op_is_linear(node->op)) {
        ref_linear_dw(weight->gradient, dy, x, rows, weight->columns, weight->rows);
        if (node->op == REF_DROP_CONNECT)
            mask_in_place(weight->gradient, trainer->masks[n], ref_dropout_scale(probability(trainer, n)),
                          weight->rows * weight->columns);
        ref_linear_db(bias->gradient, dy, rows, bias->columns);
    } else {
        size_t all = norm_rows(node, rows), length = ref_norm_length(node);
        ref_layer_norm_dw(weight->gradient, dy, trainer->normalized[n], all, length);
        ref_layer_norm_db(bias->gradient, dy, all, length);
    }
    observe_parameter(trainer, weight, ".gradient", weight->gradient);
    observe_parameter(trainer, bias, ".gradient", bias->gradient);
}

/* What node n gives its inputs (all of them the same, where it has two), into trainer->contribution. */
static void backward_node(struct ref_trainer *trainer, size_t n, const uint32_t *labels, size_t rows)
{
    const struct ref_node *node = &trainer->graph.nodes[n];
    const struct ref_parameter *weight;
    const float *dy = trainer->gradients[n], *saved;
    float *dx = trainer->contribution;
    size_t count = rows * node->columns;
    switch (node->op) {
    case REF_SOFTMAX_CROSS_ENTROPY:
        ref_softmax_cross_entropy_dz(dx, trainer->loss_elements, trainer->loss_sums, labels, rows,
                                     ref_classes(trainer));
        break;
    case REF_MEAN_SQUARED_ERROR:
        ref_mean_squared_error_dy(dx, trainer->loss_elements, rows, ref_classes(trainer));
        break;
    case REF_FLATTEN:
    case REF_ADD:
        memcpy(dx, dy, count * sizeof *dx);
        break;
    case REF_LINEAR:
        weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n);
        ref_linear_dx(dx, dy, weight->value, rows, weight->columns, weight->rows);
        break;
    case REF_DROP_CONNECT:
        weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n);
        ref_linear_dx(dx, dy, trainer->masked[n], rows, weight->columns, weight->rows);
        break;
    case REF_LAYER_NORM:
        weight = ref_parameter_of(trainer->parameters, trainer->parameter_count, n);
        ref_layer_norm_dx(dx, dy, trainer->normalized[n], trainer->deviations[n], weight->value, norm_rows(node, rows),
                          ref_norm_length(node));
        break;
    case REF_DROPOUT:
        ref_dropout(dx, dy, trainer->masks[n], ref_dropout_scale(probability(trainer, n)), count);
        break;
    default:
        saved = trainer->values[ref_activation_saves_input(node->op) ? node->inputs[0] : n];
        ref_activation_dx(node->op, node->attribute, dx, dy, saved, count);
        break;
    }
}

void ref_backward(struct ref_trainer *trainer, const uint32_t *labels, size_t rows)
{
    int given[REF_MAX_NODES] = {0};
    for (size_t n = trainer->graph.count; n-- > 0;) {
        const struct ref_node *node = &trainer->graph.nodes[n];
        size_t to[2], receivers = 0;
        if (!node->needs_gradient) continue;
        if (trainer->gradients[n] != NULL) observe_node(trainer, n, "gradient", rows, trainer->gradients[n]);
        if (ref_parameter_of(trainer->parameters, trainer->parameter_count, n) != NULL)
            backward_parameters(trainer, n, rows);
        for (size_t i = 0; i < ref_op_inputs(node->op); i++) {
            if (trainer->gradients[node->inputs[i]] != NULL) to[receivers++] = node->inputs[i];
        }
        if (receivers > 0) backward_node(trainer, n, labels, rows);
        for (size_t i = 0; i < receivers; i++) give(trainer, to[i], given, rows);
    }
}

void ref_update(struct ref_trainer *trainer)
{
    const struct ref_settings *settings = &trainer->settings;
    struct ref_scalars scalars = ref_scalars_at(settings, trainer->t);
    char suffix[32];
    for (size_t i = 0; i < trainer->parameter_count; i++) {
        struct ref_parameter *parameter = &trainer->parameters[i];
        ref_optimize(settings, &scalars, parameter->value, parameter->states, parameter->gradient,
                     parameter->rows * parameter->columns);
        for (size_t state = 0; state < ref_state_count(settings); state++) {
            snprintf(suffix, sizeof suffix, ".%s", ref_state_name(settings, state));
            observe_parameter(trainer, parameter, suffix, parameter->states[state]);
        }
        observe_parameter(trainer, parameter, "", parameter->value);
    }
}

void ref_step(struct ref_trainer *trainer, const float *x, const uint32_t *labels, const float *targets, size_t rows)
{
    ref_forward(trainer, x, labels, targets, rows, 1);
    ref_backward(trainer, labels, rows);
    ref_update(trainer);
    trainer->t++;
}

/* Copies samples order[0 .. rows-1] into the trainer's batch; those from `first` on where order is NULL. */
static void gather(struct ref_trainer *trainer, const struct ref_data *data, const uint32_t *order, size_t first,
                   size_t rows)
{
    size_t classes = ref_classes(trainer);
    for (size_t row = 0; row < rows; row++) {
        size_t sample = order ? order[first + row] : first + row;
        memcpy(trainer->x + row * data->columns, data->x + sample * data->columns, data->columns * sizeof(float));
        if (data->labels != NULL) trainer->labels[row] = data->labels[sample];
        if (data->targets != NULL)
            memcpy(trainer->targets + row * classes, data->targets + sample * classes, classes * sizeof(float));
    }
}

/* The binary64 divisor of a sum of row losses. */
static double loss_divisor(const struct ref_trainer *trainer, size_t rows)
{
    int squared = trainer->graph.nodes[trainer->graph.count - 1].op == REF_MEAN_SQUARED_ERROR;
    return (double)(squared ? rows * ref_classes(trainer) : rows);
}

double ref_epoch(struct ref_trainer *trainer, const struct ref_data *data, uint32_t epoch, uint64_t max_steps)
{
    const float *losses = trainer->values[trainer->graph.count - 1];
    uint32_t *order = ref_alloc(data->count, sizeof *order);
    size_t trained = 0;
    double sum = 0.0;
    ref_shuffle(order, (uint32_t)data->count, trainer->settings.seed, epoch);
    for (uint64_t step = 0; step < max_steps && trained < data->count; step++) {
        size_t left = data->count - trained;
        size_t rows = left < trainer->settings.batch ? left : trainer->settings.batch;
        gather(trainer, data, order, trained, rows);
        ref_step(trainer, trainer->x, trainer->labels, data->targets ? trainer->targets : NULL, rows);
        for (size_t row = 0; row < rows; row++) sum = sum + (double)losses[row];
        trained += rows;
    }
    free(order);
    return sum / loss_divisor(trainer, trained);
}

void ref_evaluate(struct ref_trainer *trainer, const struct ref_data *data, double *loss, double *accuracy)
{
    const float *losses = trainer->values[trainer->graph.count - 1];
    const float *outputs = trainer->values[ref_output_node(trainer)];
    size_t classes = ref_classes(trainer), right = 0, rows;
    double sum = 0.0;
    for (size_t first = 0; first < data->count; first += rows) {
        rows = data->count - first < trainer->settings.batch ? data->count - first : trainer->settings.batch;
        gather(trainer, data, NULL, first, rows);
        ref_forward(trainer, trainer->x, trainer->labels, data->targets ? trainer->targets : NULL, rows, 0);
        for (size_t row = 0; row < rows; row++) {
            sum = sum + (double)losses[row];
            right += data->labels != NULL && ref_class(outputs + row * classes, classes) == trainer->labels[row];
        }
    }
    *loss = sum / loss_divisor(trainer, data->count);
    *accuracy = (double)right / (double)data->count;
}
