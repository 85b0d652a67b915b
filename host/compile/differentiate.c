/* differentiate.c: from graph to program: each operation's forward rule and its backward rule, and reverse-mode
 * differentiation over the nodes. Rules: cl/CONTRACT.md, section 5. */
#include "host/ir/program.h"
#include <clonal/random.h>
#include <stdio.h>

typedef struct builder {
    const clonal_graph *graph;
    clonal__program_ir *program;
    uint64_t seed;
    int *value;         /* by node: its output */
    int *gradient;      /* by node: the sum of what its consumers gave so far, or NO_VALUE */
    bool *wanted;       /* by node: a parameter is reached from it backward */
    int *weight, *bias; /* by node: a linear node's parameters, as values */
} builder;

static const clonal__node *node_of(const builder *b, clonal_node node)
{
    return &b->graph->nodes[node];
}

/* A new value of the node's shape, made by an instruction with the given code. */
static clonal_status emit(builder *b, clonal__instruction in, const char *what, int *out)
{
    uint32_t columns = node_of(b, in.node)->columns;
    *out = clonal__program_value(b->program, CLONAL__BATCH, 0, columns, "node.%d.%s", (int)in.node, what);
    if (*out == CLONAL__NO_VALUE) return CLONAL_E_MEMORY;
    in.out = *out;
    return clonal__program_append(b->program, &in);
}

/* Adds `contribution` to the gradient of `node`, in the order in which it comes. */
static clonal_status contribute(builder *b, clonal_node node, int contribution)
{
    if (b->gradient[node] == CLONAL__NO_VALUE) {
        b->gradient[node] = contribution;
        return CLONAL_OK;
    }
    clonal__instruction in = clonal__instruct(CLONAL__SUM, node, CLONAL__NO_VALUE, b->gradient[node], contribution);
    return emit(b, in, "gradient", &b->gradient[node]);
}

static clonal__function function_of(clonal__operation_id operation)
{
    switch (operation) {
    case CLONAL__RELU:
        return CLONAL__F_RELU;
    case CLONAL__SIGMOID:
        return CLONAL__F_SIGMOID;
    case CLONAL__TANH:
        return CLONAL__F_TANH;
    default:
        return CLONAL__IDENTITY;
    }
}

static clonal_status mask_of(const builder *b, clonal_node node, clonal__dropout *mask)
{
    mask->seed = b->seed;
    mask->stream = CLONAL_STREAM(CLONAL_STREAM_DROPOUT, node);
    return clonal_dropout_parameters(node_of(b, node)->p, &mask->threshold, &mask->scale);
}

/* Forward rules: set b->value[node]. */

static clonal_status forward_linear(builder *b, clonal_node node)
{
    clonal_node x = node_of(b, node)->inputs[0];
    int product;
    clonal__instruction gemm = clonal__instruct(CLONAL__GEMM, node, CLONAL__NO_VALUE, b->value[x], b->weight[node]);
    gemm.tb = true;
    CLONAL__TRY(emit(b, gemm, "product", &product));
    return emit(b, clonal__instruct(CLONAL__BIAS, node, CLONAL__NO_VALUE, product, b->bias[node]), "value",
                &b->value[node]);
}

static clonal_status forward_dropout(builder *b, clonal_node node)
{
    int x = b->value[node_of(b, node)->inputs[0]];
    b->value[node] = x;
    if (!b->program->training) return CLONAL_OK;
    clonal__instruction in = clonal__instruct(CLONAL__MASK, node, CLONAL__NO_VALUE, x, CLONAL__NO_VALUE);
    CLONAL__TRY(mask_of(b, node, &in.mask));
    return emit(b, in, "value", &b->value[node]);
}

static clonal_status forward_loss(builder *b, clonal_node node)
{
    clonal_node x = node_of(b, node)->inputs[0];
    b->program->output = b->value[x];
    clonal__instruction in = clonal__instruct(CLONAL__LOSS, x, CLONAL__NO_VALUE, b->value[x], CLONAL__NO_VALUE);
    in.loss = node_of(b, node)->operation;
    if (!b->program->training) return clonal__program_append(b->program, &in);
    return emit(b, in, "gradient", &b->gradient[x]); /* the loss and its gradient in one launch */
}

