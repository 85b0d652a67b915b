/* What follows a chain in the GEMM's launch, a vector of VW columns at a time; rules:
 * cl/CONTRACT.md, section 5. Options, in the order in which they act on the finished sum y, each 0
 * unless given:
 *   BIAS 1         y = y + bias[column]
 *   ACTIVATION 1   y = f(y), f being FUNCTION (lib/function.cl)
 *   DROPOUT 1      y = kept ? y * scale : +0
 *   DERIVATIVE 1   y = y * f'(x) by `saved`, the output or the input of FUNCTION
 *   GATED 1        y = saved > 0 ? y * scale : +0: dropout and a function that gates, at once
 *   UPDATE 1       y is the gradient of w, which UPDATE_BY steps (lib/optimizer.cl): w and the
 *                  optimizer's states are written, not C
 *   ARGUMENT 1     FUNCTION takes an argument
 *   LOSS 1         y are logits, of which C receives their loss's gradient (lib/gemm_loss.cl)
 * Needs NV, GPU, A_SAMPLES, B_SAMPLES. Has no guard: a program of two products has it twice, by
 * the options of each (gemm_pair.cl). */
#include "lib/gemm_vector.cl"

#ifndef BIAS
#define BIAS 0
#endif
#ifndef ACTIVATION
#define ACTIVATION 0
#endif
#ifndef DROPOUT
#define DROPOUT 0
#endif
#ifndef DERIVATIVE
#define DERIVATIVE 0
#endif
#ifndef UPDATE
#define UPDATE 0
#endif
#ifndef GATED
#define GATED 0
#endif
#ifndef ARGUMENT
#define ARGUMENT 0
#endif
#ifndef BIAS_GRADIENT
#define BIAS_GRADIENT 0
#endif
#ifndef LOSS
#define LOSS 0
#endif

#if ACTIVATION || DERIVATIVE
#include "lib/function.cl"
#endif
#if DROPOUT
#include "lib/philox.cl"
#endif
#if UPDATE
#include "lib/optimizer.cl"
#endif

#if !GPU
/* Few enough instructions to be written out for each vector of a tile. */
#if DROPOUT || (ACTIVATION && !FUNCTION_VALUE_IS_VECTOR)
#define GEMM_AFTER_IS_SHORT 0
#elif (DERIVATIVE && !FUNCTION_GRADIENT_IS_VECTOR) || (UPDATE && UPDATE_STATES)
#define GEMM_AFTER_IS_SHORT 0
#else
#define GEMM_AFTER_IS_SHORT 1
#endif
#endif

/* An epilogue's arguments (lib/gemm_arguments.cl), for functions: lib/gemm_after.cl makes it. */
typedef struct gemm_after {
#if BIAS
    const __global float *bias;
#endif
#if DROPOUT
    uint2 key;
    uint stream, step, threshold, keep_any;
#endif
#if DROPOUT || GATED
    float scale;
#endif
#if DERIVATIVE || GATED
    const __global float *saved;
#endif
    float argument; /* of FUNCTION */
#if UPDATE
    float8 scalars;
    __global float *w, *state0, *state1;
#endif
#if BIAS_GRADIENT
    __global float *bias_w, *bias_state0, *bias_state1;
#endif
#if LOSS || A_SAMPLES || B_SAMPLES
    const __global uint *order;
    uint shuffled, place;
#endif
#if LOSS
    const __global uint *labels;
    float loss_scale;
    __global float *row_loss;
    __global uchar *right;
#endif
    __global float *c;
    ulong columns; /* of C, and of all matrices of its shape */
} gemm_after;

#if ACTIVATION
static inline gemm_vec gemm_activation(gemm_vec x, float a)
{
#if FUNCTION_VALUE_IS_VECTOR
    return FUNCTION_VALUE(gemm_vec, GEMM_FMA, x, a);
#else
    float lane[VW];
    GEMM_TO_LANES(x, lane);
    for (uint c = 0; c < VW; c++) lane[c] = FUNCTION_VALUE(float, clonal_fma, lane[c], a);
    return GEMM_FROM_LANES(lane);
#endif
}
#endif

#if DERIVATIVE
static inline gemm_vec gemm_derivative(gemm_vec dy, gemm_vec s, float a)
{
#if FUNCTION_GRADIENT_IS_VECTOR
    return FUNCTION_GRADIENT(gemm_vec, GEMM_FMA, dy, s, a);
#else
    float lane[VW], saved[VW];
    GEMM_TO_LANES(dy, lane);
    GEMM_TO_LANES(s, saved);
    for (uint c = 0; c < VW; c++)
        lane[c] = FUNCTION_GRADIENT(float, clonal_fma, lane[c], saved[c], a);
    return GEMM_FROM_LANES(lane);
#endif
}
#endif

