/* mxnet_list.h: lists of arrays as MXNet's nd.save, Gluon's save_parameters and Module's
 * checkpoints write them (src/ndarray/ndarray.cc of MXNet 1.9.1). All numbers are little-endian:
 *
 *   u64 0x112, u64 0, u64 count of arrays, the arrays, u64 count of names (0 or as many),
 *   each name as u64 length and bytes
 *   an array: u32 0xf993fac9 (version 2), i32 storage (0: dense), the shape as i32 dimensions and
 *   i64 each; one without dimensions ends here and stands for none; i32 device kind, i32 device
 *   number, i32 type, the elements, row-major
 *
 * Version 1 (0xf993fac8) has no storage; version 3 (0xf993faca) is NumPy's sense of shapes, in
 * which no dimensions are a scalar and -1 is what stands for none. Older ones are refused. */
#ifndef CLONAL_EXCHANGE_MXNET_LIST_H
#define CLONAL_EXCHANGE_MXNET_LIST_H

#include "host/exchange/network.h"

#define CLONAL__MXNET_LIST_MAGIC UINT64_C(0x112)

/* Appends the file's arrays of floats to the network's tensors, in the file's order and layout,
 * under the file's names, or "0", "1", ... where it has none; arrays of whole numbers and such as
 * stand for none are passed over. Errors: CLONAL_E_IO, CLONAL_E_FORMAT (damaged, cut, sparse, of
 * another version, two arrays of one name). */
clonal_status clonal__mxnet_list_read(const char *path, clonal__network *network);

/* Writes the file atomically: byte for byte what MXNet writes of these arrays, but for NaN, which
 * is 0x7fc00000. digest: as clonal_model_save's. CLONAL_E_IO. */
clonal_status clonal__mxnet_list_write(const char *path, size_t count,
                                       const clonal__tensor *tensors, char digest[72]);

#endif
