/* verify_fused.c: functions of one element and optimizers on special values, each by its own kernel and in every form
 * in which a product's epilogue takes it. What is tried is made from the descriptors: one whose golden digests are
 * missing fails. Values and digests: cl/CONTRACT.md, section 8. */
#include "host/base/number.h"
#include "host/evidence/observe.h"
#include "host/evidence/verify.h"
#include "host/ops/operations.h"
#include "host/ops/ops.h"

#include <clonal/random.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 32, COLUMNS = 40, ELEMENTS = ROWS * COLUMNS, STEP = 5, UPDATE_STEP = 7 };

static const uint32_t special_bits[ROWS] = {
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x007fffff, 0x807fffff, 0x00800000, 0x80800000,
    0x3f800000, 0xbf800000, 0x3f000000, 0xbf000000, 0x40200000, 0xc0200000, 0x3e99999a, 0xbe99999a,
    0x42b00000, 0xc2b00000, 0x0da24260, 0x8da24260, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
    0x7fc00000, 0x3f7fffff, 0xbf7fffff, 0x41200000, 0xc1200000, 0x322bcc77, 0xb22bcc77, 0xc0a00000};

static float special(size_t i)
{
    float value;
    memcpy(&value, &special_bits[i % ROWS], sizeof value);
    return value;
}

/* The operands of the product x (ROWS,COLUMNS) = a . b, what follows it, and the values by themselves. */
typedef struct operands {
    float a[ROWS], b[COLUMNS], bias[COLUMNS];
    float x[ELEMENTS], z[ELEMENTS], saved[ELEMENTS];
    float weights[ELEMENTS], states[CLONAL__MOST_STATES][ELEMENTS];
    float bias_gradient[ROWS], bias_weights[ROWS], bias_states[CLONAL__MOST_STATES][ROWS];
} operands;

static void fill_matrices(operands *o)
{
    static const float factors[5] = {1.0f, 0.25f, -1.0f, 0x1p-10f, 3.0f};
    for (size_t j = 0; j < COLUMNS; j++) {
        o->b[j] = factors[j % 5];
        o->bias[j] = j < 20 ? -0.0f : special(7 * j);
    }
    for (size_t i = 0; i < ROWS; i++) {
        o->a[i] = special(i);
        for (size_t j = 0; j < COLUMNS; j++) {
            const size_t at = i * COLUMNS + j;
            o->x[at] = fmaf(o->a[i], o->b[j], 0.0f);
            o->z[at] = o->x[at] + o->bias[j];
            o->saved[at] = special(5 * i + 3 * j);
            o->weights[at] = special(i + 3 * j);
            o->states[0][at] = special(2 * i + j + 1);
            o->states[1][at] = fabsf(special(3 * i + j + 2));
        }
    }
}

static void fill_bias(operands *o)
{
    for (size_t i = 0; i < ROWS; i++) {
        o->bias_gradient[i] = 0.0f + o->a[i];
        o->bias_weights[i] = special(i + 9);
        o->bias_states[0][i] = special(i + 17);
        o->bias_states[1][i] = fabsf(special(i + 23));
    }
}

/* What one line of the golden text is checked with. */
typedef struct fused {
    clonal__verifier *v;
    const char *name; /* of the function or the optimizer, as the line has it */
    const clonal__golden_block *block;
    const operands *o;
    clonal__arg variables[CLONAL__VARIABLE_COUNT];
    cl_mem buffers[16]; /* made so far, freed at the end */
    size_t buffer_count;
} fused;

/* A buffer of `count` floats, freed with the check. */
static clonal_status buffer_of(fused *f, const float *values, size_t count, cl_mem *buffer)
{
    *buffer = NULL;
    if (f->buffer_count == sizeof f->buffers / sizeof *f->buffers)
        return clonal__fail(CLONAL_E_INTERNAL, "a check takes more buffers than there is room for");
    CLONAL__TRY(clonal__buffer_create(f->v->context, CL_MEM_READ_WRITE, count * sizeof *values, values, buffer));
    f->buffers[f->buffer_count++] = *buffer;
    return CLONAL_OK;
}

static void free_buffers(fused *f)
{
    while (f->buffer_count) clonal__buffer_free(&f->buffers[--f->buffer_count]);
}

static clonal_check check_of(const char *how, const char *entry)
{
    if (how[0]) return CLONAL_CHECK_FUSED;
    if (strstr(entry, "gradient")) return CLONAL_CHECK_GRADIENTS;
    return strcmp(entry, "value") == 0 || strcmp(entry, "masked") == 0 ? CLONAL_CHECK_ACTIVATIONS
                                                                       : CLONAL_CHECK_WEIGHTS;
}

