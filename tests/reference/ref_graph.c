#define _POSIX_C_SOURCE 200809L
#include "ref_graph.h"

#include "ref_initial.h"
#include "ref_locale.h"
#include "ref_math.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t inputs;
} operations[REF_OP_COUNT] = {
    [REF_INPUT] = {"input", 0},
    [REF_FLATTEN] = {"flatten", 1},
    [REF_LINEAR] = {"linear", 1},
    [REF_RELU] = {"relu", 1},
    [REF_SIGMOID] = {"sigmoid", 1},
    [REF_TANH] = {"tanh", 1},
    [REF_GELU] = {"gelu", 1},
    [REF_SILU] = {"silu", 1},
    [REF_LEAKY_RELU] = {"leaky_relu", 1},
    [REF_DROPOUT] = {"dropout", 1},
    [REF_DROP_CONNECT] = {"drop_connect", 1},
    [REF_ADD] = {"add", 2},
    [REF_LAYER_NORM] = {"layer_norm", 1},
    [REF_SOFTMAX_CROSS_ENTROPY] = {"softmax_cross_entropy", 1},
    [REF_MEAN_SQUARED_ERROR] = {"mean_squared_error", 1},
};

void *ref_alloc(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (memory == NULL) {
        fprintf(stderr, "reference: no memory for %zu elements of %zu bytes\n", count, size);
        abort();
    }
    return memory;
}

const char *ref_op_name(enum ref_op op)
{
    return operations[op].name;
}

size_t ref_op_inputs(enum ref_op op)
{
    return operations[op].inputs;
}

int ref_op_is_loss(enum ref_op op)
{
    return op == REF_SOFTMAX_CROSS_ENTROPY || op == REF_MEAN_SQUARED_ERROR;
}

int ref_op_is_linear(enum ref_op op)
{
    return op == REF_LINEAR || op == REF_DROP_CONNECT;
}

/* Takes a decimal number off the text; 0 where there is none. */
static int take_size(const char **text, size_t *value)
{
    char *end;
    if (**text < '0' || **text > '9') return 0;
    uintmax_t number = strtoumax(*text, &end, 10);
    if (number > UINT32_MAX) return 0;
    *value = (size_t)number;
    *text = end;
    return 1;
}

static int take_space(const char **text)
{
    if (**text != ' ') return 0;
    (*text)++;
    return 1;
}

static int take_op(const char **text, enum ref_op *op)
{
    size_t length = strcspn(*text, " \n");
    for (int i = 0; i < REF_OP_COUNT; i++) {
        if (strlen(operations[i].name) == length && memcmp(operations[i].name, *text, length) == 0) {
            *op = (enum ref_op)i;
            *text += length;
            return 1;
        }
    }
    return 0;
}

static int take_shape(const char **text, struct ref_node *node)
{
    do {
        if (node->rank > 0) (*text)++;
        if (node->rank == REF_MAX_RANK || !take_size(text, &node->shape[node->rank]) || node->shape[node->rank] == 0)
            return 0;
        node->rank++;
    } while (**text == ',');
    return 1;
}

/* Takes a real attribute, finite and within low..high; a zero of either sign is +0. */
static int take_real(const char **text, double *value, double low, double high)
{
    char *end;
    if (!take_space(text)) return 0;
    *value = ref_strtod(*text, &end);
    if (end == *text || !(*value >= low && *value <= high)) return 0;
    if (*value == 0.0) *value = 0.0;
    *text = end;
    return 1;
}

static int take_attributes(const char **text, struct ref_node *node)
{
    switch (node->op) {
    case REF_INPUT:
        return take_space(text) && take_shape(text, node);
    case REF_LINEAR:
    case REF_DROP_CONNECT:
        node->rank = 1;
        if (!take_space(text) || !take_size(text, &node->shape[0]) || node->shape[0] == 0) return 0;
        return node->op == REF_LINEAR || take_real(text, &node->attribute, 0.0, 1.0);
    case REF_DROPOUT:
        return take_real(text, &node->attribute, 0.0, 1.0);
    case REF_LEAKY_RELU:
        return take_real(text, &node->attribute, -DBL_MAX, DBL_MAX);
    case REF_LAYER_NORM:
        return take_real(text, &node->attribute, 0.0, DBL_MAX);
    default:
        return 1;
    }
}

