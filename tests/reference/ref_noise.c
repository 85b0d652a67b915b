#include "ref_noise.h"

#include "ref_math.h"
#include "ref_ops.h"
#include "ref_philox.h"

#include <math.h>

/* z / x for w up to 6.75, and above. */
static const float near_middle[] = {
    -0x1.3212ccp-40f, 0x1.f2b546p-31f,  -0x1.0117b4p-25f, 0x1.a8bcbcp-22f, -0x1.2b8cbcp-19f, -0x1.aa5d02p-21f,
    0x1.143faep-14f,  -0x1.91d43ep-17f, -0x1.ca2602p-9f,  0x1.6ebf10p-7f,  0x1.5e1c06p-2f,   0x1.6bc8e0p+0f,
};
static const float far_out[] = {
    -0x1.1d623ep-45f, 0x1.32b57ep-41f,  -0x1.e77782p-40f, -0x1.19f47ap-36f, 0x1.7a37c2p-32f, -0x1.4fc4b6p-27f,
    0x1.f85fccp-23f,  -0x1.59695ap-18f, 0x1.f87c84p-14f,  -0x1.c2d06cp-9f,  0x1.89db76p-3f,  0x1.40e0fap+2f,
};

float ref_normal32(uint32_t word)
{
    const uint32_t middle = UINT32_C(1) << 31;
    uint32_t m = word >= middle ? word - middle : middle - 1 - word, k = middle - 1 - m;
    float x = fmaf((float)m, 0x1p-31f, 0x1p-32f);
    float outside = fmaf((float)k, 0x1p-31f, 0x1p-32f);
    float t = 2.0f - outside;
    float y = outside * t;
    float w = -ref_log(y);
    const float *coefficients = w > 6.75f ? far_out : near_middle;
    float u = w - (w > 6.75f ? 13.75f : 0.5f);
    float p = coefficients[0];
    for (int i = 1; i < 12; i++) p = fmaf(p, u, coefficients[i]);
    float z = x * p;
    return word >= middle ? z : -z;
}

int ref_is_noise(enum ref_op op)
{
    return op == REF_GAUSSIAN_DROPOUT || op == REF_GAUSSIAN_NOISE || op == REF_UNIFORM_NOISE ||
           op == REF_SPATIAL_DROPOUT || op == REF_ALPHA_DROPOUT;
}

size_t ref_mask_columns(const struct ref_node *node)
{
    if (node->op == REF_SPATIAL_DROPOUT) return node->shape[0];
    return node->op == REF_DROPOUT || node->op == REF_ALPHA_DROPOUT ? node->columns : 0;
}

static float deviation(double p)
{
    double kept = 1.0 - p;
    double variance = p / kept;
    return (float)sqrt(variance);
}

/* a, b and d of alpha_dropout. */
struct alpha {
    float a, b, d;
};

static struct alpha alpha_of(double p)
{
    const double limit = 1.7580993408473766;
    if (p == 1.0) return (struct alpha){0.0f, 0.0f, 0.0f};
    double t = limit * limit;
    t = t * p;
    t = t + 1.0;
    double kept = 1.0 - p;
    t = t * kept;
    double a = 1.0 / sqrt(t);
    double s = limit * a;
    double b = s * p;
    double d = b - s;
    return (struct alpha){(float)a, (float)b, (float)d};
}

void ref_alpha_dropout(double p, float *y, const float *x, const uint8_t *keep, size_t count)
{
    struct alpha alpha = alpha_of(p);
    for (size_t i = 0; i < count; i++) y[i] = keep[i] ? fmaf(x[i], alpha.a, alpha.b) : alpha.d;
}

void ref_alpha_dropout_dx(double p, float *dx, const float *dy, const uint8_t *keep, size_t count)
{
    ref_dropout(dx, dy, keep, alpha_of(p).a, count);
}

static float uniform(uint32_t word)
{
    int32_t k = (int32_t)(word >> 8) - (1 << 23);
    return (float)k * 0x1p-23f;
}

/* One element, of its word; where the operation has no mask. */
static float of_word(const struct ref_node *node, float x, uint32_t word, float *factor)
{
    if (node->op == REF_UNIFORM_NOISE) return fmaf((float)node->attribute, uniform(word), x);
    if (node->op == REF_GAUSSIAN_NOISE) return fmaf((float)node->attribute, ref_normal32(word), x);
    *factor = fmaf(deviation(node->attribute), ref_normal32(word), 1.0f);
    return x * *factor;
}

/* y of a mask of channels: a word for so many elements. */
static void by_channel(const struct ref_node *node, float *y, const float *x, const uint8_t *keep, size_t rows)
{
    size_t elements = node->columns / node->shape[0];
    float c = ref_dropout_scale(node->attribute);
    for (size_t i = 0; i < rows * node->columns; i++) y[i] = keep[i / elements] ? x[i] * c : 0.0f;
}

void ref_noise(const struct ref_node *node, struct ref_draw draw, float *y, const float *x, uint8_t *keep,
               float *factors, size_t rows)
{
    uint32_t stream = ref_stream(REF_PURPOSE_DROPOUT, draw.node);
    size_t columns = node->columns, masked = ref_mask_columns(node);
    float unused;
    if (masked > 0) ref_mask(keep, rows, masked, node->attribute, draw.seed, stream, draw.step);
    if (node->op == REF_ALPHA_DROPOUT) ref_alpha_dropout(node->attribute, y, x, keep, rows * columns);
    if (node->op == REF_SPATIAL_DROPOUT) by_channel(node, y, x, keep, rows);
    for (size_t i = 0; masked == 0 && i < rows * columns; i++) {
        uint32_t word = ref_word(draw.seed, stream, draw.step, (uint32_t)(i / columns), (uint32_t)(i % columns));
        y[i] = of_word(node, x[i], word, factors != NULL ? &factors[i] : &unused);
    }
}

void ref_noise_dx(const struct ref_node *node, float *dx, const float *dy, const uint8_t *keep, const float *factors,
                  size_t rows)
{
    size_t count = rows * node->columns;
    if (node->op == REF_ALPHA_DROPOUT)
        ref_alpha_dropout_dx(node->attribute, dx, dy, keep, count);
    else if (node->op == REF_SPATIAL_DROPOUT)
        by_channel(node, dx, dy, keep, rows);
    else
        for (size_t i = 0; i < count; i++) dx[i] = node->op == REF_GAUSSIAN_DROPOUT ? dy[i] * factors[i] : dy[i];
}