/* Notes whether the buffer has the golden digest of `entry`; how: "" where the kernel was the element's own, ", fused"
 * and the like. An entry that is missing differs. */
static clonal_status compare(fused *f, const char *entry, const char *how, cl_mem buffer, size_t count)
{
    float values[ELEMENTS];
    char digest[CLONAL__SHORT_DIGEST];
    const char *wanted = clonal__golden_digest(f->block, entry);
    CLONAL__TRY(clonal__buffer_read(f->v->context, buffer, 0, count * sizeof *values, values));
    CLONAL__TRY(clonal__floats_digest(values, count, digest));
    clonal__verify_note(f->v, check_of(how, entry), wanted && strcmp(wanted, digest) == 0, "%s on special values%s, %s",
                        f->name, how, entry);
    return CLONAL_OK;
}

/* Runs a list once and empties it; status is that of filling it. */
static clonal_status run(fused *f, clonal__launch_list *list, clonal_status status)
{
    if (status == CLONAL_OK) status = clonal__list_run(list, f->variables);
    clonal__list_clear(list);
    return status;
}

static clonal__mask mask_of_check(void)
{
    clonal__mask mask = {0};
    clonal_dropout_parameters(0.25, &mask.threshold, &mask.scale);
    return mask;
}

/* The product with an epilogue, by the first native form that suits; none: nothing is checked. */
static clonal_status product(fused *f, bool ta, const clonal__gemm_buffers *buffers, const clonal__epilogue *e,
                             bool *made)
{
    const clonal__gemm_shape shape = {ROWS, COLUMNS, 1, ta, false, 0};
    clonal__launch_list list = {.context = f->v->context};
    clonal__gemm_choice choice = {.kind = CLONAL__GEMM_NATIVE};
    *made = clonal__native_variants(f->v->context, &shape, &choice.variant, 1) > 0;
    return *made ? run(f, &list, clonal__gemm_append(&list, &shape, &choice, buffers, e)) : CLONAL_OK;
}

/* ---- functions of one element ---- */

typedef struct form {
    const char *entry;
    clonal__epilogue epilogue;
} form;

static clonal_status check_fused_forms(fused *f, const clonal__function *function, float argument)
{
    const clonal__mask mask = mask_of_check();
    const form forms[] = {
        {"value", {.bias = true, .activation = function, .argument = argument}},
        {"masked", {.bias = true, .activation = function, .argument = argument, .dropout = true, .mask = mask}},
        {"gradient", {.derivative = function, .argument = argument}},
        {"masked_gradient", {.derivative = function, .argument = argument, .dropout = true, .mask = mask}},
        {"gated", {.gated = true, .mask = mask}},
    };
    clonal__gemm_buffers buffers = {0};
    CLONAL__TRY(buffer_of(f, f->o->a, ROWS, &buffers.a));
    CLONAL__TRY(buffer_of(f, f->o->b, COLUMNS, &buffers.b));
    CLONAL__TRY(buffer_of(f, f->o->x, ELEMENTS, &buffers.c));
    CLONAL__TRY(buffer_of(f, f->o->bias, COLUMNS, &buffers.bias));
    CLONAL__TRY(buffer_of(f, f->o->saved, ELEMENTS, &buffers.saved));
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        bool made;
        if (forms[i].epilogue.gated && !function->gates) continue;
        CLONAL__TRY(product(f, false, &buffers, &forms[i].epilogue, &made));
        if (made) CLONAL__TRY(compare(f, forms[i].entry, ", fused", buffers.c, ELEMENTS));
    }
    return CLONAL_OK;
}

/* By kernels of their own: y = f(z), then its mask; f'(x), and f' of the masked x. */
static clonal_status check_own_kernels(fused *f, const clonal__function *function, float argument)
{
    const clonal__mask mask = mask_of_check();
    clonal__launch_list list = {.context = f->v->context};
    cl_mem x, z, saved, y;
    CLONAL__TRY(buffer_of(f, f->o->x, ELEMENTS, &x));
    CLONAL__TRY(buffer_of(f, f->o->z, ELEMENTS, &z));
    CLONAL__TRY(buffer_of(f, f->o->saved, ELEMENTS, &saved));
    CLONAL__TRY(buffer_of(f, f->o->x, ELEMENTS, &y));
    CLONAL__TRY(run(f, &list, clonal__op_function(&list, function, argument, ELEMENTS, z, y)));
    CLONAL__TRY(compare(f, "value", "", y, ELEMENTS));
    CLONAL__TRY(run(f, &list, clonal__op_dropout(&list, &mask, ROWS, COLUMNS, y, y)));
    CLONAL__TRY(compare(f, "masked", "", y, ELEMENTS));
    CLONAL__TRY(run(f, &list, clonal__op_derivative(&list, function, argument, ELEMENTS, x, saved, y)));
    CLONAL__TRY(compare(f, "gradient", "", y, ELEMENTS));
    CLONAL__TRY(run(f, &list, clonal__op_dropout(&list, &mask, ROWS, COLUMNS, x, x)));
    CLONAL__TRY(run(f, &list, clonal__op_derivative(&list, function, argument, ELEMENTS, x, saved, y)));
    return compare(f, "masked_gradient", "", y, ELEMENTS);
}

