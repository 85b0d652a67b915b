/* onnx_reader.h: an ONNX graph on its way to a graph of Clonal's, between onnx_graph.c, which goes
 * through its nodes, onnx_values.c, which knows its values by name, and onnx_nodes.c, which knows
 * the operators. */
#ifndef CLONAL_EXCHANGE_ONNX_READER_H
#define CLONAL_EXCHANGE_ONNX_READER_H

#include "host/exchange/onnx.h"

/* What a value of the file is. Several of its nodes may be one of Clonal's: until the last of them
 * is seen, the value is one of the forms below, of the value x of a node. */
typedef enum clonal__onnx_kind {
    CLONAL__ONNX_UNDEFINED, /* named, but no node so far makes it */
    CLONAL__ONNX_UNUSED,    /* an output that must not be used, as a dropout's mask */
    CLONAL__ONNX_TENSOR,    /* a constant */
    CLONAL__ONNX_NODE,      /* x itself */
    CLONAL__ONNX_PRODUCT, /* x times the tensor, a matrix (I,O): a linear node, its bias to come */
    CLONAL__ONNX_SIGMOID, /* sigmoid(x), which may become a silu */
    CLONAL__ONNX_SCALED,  /* factor x */
    CLONAL__ONNX_ERF,     /* erf(x / sqrt 2) */
    CLONAL__ONNX_ERF1,    /* factor (1 + erf(x / sqrt 2)) */
    CLONAL__ONNX_GELU     /* factor x (1 + erf(x / sqrt 2)): a gelu where factor is 1/2 */
} clonal__onnx_kind;

typedef struct clonal__onnx_value {
    const char *name;
    clonal__onnx_kind kind;
    clonal_node x;
    const Onnx__TensorProto *tensor;
    bool transposed; /* of a TENSOR, by a Transpose; of a PRODUCT: kept as (I,O) */
    double factor;
    size_t uses;         /* how often nodes take it, and the graph as its output */
    const char *used_by; /* the operator that takes it last */
} clonal__onnx_value;

/* A node that has parameters, and the tensors of these. */
typedef struct clonal__onnx_layer {
    clonal_node node;
    const Onnx__TensorProto *tensors[CLONAL__MOST_PARAMETERS]; /* NULL: zeros */
    bool transposed;                                           /* the first, a matrix */
} clonal__onnx_layer;

typedef struct clonal__onnx_reader {
    const char *path;
    const Onnx__GraphProto *proto;
    int64_t opset;
    clonal_graph *graph;
    clonal__onnx_value *values;
    size_t value_count, value_room;
    size_t *slots; /* hash table: 1 + the index of a value; 0 is free */
    size_t slot_count;
    clonal__onnx_layer *layers; /* in the order of their nodes */
    size_t layer_count;
    bool has_seed;
    uint64_t seed;
    bool ended; /* a Softmax has been left out: nothing may follow */
} clonal__onnx_reader;

/* onnx_values.c: the value of a name, made where it is new; NULL: the last error tells. It moves
 * with the next that is made, which is none once clonal__onnx_values named all that nodes have. */
clonal__onnx_value *clonal__onnx_value_named(clonal__onnx_reader *reader, const char *name);
/* Names all values of the graph and counts their uses, and takes its constants. Errors:
 * CLONAL_E_FORMAT (a name that is defined twice, too many), CLONAL_E_MEMORY. */
clonal_status clonal__onnx_values(clonal__onnx_reader *reader);

/* onnx_nodes.c: takes the next node of the file. CLONAL_E_FORMAT names the node and what of it
 * Clonal's graphs cannot hold; CLONAL_E_SHAPE. */
clonal_status clonal__onnx_take_node(clonal__onnx_reader *reader, const Onnx__NodeProto *node);
/* The node of Clonal's that is a value of the file, which is made where it is still a form; fails
 * where it is none. `node` is who asks, for the message. */
clonal_status clonal__onnx_realise(clonal__onnx_reader *reader, const Onnx__NodeProto *node,
                                   clonal__onnx_value *value, clonal_node *x);
/* Fails for a node, "FILE: node 'NAME' (Gemm): ...". */
clonal_status clonal__onnx_refuse(const clonal__onnx_reader *reader, const Onnx__NodeProto *node,
                                  const char *format, ...) CLONAL__PRINTF(3, 4);

#endif
