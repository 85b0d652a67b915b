/* cross_entropy.cl: softmax cross-entropy of one row of logits z: its loss, whether its largest
 * logit is the label's, and the gradient. Rules: CONTRACT.md, section 5. One text for the kernel
 * of its own (loss.cl) and for the product that makes the logits (lib/gemm_loss.cl).
 *
 * Always inlined: a product's logits stand in local memory (see GEMM_INLINE in
 * lib/gemm_vector.cl). */
#ifndef CLONAL_LIB_CROSS_ENTROPY_CL
#define CLONAL_LIB_CROSS_ENTROPY_CL

#include "lib/base.cl"
#include "lib/math.cl"

#ifndef LOGITS_SPACE
#define LOGITS_SPACE __global /* where z stands */
#endif
#define LOGITS_INLINE static inline __attribute__((always_inline))

LOGITS_INLINE uint class_of(const LOGITS_SPACE float *z, uint columns)
{
    uint best = 0;
    for (uint c = 1; c < columns; c++) best = z[c] > z[best] ? c : best;
    return best;
}

LOGITS_INLINE float row_maximum(const LOGITS_SPACE float *z, uint columns)
{
    float m = z[0];
    for (uint c = 1; c < columns; c++) m = z[c] > m ? z[c] : m;
    return m;
}

/* the sum of exp(z[c] - m), by the chain rule */
LOGITS_INLINE float row_sum(const LOGITS_SPACE float *z, uint columns, float m)
{
    float s = 0.0f;
    for (uint start = 0; start < columns; start += 1024u) {
        uint end = columns - start > 1024u ? start + 1024u : columns;
        float sum = 0.0f;
        CLONAL_IN_ORDER
        for (uint c = start; c < end; c++) sum = sum + clonal_exp(z[c] - m);
        s = start == 0u ? sum : s + sum;
    }
    return s;
}

/* row_loss and right are the row's entries. dz (columns) is written when gradient is 1; it may be
 * z. */
LOGITS_INLINE void clonal_cross_entropy_row(const LOGITS_SPACE float *z, uint columns, uint label,
                                            float scale, uint gradient, __global float *dz,
                                            __global float *row_loss, __global uchar *right)
{
    *right = class_of(z, columns) == label;
    float m = row_maximum(z, columns);
    float s = row_sum(z, columns, m);
    *row_loss = clonal_log(s) - (z[label] - m);
    if (!gradient) return;
    float reciprocal = clonal_recip(s);
    for (uint c = 0; c < columns; c++) {
        float p = clonal_exp(z[c] - m) * reciprocal;
        dz[c] = (p - (c == label ? 1.0f : 0.0f)) * scale;
    }
}

#endif
