/* flax_msgpack.h: trees of arrays as flax.serialization.to_bytes writes them, in MessagePack
 * (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * Maps with texts as keys hold maps or arrays. An array is an extension of type 1, whose bytes are
 * a MessagePack array once more: [shape, name of the type ("float32"), elements], row-major and
 * little-endian. One of more than 2^30 bytes is a map instead,
 *   {"__msgpack_chunked_array__": true, "shape": {"0": .., "1": ..},
 *    "chunks": {"0": array, "1": array, ..}}
 * of arrays of one dimension that follow one another. The name of a tensor is the way to it,
 * "params/Dense_0/kernel".
 *
 * The format is read by hand: the C library msgpack-c reserves what a file's lengths say before it
 * looks at the file (8 GiB for one of 5 bytes). */
#ifndef CLONAL_EXCHANGE_FLAX_MSGPACK_H
#define CLONAL_EXCHANGE_FLAX_MSGPACK_H

#include "host/exchange/network.h"

/* An array of more bytes is written in chunks, as Flax does. */
#define CLONAL__FLAX_CHUNK_BYTES ((size_t)1 << 30)

/* Appends the file's arrays of floats to the network's tensors, in the file's order and layout;
 * whole numbers and what is no array are passed over. Errors: CLONAL_E_IO, CLONAL_E_FORMAT
 * (damaged, cut, nested more than 64 deep, two arrays of one name, a type that Clonal does not
 * know); the tensors then are what came before. */
clonal_status clonal__flax_msgpack_read(const char *path, clonal__network *network);

/* Writes the file atomically: byte for byte what Flax writes of a tree with these names in this
 * order, but for NaN, which is 0x7fc00000. chunk_bytes: CLONAL__FLAX_CHUNK_BYTES, or less for
 * tests. digest: as clonal_model_save's.
 * Errors: CLONAL_E_ARGUMENT (a name twice, or the names of one group with others between them),
 * CLONAL_E_IO. */
clonal_status clonal__flax_msgpack_write(const char *path, size_t count,
                                         const clonal__tensor *tensors, size_t chunk_bytes,
                                         char digest[72]);

#endif
