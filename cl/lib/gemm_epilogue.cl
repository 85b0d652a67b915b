/* What follows a chain in the GEMM's launch, a vector of VW columns at a time; rules:
 * cl/CONTRACT.md, section 5. Options, in the order in which they act on the finished sum y, each 0
 * unless given:
 *   BIAS 1            y = y + bias[column]
 *   ACTIVATION 1..3   relu, sigmoid, tanh
 *   DROPOUT 1         y = kept ? y * scale : +0
 *   DERIVATIVE 1..3   y = y * f'(x) from the saved output of relu, sigmoid, tanh; 4: of relu then
 *                     dropout: saved > 0 ? y * scale : +0
 *   UPDATE 1          SGD: y is the gradient of w; WEIGHT_DECAY 1, MOMENTUM 1 as the factors are
 *                     not 0. w (and v) are written, not C
 * Needs VW, NV, gemm_vec, GEMM_LOAD, GEMM_STORE, GEMM_FMA, GEMM_CAT (gemm_native.cl). */
#ifndef CLONAL_LIB_GEMM_EPILOGUE_CL
#define CLONAL_LIB_GEMM_EPILOGUE_CL

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
#ifndef WEIGHT_DECAY
#define WEIGHT_DECAY 0
#endif
#ifndef MOMENTUM
#define MOMENTUM 0
#endif
#ifndef BIAS_GRADIENT
#define BIAS_GRADIENT 0
#endif

#if ACTIVATION >= 2
#include "lib/math.cl"
#endif
#if DROPOUT
#include "lib/philox.cl"
#endif

/* Few enough instructions to be written out for each vector of a tile. */
#define GEMM_AFTER_IS_SHORT (!DROPOUT && ACTIVATION < 2 && !(UPDATE && MOMENTUM))

/* First `count` (1..VW) floats of v to p. */
static inline void gemm_store_part(gemm_vec v, __global float *p, uint count)
{
    if (count >= VW) {
        GEMM_STORE(v, p);
        return;
    }
#if VW == 16
    float8 v8 = v.lo;
    if (count & 8u) {
        vstore8(v8, 0, p);
        v8 = v.hi;
        p += 8;
    }
#elif VW == 8
    float8 v8 = v;
#endif
#if VW >= 8
    float4 v4 = v8.lo;
    if (count & 4u) {
        vstore4(v4, 0, p);
        v4 = v8.hi;
        p += 4;
    }
#else
    float4 v4 = v;
#endif
    float2 v2 = v4.lo;
    if (count & 2u) {
        vstore2(v2, 0, p);
        v2 = v4.hi;
        p += 2;
    }
    if (count & 1u) *p = v2.x;
}

/* `count` (1..VW) floats of p, then zeros. */
static inline gemm_vec gemm_load_part(const __global float *p, uint count)
{
    if (count >= VW) return GEMM_LOAD(p);
    float part[VW];
    for (uint c = 0; c < VW; c++) part[c] = c < count ? p[c] : 0.0f;
    return GEMM_CAT(vload, VW)(0, part);
}

/* An epilogue's arguments: in a kernel's list behind C's, in this order. */
#if BIAS
#define GEMM_ARGS_BIAS , const __global float *bias
#else
#define GEMM_ARGS_BIAS
#endif
#if DROPOUT
/* mask = {key low, key high, stream, threshold, keep_any, 0, 0, 0} */
#define GEMM_ARGS_DROPOUT , uint8 mask, uint step
#else
#define GEMM_ARGS_DROPOUT
#endif
#if DROPOUT || DERIVATIVE == 4
#define GEMM_ARGS_SCALE , float scale
#else
#define GEMM_ARGS_SCALE
#endif
#if DERIVATIVE
#define GEMM_ARGS_SAVED , const __global float *saved
#else
#define GEMM_ARGS_SAVED
#endif
#if UPDATE
/* sgd = {rate, momentum, weight decay, 0} */
#define GEMM_ARGS_UPDATE , float4 sgd, __global float *w, __global float *v
#else
#define GEMM_ARGS_UPDATE
#endif
#if BIAS_GRADIENT
#define GEMM_ARGS_BIAS_GRADIENT , __global float *bias_w, __global float *bias_v
#else
#define GEMM_ARGS_BIAS_GRADIENT
#endif
#define GEMM_EPILOGUE_ARGS                                                                         \
    GEMM_ARGS_BIAS GEMM_ARGS_DROPOUT GEMM_ARGS_SCALE GEMM_ARGS_SAVED GEMM_ARGS_UPDATE              \
        GEMM_ARGS_BIAS_GRADIENT

/* The same, for functions. */
typedef struct gemm_after {
#if BIAS
    const __global float *bias;
#endif
#if DROPOUT
    uint2 key;
    uint stream, step, threshold, keep_any;
#endif
#if DROPOUT || DERIVATIVE == 4
    float scale;
#endif
#if DERIVATIVE
    const __global float *saved;
#endif
#if UPDATE
    float rate, momentum, weight_decay;
    __global float *w, *v;
#endif
    __global float *c;
    ulong columns; /* of C, and of all matrices of its shape */
} gemm_after;

