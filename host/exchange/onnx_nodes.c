/* onnx_nodes.c: ONNX's operators (https://onnx.ai/onnx/operators/) as nodes of Clonal's. */
#include "host/exchange/onnx_reader.h"

#include "host/base/number.h"
#include <math.h>
#include <stdarg.h>
#include <string.h>

typedef clonal__onnx_reader reader;
typedef Onnx__NodeProto proto;
typedef clonal__onnx_value value;

clonal_status clonal__onnx_refuse(const reader *r, const proto *node, const char *format, ...)
{
    char cause[400], name[64], type[64];
    va_list list;
    va_start(list, format);
    clonal__number_format(cause, sizeof cause, format, list);
    va_end(list);
    if (!node) return clonal__fail(CLONAL_E_FORMAT, "%s: its output %s", r->path, cause);
    const char *called = node->name && *node->name ? node->name : node->n_output ? node->output[0] : "";
    return clonal__fail(CLONAL_E_FORMAT, "%s: node '%s' (%s): %s", r->path, clonal__printable(called, name),
                        clonal__printable(node->op_type ? node->op_type : "", type), cause);
}

/* Attributes, inputs and outputs of a node. */

static const Onnx__AttributeProto *attribute(const proto *node, const char *name)
{
    for (size_t i = 0; i < node->n_attribute; i++)
        if (node->attribute[i]->name && strcmp(node->attribute[i]->name, name) == 0) return node->attribute[i];
    return NULL;
}

static int64_t integer(const proto *node, const char *name, int64_t otherwise)
{
    const Onnx__AttributeProto *a = attribute(node, name);
    return a && a->has_i ? a->i : otherwise;
}

static double real(const proto *node, const char *name, double otherwise)
{
    const Onnx__AttributeProto *a = attribute(node, name);
    return a && a->has_f ? clonal__onnx_decimal(a->f) : otherwise;
}

/* *found is NULL where the input is left out. */
static clonal_status optional_input(reader *r, const proto *node, size_t index, value **found)
{
    char room[64];
    *found = NULL;
    if (index >= node->n_input || !node->input[index] || !*node->input[index]) return CLONAL_OK;
    value *v = clonal__onnx_value_named(r, node->input[index]);
    if (!v) return clonal_last_error()->status;
    if (v->kind == CLONAL__ONNX_UNDEFINED)
        return clonal__onnx_refuse(r, node, "takes '%s', which no node before it makes (a cycle, or a wrong order)",
                                   clonal__printable(v->name, room));
    if (v->kind == CLONAL__ONNX_UNUSED)
        return clonal__onnx_refuse(r, node, "takes '%s', which Clonal does not compute",
                                   clonal__printable(v->name, room));
    *found = v;
    return CLONAL_OK;
}

static clonal_status input(reader *r, const proto *node, size_t index, value **found)
{
    CLONAL__TRY(optional_input(r, node, index, found));
    return *found ? CLONAL_OK : clonal__onnx_refuse(r, node, "lacks its input %zu", index);
}

/* Gives the node's first output its value; the others must not be used. */
static clonal_status define(reader *r, const proto *node, value made)
{
    if (!node->n_output || !node->output[0] || !*node->output[0]) return clonal__onnx_refuse(r, node, "has no output");
    for (size_t i = 0; i < node->n_output; i++) {
        if (!node->output[i] || !*node->output[i]) continue;
        value *v = clonal__onnx_value_named(r, node->output[i]);
        if (!v) return clonal_last_error()->status;
        if (v->kind != CLONAL__ONNX_UNDEFINED)
            return clonal__onnx_refuse(r, node, "makes a value that is made already");
        made.name = v->name;
        made.uses = v->uses;
        made.used_by = v->used_by;
        *v = made;
        made = (value){.kind = CLONAL__ONNX_UNUSED, .x = CLONAL_NO_NODE};
    }
    return CLONAL_OK;
}

static clonal_status define_node(reader *r, const proto *node, clonal_node x)
{
    CLONAL__TRY(clonal_graph_status(r->graph));
    return define(r, node, (value){.kind = CLONAL__ONNX_NODE, .x = x});
}

