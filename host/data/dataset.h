/* dataset.h: what the layers that copy samples to a device see of a data set. */
#ifndef CLONAL_DATA_DATASET_H
#define CLONAL_DATA_DATASET_H

#include <clonal/data.h>

#define CLONAL__DATASET_MAX_RANK 4

/* N samples: uint8 (which stand for u/255) or float, with labels, targets or neither. All arrays
 * are owned. */
struct clonal_dataset {
    size_t count;    /* N, never 0 */
    size_t elements; /* of one sample: the product of shape; count*elements does not overflow */
    size_t rank;     /* of one sample, 1 to 4 */
    uint32_t shape[CLONAL__DATASET_MAX_RANK];
    uint8_t *u8;             /* (N,elements), or NULL */
    float *f32;              /* (N,elements), or NULL: exactly one of the two is there */
    uint32_t *labels;        /* (N), each < 2^31, or NULL */
    uint32_t classes;        /* 1 + the largest label; 0 without labels */
    float *targets;          /* (N,target_columns), or NULL */
    uint32_t target_columns; /* 0 without targets */
};

#endif