#if BIAS
#define GEMM_AFTER_BIAS after.bias = bias;
#else
#define GEMM_AFTER_BIAS
#endif
#if DROPOUT
#define GEMM_AFTER_DROPOUT                                                                         \
    after.key = mask.s01, after.stream = mask.s2, after.step = step, after.threshold = mask.s3,    \
    after.keep_any = mask.s4;
#else
#define GEMM_AFTER_DROPOUT
#endif
#if DROPOUT || DERIVATIVE == 4
#define GEMM_AFTER_SCALE after.scale = scale;
#else
#define GEMM_AFTER_SCALE
#endif
#if DERIVATIVE
#define GEMM_AFTER_SAVED after.saved = saved;
#else
#define GEMM_AFTER_SAVED
#endif
#if UPDATE
#define GEMM_AFTER_UPDATE                                                                          \
    after.rate = sgd.x, after.momentum = sgd.y, after.weight_decay = sgd.z, after.w = w,           \
    after.v = v;
#else
#define GEMM_AFTER_UPDATE
#endif
/* Declares `after` in a kernel with GEMM_EPILOGUE_ARGS, behind N. */
#define GEMM_AFTER_FROM_ARGS                                                                       \
    gemm_after after;                                                                              \
    after.c = c_base, after.columns = N;                                                           \
    GEMM_AFTER_BIAS GEMM_AFTER_DROPOUT GEMM_AFTER_SCALE GEMM_AFTER_SAVED GEMM_AFTER_UPDATE

#if ACTIVATION >= 2
static inline gemm_vec gemm_by_lane(gemm_vec y)
{
    float lane[VW];
    GEMM_CAT(vstore, VW)(y, 0, lane);
    for (uint c = 0; c < VW; c++)
        lane[c] = ACTIVATION == 2 ? clonal_sigmoid(lane[c]) : clonal_tanh(lane[c]);
    return GEMM_CAT(vload, VW)(0, lane);
}
#endif

#if DROPOUT
typedef GEMM_CAT(uint, VW) gemm_words;
typedef GEMM_CAT(int, VW) gemm_mask;

#if !GPU
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
#endif

#if UPDATE
/* One vector's step of gradient descent: returns the new w and sets *v. */
static inline gemm_vec gemm_sgd(const gemm_after *after, gemm_vec w, gemm_vec g, gemm_vec *v)
{
#if WEIGHT_DECAY
    g = GEMM_FMA((gemm_vec)(after->weight_decay), w, g);
#endif
#if MOMENTUM
    g = GEMM_FMA((gemm_vec)(after->momentum), *v, g);
    *v = g;
#endif
    return GEMM_FMA((gemm_vec)(-after->rate), g, w);
}
#endif

/* The finished sum y of columns column..column+count-1 of a row, through the epilogue, to C or w.
 */
static inline void gemm_finish(const gemm_after *after, gemm_vec y, uint row, uint column,
                               uint count
#if DROPOUT
                               ,
                               gemm_words words
#endif
)
{
#if BIAS
    y = y + gemm_load_part(after->bias + column, count);
#endif
#if ACTIVATION == 1
    y = (gemm_vec)(0.0f) > y ? (gemm_vec)(0.0f) : y;
#elif ACTIVATION
    y = gemm_by_lane(y);
#endif
#if DROPOUT
    gemm_mask keep =
        (words >= (gemm_words)(after->threshold)) & (gemm_mask)(after->keep_any != 0u ? -1 : 0);
    y = keep ? y * after->scale : (gemm_vec)(0.0f);
#endif
#if DERIVATIVE
    gemm_vec h = gemm_load_part(after->saved + (ulong)row * after->columns + column, count);
#if DERIVATIVE == 1
    y = h > (gemm_vec)(0.0f) ? y : (gemm_vec)(0.0f);
#elif DERIVATIVE == 2
    y = y * GEMM_FMA(-h, h, h);
#elif DERIVATIVE == 3
    y = y * GEMM_FMA(-h, h, (gemm_vec)(1.0f));
#else
    y = h > (gemm_vec)(0.0f) ? y * after->scale : (gemm_vec)(0.0f);
#endif
#endif
#if UPDATE
    __global float *w = after->w + (ulong)row * after->columns + column;
    gemm_vec velocity = (gemm_vec)(0.0f);
#if MOMENTUM
    __global float *v = after->v + (ulong)row * after->columns + column;
    velocity = gemm_load_part(v, count);
#endif
    gemm_store_part(gemm_sgd(after, gemm_load_part(w, count), y, &velocity), w, count);
#if MOMENTUM
    gemm_store_part(velocity, v, count);
#endif
#else
    gemm_store_part(y, after->c + (ulong)row * after->columns + column, count);
#endif
}

#endif