static clonal_status add_layer(reader *r, clonal__onnx_layer layer)
{
    CLONAL__TRY(clonal_graph_status(r->graph));
    CLONAL__TRY(clonal__grow(&r->layers, r->layer_count + 1, sizeof *r->layers));
    r->layers[r->layer_count++] = layer;
    return CLONAL_OK;
}

/* y = x . w + b: w a matrix, kept as (O,I), or, transposed, as (I,O). bias may be NULL. */
static clonal_status linear(reader *r, const proto *node, clonal_node x, const Onnx__TensorProto *w, bool transposed,
                            const Onnx__TensorProto *bias, clonal_node *y)
{
    size_t elements;
    CLONAL__TRY(clonal__onnx_tensor_check(r->path, w, &elements));
    if (w->n_dims != 2) return clonal__onnx_refuse(r, node, "its weight is no matrix");
    const uint32_t outputs = (uint32_t)w->dims[transposed ? 1 : 0], inputs = (uint32_t)w->dims[transposed ? 0 : 1];
    if (bias) {
        CLONAL__TRY(clonal__onnx_tensor_check(r->path, bias, &elements));
        if (elements != outputs || bias->n_dims < 1 || bias->dims[bias->n_dims - 1] != (int64_t)outputs)
            return clonal__onnx_refuse(r, node, "its bias does not have as many elements as it has outputs, %u",
                                       outputs);
    }
    *y = clonal_linear_sized(r->graph, x, inputs, outputs);
    return add_layer(r, (clonal__onnx_layer){.node = *y, .tensors = {w, bias}, .transposed = transposed});
}

clonal_status clonal__onnx_realise(reader *r, const proto *node, value *v, clonal_node *x)
{
    char room[64];
    switch (v->kind) {
    case CLONAL__ONNX_NODE:
        break;
    case CLONAL__ONNX_PRODUCT:
        CLONAL__TRY(linear(r, node, v->x, v->tensor, v->transposed, NULL, &v->x));
        break;
    case CLONAL__ONNX_SIGMOID:
        v->x = clonal_sigmoid(r->graph, v->x);
        break;
    case CLONAL__ONNX_TENSOR:
        return clonal__onnx_refuse(r, node, "takes the constant '%s' where a value of the network stands",
                                   clonal__printable(v->name, room));
    case CLONAL__ONNX_UNDEFINED:
    case CLONAL__ONNX_UNUSED:
        return clonal__onnx_refuse(r, node, "is '%s', which no node makes", clonal__printable(v->name, room));
    default:
        return clonal__onnx_refuse(r, node, "takes '%s', a part of a formula that is no operation of Clonal's",
                                   clonal__printable(v->name, room));
    }
    CLONAL__TRY(clonal_graph_status(r->graph));
    v->kind = CLONAL__ONNX_NODE;
    *x = v->x;
    return CLONAL_OK;
}

/* The node's input as a node of Clonal's. */
static clonal_status node_input(reader *r, const proto *node, size_t index, clonal_node *x)
{
    value *v;
    if (r->ended) return clonal__onnx_refuse(r, node, "follows a softmax, which only a network's output may be");
    CLONAL__TRY(input(r, node, index, &v));
    return clonal__onnx_realise(r, node, v, x);
}

static clonal_status tensor_input(reader *r, const proto *node, size_t index, const value **tensor)
{
    value *v;
    CLONAL__TRY(optional_input(r, node, index, &v));
    *tensor = v;
    if (v && v->kind != CLONAL__ONNX_TENSOR) return clonal__onnx_refuse(r, node, "its input %zu is no constant", index);
    return CLONAL_OK;
}

static bool is_scalar(const value *v, double *number)
{
    return v->kind == CLONAL__ONNX_TENSOR && clonal__onnx_scalar(v->tensor, number);
}

/* Whether the one who takes the value, alone, is of this operator. */
static bool only_for(reader *r, const proto *node, const char *type)
{
    const value *v = node->n_output && node->output[0] ? clonal__onnx_value_named(r, node->output[0]) : NULL;
    return v && v->uses == 1 && strcmp(v->used_by, type) == 0;
}

