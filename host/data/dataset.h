/* dataset.h: what the rooms that copy samples to a device see of a data set. */
#ifndef CLONAL_DATA_DATASET_H
#define CLONAL_DATA_DATASET_H

#include <clonal/data.h>
#include <stdbool.h>

#define CLONAL__DATASET_MAX_RANK 4

/* Who a data set is, for those who keep something of it: it outlives the set, and no other ever has
 * the same. Safe from any thread. */
typedef struct clonal__dataset_identity clonal__dataset_identity;

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
    clonal__dataset_identity *identity;
};

/* CLONAL_E_ARGUMENT: it is no value of clonal_split. */
clonal_status clonal__split_check(clonal_split split);

/* A data set of `count` samples of a shape, without the samples. CLONAL_E_ARGUMENT: no sample, or a
 * shape that no sample has. */
clonal_status clonal__dataset_create_empty(size_t count, size_t rank, const uint32_t *shape,
                                           clonal_dataset **data);
/* *classes: 1 + the largest of the labels. CLONAL_E_ARGUMENT: one is 2^31 or more. */
clonal_status clonal__dataset_check_labels(size_t count, const uint32_t *labels, uint32_t *classes);

/* values.c: one sample as the floats that networks see: values (elements). The floating-point
 * environment is the standard one. */
void clonal__dataset_floats(const clonal_dataset *data, size_t sample, float *values);

/* A new identity, for a new set. */
clonal_status clonal__dataset_identity_create(clonal__dataset_identity **identity);
/* The set's identity, until it is released. */
clonal__dataset_identity *clonal__dataset_identity_hold(const clonal_dataset *data);
/* NULL is legal. */
void clonal__dataset_identity_release(clonal__dataset_identity *identity);
/* The set itself goes. NULL is legal. */
void clonal__dataset_identity_leave(clonal__dataset_identity *identity);
/* Whether the set is gone. */
bool clonal__dataset_identity_gone(const clonal__dataset_identity *identity);

/* shuffle.c: the order of an epoch (cl/CONTRACT.md, section 4); order has room for count. */
#define CLONAL__HOLD_OUT_EPOCH UINT32_MAX /* the order that hold-out goes by; no epoch has it */
void clonal__shuffle(uint64_t seed, uint32_t epoch, size_t count, uint32_t *order);

#endif
