#include "ref_layer_norm.h"

#include "ref_gemm.h"
#include "ref_math.h"

#include <math.h>

void ref_layer_norm(float *y, float *normalized, float *r, const float *x, const float *w, const float *b, float eps,
                    size_t rows, size_t length)
{
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * length;
        float *d = normalized + row * length, *n = d;
        float mean = ref_div(ref_sum(length, xr, 1), (float)length);
        for (size_t c = 0; c < length; c++) d[c] = xr[c] - mean;
        float v = ref_div(ref_chain(length, d, 1, d, 1), (float)length);
        v = v + eps;
        r[row] = ref_recip(ref_sqrt(v));
        for (size_t c = 0; c < length; c++) {
            n[c] = d[c] * r[row];
            y[row * length + c] = fmaf(n[c], w[c], b[c]);
        }
    }
}

void ref_layer_norm_dx(float *dx, const float *dy, const float *normalized, const float *r, const float *w, size_t rows,
                       size_t length)
{
    for (size_t row = 0; row < rows; row++) {
        const float *n = normalized + row * length;
        float *g = dx + row * length;
        for (size_t c = 0; c < length; c++) g[c] = dy[row * length + c] * w[c];
        float a = ref_div(ref_sum(length, g, 1), (float)length);
        float b = ref_div(ref_chain(length, g, 1, n, 1), (float)length);
        for (size_t c = 0; c < length; c++) {
            float t = g[c] - a;
            t = fmaf(-n[c], b, t);
            g[c] = t * r[row];
        }
    }
}

void ref_layer_norm_dw(float *dw, const float *dy, const float *normalized, size_t rows, size_t length)
{
    for (size_t c = 0; c < length; c++) dw[c] = ref_chain(rows, dy + c, length, normalized + c, length);
}

void ref_layer_norm_db(float *db, const float *dy, size_t rows, size_t length)
{
    for (size_t c = 0; c < length; c++) db[c] = ref_sum(rows, dy + c, length);
}