static const clonal__function *function_named(const char *name)
{
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if ((*o)->function && strcmp((*o)->name, name) == 0) return (*o)->function;
    return NULL;
}

static clonal_status check_function(fused *f, double argument)
{
    const clonal__function *function = function_named(f->name);
    if (!function)
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the function '%s', which is none", f->name);
    CLONAL__TRY(check_own_kernels(f, function, (float)argument));
    free_buffers(f);
    return check_fused_forms(f, function, (float)argument);
}

/* ---- optimizers ---- */

/* The tensors of an update: of the weights, or of the bias. */
typedef struct updated {
    cl_mem weights, states[CLONAL__MOST_STATES];
    const char *name;
    size_t count;
} updated;

static clonal_status make_updated(fused *f, const char *name, size_t count, const float *weights, const float *first,
                                  const float *second, updated *u)
{
    *u = (updated){.name = name, .count = count};
    CLONAL__TRY(buffer_of(f, weights, count, &u->weights));
    CLONAL__TRY(buffer_of(f, first, count, &u->states[0]));
    return buffer_of(f, second, count, &u->states[1]);
}

static clonal_status make_both(fused *f, updated *weights, updated *bias)
{
    const operands *o = f->o;
    CLONAL__TRY(make_updated(f, "weight", ELEMENTS, o->weights, o->states[0], o->states[1], weights));
    return make_updated(f, "bias", ROWS, o->bias_weights, o->bias_states[0], o->bias_states[1], bias);
}

static clonal_status compare_updated(fused *f, const clonal__optimizer *optimizer, size_t states, const updated *u,
                                     const char *how)
{
    CLONAL__TRY(compare(f, u->name, how, u->weights, u->count));
    for (size_t k = 0; k < states; k++) {
        char entry[48];
        snprintf(entry, sizeof entry, "%s%s", u->count == ELEMENTS ? "" : "bias.", optimizer->states[k].name);
        CLONAL__TRY(compare(f, entry, how, u->states[k], u->count));
    }
    return CLONAL_OK;
}

static clonal_status update_by_kernels(fused *f, const clonal__update_form *update, const updated *weights,
                                       const updated *bias)
{
    clonal__launch_list list = {.context = f->v->context};
    cl_mem g, bias_g;
    CLONAL__TRY(buffer_of(f, f->o->x, ELEMENTS, &g));
    CLONAL__TRY(buffer_of(f, f->o->bias_gradient, ROWS, &bias_g));
    CLONAL__TRY(
        run(f, &list,
            clonal__append_update(&list, update, (uint32_t)weights->count, g, weights->weights, weights->states)));
    return run(f, &list,
               clonal__append_update(&list, update, (uint32_t)bias->count, bias_g, bias->weights, bias->states));
}

static clonal_status update_fused(fused *f, const clonal__update_form *update, const updated *weights,
                                  const updated *bias, bool *made)
{
    const clonal__epilogue e = {.update = update, .bias_update = true};
    clonal__gemm_buffers buffers = {.w = weights->weights,
                                    .states = {weights->states[0], weights->states[1]},
                                    .bias_w = bias->weights,
                                    .bias_states = {bias->states[0], bias->states[1]}};
    CLONAL__TRY(buffer_of(f, f->o->a, ROWS, &buffers.a));
    CLONAL__TRY(buffer_of(f, f->o->b, COLUMNS, &buffers.b));
    buffers.c = buffers.w;
    return product(f, true, &buffers, &e, made);
}

