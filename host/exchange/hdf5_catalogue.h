/* hdf5_catalogue.h: what an HDF5 file holds below one of its groups: names, shapes and types of its
 * data sets, and where in the file their elements lie.
 *
 * libhdf5 may crash on a file that is damaged on purpose. So it looks at a file in a process of its
 * own, forked for that, which tells what it found through a pipe and has no more memory and time
 * than it needs; the elements are read by the caller, without libhdf5. */
#ifndef CLONAL_EXCHANGE_HDF5_CATALOGUE_H
#define CLONAL_EXCHANGE_HDF5_CATALOGUE_H

#include "host/exchange/reader.h"

enum { CLONAL__HDF5_MOST_DATASETS = 4096, CLONAL__HDF5_MOST_NAME = 400 };

typedef enum clonal__hdf5_kind {
    CLONAL__HDF5_FLOATS, /* by `type` */
    CLONAL__HDF5_WHOLE,  /* whole numbers */
    CLONAL__HDF5_TEXT,   /* one text of `bytes` bytes */
} clonal__hdf5_kind;

typedef struct clonal__hdf5_dataset {
    char name[CLONAL__HDF5_MOST_NAME + 1]; /* the way to it: "layers/dense/vars/0" */
    clonal__hdf5_kind kind;
    char type[8]; /* of floats: a name of tensor_type.h, little-endian */
    size_t rank;
    uint32_t shape[CLONAL__TENSOR_MAX_RANK];
    uint64_t offset, bytes; /* within the file; 0 and 0 where there are no elements */
} clonal__hdf5_dataset;

typedef struct clonal__hdf5_catalogue {
    size_t count;
    uint64_t bytes; /* of all of them: at most the file's size */
    clonal__hdf5_dataset *datasets;
} clonal__hdf5_catalogue;

/* Lists the data sets below the file's group `group` and the one that is called `text`, if there is
 * one, in the order of their names' bytes. A group's member called one of `skipped` (NULL behind
 * the last) is not looked at. Refused are links other than hard ones, groups nested more than 32
 * deep, data sets that are chunked, filtered, virtual or in other files, types other than integers,
 * IEEE's and bfloat16, more than CLONAL__HDF5_MOST_DATASETS of them, more bytes in all than the
 * file has. Free with clonal__hdf5_catalogue_free, also after a failure. Errors: CLONAL_E_FORMAT
 * (also where libhdf5 crashed), CLONAL_E_IO, CLONAL_E_MEMORY. */
clonal_status clonal__hdf5_catalogue_read(const clonal__reader *reader, const char *group,
                                          const char *text, const char *const *skipped,
                                          clonal__hdf5_catalogue *catalogue);
void clonal__hdf5_catalogue_free(clonal__hdf5_catalogue *catalogue);

/* hdf5_walk.c: the forked process's part: writes the data sets found to the descriptor `to`, then
 * returns NULL, or the cause for refusing the file, static or in `room`. */
const char *clonal__hdf5_walk(const char *path, uint64_t file_bytes, const char *group,
                              const char *text, const char *const *skipped, int to, char room[256]);
/* Since libhdf5 is not for several threads: taken around its calls and around the fork. */
void clonal__hdf5_enter(void);
void clonal__hdf5_leave(void);

#endif
