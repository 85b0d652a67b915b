/* step.c: compiling a graph: differentiate, append the updates, plan the products, fuse, pair products, plan
 * memory, make the launches; and running the result. */
#include "host/compile/step.h"

#include "host/ops/random.h"
#include "host/runtime/room.h"
#include <stdio.h>
#include <string.h>

/* By mode. */
static const char *const kinds[] = {"evaluation step", "stochastic step", "training step", "gradients",
                                    "plain gradients"};

cl_mem clonal__step_buffer(const clonal__step *step, int value)
{
    const clonal__value *v = &step->program.values[value];
    return v->slot >= 0 ? step->slots[v->slot] : NULL;
}

static void sum_slots(const clonal__step *step, uint64_t *bytes, uint64_t *largest)
{
    for (size_t i = 0; i < step->slot_count; i++) {
        *bytes += step->slot_bytes[i];
        if (step->slot_bytes[i] > *largest) *largest = step->slot_bytes[i];
    }
}

static clonal_status make_slots(clonal_context *context, clonal__step *step)
{
    uint64_t bytes = 0, largest = 0;
    CLONAL__TRY(clonal__plan_memory(&step->program, step->rows, &step->slot_bytes, &step->slot_count));
    sum_slots(step, &bytes, &largest);
    const clonal__need_part part = {"activations and gradients", bytes, false};
    CLONAL__TRY(clonal__room_check(context, step->program.training ? "a training step" : "an evaluation step", 1, &part,
                                   largest,
                                   "give a smaller batch or smaller layers, another device, or raise the limit"));
    CLONAL__TRY(clonal__calloc(step->slot_count, sizeof *step->slots, &step->slots));
    for (size_t i = 0; i < step->slot_count; i++)
        CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, step->slot_bytes[i], NULL, &step->slots[i]));
    return CLONAL_OK;
}

static clonal_status make_launches(const clonal__step_spec *spec, clonal__step *step)
{
    const clonal__launching to = {.list = &step->list,
                                  .program = &step->program,
                                  .batch = step->rows,
                                  .feed = spec->feed,
                                  .slots = step->slots,
                                  .parameters = spec->parameters,
                                  .states = {spec->states[0], spec->states[1]}};
    for (size_t i = 0; i < step->program.instruction_count; i++) {
        const clonal__instruction *in = &step->program.instructions[i];
        step->list.tag = (int)i;
        CLONAL__TRY(in->code->launch(&to, in));
    }
    return CLONAL_OK;
}

/* Masks of training, also where its gradients are only looked at, follow the schedule of dropout. Those of stochastic
 * passes have the nodes' own probabilities. */
static clonal_status schedule_masks(const clonal__step_spec *spec, clonal__step *step)
{
    step->dropout_schedule = *spec->dropout_schedule;
    if (!clonal__dropout_varies(&step->dropout_schedule)) return CLONAL_OK;
    return clonal__bind_masks(&step->program, &step->masks, &step->mask_count);
}

static clonal_status make_program(const clonal__step_spec *spec, clonal__step *step)
{
    CLONAL__TRY(clonal__differentiate(spec->graph, spec->mode, spec->seed, &step->program));
    if (clonal__mode_trains(spec->mode) && clonal__mode_masks(spec->mode)) CLONAL__TRY(schedule_masks(spec, step));
    if (spec->mode != CLONAL__TRAINING) return CLONAL_OK;
    step->settings = *spec->optimizer;
    step->schedule = *spec->schedule;
    step->optimizer = clonal__optimizer_named(spec->optimizer->name);
    step->update = clonal__update_form_of(spec->context, step->optimizer, &step->settings);
    return clonal__insert_updates(&step->program, &step->update);
}

static clonal_status expect_gemms(const clonal__step_spec *spec, clonal__program *program)
{
    for (size_t i = 0; i < program->instruction_count; i++) {
        clonal__instruction *in = &program->instructions[i];
        if (in->code->role != CLONAL__ROLE_PRODUCT) continue;
        const clonal__gemm_shape shape = clonal__gemm_shape_of(program, in, spec->rows);
        CLONAL__TRY(clonal__gemm_expect(spec->context, &shape, spec->gemm, &in->choice.kind));
        /* whichever of its variants: what fuses with one fuses with all, or takes less memory */
        clonal__native_variants(spec->context, &shape, &in->choice.variant, 1);
    }
    return CLONAL_OK;
}

/* How far products take in what follows them: ever less, for a device that does not run the programs of more. */
typedef enum fusion { PAIRED, FUSED, NOT_FUSED } fusion;

/* How far compiling came, for whether another fusion would help. */
typedef struct progress {
    bool planned, paired;
} progress;

static fusion most_fusion(const clonal__step_spec *spec)
{
    return spec->fuse ? PAIRED : NOT_FUSED;
}

