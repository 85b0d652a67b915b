/* tensor_type.h: the types of tensors in safetensors files, and their values as binary32. */
#ifndef CLONAL_BASE_TENSOR_TYPE_H
#define CLONAL_BASE_TENSOR_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct clonal__tensor_type {
    const char *name; /* "BF16" */
    size_t bytes;     /* of an element */
    bool floats;      /* not whole numbers */
    /* One element, little-endian, as binary32: exact, or rounded to the nearest, ties to even; NULL
     * where Clonal does not read the type. */
    float (*decode)(const uint8_t *bytes);
} clonal__tensor_type;

/* NULL: the format has no such type. */
const clonal__tensor_type *clonal__tensor_type_named(const char *name);

#endif
