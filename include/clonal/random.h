/* random.h: Philox4x32-10 and the dropout mask, as pure functions of seed, stream, step, row and
 * column.
 *
 * Source: J. K. Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011 (Random123).
 * Contract (cl/CONTRACT.md, "Random numbers"): key = 64-bit seed, low word first; counter =
 * {column/4, row, stream, step}; the element at (row, column) takes word column mod 4. */
#ifndef CLONAL_RANDOM_H
#define CLONAL_RANDOM_H

#include <clonal/device.h>

CLONAL_BEGIN

/* Purposes: the top 8 bits of a stream number. The 24 bits below hold the node's number in its
 * graph. DROPOUT is whatever a node draws for its elements in a step: masks, and the noise of
 * dropout's relatives. */
enum {
    CLONAL_STREAM_DROPOUT = 0,
    CLONAL_STREAM_WEIGHTS = 1,
    CLONAL_STREAM_SHUFFLE = 2,
    CLONAL_STREAM_NOISE = 3,
    CLONAL_STREAM_CONNECT = 4 /* masks of drop_connect's weights */
};
#define CLONAL_STREAM(purpose, node) (((uint32_t)(purpose) << 24) | ((uint32_t)(node)&0xffffffu))

/* words (count,4): Philox blocks for counters `counter`, counter+1, ..., as one 128-bit number
 * whose lowest word is counter[0]; on the host with Random123's own code. */
CLONAL_API void clonal_philox_host(uint64_t seed, const uint32_t counter[4], size_t count,
                                   uint32_t *words);
/* The same made by the context's device. */
CLONAL_API clonal_status clonal_philox(clonal_context *context, uint64_t seed,
                                       const uint32_t counter[4], size_t count, uint32_t *words);

/* Dropout's threshold T = round(p 2^32), ties to even: an element is dropped when its word is below
 * T. 0 <= p <= 1, else CLONAL_E_ARGUMENT. *threshold is at most 2^32. *scale is 1/(1-p), the
 * division in binary64, rounded to binary32 (inf at p = 1, not used). */
CLONAL_API clonal_status clonal_dropout_parameters(double p, uint64_t *threshold, float *scale);

typedef struct clonal_mask_spec {
    double p; /* probability of dropping, 0..1 */
    uint64_t seed;
    uint32_t stream, step; /* words 2 and 3 of the counter */
    /* number of the first row: a tile of a mask is made by its place alone */
    uint32_t row0;
} clonal_mask_spec;

/* keep (rows,columns) uint8: 1 where an element is kept, 0 where it is dropped, made by the device.
 */
CLONAL_API clonal_status clonal_dropout_mask(clonal_context *context, const clonal_mask_spec *spec,
                                             uint32_t rows, uint32_t columns, uint8_t *keep);

/* Inverted dropout: y (rows,columns) = kept ? x * 1/(1-p) : 0, on the device. y may be x. */
CLONAL_API clonal_status clonal_dropout_apply(clonal_context *context, const clonal_mask_spec *spec,
                                              uint32_t rows, uint32_t columns, const float *x,
                                              float *y);

CLONAL_END

#endif