/* The operators. */

static clonal_status take_constant(reader *r, const proto *node)
{
    const Onnx__AttributeProto *a = attribute(node, "value");
    if (!a || !a->t) return clonal__onnx_refuse(r, node, "has no tensor for its value");
    return define(r, node, (value){.kind = CLONAL__ONNX_TENSOR, .tensor = a->t, .x = CLONAL_NO_NODE});
}

static clonal_status take_identity(reader *r, const proto *node)
{
    value *x;
    clonal_node y;
    CLONAL__TRY(input(r, node, 0, &x));
    if (x->kind == CLONAL__ONNX_TENSOR) return define(r, node, *x);
    CLONAL__TRY(node_input(r, node, 0, &y));
    return define_node(r, node, y);
}

static clonal_status take_transpose(reader *r, const proto *node)
{
    const value *w;
    const Onnx__AttributeProto *order = attribute(node, "perm");
    CLONAL__TRY(tensor_input(r, node, 0, &w));
    if (!w || w->tensor->n_dims != 2) return clonal__onnx_refuse(r, node, "is not of a matrix");
    value made = *w;
    if (!order || (order->n_ints == 2 && order->ints[0] == 1 && order->ints[1] == 0))
        made.transposed = !w->transposed;
    else if (order->n_ints != 2 || order->ints[0] != 0 || order->ints[1] != 1)
        return clonal__onnx_refuse(r, node, "has a perm that is none of two dimensions");
    return define(r, node, made);
}

static clonal_status take_gemm(reader *r, const proto *node)
{
    clonal_node x, y;
    const value *w, *b;
    CLONAL__TRY(node_input(r, node, 0, &x));
    CLONAL__TRY(tensor_input(r, node, 1, &w));
    CLONAL__TRY(tensor_input(r, node, 2, &b));
    if (!w) return clonal__onnx_refuse(r, node, "has no weight");
    if (b && b->transposed) return clonal__onnx_refuse(r, node, "its bias is a Transpose");
    if (real(node, "alpha", 1) != 1 || (b && real(node, "beta", 1) != 1))
        return clonal__onnx_refuse(r, node, "has an alpha or beta other than 1");
    if (integer(node, "transA", 0)) return clonal__onnx_refuse(r, node, "transposes its first input");
    const bool by_outputs = integer(node, "transB", 0) != 0;
    value made = {.kind = CLONAL__ONNX_PRODUCT, .x = x, .tensor = w->tensor, .transposed = by_outputs == w->transposed};
    if (!b && only_for(r, node, "Add")) return define(r, node, made);
    CLONAL__TRY(linear(r, node, x, made.tensor, made.transposed, b ? b->tensor : NULL, &y));
    return define_node(r, node, y);
}

static clonal_status take_matmul(reader *r, const proto *node)
{
    clonal_node x;
    const value *w;
    CLONAL__TRY(node_input(r, node, 0, &x));
    CLONAL__TRY(tensor_input(r, node, 1, &w));
    if (!w) return clonal__onnx_refuse(r, node, "has no weight");
    value made = {.kind = CLONAL__ONNX_PRODUCT, .x = x, .tensor = w->tensor, .transposed = !w->transposed};
    if (!only_for(r, node, "Add")) CLONAL__TRY(clonal__onnx_realise(r, node, &made, &x));
    return define(r, node, made);
}

static clonal_status take_add(reader *r, const proto *node)
{
    value *a, *b;
    clonal_node x, y;
    double one;
    CLONAL__TRY(input(r, node, 0, &a));
    CLONAL__TRY(input(r, node, 1, &b));
    if (a->kind == CLONAL__ONNX_TENSOR) {
        value *other = a;
        a = b;
        b = other;
    }
    if (a->kind == CLONAL__ONNX_ERF && is_scalar(b, &one) && one == 1)
        return define(r, node, (value){.kind = CLONAL__ONNX_ERF1, .x = a->x, .factor = 1});
    if (a->kind == CLONAL__ONNX_PRODUCT && b->kind == CLONAL__ONNX_TENSOR && !b->transposed) {
        CLONAL__TRY(linear(r, node, a->x, a->tensor, a->transposed, b->tensor, &y));
        return define_node(r, node, y);
    }
    if (r->ended) return clonal__onnx_refuse(r, node, "follows a softmax, which only a network's output may be");
    CLONAL__TRY(clonal__onnx_realise(r, node, a, &x));
    CLONAL__TRY(clonal__onnx_realise(r, node, b, &y));
    return define_node(r, node, clonal_add(r->graph, x, y));
}

