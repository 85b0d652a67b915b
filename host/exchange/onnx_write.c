/* onnx_write.c: a network as an ONNX message: for each node one of ONNX's, or two, and the parameters by their own
 * names. What evaluation computes; the loss is left out, but named among the metadata. */
#include "host/exchange/onnx.h"

#include "host/base/encode.h"
#include "host/exchange/format.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    OPSET = 17,     /* which brought LayerNormalization */
    IR_VERSION = 8, /* of that time */
    GELU_OPSET = 20,
    GELU_IR_VERSION = 9,
    NAME_ROOM = 48,
    MOST_NODE_INPUTS = 3,
    MOST_NODE_ATTRIBUTES = 2
};
#define TRAINING_MODE "training_mode"
#define INPUT "input"
#define OUTPUT "logits"
#define BATCH "N"

/* A node with what it points to; it does not move. */
typedef struct one_node {
    Onnx__NodeProto proto;
    char *inputs[MOST_NODE_INPUTS], *output;
    Onnx__AttributeProto attributes[MOST_NODE_ATTRIBUTES], *listed[MOST_NODE_ATTRIBUTES];
    char name[NAME_ROOM]; /* its own, and its output's */
} one_node;

typedef struct one_tensor {
    Onnx__TensorProto proto;
    int64_t dims[CLONAL__TENSOR_MAX_RANK];
    char name[NAME_ROOM];
    uint8_t number[8]; /* of a scalar */
    uint8_t *bytes;    /* owned; NULL of a scalar */
} one_tensor;

typedef struct writer {
    const clonal__network *network;
    const clonal_graph *graph;
    clonal_node last; /* the one that the loss takes: its value is the output */
    char **values;    /* by node of the graph: the name of its value in the file */
    one_node *nodes;
    one_tensor *tensors;
    size_t node_count, tensor_count, layer;
    clonal__network_layer *layers;
    Onnx__NodeProto **node_list;
    Onnx__TensorProto **tensor_list;
    int64_t opset, ir_version;
} writer;

/* protobuf-c's members are char *, though it does not write to them. */
static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

/* The name of a node's value, into room. */
static void value_name(const writer *w, clonal_node node, char room[NAME_ROOM])
{
    if (node == w->last)
        strcpy(room, OUTPUT);
    else
        snprintf(room, NAME_ROOM, "%d.%s", (int)node - 1, w->graph->nodes[node].operation->name);
}

static one_node *add_node(writer *w, clonal_node node, const char *type)
{
    one_node *made = &w->nodes[w->node_count];
    onnx__node_proto__init(&made->proto);
    value_name(w, node, made->name);
    w->values[node] = made->output = made->name;
    made->proto.op_type = text(type);
    made->proto.name = made->name;
    made->proto.n_output = 1;
    made->proto.output = &made->output;
    made->proto.input = made->inputs;
    made->proto.attribute = made->listed;
    w->node_list[w->node_count++] = &made->proto;
    return made;
}

static void add_input(one_node *node, char *name)
{
    node->inputs[node->proto.n_input++] = name;
}

/* The first input, of the graph's node. */
static one_node *add_unary(writer *w, clonal_node node, const char *type)
{
    char *x = w->values[w->graph->nodes[node].inputs[0]];
    one_node *made = add_node(w, node, type);
    add_input(made, x);
    return made;
}

static Onnx__AttributeProto *add_attribute(one_node *node, const char *name, Onnx__AttributeProto__AttributeType type)
{
    Onnx__AttributeProto *made = &node->attributes[node->proto.n_attribute];
    onnx__attribute_proto__init(made);
    made->name = text(name);
    made->has_type = true;
    made->type = type;
    node->listed[node->proto.n_attribute++] = made;
    return made;
}

static void add_integer(one_node *node, const char *name, int64_t value)
{
    Onnx__AttributeProto *made = add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    made->has_i = true;
    made->i = value;
}

/* As the kernels take it: binary32. */
static void add_real(one_node *node, const char *name, double value)
{
    Onnx__AttributeProto *made = add_attribute(node, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__FLOAT);
    made->has_f = true;
    made->f = (float)value;
}

static one_tensor *add_tensor(writer *w, const char *name, int32_t type)
{
    one_tensor *made = &w->tensors[w->tensor_count];
    onnx__tensor_proto__init(&made->proto);
    snprintf(made->name, sizeof made->name, "%s", name);
    made->proto.name = made->name;
    made->proto.dims = made->dims;
    made->proto.has_data_type = true;
    made->proto.data_type = type;
    made->proto.has_raw_data = true;
    w->tensor_list[w->tensor_count++] = &made->proto;
    return made;
}

