/* onnx_graph.c: an ONNX graph as a network: its input, its nodes in their order, which ONNX asks to be that of
 * computing, the loss that it leaves out, and the tensors of the layers. */
#include "host/exchange/onnx_reader.h"

#include "host/ops/operations.h"
#include <stdio.h>
#include <string.h>

static clonal_status refuse(const clonal__onnx_reader *r, const char *cause)
{
    return clonal__fail(CLONAL_E_FORMAT, "%s: %s", r->path, cause);
}

static bool is_standard(const char *domain)
{
    return !domain || !*domain || strcmp(domain, "ai.onnx") == 0;
}

static clonal_status take_opset(clonal__onnx_reader *r, const Onnx__ModelProto *model)
{
    for (size_t i = 0; i < model->n_opset_import; i++)
        if (is_standard(model->opset_import[i]->domain)) r->opset = model->opset_import[i]->version;
    if (r->opset >= CLONAL__ONNX_LEAST_OPSET && r->opset <= CLONAL__ONNX_MOST_OPSET) return CLONAL_OK;
    return clonal__fail(CLONAL_E_FORMAT,
                        "%s: it is of the opset %lld, of which Clonal knows %d to %d: convert it with "
                        "onnx.version_converter",
                        r->path, (long long)r->opset, CLONAL__ONNX_LEAST_OPSET, CLONAL__ONNX_MOST_OPSET);
}

/* The shape of a sample: the input's without its first dimension, the batch. */
static clonal_status take_shape(const clonal__onnx_reader *r, const Onnx__ValueInfoProto *input, size_t *rank,
                                uint32_t shape[CLONAL_MAX_RANK])
{
    const Onnx__TypeProto *type = input->type;
    if (!type || type->value_case != ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE || !type->tensor_type ||
        !type->tensor_type->shape)
        return refuse(r, "its input has no shape");
    const Onnx__TensorShapeProto *dims = type->tensor_type->shape;
    const int32_t element = type->tensor_type->elem_type;
    if (element != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT && element != ONNX__TENSOR_PROTO__DATA_TYPE__FLOAT16 &&
        element != ONNX__TENSOR_PROTO__DATA_TYPE__BFLOAT16 && element != ONNX__TENSOR_PROTO__DATA_TYPE__DOUBLE)
        return refuse(r, "its input is not of floats");
    if (dims->n_dim < 2 || dims->n_dim > 1 + CLONAL_MAX_RANK)
        return clonal__fail(CLONAL_E_FORMAT, "%s: its input has %zu dimensions, where a batch of samples has 2 to %d",
                            r->path, dims->n_dim, 1 + CLONAL_MAX_RANK);
    *rank = dims->n_dim - 1;
    for (size_t i = 0; i < *rank; i++) {
        const Onnx__TensorShapeProto__Dimension *dim = dims->dim[i + 1];
        if (dim->value_case != ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE || dim->dim_value < 1 ||
            dim->dim_value > UINT32_MAX)
            return refuse(r, "its input has an open size besides the batch");
        shape[i] = (uint32_t)dim->dim_value;
    }
    return CLONAL_OK;
}

/* Files of old IR versions list the tensors among the inputs. */
static clonal_status take_input(clonal__onnx_reader *r)
{
    uint32_t shape[CLONAL_MAX_RANK];
    size_t rank = 0, found = 0;
    for (size_t i = 0; i < r->proto->n_input; i++) {
        const Onnx__ValueInfoProto *input = r->proto->input[i];
        clonal__onnx_value *value = clonal__onnx_value_named(r, input->name ? input->name : "");
        if (!value) return clonal_last_error()->status;
        if (value->kind == CLONAL__ONNX_TENSOR) continue;
        if (found++) break;
        CLONAL__TRY(take_shape(r, input, &rank, shape));
        value->kind = CLONAL__ONNX_NODE;
        value->x = clonal_input(r->graph, rank, shape);
        CLONAL__TRY(clonal_graph_status(r->graph));
    }
    return found == 1 ? CLONAL_OK : refuse(r, "its graph has not one input, or more");
}

static const clonal__operation *loss_named(const char *name)
{
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if ((*o)->loss && strcmp((*o)->name, name) == 0) return *o;
    return NULL;
}

static clonal_status add_loss(clonal__onnx_reader *r, const Onnx__ModelProto *model)
{
    const char *name = "softmax_cross_entropy";
    for (size_t i = 0; i < model->n_metadata_props; i++) {
        const Onnx__StringStringEntryProto *entry = model->metadata_props[i];
        if (entry->key && entry->value && strcmp(entry->key, CLONAL__ONNX_LOSS) == 0) name = entry->value;
    }
    const clonal__operation *loss = loss_named(name);
    clonal_node x;
    if (!loss || loss->attribute_count)
        return refuse(r, "its metadata name a loss (" CLONAL__ONNX_LOSS ") that Clonal does not know");
    clonal__onnx_value *output =
        clonal__onnx_value_named(r, r->proto->output[0]->name ? r->proto->output[0]->name : "");
    if (!output) return clonal_last_error()->status;
    CLONAL__TRY(clonal__onnx_realise(r, NULL, output, &x));
    clonal__graph_add(r->graph, loss, &x, NULL);
    CLONAL__TRY(clonal_graph_status(r->graph));
    return clonal__graph_check(r->graph);
}

