#define _POSIX_C_SOURCE 200809L
#include "ref_fused.h"

#include "ref_activations.h"
#include "ref_gemm.h"
#include "ref_math.h"
#include "ref_ops.h"
#include "ref_philox.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { M = 32, N = 40, STEP_OF_MASK = 5, STEP_OF_UPDATE = 7 };

static const double mask_p = 0.25;

/* S[i mod 32]. */
static float special(size_t i)
{
    static const uint32_t bits[M] = {
        0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000,
        0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x40200000, 0xc0200000, 0x3e99999a, 0xbe99999a,
        0x42b00000, 0xc2b00000, 0x0da24260, 0x8da24260, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
        0x7fc00000, 0x3f7fffff, 0xbf7fffff, 0x41200000, 0xc1200000, 0x322bcc77, 0xb22bcc77, 0xc0a00000,
    };
    return ref_float(bits[i % M]);
}

static float special_magnitude(size_t i)
{
    return ref_float(ref_bits(special(i)) & 0x7fffffffu);
}

/* x (M,N) = a (M,1) . b (1,N). */
static void product(float x[M * N])
{
    static const float few[] = {1.0f, 0.25f, -1.0f, 0x1p-10f, 3.0f};
    float a[M], b[N];
    for (size_t i = 0; i < M; i++) a[i] = special(i);
    for (size_t j = 0; j < N; j++) b[j] = few[j % 5];
    ref_gemm(0, 0, M, N, 1, a, 1, b, N, x, N);
}

static enum ref_op activation_named(const char *name)
{
    for (int op = 0; op < REF_OP_COUNT; op++) {
        if (ref_is_activation((enum ref_op)op) && strcmp(ref_op_name((enum ref_op)op), name) == 0)
            return (enum ref_op)op;
    }
    return REF_OP_COUNT;
}

static int operation(const char *line, ref_fused_observer *observer, void *user)
{
    static float x[M * N], z[M * N], saved[M * N], y[M * N], dropped[M * N];
    static uint8_t keep[M * N];
    char name[32];
    double attribute = 0.0;
    int fields = sscanf(line, "fused %*s %31s %lf", name, &attribute);
    enum ref_op op = fields >= 1 ? activation_named(name) : REF_OP_COUNT;
    if (op == REF_OP_COUNT || (fields == 2) != (op == REF_LEAKY_RELU)) return -1;

    float c = ref_dropout_scale(mask_p);
    ref_mask(keep, M, N, mask_p, 0, ref_stream(REF_PURPOSE_DROPOUT, 0), STEP_OF_MASK);
    product(x);
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < N; j++) {
            z[i * N + j] = x[i * N + j] + (j < 20 ? -0.0f : special(7 * j));
            saved[i * N + j] = special(5 * i + 3 * j);
        }
    }
    ref_activation(op, attribute, y, z, M * N);
    observer(user, "value", y, M * N);
    ref_dropout(dropped, y, keep, c, M * N);
    observer(user, "masked", dropped, M * N);
    ref_activation_dx(op, attribute, y, x, saved, M * N);
    observer(user, "gradient", y, M * N);
    ref_dropout(dropped, x, keep, c, M * N);
    ref_activation_dx(op, attribute, y, dropped, saved, M * N);
    observer(user, "masked_gradient", y, M * N);
    if (op == REF_RELU) {
        for (size_t i = 0; i < M * N; i++) y[i] = saved[i] > 0.0f ? x[i] * c : 0.0f;
        observer(user, "gated", y, M * N);
    }
    return 0;
}

static int update(const char *line, ref_fused_observer *observer, void *user)
{
    static float g[M * N], w[M * N], first[M * N], second[M * N];
    float bias_g[M], bias_w[M], bias_first[M], bias_second[M];
    float *states[] = {first, second}, *bias_states[] = {bias_first, bias_second};
    struct ref_settings settings = {0};
    char optimizer[32], name[32];
    int end = 0;
    int fields = sscanf(line, "fused_update %*s %31s lr %lf momentum %lf weight_decay %lf%n", optimizer, &settings.lr,
                        &settings.momentum, &settings.weight_decay, &end);
    ref_settings_defaults(&settings);
    if (fields != 4 || ref_settings_set(&settings, "optimizer", optimizer) != 0 ||
        ref_settings_read(&settings, line + end) != 0)
        return -1;

    product(g);
    for (size_t i = 0; i < M; i++) {
        for (size_t j = 0; j < N; j++) {
            w[i * N + j] = special(i + 3 * j);
            first[i * N + j] = special(2 * i + j + 1);
            second[i * N + j] = special_magnitude(3 * i + j + 2);
        }
        bias_g[i] = 0.0f + special(i);
        bias_w[i] = special(i + 9);
        bias_first[i] = special(i + 17);
        bias_second[i] = special_magnitude(i + 23);
    }
    struct ref_scalars scalars = ref_scalars_at(&settings, STEP_OF_UPDATE);
    ref_optimize(&settings, &scalars, w, states, g, M * N);
    observer(user, "weight", w, M * N);
    for (size_t state = 0; state < ref_state_count(&settings); state++)
        observer(user, ref_state_name(&settings, state), states[state], M * N);
    ref_optimize(&settings, &scalars, bias_w, bias_states, bias_g, M);
    observer(user, "bias", bias_w, M);
    for (size_t state = 0; state < ref_state_count(&settings); state++) {
        snprintf(name, sizeof name, "bias.%s", ref_state_name(&settings, state));
        observer(user, name, bias_states[state], M);
    }
    return 0;
}

int ref_fused(const char *line, ref_fused_observer *observer, void *user)
{
    if (strncmp(line, "fused ", 6) == 0) return operation(line, observer, user);
    if (strncmp(line, "fused_update ", 13) == 0) return update(line, observer, user);
    return -1;
}