static clonal_status add_parameter(writer *w, one_node *node, const clonal__tensor *tensor)
{
    one_tensor *made = add_tensor(w, tensor->name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT);
    const size_t elements = clonal__tensor_elements(tensor);
    CLONAL__TRY(clonal__calloc(elements, sizeof(float), &made->bytes));
    clonal__encode_f32(tensor->values, elements, made->bytes);
    made->proto.n_dims = tensor->rank;
    for (size_t i = 0; i < tensor->rank; i++) made->dims[i] = tensor->shape[i];
    made->proto.raw_data = (ProtobufCBinaryData){.len = elements * sizeof(float), .data = made->bytes};
    add_input(node, made->name);
    return CLONAL_OK;
}

static char *add_scalar(writer *w, const char *name, int32_t type, uint64_t bits, size_t bytes)
{
    one_tensor *made = add_tensor(w, name, type);
    for (size_t i = 0; i < bytes; i++) made->number[i] = (uint8_t)(bits >> (8 * i));
    made->proto.raw_data = (ProtobufCBinaryData){.len = bytes, .data = made->number};
    return made->name;
}

static clonal_status refuse(clonal_node node, const clonal__node *n, const char *cause)
{
    return clonal__fail(CLONAL_E_ARGUMENT, "node %d (%s) cannot be written as ONNX: %s", (int)node, n->operation->name,
                        cause);
}

static clonal_status write_flatten(writer *w, clonal_node node, const clonal__node *n)
{
    (void)n;
    add_integer(add_unary(w, node, "Flatten"), "axis", 1);
    return CLONAL_OK;
}

static clonal_status write_linear(writer *w, clonal_node node, const clonal__node *n)
{
    one_node *made = add_unary(w, node, "Gemm");
    const clonal__network_layer *layer = &w->layers[w->layer++];
    for (size_t k = 0; k < n->operation->parameter_count; k++) CLONAL__TRY(add_parameter(w, made, &layer->tensors[k]));
    add_integer(made, "transB", 1);
    return CLONAL_OK;
}

static clonal_status write_layer_norm(writer *w, clonal_node node, const clonal__node *n)
{
    one_node *made = add_unary(w, node, "LayerNormalization");
    const clonal__network_layer *layer = &w->layers[w->layer++];
    if (!isfinite((float)n->attributes[0].real)) return refuse(node, n, "its epsilon is beyond binary32");
    for (size_t k = 0; k < n->operation->parameter_count; k++) CLONAL__TRY(add_parameter(w, made, &layer->tensors[k]));
    add_integer(made, "axis", -1);
    add_real(made, "epsilon", n->attributes[0].real);
    return CLONAL_OK;
}

static clonal_status write_leaky_relu(writer *w, clonal_node node, const clonal__node *n)
{
    if (!isfinite((float)n->attributes[0].real)) return refuse(node, n, "its slope is beyond binary32");
    add_real(add_unary(w, node, "LeakyRelu"), "alpha", n->attributes[0].real);
    return CLONAL_OK;
}

static clonal_status write_silu(writer *w, clonal_node node, const clonal__node *n)
{
    char *x = w->values[n->inputs[0]];
    one_node *sigmoid = add_unary(w, node, "Sigmoid");
    snprintf(sigmoid->name, sizeof sigmoid->name, "%d.%s.sigmoid", (int)node - 1, n->operation->name);
    one_node *made = add_node(w, node, "Mul");
    add_input(made, x);
    add_input(made, sigmoid->name);
    return CLONAL_OK;
}

static clonal_status write_gelu(writer *w, clonal_node node, const clonal__node *n)
{
    (void)n;
    add_unary(w, node, "Gelu");
    w->opset = GELU_OPSET;
    w->ir_version = GELU_IR_VERSION;
    return CLONAL_OK;
}

static clonal_status write_add(writer *w, clonal_node node, const clonal__node *n)
{
    char *a = w->values[n->inputs[0]], *b = w->values[n->inputs[1]];
    one_node *made = add_node(w, node, "Add");
    add_input(made, a);
    add_input(made, b);
    return CLONAL_OK;
}