/* made = factor v, a form; a gelu where it is one. */
static clonal_status define_scaled(reader *r, const proto *node, const value *v, double factor)
{
    value made = {.kind = v->kind, .x = v->x, .factor = factor * v->factor};
    if (v->kind == CLONAL__ONNX_NODE) {
        made.kind = CLONAL__ONNX_SCALED;
        made.factor = factor;
    } else if (v->kind != CLONAL__ONNX_SCALED && v->kind != CLONAL__ONNX_ERF1 && v->kind != CLONAL__ONNX_GELU) {
        return clonal__onnx_refuse(r, node, "is no part of an operation of Clonal's");
    }
    if (made.kind == CLONAL__ONNX_GELU && made.factor == 0.5) return define_node(r, node, clonal_gelu(r->graph, v->x));
    return define(r, node, made);
}

static clonal_status take_mul(reader *r, const proto *node)
{
    value *a, *b;
    double factor;
    CLONAL__TRY(input(r, node, 0, &a));
    CLONAL__TRY(input(r, node, 1, &b));
    if (r->ended) return clonal__onnx_refuse(r, node, "follows a softmax, which only a network's output may be");
    if (is_scalar(b, &factor)) return define_scaled(r, node, a, factor);
    if (is_scalar(a, &factor)) return define_scaled(r, node, b, factor);
    if (a->kind == CLONAL__ONNX_SIGMOID || a->kind == CLONAL__ONNX_ERF1) {
        value *other = a;
        a = b;
        b = other;
    }
    if (a->kind == CLONAL__ONNX_NODE && b->kind == CLONAL__ONNX_SIGMOID && a->x == b->x)
        return define_node(r, node, clonal_silu(r->graph, a->x));
    if ((a->kind == CLONAL__ONNX_NODE || a->kind == CLONAL__ONNX_SCALED) && b->kind == CLONAL__ONNX_ERF1 &&
        a->x == b->x) {
        const value form = {.kind = CLONAL__ONNX_GELU, .x = a->x, .factor = b->factor};
        return define_scaled(r, node, &form, a->kind == CLONAL__ONNX_NODE ? 1 : a->factor);
    }
    return clonal__onnx_refuse(r, node, "is no part of an operation of Clonal's");
}

static clonal_status take_div(reader *r, const proto *node)
{
    value *a, *b;
    double divisor;
    CLONAL__TRY(input(r, node, 0, &a));
    CLONAL__TRY(input(r, node, 1, &b));
    if (!is_scalar(b, &divisor) || divisor == 0)
        return clonal__onnx_refuse(r, node, "is no part of an operation of Clonal's");
    return define_scaled(r, node, a, 1 / divisor);
}

static clonal_status take_erf(reader *r, const proto *node)
{
    value *x;
    CLONAL__TRY(input(r, node, 0, &x));
    /* a binary16 of 1/sqrt 2 is within 2^-12 of it */
    if (x->kind != CLONAL__ONNX_SCALED || !(fabs(x->factor * 1.4142135623730951 - 1) < 0x1p-11))
        return clonal__onnx_refuse(r, node, "is no part of a gelu");
    return define(r, node, (value){.kind = CLONAL__ONNX_ERF, .x = x->x});
}

static clonal_status take_flatten(reader *r, const proto *node)
{
    clonal_node x;
    uint32_t shape[CLONAL_MAX_RANK];
    CLONAL__TRY(node_input(r, node, 0, &x));
    const int64_t rank = (int64_t)clonal_node_shape(r->graph, x, shape), axis = integer(node, "axis", 1);
    if (axis != 1 && axis != -rank) return clonal__onnx_refuse(r, node, "does not keep the batch: its axis is not 1");
    return define_node(r, node, clonal_flatten(r->graph, x));
}