#if DROPOUT && !GPU
/* words[v]: those of the VW columns from column + v*VW on. column is a multiple of 4. */
static inline void gemm_make_words(const gemm_after *after, uint row, uint column,
                                   gemm_words words[NV])
{
#if VW == 4
#pragma unroll
    for (uint v = 0; v < NV; v++)
        words[v] =
            clonal_philox((uint4)(column / 4u + v, row, after->stream, after->step), after->key);
#else
#pragma unroll
    for (uint v = 0; v < NV; v += 32 / VW) {
        uint16 first, second;
        clonal_philox8((uint4)((column + v * VW) / 4u, row, after->stream, after->step), after->key,
                       &first, &second);
#if VW == 16
        words[v] = first;
        if (v + 1 < NV) words[v + 1] = second;
#else
        words[v] = first.lo;
        if (v + 1 < NV) words[v + 1] = first.hi;
        if (v + 2 < NV) words[v + 2] = second.lo;
        if (v + 3 < NV) words[v + 3] = second.hi;
#endif
    }
#endif
}
#endif

#if UPDATE
/* The step of `count` (1..VW) elements of a parameter and of its states at w, state0 and state1, by
 * their gradient g. */
static inline void gemm_update(float8 scalars, gemm_vec g, __global float *w,
                               __global float *state0, __global float *state1, uint count)
{
    gemm_vec weight = gemm_load_part(w, count);
    gemm_vec first = (gemm_vec)(0.0f), second = (gemm_vec)(0.0f);
#if UPDATE_STATES > 0
    first = gemm_load_part(state0, count);
#endif
#if UPDATE_STATES > 1
    second = gemm_load_part(state1, count);
#endif
#if UPDATE_IS_VECTOR
    UPDATE_STEP(gemm_vec, GEMM_FMA, scalars, weight, g, first, second);
#else
    float w_lane[VW], g_lane[VW], first_lane[VW], second_lane[VW];
    GEMM_TO_LANES(weight, w_lane);
    GEMM_TO_LANES(g, g_lane);
    GEMM_TO_LANES(first, first_lane);
    GEMM_TO_LANES(second, second_lane);
    for (uint c = 0; c < VW; c++)
        UPDATE_STEP(float, clonal_fma, scalars, w_lane[c], g_lane[c], first_lane[c],
                    second_lane[c]);
    weight = GEMM_FROM_LANES(w_lane);
    first = GEMM_FROM_LANES(first_lane);
    second = GEMM_FROM_LANES(second_lane);
#endif
    gemm_store_part(weight, w, count);
#if UPDATE_STATES > 0
    gemm_store_part(first, state0, count);
#endif
#if UPDATE_STATES > 1
    gemm_store_part(second, state1, count);
#endif
}
#endif

#undef GEMM_WORDS_PARAMETER
#undef GEMM_WORDS
#if DROPOUT
#define GEMM_WORDS_PARAMETER , gemm_words words
#define GEMM_WORDS , words
#else
#define GEMM_WORDS_PARAMETER
#define GEMM_WORDS
#endif

/* The finished sum y of columns column..column+count-1 of a row, through all that changes it. */
static inline gemm_vec gemm_follow(const gemm_after *after, gemm_vec y, uint row, uint column,
                                   uint count GEMM_WORDS_PARAMETER)
{
#if BIAS
    y = y + gemm_load_part(after->bias + column, count);
#endif
#if ACTIVATION
    y = gemm_activation(y, after->argument);
#endif
#if DROPOUT
    gemm_mask keep =
        (words >= (gemm_words)(after->threshold)) & (gemm_mask)(after->keep_any != 0u ? -1 : 0);
    y = keep ? y * after->scale : (gemm_vec)(0.0f);
#endif
#if DERIVATIVE || GATED
    gemm_vec saved = gemm_load_part(after->saved + (ulong)row * after->columns + column, count);
#endif
#if DERIVATIVE
    y = gemm_derivative(y, saved, after->argument);
#endif
#if GATED
    y = saved > (gemm_vec)(0.0f) ? y * after->scale : (gemm_vec)(0.0f);
#endif
    return y;
}

/* The same, to C or w. */
static inline void gemm_finish(const gemm_after *after, gemm_vec y, uint row, uint column,
                               uint count GEMM_WORDS_PARAMETER)
{
    y = gemm_follow(after, y, row, column, count GEMM_WORDS);
#if UPDATE
    const ulong at = (ulong)row * after->columns + column;
    gemm_update(after->scalars, y, after->w + at, after->state0 + at, after->state1 + at, count);
#else
    gemm_store_part(y, after->c + (ulong)row * after->columns + column, count);
#endif
}