static int has_parameters(enum ref_op op)
{
    return ref_op_is_linear(op) || op == REF_LAYER_NORM;
}

/* Shape and needs_gradient, from the inputs'. Returns NULL, or what is wrong. */
static const char *infer(const struct ref_graph *graph, struct ref_node *node)
{
    const struct ref_node *from = &graph->nodes[node->inputs[0]];
    for (size_t i = 0; i < operations[node->op].inputs; i++) {
        if (node->inputs[i] >= graph->count) return "an input that is no earlier node";
        if (ref_op_is_loss(graph->nodes[node->inputs[i]].op)) return "a loss as input";
        node->needs_gradient |= graph->nodes[node->inputs[i]].needs_gradient;
    }
    if ((node->op == REF_INPUT) != (graph->count == 0)) return "the input is node 0, and no other";
    if (has_parameters(node->op)) node->needs_gradient = 1;
    if (node->op == REF_FLATTEN || ref_op_is_loss(node->op)) {
        node->rank = 1;
        node->shape[0] = ref_op_is_loss(node->op) ? 1 : from->columns;
    } else if (node->op != REF_INPUT && !ref_op_is_linear(node->op)) {
        node->rank = from->rank;
        memcpy(node->shape, from->shape, sizeof node->shape);
    }
    if (node->op == REF_ADD) {
        const struct ref_node *other = &graph->nodes[node->inputs[1]];
        if (other->rank != from->rank || memcmp(other->shape, from->shape, from->rank * sizeof from->shape[0]) != 0)
            return "inputs of two shapes";
    }
    node->columns = 1;
    for (size_t i = 0; i < node->rank; i++) {
        if (node->shape[i] > UINT32_MAX / node->columns) return "too large a shape";
        node->columns *= node->shape[i];
    }
    return NULL;
}

static const char *parse_line(struct ref_graph *graph, const char **text)
{
    struct ref_node node = {0};
    size_t number;
    const char *wrong;
    if (graph->count == REF_MAX_NODES) return "too many nodes";
    if (!take_size(text, &number) || number != graph->count) return "not the node's number";
    if (!take_space(text) || !take_op(text, &node.op)) return "no such operation";
    for (size_t i = 0; i < operations[node.op].inputs; i++) {
        if (!take_space(text) || !take_size(text, &node.inputs[i])) return "an input is missing";
    }
    if (!take_attributes(text, &node)) return "a wrong attribute";
    if (**text != '\n') return "more than the operation takes, or no line feed";
    (*text)++;
    if ((wrong = infer(graph, &node)) != NULL) return wrong;
    graph->nodes[graph->count++] = node;
    return NULL;
}

/* Every node but the last, which is the loss, is read by a later one. */
static const char *check(const struct ref_graph *graph)
{
    int read[REF_MAX_NODES] = {0};
    if (graph->count == 0 || !ref_op_is_loss(graph->nodes[graph->count - 1].op)) return "the last node is not a loss";
    for (size_t n = 0; n < graph->count; n++) {
        for (size_t i = 0; i < operations[graph->nodes[n].op].inputs; i++) read[graph->nodes[n].inputs[i]] = 1;
    }
    for (size_t n = 0; n + 1 < graph->count; n++) {
        if (!read[n]) return "a node that the loss does not depend on";
    }
    return NULL;
}

int ref_graph_parse(struct ref_graph *graph, const char *text, char message[REF_MAX_MESSAGE])
{
    const char *wrong = NULL;
    graph->count = 0;
    while (wrong == NULL && *text != '\0') wrong = parse_line(graph, &text);
    if (wrong == NULL) wrong = check(graph);
    if (wrong == NULL) return 0;
    snprintf(message, REF_MAX_MESSAGE, "graph, line %zu: %s", graph->count + 1, wrong);
    return -1;
}

static void print_number(FILE *out, double value)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        ref_print_real(text, sizeof text, digits, value);
        if (ref_strtod(text, NULL) == value) break;
    }
    fputs(text, out);
}

