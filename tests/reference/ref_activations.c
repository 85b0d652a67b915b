#include "ref_activations.h"

#include "ref_math.h"
#include "ref_ops.h"

#include <math.h>

static const float root_half = 0x1.6a09e6p-1f; /* sqrt(1/2) */
static const float selu_lambda = 0x1.0cfabep+0f;
static const float selu_limit = 0x1.c212ccp+0f;      /* lambda alpha */
static const float one_by_root_2pi = 0x1.988454p-2f; /* 1 / sqrt(2 pi) */

int ref_is_activation(enum ref_op op)
{
    return op == REF_RELU || op == REF_SIGMOID || op == REF_TANH || op == REF_SELU || ref_activation_saves_input(op);
}

int ref_activation_saves_input(enum ref_op op)
{
    return op == REF_GELU || op == REF_SILU || op == REF_LEAKY_RELU;
}

static float gelu(float x)
{
    float e = ref_erf(x * root_half);
    float h = 0.5f * x;
    return fmaf(h, e, h);
}

static float gelu_dx(float dy, float x)
{
    float e = ref_erf(x * root_half);
    float f = fmaf(0.5f, e, 0.5f);
    float q = x * x;
    q = -0.5f * q;
    float p = ref_exp(q);
    p = p * one_by_root_2pi;
    float g = fmaf(x, p, f);
    return dy * g;
}

static float silu(float x)
{
    float s = ref_sigmoid(x);
    return x * s;
}

static float silu_dx(float dy, float x)
{
    float s = ref_sigmoid(x);
    float t = 1.0f - s;
    t = fmaf(x, t, 1.0f);
    t = s * t;
    return dy * t;
}

static float selu(float x)
{
    return x > 0.0f ? x * selu_lambda : ref_expm1(x) * selu_limit;
}

void ref_activation(enum ref_op op, double attribute, float *y, const float *x, size_t count)
{
    float slope = (float)attribute;
    switch (op) {
    case REF_RELU:
        ref_relu(y, x, count);
        break;
    case REF_SIGMOID:
        ref_sigmoid_forward(y, x, count);
        break;
    case REF_TANH:
        ref_tanh_forward(y, x, count);
        break;
    case REF_GELU:
        for (size_t i = 0; i < count; i++) y[i] = gelu(x[i]);
        break;
    case REF_SILU:
        for (size_t i = 0; i < count; i++) y[i] = silu(x[i]);
        break;
    case REF_LEAKY_RELU:
        for (size_t i = 0; i < count; i++) y[i] = x[i] > 0.0f ? x[i] : x[i] * slope;
        break;
    case REF_SELU:
        for (size_t i = 0; i < count; i++) y[i] = selu(x[i]);
        break;
    default:
        break;
    }
}

void ref_activation_dx(enum ref_op op, double attribute, float *dx, const float *dy, const float *saved, size_t count)
{
    float slope = (float)attribute;
    switch (op) {
    case REF_RELU:
        ref_relu_dx(dx, dy, saved, count);
        break;
    case REF_SIGMOID:
        ref_sigmoid_dx(dx, dy, saved, count);
        break;
    case REF_TANH:
        ref_tanh_dx(dx, dy, saved, count);
        break;
    case REF_GELU:
        for (size_t i = 0; i < count; i++) dx[i] = gelu_dx(dy[i], saved[i]);
        break;
    case REF_SILU:
        for (size_t i = 0; i < count; i++) dx[i] = silu_dx(dy[i], saved[i]);
        break;
    case REF_LEAKY_RELU:
        for (size_t i = 0; i < count; i++) dx[i] = saved[i] > 0.0f ? dy[i] : dy[i] * slope;
        break;
    case REF_SELU:
        for (size_t i = 0; i < count; i++) dx[i] = dy[i] * (saved[i] > 0.0f ? selu_lambda : saved[i] + selu_limit);
        break;
    default:
        break;
    }
}
