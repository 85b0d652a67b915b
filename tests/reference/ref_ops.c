#include "ref_ops.h"

#include "ref_gemm.h"
#include "ref_math.h"

#include <math.h>

void ref_linear(float *y, const float *x, const float *w, const float *b, size_t rows, size_t inputs, size_t outputs)
{
    ref_gemm(0, 1, rows, outputs, inputs, x, inputs, w, inputs, y, outputs);
    for (size_t row = 0; row < rows; row++) {
        for (size_t o = 0; o < outputs; o++) y[row * outputs + o] = y[row * outputs + o] + b[o];
    }
}

void ref_linear_dx(float *dx, const float *dy, const float *w, size_t rows, size_t inputs, size_t outputs)
{
    ref_gemm(0, 0, rows, inputs, outputs, dy, outputs, w, inputs, dx, inputs);
}

void ref_linear_dw(float *dw, const float *dy, const float *x, size_t rows, size_t inputs, size_t outputs)
{
    ref_gemm(1, 0, outputs, inputs, rows, dy, outputs, x, inputs, dw, inputs);
}

void ref_linear_db(float *db, const float *dy, size_t rows, size_t outputs)
{
    for (size_t o = 0; o < outputs; o++) db[o] = ref_sum(rows, dy + o, outputs);
}

void ref_relu(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = 0.0f > x[i] ? 0.0f : x[i];
}

void ref_relu_dx(float *dx, const float *dy, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) dx[i] = y[i] > 0.0f ? dy[i] : 0.0f;
}

void ref_sigmoid_forward(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = ref_sigmoid(x[i]);
}

void ref_sigmoid_dx(float *dx, const float *dy, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) dx[i] = dy[i] * fmaf(-y[i], y[i], y[i]);
}

void ref_tanh_forward(float *y, const float *x, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = ref_tanh(x[i]);
}

void ref_tanh_dx(float *dx, const float *dy, const float *y, size_t count)
{
    for (size_t i = 0; i < count; i++) dx[i] = dy[i] * fmaf(-y[i], y[i], 1.0f);
}

void ref_add(float *y, const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
}

void ref_dropout(float *y, const float *x, const uint8_t *keep, float scale, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = keep[i] ? x[i] * scale : 0.0f;
}

void ref_softmax_cross_entropy(float *loss, float *e, float *s, const float *z, const uint32_t *labels, size_t rows,
                               size_t classes)
{
    for (size_t row = 0; row < rows; row++) {
        const float *zr = z + row * classes;
        float *er = e + row * classes;
        float m = zr[0];
        for (size_t c = 1; c < classes; c++) m = zr[c] > m ? zr[c] : m;
        for (size_t c = 0; c < classes; c++) er[c] = ref_exp(zr[c] - m);
        s[row] = ref_sum(classes, er, 1);
        float shifted = zr[labels[row]] - m;
        loss[row] = ref_log(s[row]) - shifted;
    }
}

void ref_softmax_cross_entropy_dz(float *dz, const float *e, const float *s, const uint32_t *labels, size_t rows,
                                  size_t classes)
{
    float h = (float)(1.0 / (double)rows);
    for (size_t row = 0; row < rows; row++) {
        float r = ref_recip(s[row]);
        for (size_t c = 0; c < classes; c++) {
            float softmax = e[row * classes + c] * r;
            float difference = softmax - (c == labels[row] ? 1.0f : 0.0f);
            dz[row * classes + c] = difference * h;
        }
    }
}

void ref_mean_squared_error(float *loss, float *d, const float *y, const uint32_t *labels, const float *targets,
                            size_t rows, size_t columns)
{
    for (size_t row = 0; row < rows; row++) {
        float *dr = d + row * columns;
        for (size_t c = 0; c < columns; c++) {
            float target = targets ? targets[row * columns + c] : c == labels[row] ? 1.0f : 0.0f;
            dr[c] = y[row * columns + c] - target;
        }
        loss[row] = ref_chain(columns, dr, 1, dr, 1);
    }
}

void ref_mean_squared_error_dy(float *dy, const float *d, size_t rows, size_t columns)
{
    float h = (float)(2.0 / (double)(rows * columns));
    for (size_t i = 0; i < rows * columns; i++) dy[i] = d[i] * h;
}

void ref_sgd(float *w, float *velocity, const float *gradient, size_t count, float lr, float momentum,
             float weight_decay)
{
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i];
        if (weight_decay != 0.0f) g = fmaf(weight_decay, w[i], g);
        if (momentum != 0.0f) {
            velocity[i] = fmaf(momentum, velocity[i], g);
            g = velocity[i];
        }
        w[i] = fmaf(-lr, g, w[i]);
    }
}

size_t ref_class(const float *z, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++) best = z[c] > z[best] ? c : best;
    return best;
}