/* As binary32 where that reads back as the same probability, else as binary64. */
static char *add_ratio(writer *w, clonal_node node, double p)
{
    char name[NAME_ROOM];
    const float single = (float)p;
    uint32_t word;
    uint64_t bits;
    snprintf(name, sizeof name, "%d.ratio", (int)node - 1);
    memcpy(&word, &single, sizeof word);
    memcpy(&bits, &p, sizeof bits);
    if (clonal__onnx_decimal(single) == p)
        return add_scalar(w, name, ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT, word, sizeof word);
    return add_scalar(w, name, ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE, bits, sizeof bits);
}

/* training_mode is a constant, off, for all of them: who wants it on changes that one. */
static clonal_status write_dropout(writer *w, clonal_node node, const clonal__node *n)
{
    char *training = NULL;
    if (n->attributes[0].real >= 1) return refuse(node, n, "ONNX's Dropout takes a ratio below 1");
    one_node *made = add_unary(w, node, "Dropout");
    for (size_t i = 0; i < w->tensor_count && !training; i++)
        if (strcmp(w->tensors[i].name, TRAINING_MODE) == 0) training = w->tensors[i].name;
    add_input(made, add_ratio(w, node, n->attributes[0].real));
    add_input(made, training ? training : add_scalar(w, TRAINING_MODE, ONNX__TENSOR_PROTO__DATA_TYPE__BOOL, 0, 1));
    if (w->network->has_seed) add_integer(made, "seed", (int64_t)w->network->seed);
    return CLONAL_OK;
}

/* Operations whose ONNX operator has no more to it than its name have no function. */
static const struct {
    const char *operation, *type;
    clonal_status (*write)(writer *w, clonal_node node, const clonal__node *n);
} operators[] = {
    {"flatten", NULL, write_flatten},
    {"linear", NULL, write_linear},
    {"relu", "Relu", NULL},
    {"sigmoid", "Sigmoid", NULL},
    {"tanh", "Tanh", NULL},
    {"gelu", NULL, write_gelu},
    {"silu", NULL, write_silu},
    {"leaky_relu", NULL, write_leaky_relu},
    {"layer_norm", NULL, write_layer_norm},
    {"dropout", NULL, write_dropout},
    {"add", NULL, write_add},
};

static clonal_status write_node(writer *w, clonal_node node)
{
    const clonal__node *n = &w->graph->nodes[node];
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (strcmp(operators[i].operation, n->operation->name) != 0) continue;
        if (operators[i].write) return operators[i].write(w, node, n);
        add_unary(w, node, operators[i].type);
        return CLONAL_OK;
    }
    return refuse(node, n, "Clonal writes no operator of ONNX for it");
}

static clonal_status write_nodes(writer *w)
{
    const size_t count = w->graph->count;
    const clonal__node *loss = clonal__graph_loss(w->graph);
    w->last = loss->inputs[0];
    w->values[0] = text(INPUT);
    if (loss->operation->attribute_count) return refuse((clonal_node)count - 1, loss, "a loss that takes numbers");
    for (size_t i = 1; i + 1 < count; i++) CLONAL__TRY(write_node(w, (clonal_node)i));
    if (w->last == 0) { /* a network without layers still has an output */
        one_node *made = add_node(w, 0, "Identity");
        add_input(made, text(INPUT));
    }
    return CLONAL_OK;
}

/* An input or output with a batch of samples. */
typedef struct one_value {
    Onnx__ValueInfoProto proto;
    Onnx__TypeProto type;
    Onnx__TypeProto__Tensor tensor;
    Onnx__TensorShapeProto shape;
    Onnx__TensorShapeProto__Dimension dims[1 + CLONAL_MAX_RANK], *listed[1 + CLONAL_MAX_RANK];
} one_value;

static Onnx__ValueInfoProto *describe(one_value *v, const char *name, const clonal__node *node)
{
    onnx__value_info_proto__init(&v->proto);
    onnx__type_proto__init(&v->type);
    onnx__type_proto__tensor__init(&v->tensor);
    onnx__tensor_shape_proto__init(&v->shape);
    v->proto.name = text(name);
    v->proto.type = &v->type;
    v->type.value_case = ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE;
    v->type.tensor_type = &v->tensor;
    v->tensor.has_elem_type = true;
    v->tensor.elem_type = ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT;
    v->tensor.shape = &v->shape;
    v->shape.n_dim = 1 + node->rank;
    v->shape.dim = v->listed;
    for (size_t i = 0; i <= node->rank; i++) {
        Onnx__TensorShapeProto__Dimension *dim = v->listed[i] = &v->dims[i];
        onnx__tensor_shape_proto__dimension__init(dim);
        dim->value_case = i ? ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE
                            : ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM;
        if (i)
            dim->dim_value = node->shape[i - 1];
        else
            dim->dim_param = text(BATCH);
    }
    return &v->proto;
}

