/* observe.h: every tensor of a training step, by the names of cl/CONTRACT.md, section 8: for
 * digests, and for finding where two runs part. */
#ifndef CLONAL_EVIDENCE_OBSERVE_H
#define CLONAL_EVIDENCE_OBSERVE_H

#include "host/model/model.h"

/* A tensor (rows,columns), in host memory for the length of the call: values, or for a mask keep.
 * Beside the contract's names there are node.N.product (a linear node before its bias), of a
 * drop_connect node.N.masked (its weight under the mask) and node.N.unmasked (the weight's gradient
 * before the mask), and node.N.gradient more than once where several consumers give: the last is
 * the sum. */
typedef struct clonal__tensor_seen {
    const char *name;
    const clonal__instruction *instruction; /* that made it */
    uint32_t rows, columns;
    const float *values;
    const uint8_t *keep;
} clonal__tensor_seen;

/* Other than OK stops the step. */
typedef clonal_status (*clonal__tensor_fn)(const clonal__tensor_seen *tensor, void *user);

/* Runs training step model->step on `rows` samples from `first` on, unfused and one instruction at
 * a time. Does not count the step. The epoch's order must be on the device (clonal__model_order).
 */
clonal_status clonal__model_observe(clonal_model *model, const clonal__device_copy *data,
                                    uint32_t rows, uint32_t first, clonal__tensor_fn seen,
                                    void *user);

/* The first 16 hexadecimal digits of the SHA-256 of a tensor's bytes, and a NUL. */
#define CLONAL__SHORT_DIGEST 17
clonal_status clonal__tensor_digest(const clonal__tensor_seen *tensor,
                                    char hex[CLONAL__SHORT_DIGEST]);
clonal_status clonal__floats_digest(const float *values, size_t count,
                                    char hex[CLONAL__SHORT_DIGEST]);

/* What an instruction does, for people: "dropout, node 4: node.3.value -> node.4.value". */
void clonal__instruction_text(const clonal__program *program, const clonal__instruction *in,
                              char *room, size_t size);

#endif