/* A shape of two sizes, the second that of a flat sample, is a flatten. */
static clonal_status take_reshape(reader *r, const proto *node)
{
    clonal_node x;
    const value *to;
    int64_t sizes[2] = {0};
    CLONAL__TRY(node_input(r, node, 0, &x));
    CLONAL__TRY(tensor_input(r, node, 1, &to));
    const Onnx__TensorProto *t = to ? to->tensor : NULL;
    if (!t || t->data_type != ONNX__TENSOR_PROTO__DATA_TYPE__INT64 || t->n_dims != 1 || t->dims[0] != 2)
        return clonal__onnx_refuse(r, node, "is not to two dimensions, as a flatten is");
    if (t->has_raw_data && t->raw_data.len == sizeof sizes)
        for (int i = 15; i >= 0; i--)
            sizes[i / 8] = (int64_t)((uint64_t)sizes[i / 8] << 8 | t->raw_data.data[i]); /* little-endian */
    else if (!t->has_raw_data && t->n_int64_data == 2)
        memcpy(sizes, t->int64_data, sizeof sizes);
    const int64_t columns = r->graph->nodes[x].columns;
    if ((integer(node, "allowzero", 0) && !sizes[0]) || sizes[0] < -1 ||
        (sizes[1] != columns && !(sizes[1] == -1 && sizes[0] != -1)))
        return clonal__onnx_refuse(r, node, "is no flatten: that of this sample is to (0, %lld)", (long long)columns);
    return define_node(r, node, clonal_flatten(r->graph, x));
}

static clonal_status take_relu(reader *r, const proto *node)
{
    clonal_node x;
    CLONAL__TRY(node_input(r, node, 0, &x));
    return define_node(r, node, clonal_relu(r->graph, x));
}

static clonal_status take_tanh(reader *r, const proto *node)
{
    clonal_node x;
    CLONAL__TRY(node_input(r, node, 0, &x));
    return define_node(r, node, clonal_tanh(r->graph, x));
}

static clonal_status take_sigmoid(reader *r, const proto *node)
{
    clonal_node x;
    CLONAL__TRY(node_input(r, node, 0, &x));
    if (!only_for(r, node, "Mul")) return define_node(r, node, clonal_sigmoid(r->graph, x));
    return define(r, node, (value){.kind = CLONAL__ONNX_SIGMOID, .x = x});
}

static clonal_status take_gelu(reader *r, const proto *node)
{
    clonal_node x;
    const Onnx__AttributeProto *by = attribute(node, "approximate");
    CLONAL__TRY(node_input(r, node, 0, &x));
    if (by && (by->s.len != 4 || memcmp(by->s.data, "none", 4) != 0))
        return clonal__onnx_refuse(r, node, "is the approximation by tanh; Clonal's is the one by erf");
    return define_node(r, node, clonal_gelu(r->graph, x));
}

static clonal_status take_swish(reader *r, const proto *node)
{
    clonal_node x;
    CLONAL__TRY(node_input(r, node, 0, &x));
    if (real(node, "alpha", 1) != 1) return clonal__onnx_refuse(r, node, "has an alpha other than 1");
    return define_node(r, node, clonal_silu(r->graph, x));
}

static clonal_status take_leaky_relu(reader *r, const proto *node)
{
    clonal_node x;
    CLONAL__TRY(node_input(r, node, 0, &x));
    return define_node(r, node, clonal_leaky_relu(r->graph, x, real(node, "alpha", 0.01)));
}

