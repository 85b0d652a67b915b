/* hdf5_write.h: an HDF5 file of float32 data sets, made in memory by libhdf5. */
#ifndef CLONAL_EXCHANGE_HDF5_WRITE_H
#define CLONAL_EXCHANGE_HDF5_WRITE_H

#include "host/base/safetensors.h"

/* Writes the file atomically: the tensors as data sets of IEEE's binary32, little-endian, in one
 * piece, under their names, in whose groups the slashes tell ("layers/dense/vars/0"), and one text
 * more. A NaN is 0x7fc00000; the bytes are a function of the arguments and of libhdf5's version.
 * digest: as clonal_model_save's. Errors: CLONAL_E_IO, CLONAL_E_MEMORY; CLONAL_E_INTERNAL where
 * libhdf5 fails. */
clonal_status clonal__hdf5_write(const char *path, size_t count, const clonal__tensor *tensors,
                                 const char *text_name, const char *text, char digest[72]);

#endif