static clonal_status check_update(fused *f, const clonal__golden_case *settings)
{
    const clonal_optimizer *o = &settings->options.optimizer;
    const clonal__optimizer *optimizer = clonal__optimizer_named(o->name);
    const clonal__update_form update = clonal__update_form_of(f->v->context, optimizer, o);
    const double factor = clonal__schedule_factor(&settings->options.schedule, UPDATE_STEP);
    optimizer->scalars(o, (double)o->learning_rate * factor, UPDATE_STEP,
                       f->variables[CLONAL__VARIABLE_SCALARS].as.f32x8);
    updated weights, bias;
    bool made;
    CLONAL__TRY(make_both(f, &weights, &bias));
    CLONAL__TRY(update_by_kernels(f, &update, &weights, &bias));
    CLONAL__TRY(compare_updated(f, optimizer, update.states, &weights, ""));
    CLONAL__TRY(compare_updated(f, optimizer, update.states, &bias, ""));
    free_buffers(f);
    CLONAL__TRY(make_both(f, &weights, &bias));
    CLONAL__TRY(update_fused(f, &update, &weights, &bias, &made));
    if (!made) return CLONAL_OK;
    CLONAL__TRY(compare_updated(f, optimizer, update.states, &weights, ", fused"));
    return compare_updated(f, optimizer, update.states, &bias, ", fused");
}

/* ---- the lines ---- */

/* The name on a line behind its keyword and size, and what follows it. */
static clonal_status read_name(const char *line, char name[32], const char **rest)
{
    int used = 0;
    if (sscanf(line, "%*s %*s %31s%n", name, &used) != 1 || !used)
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the line '%s'", line);
    *rest = line + used;
    return CLONAL_OK;
}

typedef clonal_status check_line(fused *f, const char *rest);

static clonal_status check_function_line(fused *f, const char *rest)
{
    double argument = 0;
    if (*rest && !clonal__number_read(rest + 1, &argument))
        return clonal__fail(CLONAL_E_INTERNAL, "the golden digests have the function '%s%s'", f->name, rest);
    return check_function(f, argument);
}

static clonal_status check_update_line(fused *f, const char *rest)
{
    clonal__golden_case settings = {0};
    char pairs[CLONAL__GOLDEN_LINE];
    snprintf(pairs, sizeof pairs, "optimizer %s%s", f->name, rest);
    CLONAL__TRY(clonal__golden_options(pairs, &settings));
    return check_update(f, &settings);
}

static clonal_status check(clonal__verifier *v, const char *line, const char **at, check_line *body)
{
    char name[32];
    const char *rest = "";
    operands *o;
    clonal__golden_block block;
    CLONAL__TRY(read_name(line, name, &rest));
    CLONAL__TRY(clonal__verify_progress(v, "%s on special values", name));
    CLONAL__TRY(clonal__golden_entries(at, &block));
    fused f = {.v = v, .name = name, .block = &block};
    f.variables[CLONAL__VARIABLE_STEP] = CLONAL__U32(STEP);
    f.variables[CLONAL__VARIABLE_FIRST] = CLONAL__U32(0);
    f.variables[CLONAL__VARIABLE_SCALARS] = CLONAL__F32X8(0);
    clonal_status status = clonal__calloc(1, sizeof *o, &o);
    if (status == CLONAL_OK) {
        fill_matrices(o);
        fill_bias(o);
        f.o = o;
        status = body(&f, rest);
    }
    free_buffers(&f);
    clonal__free(o);
    clonal__free(block.entries);
    return status;
}

clonal_status clonal__verify_fused(clonal__verifier *v, const char *line, const char **at)
{
    return check(v, line, at, check_function_line);
}

clonal_status clonal__verify_fused_update(clonal__verifier *v, const char *line, const char **at)
{
    return check(v, line, at, check_update_line);
}

/* Whether the golden text has a line `keyword SIZE name`. */
static bool has_line(const char *text, const char *keyword, const char *name)
{
    char line[CLONAL__GOLDEN_LINE];
    while (clonal__golden_next(&text, line)) {
        char words[2][48];
        if (sscanf(line, "%47s %*s %47s", words[0], words[1]) != 2) continue;
        if (strcmp(words[0], keyword) == 0 && strcmp(words[1], name) == 0) return true;
    }
    return false;
}

void clonal__verify_fused_all(clonal__verifier *v, const char *text)
{
    for (const clonal__operation *const *o = clonal__operations; *o; o++)
        if ((*o)->function)
            clonal__verify_note(v, CLONAL_CHECK_FUSED, has_line(text, "fused", (*o)->name),
                                "%s: golden-1.txt has no line `fused` of it", (*o)->name);
    for (const char *const *name = clonal_optimizer_names(); *name; name++)
        clonal__verify_note(v, CLONAL_CHECK_FUSED, has_line(text, "fused_update", *name),
                            "%s: golden-1.txt has no line `fused_update` of it", *name);
}