static clonal_status take_layer_norm(reader *r, const proto *node)
{
    clonal_node x;
    const value *scale, *bias;
    size_t elements;
    uint32_t shape[CLONAL_MAX_RANK];
    CLONAL__TRY(node_input(r, node, 0, &x));
    CLONAL__TRY(tensor_input(r, node, 1, &scale));
    CLONAL__TRY(tensor_input(r, node, 2, &bias));
    const size_t rank = clonal_node_shape(r->graph, x, shape);
    const int64_t axis = integer(node, "axis", -1);
    if (axis != -1 && axis != (int64_t)rank)
        return clonal__onnx_refuse(r, node, "is over more than the last dimension");
    if (!scale) return clonal__onnx_refuse(r, node, "has no scale");
    CLONAL__TRY(clonal__onnx_tensor_check(r->path, scale->tensor, &elements));
    if (elements != shape[rank - 1] || (bias && bias->tensor->n_dims != 1) || scale->tensor->n_dims != 1)
        return clonal__onnx_refuse(r, node, "its scale and bias do not have the %u elements of the last dimension",
                                   shape[rank - 1]);
    const clonal_node y = clonal_layer_norm(r->graph, x, real(node, "epsilon", 1e-5));
    CLONAL__TRY(add_layer(r, (clonal__onnx_layer){.node = y, .tensors = {scale->tensor, bias ? bias->tensor : NULL}}));
    return define_node(r, node, y);
}

static clonal_status take_dropout(reader *r, const proto *node)
{
    clonal_node x;
    const value *ratio, *training;
    double p = real(node, "ratio", 0.5); /* up to opset 11 */
    const Onnx__AttributeProto *seed = attribute(node, "seed");
    CLONAL__TRY(node_input(r, node, 0, &x));
    CLONAL__TRY(tensor_input(r, node, 1, &ratio));
    CLONAL__TRY(tensor_input(r, node, 2, &training)); /* whether it is on: eval and train choose */
    if (ratio && !clonal__onnx_scalar(ratio->tensor, &p)) return clonal__onnx_refuse(r, node, "its ratio is no number");
    if (seed && seed->has_i && !r->has_seed) {
        r->has_seed = true;
        r->seed = (uint64_t)seed->i;
    }
    return define_node(r, node, clonal_dropout(r->graph, x, p));
}

/* At the end: the loss, and predict, make probabilities of the logits, and would of their logarithms. */
static clonal_status take_softmax(reader *r, const proto *node)
{
    clonal_node x;
    CLONAL__TRY(node_input(r, node, 0, &x));
    const int64_t axis = integer(node, "axis", r->opset >= 13 ? -1 : 1);
    if (r->graph->nodes[x].rank != 1 || (axis != 1 && axis != -1) || !only_for(r, node, ""))
        return clonal__onnx_refuse(r, node, "is not over the classes at the network's output");
    clonal__log(CLONAL_LOG_INFO, "%s: the softmax at its end is left to the loss and to predict", r->path);
    CLONAL__TRY(define_node(r, node, x));
    r->ended = true;
    return CLONAL_OK;
}

static const struct {
    const char *type;
    clonal_status (*take)(reader *r, const proto *node);
} operators[] = {
    {"Constant", take_constant},
    {"Identity", take_identity},
    {"Transpose", take_transpose},
    {"Gemm", take_gemm},
    {"MatMul", take_matmul},
    {"Add", take_add},
    {"Mul", take_mul},
    {"Div", take_div},
    {"Erf", take_erf},
    {"Flatten", take_flatten},
    {"Reshape", take_reshape},
    {"Relu", take_relu},
    {"Tanh", take_tanh},
    {"Sigmoid", take_sigmoid},
    {"Gelu", take_gelu},
    {"Swish", take_swish},
    {"LeakyRelu", take_leaky_relu},
    {"LayerNormalization", take_layer_norm},
    {"Dropout", take_dropout},
    {"Softmax", take_softmax},
    {"LogSoftmax", take_softmax},
};

clonal_status clonal__onnx_take_node(reader *r, const proto *node)
{
    char room[64];
    if (node->domain && *node->domain && strcmp(node->domain, "ai.onnx") != 0)
        return clonal__onnx_refuse(r, node, "is of the domain '%s', none of whose operators Clonal knows",
                                   clonal__printable(node->domain, room));
    for (size_t i = 0; i < sizeof operators / sizeof *operators && node->op_type; i++)
        if (strcmp(operators[i].type, node->op_type) == 0) return operators[i].take(r, node);
    return clonal__onnx_refuse(r, node, "is no operator that Clonal's graphs can hold");
}
