/* onnx.h: ONNX files (https://onnx.ai/onnx/repo-docs/IR.html): a protobuf message, ModelProto,
 * whose graph names its nodes' operators and holds the parameters.
 *
 * Written: IR version 8 and opset 17, or 9 and 20 where the graph has a gelu, whose operator came
 * with that one. Read: opsets 7 (from which Add broadcasts as it does now) to 28. */
#ifndef CLONAL_EXCHANGE_ONNX_H
#define CLONAL_EXCHANGE_ONNX_H

#include "host/exchange/network.h"
#include <onnx.pb-c.h>

enum { CLONAL__ONNX_LEAST_OPSET = 7, CLONAL__ONNX_MOST_OPSET = 28 };

/* Keys of ModelProto.metadata_props: the loss, which an ONNX graph leaves out, and the contract's
 * version. */
#define CLONAL__ONNX_LOSS "clonal.loss"
#define CLONAL__ONNX_CONTRACT "clonal.contract"

/* onnx_unpack.c: bytes as a message, which the caller frees by onnx__model_proto__free_unpacked
 * with the same allocator. Bounds what protobuf-c leaves open: the depth of nested messages, which
 * it follows by recursion, and the memory that the bytes may come to. Errors: CLONAL_E_FORMAT,
 * CLONAL_E_MEMORY. */
typedef struct clonal__onnx_memory {
    ProtobufCAllocator allocator;
    size_t left; /* bytes */
    bool refused, failed;
} clonal__onnx_memory;
clonal_status clonal__onnx_unpack(const char *path, const uint8_t *bytes, size_t count,
                                  clonal__onnx_memory *memory, Onnx__ModelProto **model);

/* onnx_tensor.c: the product of a tensor's sizes, as it says; 0 where Clonal cannot hold as many,
 * or a size is none. */
size_t clonal__onnx_elements(const Onnx__TensorProto *tensor);
/* The same of a tensor that holds its elements itself, as many as its shape says.
 * Errors, with the tensor's name: CLONAL_E_FORMAT (external data, another type than floats, a size
 * below 1, more than kernels count, data of another length). */
clonal_status clonal__onnx_tensor_check(const char *path, const Onnx__TensorProto *tensor,
                                        size_t *elements);
/* Binary16 and bfloat16 become binary32 exactly, binary64 rounded to nearest. transposed: of a
 * matrix. The tensor has been checked. */
void clonal__onnx_floats(const Onnx__TensorProto *tensor, size_t elements, bool transposed,
                         float *values);
/* A scalar, or a tensor of one float: as the number that it was meant to be, which of a binary32 is
 * the shortest decimal that reads back as it (0.1, not 0.100000001). False: it is none. */
bool clonal__onnx_scalar(const Onnx__TensorProto *tensor, double *value);
/* The number that a binary32 was meant to be, as above. */
double clonal__onnx_decimal(float value);

/* onnx_graph.c: fills a network from a message, of which nothing is trusted. Errors:
 * CLONAL_E_FORMAT, CLONAL_E_SHAPE, CLONAL_E_MEMORY. */
clonal_status clonal__onnx_network(const char *path, const Onnx__ModelProto *model,
                                   clonal__network *network);

/* onnx_write.c */
clonal_status clonal__onnx_write(const char *path, const clonal__network *network, char digest[72]);

#endif