static clonal_status fuse(const clonal__step_spec *spec, fusion how, clonal__program *program)
{
    if (how == NOT_FUSED) return CLONAL_OK;
    CLONAL__TRY(clonal__fuse(program, spec->rows));
    if (how == PAIRED) clonal__pair_products(program, spec->context, spec->rows);
    return CLONAL_OK;
}

clonal_status clonal__step_bytes(const clonal__step_spec *spec, uint64_t *bytes, uint64_t *largest)
{
    clonal__step step = {.rows = spec->rows};
    *bytes = *largest = 0;
    clonal_status status = make_program(spec, &step);
    if (status == CLONAL_OK) status = clonal__find_sparse(&step.program, NULL);
    if (status == CLONAL_OK) status = expect_gemms(spec, &step.program);
    if (status == CLONAL_OK) status = fuse(spec, most_fusion(spec), &step.program);
    if (status == CLONAL_OK)
        status = clonal__plan_memory(&step.program, spec->rows, &step.slot_bytes, &step.slot_count);
    if (status == CLONAL_OK) sum_slots(&step, bytes, largest);
    clonal__free(step.slot_bytes);
    clonal__free(step.masks);
    clonal__program_free(&step.program);
    return status;
}

static bool has_pairs(const clonal__program *program)
{
    for (size_t i = 0; i < program->instruction_count; i++)
        if (program->instructions[i].pairing != CLONAL__ALONE) return true;
    return false;
}

static clonal_status compile(const clonal__step_spec *spec, fusion how, clonal__step *step, clonal__string *text,
                             progress *so_far)
{
    clonal__program *program = &step->program;
    CLONAL__TRY(make_program(spec, step));
    CLONAL__TRY(clonal__calloc(CLONAL__VARIABLE_COUNT + CLONAL__MASK_VARIABLES * step->mask_count,
                               sizeof *step->variables, &step->variables));
    CLONAL__TRY(clonal__find_sparse(program, spec->feed));
    CLONAL__TRY(clonal__plan_gemms(program, spec->context, spec->rows, spec->gemm, spec->allow_inexact, &step->exact));
    if (text)
        CLONAL__TRY(clonal__program_print(program, spec->rows, program->training ? "differentiated" : "forward", text));
    so_far->planned = true;
    CLONAL__TRY(fuse(spec, how, program));
    so_far->paired = has_pairs(program);
    CLONAL__TRY(make_slots(spec->context, step));
    if (text)
        CLONAL__TRY(clonal__program_print(program, spec->rows,
                                          how == NOT_FUSED ? "memory planned" : "fused, with memory planned", text));
    CLONAL__TRY(make_launches(spec, step));
    const clonal__step_profile described = {&step->list, program, spec->graph, spec->feed, step->rows};
    CLONAL__TRY(clonal__describe_launches(&described));
    if (!text) return CLONAL_OK;
    size_t bytes = 0;
    for (size_t i = 0; i < step->slot_count; i++) bytes += step->slot_bytes[i];
    clonal__string_append(text, "buffers: %zu, %zu bytes; launches: %zu\n", step->slot_count, bytes, step->list.count);
    return text->status;
}

static clonal_status create(const clonal__step_spec *spec, fusion how, bool explain, progress *so_far,
                            clonal__step **out)
{
    *out = NULL;
    *so_far = (progress){0};
    clonal__step *step;
    clonal__string text = {0};
    CLONAL__TRY(clonal__calloc(1, sizeof *step, &step));
    step->list.context = spec->context;
    step->rows = spec->rows;
    step->mode = spec->mode;
    clonal__span_begin(spec->context, "compile: %s of %u rows", kinds[spec->mode], spec->rows);
    const clonal_status status = compile(spec, how, step, explain ? &text : NULL, so_far);
    clonal__span_end(spec->context);
    step->passes = text.text;
    if (status == CLONAL_OK)
        *out = step;
    else
        clonal__step_destroy(step);
    return status;
}

/* A GPU's compiler may refuse a program of more, though it builds the plain products that were tried. */
clonal_status clonal__step_create(const clonal__step_spec *spec, bool explain, clonal__step **out)
{
    char why[1024] = "";
    fusion how = most_fusion(spec);
    while (true) {
        progress so_far;
        const clonal_status status = create(spec, how, explain, &so_far, out);
        if (status == CLONAL_OK && why[0])
            clonal__log(CLONAL_LOG_WARNING, "%s of %u rows: products are %s here: %s", kinds[spec->mode], spec->rows,
                        how == FUSED ? "not paired" : "not fused", why);
        if (status != CLONAL_E_OPENCL || !so_far.planned || how == NOT_FUSED || !spec->context->gpu_forms)
            return status;
        snprintf(why, sizeof why, "%s", clonal_last_error()->message);
        how = so_far.paired ? FUSED : NOT_FUSED;
    }
}