static clonal_status read_graph(clonal__onnx_reader *r, const Onnx__ModelProto *model)
{
    CLONAL__TRY(take_opset(r, model));
    if (r->proto->n_sparse_initializer) return refuse(r, "it has sparse tensors");
    if (r->proto->n_output != 1) return refuse(r, "its graph has not one output, but none or more");
    CLONAL__TRY(clonal__onnx_values(r));
    CLONAL__TRY(take_input(r));
    for (size_t i = 0; i < r->proto->n_node; i++) CLONAL__TRY(clonal__onnx_take_node(r, r->proto->node[i]));
    return add_loss(r, model);
}

static clonal_status fill_layer(const clonal__onnx_reader *r, const clonal__onnx_layer *layer, clonal__network *network)
{
    const clonal__operation *operation = r->graph->nodes[layer->node].operation;
    for (unsigned k = 0; k < operation->parameter_count; k++) {
        const Onnx__TensorProto *tensor = layer->tensors[k];
        clonal__parameter p;
        size_t elements = 0;
        float *values;
        clonal__parameter_describe(r->graph, layer->node, k, &p);
        if (tensor) CLONAL__TRY(clonal__onnx_tensor_check(r->path, tensor, &elements));
        if (tensor && elements != (size_t)p.rows * p.columns)
            return clonal__fail(CLONAL_E_SHAPE, "%s: %s has %zu elements, where its layer takes %zu", r->path, p.name,
                                elements, (size_t)p.rows * p.columns);
        CLONAL__TRY(clonal__network_add(network, p.name, p.rank, p.shape, &values));
        if (tensor) clonal__onnx_floats(tensor, elements, layer->transposed && k == 0, values);
    }
    return CLONAL_OK;
}

static void reader_free(clonal__onnx_reader *r)
{
    clonal_graph_destroy(r->graph);
    clonal__free(r->values);
    clonal__free(r->slots);
    clonal__free(r->layers);
}

/* What the rules of graphs refuse, without knowing of a file, is the file's fault. */
static clonal_status blame(const clonal__onnx_reader *r, clonal_status status)
{
    char cause[600];
    snprintf(cause, sizeof cause, "%s", clonal_last_error()->message);
    if (status == CLONAL_E_MEMORY || strncmp(cause, r->path, strlen(r->path)) == 0) return status;
    return clonal__fail(status == CLONAL_E_SHAPE ? status : CLONAL_E_FORMAT, "%s: as Clonal's graph, %s", r->path,
                        cause);
}

/* A tensor may serve several layers, each of which then has its own: within bounds, since a small file could ask for
 * any amount of memory so. */
static clonal_status check_copies(const clonal__onnx_reader *r)
{
    enum { MOST_COPIES = 16, SOME_ELEMENTS = 1 << 20 };
    uint64_t there = 0, wanted = 0;
    for (size_t i = 0; i < r->value_count; i++)
        if (r->values[i].kind == CLONAL__ONNX_TENSOR) there += clonal__onnx_elements(r->values[i].tensor);
    for (size_t i = 0; i < r->layer_count; i++)
        for (unsigned k = 0; k < r->graph->nodes[r->layers[i].node].operation->parameter_count; k++) {
            clonal__parameter p;
            clonal__parameter_describe(r->graph, r->layers[i].node, k, &p);
            wanted += (uint64_t)p.rows * p.columns;
        }
    if (wanted <= SOME_ELEMENTS + MOST_COPIES * there) return CLONAL_OK;
    return clonal__fail(CLONAL_E_FORMAT, "%s: its layers share tensors more than %d times over", r->path, MOST_COPIES);
}

clonal_status clonal__onnx_network(const char *path, const Onnx__ModelProto *model, clonal__network *network)
{
    clonal__onnx_reader r = {.path = path, .proto = model->graph};
    if (!model->graph) return clonal__fail(CLONAL_E_FORMAT, "%s: it has no graph", path);
    clonal_status status = clonal_graph_create(&r.graph);
    if (status == CLONAL_OK) status = read_graph(&r, model);
    if (status == CLONAL_OK) status = check_copies(&r);
    if (status != CLONAL_OK) status = blame(&r, status);
    for (size_t i = 0; i < r.layer_count && status == CLONAL_OK; i++) status = fill_layer(&r, &r.layers[i], network);
    if (status == CLONAL_OK) {
        network->graph = r.graph;
        network->has_seed = r.has_seed;
        network->seed = r.seed;
        r.graph = NULL;
    }
    reader_free(&r);
    return status;
}