static clonal_status pack(const char *path, const Onnx__ModelProto *model, char digest[72])
{
    const size_t bytes = onnx__model_proto__get_packed_size(model);
    uint8_t *packed;
    CLONAL__TRY(clonal__calloc(bytes, 1, &packed));
    onnx__model_proto__pack(model, packed);
    const clonal_status status = clonal__exchange_write(path, packed, bytes, digest);
    clonal__free(packed);
    return status;
}

static clonal_status write_model(const writer *w, const char *path, char digest[72])
{
    one_value input, output;
    char contract[16];
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__GraphProto graph = ONNX__GRAPH_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT, *opsets = &opset;
    Onnx__StringStringEntryProto facts[2], *metadata[2] = {&facts[0], &facts[1]};
    Onnx__ValueInfoProto *inputs = describe(&input, INPUT, &w->graph->nodes[0]);
    Onnx__ValueInfoProto *outputs = describe(&output, OUTPUT, &w->graph->nodes[w->last]);
    snprintf(contract, sizeof contract, "%d", clonal_contract_version());
    for (int i = 0; i < 2; i++) onnx__string_string_entry_proto__init(&facts[i]);
    facts[0].key = text(CLONAL__ONNX_CONTRACT);
    facts[0].value = contract;
    facts[1].key = text(CLONAL__ONNX_LOSS);
    facts[1].value = text(clonal__graph_loss(w->graph)->operation->name);
    graph.name = text("clonal");
    graph.n_node = w->node_count;
    graph.node = w->node_list;
    graph.n_initializer = w->tensor_count;
    graph.initializer = w->tensor_list;
    graph.n_input = graph.n_output = 1;
    graph.input = &inputs;
    graph.output = &outputs;
    opset.domain = text("");
    opset.has_version = true;
    opset.version = w->opset;
    model.has_ir_version = true;
    model.ir_version = w->ir_version;
    model.producer_name = text("clonal");
    model.n_opset_import = 1;
    model.opset_import = &opsets;
    model.graph = &graph;
    model.n_metadata_props = 2;
    model.metadata_props = metadata;
    return pack(path, &model, digest);
}

/* Protobuf's limit, before anything is made for it; the rest of a file is small beside its tensors. */
static clonal_status check_size(const clonal__network *network)
{
    const uint64_t others = UINT64_C(1024) * (network->graph->count + 16);
    uint64_t bytes = others;
    for (size_t i = 0; i < network->count; i++) bytes += 4 * (uint64_t)clonal__tensor_elements(&network->tensors[i]);
    if (bytes <= INT32_MAX) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT,
                        "a network of %llu MB cannot be written as ONNX, whose files end at 2 GiB: take another format",
                        (unsigned long long)(bytes / 1000000));
}

clonal_status clonal__onnx_write(const char *path, const clonal__network *network, char digest[72])
{
    const size_t most = 2 * network->graph->count + 1, layer_tensors = network->count + network->graph->count + 1;
    writer w = {.network = network, .graph = network->graph, .opset = OPSET, .ir_version = IR_VERSION};
    size_t layers;
    clonal_status status;
    CLONAL__TRY(check_size(network));
    CLONAL__TRY_GOTO(clonal__network_layers(network, &layers, &w.layers), done);
    CLONAL__TRY_GOTO(clonal__calloc(network->graph->count, sizeof(char *), &w.values), done);
    CLONAL__TRY_GOTO(clonal__calloc(most, sizeof *w.nodes, &w.nodes), done);
    CLONAL__TRY_GOTO(clonal__calloc(most, sizeof(void *), &w.node_list), done);
    CLONAL__TRY_GOTO(clonal__calloc(layer_tensors, sizeof *w.tensors, &w.tensors), done);
    CLONAL__TRY_GOTO(clonal__calloc(layer_tensors, sizeof(void *), &w.tensor_list), done);
    CLONAL__TRY_GOTO(write_nodes(&w), done);
    status = write_model(&w, path, digest);
done:
    for (size_t i = 0; i < w.tensor_count; i++) clonal__free(w.tensors[i].bytes);
    clonal__free(w.tensor_list);
    clonal__free(w.tensors);
    clonal__free(w.node_list);
    clonal__free(w.nodes);
    clonal__free(w.values);
    clonal__free(w.layers);
    return status;
}