static clonal_status forward(builder *b, clonal_node node)
{
    const clonal__node *n = node_of(b, node);
    int in0 = n->inputs[0] >= 0 ? b->value[n->inputs[0]] : CLONAL__NO_VALUE;
    int in1 = n->inputs[1] >= 0 ? b->value[n->inputs[1]] : CLONAL__NO_VALUE;
    clonal__instruction in = clonal__instruct(CLONAL__LOAD, node, CLONAL__NO_VALUE, in0, in1);
    switch (n->operation) {
    case CLONAL__INPUT:
        return emit(b, in, "value", &b->value[node]);
    case CLONAL__FLATTEN:
        b->value[node] = in0;
        return CLONAL_OK;
    case CLONAL__LINEAR:
        return forward_linear(b, node);
    case CLONAL__RELU:
    case CLONAL__SIGMOID:
    case CLONAL__TANH:
        in.op = CLONAL__FUNCTION;
        in.function = function_of(n->operation);
        return emit(b, in, "value", &b->value[node]);
    case CLONAL__DROPOUT:
        return forward_dropout(b, node);
    case CLONAL__ADD:
        in.op = CLONAL__SUM;
        return emit(b, in, "value", &b->value[node]);
    case CLONAL__CROSS_ENTROPY:
    case CLONAL__SQUARED_ERROR:
        return forward_loss(b, node);
    case CLONAL__OPERATION_COUNT:
        break;
    }
    return clonal__fail(CLONAL_E_INTERNAL, "node %d has no forward rule", (int)node);
}

/* Backward rules: from b->gradient[node], contribute to the inputs that are wanted. */

static clonal_status backward_linear(builder *b, clonal_node node)
{
    const clonal__node *n = node_of(b, node);
    clonal_node x = n->inputs[0];
    int dy = b->gradient[node];
    if (b->wanted[x]) {
        int dx =
            clonal__program_value(b->program, CLONAL__BATCH, 0, node_of(b, x)->columns, "node.%d.gradient", (int)x);
        if (dx == CLONAL__NO_VALUE) return CLONAL_E_MEMORY;
        clonal__instruction in = clonal__instruct(CLONAL__GEMM, node, dx, dy, b->weight[node]);
        CLONAL__TRY(clonal__program_append(b->program, &in));
        CLONAL__TRY(contribute(b, x, dx));
    }
    for (int is_bias = 0; is_bias < 2; is_bias++) {
        int parameter = is_bias ? b->bias[node] : b->weight[node];
        clonal__value value = b->program->values[parameter];
        int gradient =
            clonal__program_value(b->program, CLONAL__SMALL, value.rows, value.columns, "%s.gradient", value.name);
        if (gradient == CLONAL__NO_VALUE) return CLONAL_E_MEMORY;
        clonal__instruction make = is_bias ? clonal__instruct(CLONAL__COLUMN_SUM, node, gradient, dy, CLONAL__NO_VALUE)
                                           : clonal__instruct(CLONAL__GEMM, node, gradient, dy, b->value[x]);
        make.ta = !is_bias;
        CLONAL__TRY(clonal__program_append(b->program, &make));
        clonal__instruction update = clonal__instruct(CLONAL__UPDATE, node, parameter, gradient, CLONAL__NO_VALUE);
        CLONAL__TRY(clonal__program_append(b->program, &update));
    }
    return CLONAL_OK;
}

static clonal_status backward(builder *b, clonal_node node)
{
    const clonal__node *n = node_of(b, node);
    clonal_node x = n->inputs[0];
    int dy = b->gradient[node], dx;
    if (dy == CLONAL__NO_VALUE || !b->wanted[node]) return CLONAL_OK;
    clonal__instruction in = clonal__instruct(CLONAL__MASK, x, CLONAL__NO_VALUE, dy, CLONAL__NO_VALUE);
    switch (n->operation) {
    case CLONAL__INPUT:
        return CLONAL_OK;
    case CLONAL__FLATTEN:
        return contribute(b, x, dy);
    case CLONAL__LINEAR:
        return backward_linear(b, node);
    case CLONAL__RELU:
    case CLONAL__SIGMOID:
    case CLONAL__TANH:
        in.op = CLONAL__DERIVATIVE;
        in.function = function_of(n->operation);
        in.in[1] = b->value[node];
        break;
    case CLONAL__DROPOUT:
        CLONAL__TRY(mask_of(b, node, &in.mask));
        break;
    case CLONAL__ADD:
        for (int k = 0; k < 2; k++)
            if (b->wanted[n->inputs[k]]) CLONAL__TRY(contribute(b, n->inputs[k], dy));
        return CLONAL_OK;
    case CLONAL__CROSS_ENTROPY:
    case CLONAL__SQUARED_ERROR:
        return CLONAL_OK; /* its gradient came with the loss */
    case CLONAL__OPERATION_COUNT:
        return clonal__fail(CLONAL_E_INTERNAL, "node %d has no backward rule", (int)node);
    }
    CLONAL__TRY(emit(b, in, "gradient", &dx));
    return contribute(b, x, dx);
}

