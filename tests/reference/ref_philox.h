/* Random numbers of cl/CONTRACT.md, section 3, and what is made of them: masks and the order of an
 * epoch.
 *
 * Everything here is a pure function of its arguments, and may be called from any thread.
 * */
#ifndef CLONAL_REF_PHILOX_H
#define CLONAL_REF_PHILOX_H

#include <stddef.h>
#include <stdint.h>

enum ref_purpose {
    REF_PURPOSE_DROPOUT = 0,
    REF_PURPOSE_INITIAL = 1,
    REF_PURPOSE_SHUFFLE = 2,
    REF_PURPOSE_NOISE = 3,
    REF_PURPOSE_CONNECT = 4
};

/* purpose * 2^24 + node. */
uint32_t ref_stream(enum ref_purpose purpose, uint32_t node);

/* The word of element (row, column). */
uint32_t ref_word(uint64_t seed, uint32_t stream, uint32_t step, uint32_t row, uint32_t column);

/* T = p * 2^32 rounded to an integer, ties to even: 0 .. 2^32. p in [0,1]. */
uint64_t ref_dropout_threshold(double p);

/* c = fl32(1 / (1-p)); infinite for p = 1, where it is never used. */
float ref_dropout_scale(double p);

/* keep (rows,columns): 1 where the element stays, 0 where it is dropped. `step` is the low half of
 * the step number. */
void ref_mask(uint8_t *keep, size_t rows, size_t columns, double p, uint64_t seed, uint32_t stream,
              uint32_t step);

/* order (count): the samples of epoch `epoch` in the order trained. */
void ref_shuffle(uint32_t *order, uint32_t count, uint64_t seed, uint32_t epoch);

/* values (rows,columns): initial parameters of `node`, uniform in [-bound, bound); step 0 for
 * weights, 1 for biases. */
void ref_initial(float *values, size_t rows, size_t columns, float bound, uint64_t seed,
                 uint32_t node, uint32_t step);

#endif