static void print_node(FILE *out, size_t number, const struct ref_node *node)
{
    fprintf(out, "%zu %s", number, operations[node->op].name);
    for (size_t i = 0; i < operations[node->op].inputs; i++) fprintf(out, " %zu", node->inputs[i]);
    if (node->op == REF_INPUT || ref_op_is_linear(node->op)) {
        for (size_t i = 0; i < node->rank; i++) fprintf(out, "%c%zu", i == 0 ? ' ' : ',', node->shape[i]);
    }
    if (node->op == REF_DROPOUT || node->op == REF_DROP_CONNECT || node->op == REF_LEAKY_RELU ||
        node->op == REF_LAYER_NORM) {
        fputc(' ', out);
        print_number(out, node->attribute);
    }
    fputc('\n', out);
}

char *ref_graph_print(const struct ref_graph *graph)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) abort();
    for (size_t n = 0; n < graph->count; n++) print_node(out, n, &graph->nodes[n]);
    if (fclose(out) != 0) abort();
    return text;
}

size_t ref_norm_length(const struct ref_node *node)
{
    return node->shape[node->rank - 1];
}

static void create_parameter(struct ref_parameter *parameter, size_t node, const char *name, size_t rows,
                             size_t columns)
{
    /* Node 0 is the only input, so the m of the contract is node - 1. */
    snprintf(parameter->name, sizeof parameter->name, "%zu.%s", node - 1, name);
    parameter->node = node;
    parameter->rows = rows;
    parameter->columns = columns;
    parameter->value = ref_alloc(rows * columns, sizeof(float));
    parameter->gradient = ref_alloc(rows * columns, sizeof(float));
    for (size_t i = 0; i < REF_MAX_STATES; i++) parameter->states[i] = ref_alloc(rows * columns, sizeof(float));
}

static void create_linear(struct ref_parameter *weight, struct ref_parameter *bias, size_t n, size_t inputs,
                          size_t outputs, uint64_t seed, enum ref_initial_rule initial)
{
    create_parameter(weight, n, "weight", outputs, inputs);
    create_parameter(bias, n, "bias", 1, outputs);
    weight->rank = 2;
    bias->rank = 1;
    ref_initial_weight(weight->value, outputs, inputs, initial, seed, (uint32_t)n);
    ref_initial_bias(bias->value, outputs, inputs, initial, seed, (uint32_t)n);
}

static void create_layer_norm(struct ref_parameter *weight, struct ref_parameter *bias, size_t n, size_t length)
{
    create_parameter(weight, n, "weight", 1, length);
    create_parameter(bias, n, "bias", 1, length);
    weight->rank = bias->rank = 1;
    for (size_t c = 0; c < length; c++) weight->value[c] = 1.0f;
}

size_t ref_parameters_create(const struct ref_graph *graph, uint64_t seed, enum ref_initial_rule initial,
                             struct ref_parameter **parameters)
{
    size_t count = 0;
    struct ref_parameter *list = ref_alloc(2 * graph->count, sizeof *list);
    for (size_t n = 0; n < graph->count; n++) {
        const struct ref_node *node = &graph->nodes[n];
        if (!has_parameters(node->op)) continue;
        struct ref_parameter *weight = &list[count++], *bias = &list[count++];
        if (ref_op_is_linear(node->op))
            create_linear(weight, bias, n, graph->nodes[node->inputs[0]].columns, node->columns, seed, initial);
        else
            create_layer_norm(weight, bias, n, ref_norm_length(node));
    }
    *parameters = list;
    return count;
}

void ref_parameters_destroy(struct ref_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(parameters[i].value);
        free(parameters[i].gradient);
        for (size_t state = 0; state < REF_MAX_STATES; state++) free(parameters[i].states[state]);
    }
    free(parameters);
}

struct ref_parameter *ref_parameter_of(struct ref_parameter *parameters, size_t count, size_t node)
{
    for (size_t i = 0; i < count; i++) {
        if (parameters[i].node == node) return &parameters[i];
    }
    return NULL;
}