/* The parameters of every linear node, as values that live always. */
static clonal_status declare_parameters(builder *b)
{
    clonal__program_ir *program = b->program;
    for (size_t i = 0; i < b->graph->count; i++) {
        const clonal__node *n = &b->graph->nodes[i];
        if (n->operation != CLONAL__LINEAR) continue;
        for (int is_bias = 0; is_bias < 2; is_bias++) {
            uint32_t rows = is_bias ? 1 : n->columns,
                     columns = is_bias ? n->columns : node_of(b, n->inputs[0])->columns;
            CLONAL__TRY(clonal__grow(&program->parameters, program->parameter_count + 1, sizeof *program->parameters));
            clonal__parameter *parameter = &program->parameters[program->parameter_count];
            *parameter =
                (clonal__parameter){.node = (clonal_node)i, .is_bias = is_bias, .rows = rows, .columns = columns};
            snprintf(parameter->name, sizeof parameter->name, "%zu.%s", i - 1, is_bias ? "bias" : "weight");
            parameter->value = clonal__program_value(program, CLONAL__PARAMETER, rows, columns, "%s", parameter->name);
            if (parameter->value == CLONAL__NO_VALUE) return CLONAL_E_MEMORY;
            program->values[parameter->value].parameter = (int)program->parameter_count++;
            (is_bias ? b->bias : b->weight)[i] = parameter->value;
        }
    }
    return CLONAL_OK;
}

static clonal_status build(builder *b)
{
    size_t count = b->graph->count;
    for (size_t i = 0; i < count; i++) {
        const clonal__node *n = &b->graph->nodes[i];
        b->value[i] = b->gradient[i] = b->weight[i] = b->bias[i] = CLONAL__NO_VALUE;
        b->wanted[i] = n->operation == CLONAL__LINEAR;
        for (size_t k = 0; k < clonal__operations[n->operation].inputs; k++)
            b->wanted[i] = b->wanted[i] || b->wanted[n->inputs[k]];
    }
    CLONAL__TRY(declare_parameters(b));
    for (size_t i = 0; i < count; i++) CLONAL__TRY(forward(b, (clonal_node)i));
    if (!b->program->training) return CLONAL_OK;
    for (size_t i = count; i-- > 0;) CLONAL__TRY(backward(b, (clonal_node)i));
    return CLONAL_OK;
}

clonal_status clonal__differentiate(const clonal_graph *graph, bool training, uint64_t seed,
                                    clonal__program_ir *program)
{
    clonal_node input, loss;
    CLONAL__TRY(clonal__graph_check(graph, &input, &loss));
    builder b = {.graph = graph, .program = program, .seed = seed};
    program->training = training;
    program->output = CLONAL__NO_VALUE;
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(graph->count, sizeof *b.value, &b.value), done);
    CLONAL__TRY_GOTO(clonal__calloc(graph->count, sizeof *b.gradient, &b.gradient), done);
    CLONAL__TRY_GOTO(clonal__calloc(graph->count, sizeof *b.wanted, &b.wanted), done);
    CLONAL__TRY_GOTO(clonal__calloc(graph->count, sizeof *b.weight, &b.weight), done);
    CLONAL__TRY_GOTO(clonal__calloc(graph->count, sizeof *b.bias, &b.bias), done);
    status = build(&b);
done:
    clonal__free(b.value);
    clonal__free(b.gradient);
    clonal__free(b.wanted);
    clonal__free(b.weight);
    clonal__free(b.bias);
    if (status != CLONAL_OK) clonal__program_free(program);
    return status;
}
