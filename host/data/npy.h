/* npy.h: arrays in NumPy's format (versions 1.0, 2.0, 3.0): a magic text, the header's length, a
 * header that is a Python dictionary (descr, fortran_order, shape), the elements. Pickles are never
 * read. */
#ifndef CLONAL_DATA_NPY_H
#define CLONAL_DATA_NPY_H

#include "host/base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLONAL__NPY_MAX_RANK 5 /* N samples of up to 4 dimensions */
#define CLONAL__NPY_MAX_ELEMENTS UINT32_MAX

typedef struct clonal__npy {
    char kind; /* 'b' truth values, 'u' and 'i' whole numbers, 'f' floats */
    bool big_endian;
    size_t size;                          /* bytes of an element: 1, 2, 4 or 8 */
    size_t rank;                          /* 1 to 5 */
    uint32_t shape[CLONAL__NPY_MAX_RANK]; /* no size is 0 */
    size_t count;                         /* the product of the shape */
    uint8_t *values; /* (shape), the last dimension's elements side by side; owned: clonal__free */
} clonal__npy;

/* Where the bytes of an array come from: a file, an archive's member, memory. */
typedef struct clonal__npy_source {
    const char *name; /* for messages */
    void *from;
    /* Reads up to `count` bytes; fewer only where they end. */
    clonal_status (*read)(void *from, const char *name, void *bytes, size_t count, size_t *done);
} clonal__npy_source;

/* Reads an array to the source's end. Memory grows with the bytes that are there, not with those
 * that the header promises. Errors, with *npy zeroed: those of the source, CLONAL_E_FORMAT
 * (truncated, surplus bytes, a header that lies or is none, elements that are no numbers, 0 or more
 * than 5 dimensions, a size of 0, 2^32 elements or more), CLONAL_E_MEMORY. */
clonal_status clonal__npy_read(const clonal__npy_source *source, clonal__npy *npy);
/* The same of a file; also CLONAL_E_IO: it cannot be opened or read. */
clonal_status clonal__npy_read_file(const char *path, clonal__npy *npy);
/* The same of `count` bytes in memory, called `name` in messages. */
clonal_status clonal__npy_read_bytes(const char *name, const void *bytes, size_t count,
                                     clonal__npy *npy);

/* npy_header.c: what a header of `length` bytes tells, checked: everything but values. fortran: the
 * first dimension's elements lie side by side. */
clonal_status clonal__npy_header(const char *name, const char *text, size_t length,
                                 clonal__npy *npy, bool *fortran);

/* npy_values.c: the elements as binary32: exact, or rounded to the nearest, ties to even; true is
 * 1. *values (count): clonal__free. Errors: CLONAL_E_MEMORY. */
clonal_status clonal__npy_floats(const clonal__npy *npy, float **values);
/* The elements, which are no floats, as labels. *labels (count): clonal__free. Errors:
 * CLONAL_E_FORMAT (one is negative, or 2^31 or more), CLONAL_E_MEMORY. */
clonal_status clonal__npy_labels(const clonal__npy *npy, const char *name, uint32_t **labels);

/* CLONAL_E_FORMAT: `name`, what is wrong with it, and that it be made again. */
clonal_status clonal__npy_damaged(const char *name, const char *format, ...) CLONAL__PRINTF(2, 3);

#endif
