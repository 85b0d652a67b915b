/* table.h: all formats, a line each, by the names that their descriptors have: what safetensors.c
 * calls clonal__exchange_format_safetensors stands here as safetensors. The first that recognises a
 * file reads it: one whose files are also another's stands in front of that. */
#define CLONAL__EXCHANGE_FORMATS(X)                                                                \
    X(onnx)                                                                                        \
    X(flax)                                                                                        \
    X(safetensors)                                                                                 \
    X(msgpack)                                                                                     \
    X(keras)                                                                                       \
    X(mxnet)
