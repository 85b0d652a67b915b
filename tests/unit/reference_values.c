/* reference_values: what the reference computes, for test_torch_oracle.py to hold against PyTorch. Arrays are binary32
 * in the machine's byte order, on stdin and stdout, one behind another:
 *
 *   reference_values activation NAME ATTRIBUTE    x, dy -> y, dx
 *   reference_values alpha_dropout P              x, dy, keep (1 or 0) -> y, dx
 *   reference_values layer_norm L EPS             w (L), b (L), x (R,L), dy (R,L) -> y, dx, dw (L), db (L)
 *   reference_values optimizer LR MOMENTUM DECAY STEPS [PAIRS]   w, then the gradient of each step -> w
 *   reference_values schedule STEPS PAIRS         nothing -> a binary64 for each step
 *
 * PAIRS is one argument, the `key value` pairs of a line of cases. */
#include "ref_activations.h"
#include "ref_layer_norm.h"
#include "ref_noise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what)
{
    fprintf(stderr, "reference_values: %s\n", what);
    exit(2);
}

static float *read_floats(size_t *count)
{
    size_t room = 1 << 22;
    float *values = ref_alloc(room, sizeof *values);
    *count = fread(values, sizeof *values, room, stdin);
    if (*count == room) fail("too much on stdin");
    return values;
}

static void put(const float *values, size_t count)
{
    if (fwrite(values, sizeof *values, count, stdout) != count) fail("stdout");
}

static void activation(char **words)
{
    size_t count;
    float *in = read_floats(&count), *out = ref_alloc(count, sizeof *out);
    size_t half = count / 2;
    enum ref_op op = 0;
    while (op < REF_OP_COUNT && strcmp(ref_op_name(op), words[0]) != 0) op++;
    if (op == REF_OP_COUNT || !ref_is_activation(op)) fail("no such activation");
    ref_activation(op, atof(words[1]), out, in, half);
    ref_activation_dx(op, atof(words[1]), out + half, in + half, ref_activation_saves_input(op) ? in : out, half);
    put(out, count);
    free(in);
    free(out);
}

static void alpha_dropout(char **words)
{
    size_t count;
    float *in = read_floats(&count), *out = ref_alloc(count, sizeof *out);
    size_t third = count / 3;
    uint8_t *keep = ref_alloc(third, sizeof *keep);
    for (size_t i = 0; i < third; i++) keep[i] = in[2 * third + i] != 0.0f;
    ref_alpha_dropout(atof(words[0]), out, in, keep, third);
    ref_alpha_dropout_dx(atof(words[0]), out + third, in + third, keep, third);
    put(out, 2 * third);
    free(in);
    free(out);
    free(keep);
}

static void layer_norm(char **words)
{
    size_t count, length = (size_t)atol(words[0]);
    float *in = read_floats(&count), *out = ref_alloc(count, sizeof *out);
    size_t rows = (count - 2 * length) / 2 / length, elements = rows * length;
    const float *w = in, *b = w + length, *x = b + length, *dy = x + elements;
    float *normalized = ref_alloc(elements, sizeof *normalized), *r = ref_alloc(rows, sizeof *r);
    float *dx = out + elements, *dw = dx + elements, *db = dw + length;
    ref_layer_norm(out, normalized, r, x, w, b, (float)atof(words[1]), rows, length);
    ref_layer_norm_dx(dx, dy, normalized, r, w, rows, length);
    ref_layer_norm_dw(dw, dy, normalized, rows, length);
    ref_layer_norm_db(db, dy, rows, length);
    put(out, count);
    free(in);
    free(out);
    free(normalized);
    free(r);
}

static void optimizer(char **words)
{
    struct ref_settings settings = {.lr = atof(words[0]), .momentum = atof(words[1]), .weight_decay = atof(words[2])};
    size_t count, steps = (size_t)atol(words[3]);
    float *in = read_floats(&count);
    count /= steps + 1;
    float *states[] = {ref_alloc(count, sizeof(float)), ref_alloc(count, sizeof(float))};
    ref_settings_defaults(&settings);
    if (words[4] != NULL && ref_settings_read(&settings, words[4]) != 0) fail("no such settings");
    for (size_t t = 0; t < steps; t++) {
        struct ref_scalars scalars = ref_scalars_at(&settings, t);
        ref_optimize(&settings, &scalars, in, states, in + (t + 1) * count, count);
    }
    put(in, count);
    free(in);
    free(states[0]);
    free(states[1]);
}

static void schedule(char **words)
{
    struct ref_settings settings = {0};
    uint64_t steps = (uint64_t)atol(words[0]);
    ref_settings_defaults(&settings);
    if (ref_settings_read(&settings, words[1]) != 0) fail("no such schedule");
    for (uint64_t t = 0; t < steps; t++) {
        double factor = ref_factor(&settings.schedule, t);
        if (fwrite(&factor, sizeof factor, 1, stdout) != 1) fail("stdout");
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "activation") == 0)
        activation(argv + 2);
    else if (argc == 3 && strcmp(argv[1], "alpha_dropout") == 0)
        alpha_dropout(argv + 2);
    else if (argc == 4 && strcmp(argv[1], "layer_norm") == 0)
        layer_norm(argv + 2);
    else if (argc >= 6 && strcmp(argv[1], "optimizer") == 0)
        optimizer(argv + 2);
    else if (argc == 4 && strcmp(argv[1], "schedule") == 0)
        schedule(argv + 2);
    else
        fail("see its source for the arguments");
    return fclose(stdout) == 0 ? 0 : 2;
}