void clonal__step_destroy(clonal__step *step)
{
    if (!step) return;
    clonal__list_clear(&step->list);
    for (size_t i = 0; step->slots && i < step->slot_count; i++) clonal__buffer_free(&step->slots[i]);
    clonal__free(step->slots);
    clonal__free(step->slot_bytes);
    clonal__free(step->masks);
    clonal__free(step->variables);
    clonal__free(step->passes);
    clonal__program_free(&step->program);
    clonal__free(step);
}

/* What a mask is in the step, by the schedule of its probability. */
static clonal_status set_mask(const clonal__step *step, uint64_t number, const clonal__mask *mask)
{
    clonal__mask now = *mask;
    clonal__arg *variables = step->variables + mask->variable;
    const double p = clonal__dropout_probability(&step->dropout_schedule, mask->p, number);
    CLONAL__TRY(mask->decide(p, &now));
    variables[CLONAL__MASK_WORDS] = clonal__mask_words(&now);
    variables[CLONAL__MASK_THRESHOLD] = CLONAL__U32(clonal__threshold_word(now.threshold));
    variables[CLONAL__MASK_KEEP_ANY] = CLONAL__U32(now.threshold <= UINT32_MAX);
    variables[CLONAL__MASK_SCALE] = CLONAL__F32(now.scale);
    variables[CLONAL__MASK_SHIFT] = CLONAL__F32(now.shift);
    variables[CLONAL__MASK_DROPPED] = CLONAL__F32(now.dropped);
    return CLONAL_OK;
}

/* The values of what changes from step to step. */
static clonal_status set_variables(const clonal__step *step, uint64_t number, uint32_t first)
{
    clonal__arg *variables = step->variables;
    variables[CLONAL__VARIABLE_STEP] = CLONAL__U32((cl_uint)number);
    variables[CLONAL__VARIABLE_FIRST] = CLONAL__U32(first);
    variables[CLONAL__VARIABLE_SCALARS] = CLONAL__F32X8(0);
    for (size_t i = 0; i < step->mask_count; i++) CLONAL__TRY(set_mask(step, number, &step->masks[i]));
    if (!step->optimizer) return CLONAL_OK;
    const double rate = (double)step->settings.learning_rate * clonal__schedule_factor(&step->schedule, number);
    step->optimizer->scalars(&step->settings, rate, number, variables[CLONAL__VARIABLE_SCALARS].as.f32x8);
    return CLONAL_OK;
}

clonal_status clonal__step_run(const clonal__step *step, uint64_t number, uint32_t first)
{
    CLONAL__TRY(set_variables(step, number, first));
    clonal__profile_step_begin(step->list.context, step->mode, kinds[step->mode], number);
    const clonal_status status = clonal__list_run(&step->list, step->variables);
    clonal__profile_step_end(step->list.context);
    return status;
}

clonal_status clonal__step_rehearse(const clonal__step *step, uint64_t number, bool whole)
{
    CLONAL__TRY(set_variables(step, number, 0));
    return whole ? clonal__list_run(&step->list, step->variables) : clonal__list_rehearse(&step->list, step->variables);
}

static clonal_status observe(const clonal__step *step, const clonal__instruction *in, const cl_mem *parameters,
                             clonal__observer observer, void *user)
{
    if (in->out == CLONAL__NO_VALUE) return observer(in, NULL, step->rows, NULL, user);
    const clonal__value *value = &step->program.values[in->out];
    const uint32_t rows = clonal__value_rows(value, step->rows);
    const size_t bytes = sizeof(float) * rows * value->columns;
    cl_mem buffer = value->parameter >= 0 ? parameters[value->parameter] : step->slots[value->slot];
    float *values;
    CLONAL__TRY(clonal__calloc(1, bytes, &values));
    clonal_status status = clonal__buffer_read(step->list.context, buffer, 0, bytes, values);
    if (status == CLONAL_OK) status = observer(in, value, rows, values, user);
    clonal__free(values);
    return status;
}

clonal_status clonal__step_observe(const clonal__step *step, uint64_t number, uint32_t first, const cl_mem *parameters,
                                   clonal__observer observer, void *user)
{
    size_t entry = 0;
    CLONAL__TRY(set_variables(step, number, first));
    for (size_t i = 0; i < step->program.instruction_count; i++) {
        const size_t from = entry;
        while (entry < step->list.count && step->list.entries[entry].tag == (int)i) entry++;
        CLONAL__TRY(clonal__list_run_part(&step->list, from, entry - from, step->variables));
        CLONAL__TRY(observe(step, &step->program.instructions[i], parameters, observer, user));
    }
    return CLONAL_OK;
}
