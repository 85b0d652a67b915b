/* tune.c: planning ahead, and measurements: see include/clonal/tune.h. */
#include "host/base/float_environment.h"
#include "host/model/model.h"
#include "host/ops/ops.h"
#include "host/runtime/timing.h"
#include <clonal/tune.h>

#include <stdio.h>
#include <string.h>

static clonal_tuned tuned_of(const clonal__gemm_shape *s, const clonal__gemm_choice *c)
{
    return (clonal_tuned){
        s->m,       s->n,     s->k,      s->ta, s->tb, s->zeros, c->kind == CLONAL__GEMM_NATIVE ? "native" : "clblast",
        c->variant, c->exact, c->seconds};
}

/* The distinct shapes to plan. */
typedef struct shapes {
    clonal__gemm_shape *all;
    size_t count;
} shapes;

static clonal_status collect_of(clonal_context *context, clonal_gemm wanted, clonal__program *program, float zeros,
                                uint32_t rows, shapes *found)
{
    const clonal__feed feed = {.zeros = zeros};
    CLONAL__TRY(clonal__find_sparse(program, &feed));
    for (size_t i = 0; i < program->instruction_count; i++) {
        if (program->instructions[i].code->role != CLONAL__ROLE_PRODUCT) continue;
        const clonal__gemm_shape of = clonal__gemm_shape_of(program, &program->instructions[i], rows),
                                 s = clonal__gemm_shape_used(context, &of, wanted);
        bool known = false;
        for (size_t k = 0; k < found->count; k++) known = known || clonal__gemm_same_shape(&found->all[k], &s);
        if (known) continue;
        CLONAL__TRY(clonal__grow(&found->all, found->count + 1, sizeof s));
        found->all[found->count++] = s;
    }
    return CLONAL_OK;
}

/* For samples of few zeros, of half, and of more: how many they have is not known yet. */
static clonal_status collect(clonal_context *context, const clonal_graph *graph, clonal_gemm wanted, bool training,
                             uint32_t rows, shapes *found)
{
    static const float zeros[] = {0, 0.5f, 1};
    clonal__program program = {0};
    if (rows == 0) return CLONAL_OK;
    CLONAL__TRY(clonal__differentiate(graph, training ? CLONAL__TRAINING : CLONAL__EVALUATION, 0, &program));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < sizeof zeros / sizeof *zeros && status == CLONAL_OK; i++)
        status = collect_of(context, wanted, &program, zeros[i], rows, found);
    clonal__program_free(&program);
    return status;
}

static clonal_status plan_in(clonal_context *context, const shapes *found, const clonal_model_options *o, bool quick,
                             clonal_tune_fn progress, void *user, clonal__gemm_workspace *workspace)
{
    for (size_t i = 0; i < found->count; i++) {
        clonal__gemm_choice choice;
        if (quick)
            CLONAL__TRY(clonal__gemm_plan(context, &found->all[i], o->gemm, true, workspace, &choice));
        else
            CLONAL__TRY(clonal__gemm_tune(context, &found->all[i], o->gemm, workspace, &choice));
        clonal_tuned tuned = tuned_of(&found->all[i], &choice);
        if (progress && progress(i + 1, found->count, &tuned, user))
            return clonal__fail(CLONAL_E_CANCELLED, "cancelled after %zu products", i + 1);
    }
    return CLONAL_OK;
}

static clonal_status plan_all(clonal_context *context, const shapes *found, const clonal_model_options *o, bool quick,
                              clonal_tune_fn progress, void *user)
{
    clonal__gemm_workspace workspace = {0};
    const clonal_status status = plan_in(context, found, o, quick, progress, user, &workspace);
    clonal__gemm_workspace_free(&workspace);
    return status;
}

clonal_status clonal_tune(clonal_context *context, const clonal_graph *graph, const clonal_model_options *options,
                          size_t train_count, size_t test_count, bool quick, clonal_tune_fn progress, void *user)
{
    CLONAL__FLOATS;
    if (!context || !graph) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_tune: the context or the graph is NULL");
    clonal_model_options o = options ? *options : clonal_model_options_default();
    CLONAL__TRY(clonal__gemm_check(o.gemm));
    if (o.batch == 0) return clonal__fail(CLONAL_E_ARGUMENT, "a batch of 0 samples has no products: give 1 or more");
    uint32_t evaluation = clonal__evaluation_rows(graph, &o);
    shapes found = {0};
    clonal_status status = collect(context, graph, o.gemm, true, train_count < o.batch ? 0 : o.batch, &found);
    if (status == CLONAL_OK && train_count >= o.batch)
        status = collect(context, graph, o.gemm, true, (uint32_t)(train_count % o.batch), &found);
    if (status == CLONAL_OK && test_count >= evaluation)
        status = collect(context, graph, o.gemm, false, evaluation, &found);
    if (status == CLONAL_OK)
        status = collect(context, graph, o.gemm, false, (uint32_t)(test_count % evaluation), &found);
    if (status == CLONAL_OK) status = plan_all(context, &found, &o, quick, progress, user);
    clonal__free(found.all);
    return status;
}

/* Buffers of zeros measure as others do: none of these kernels looks at its values. Subnormals would not. */
static clonal_status buffers_of(clonal_context *context, size_t count, const size_t *bytes, cl_mem *buffers)
{
    for (size_t i = 0; i < count; i++) {
        CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, bytes[i], NULL, &buffers[i]));
        CLONAL__TRY(clonal__buffer_zero(context, buffers[i], bytes[i]));
    }
    return CLONAL_OK;
}

clonal_status clonal_measure_gemm(clonal_context *context, uint32_t m, uint32_t n, uint32_t k, bool ta, bool tb,
                                  clonal_gemm gemm, size_t samples, clonal_tuned *tuned)
{
    CLONAL__FLOATS;
    if (tuned) memset(tuned, 0, sizeof *tuned);
    CLONAL__NEEDS(context && tuned);
    CLONAL__TRY(clonal__gemm_check(gemm));
    if (!samples) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_measure_gemm: no samples");
    const clonal__gemm_shape shape = {m, n, k, ta, tb, 0};
    CLONAL__TRY(clonal__gemm_check_shape(&shape));
    const size_t bytes[3] = {sizeof(float) * m * k, sizeof(float) * k * n, sizeof(float) * m * n};
    cl_mem buffers[3] = {NULL, NULL, NULL};
    clonal__gemm_choice choice;
    clonal__launch_list list = {.context = context};
    CLONAL__TRY(clonal__gemm_plan(context, &shape, gemm, true, NULL, &choice));
    clonal_status status = buffers_of(context, 3, bytes, buffers);
    const clonal__gemm_buffers operands = {.a = buffers[0], .b = buffers[1], .c = buffers[2]};
    if (status == CLONAL_OK) status = clonal__gemm_append(&list, &shape, &choice, &operands, NULL);
    if (status == CLONAL_OK) status = clonal__measure(&list, samples, 0.02, &choice.seconds);
    if (status == CLONAL_OK) *tuned = tuned_of(&shape, &choice);
    clonal__list_clear(&list);
    for (int i = 0; i < 3; i++) clonal__buffer_free(&buffers[i]);
    return status;
}

clonal_status clonal_measure_dropout(clonal_context *context, uint32_t rows, uint32_t columns, double p, size_t samples,
                                     clonal_dropout_seconds *seconds)
{
    CLONAL__FLOATS;
    if (seconds) memset(seconds, 0, sizeof *seconds);
    CLONAL__NEEDS(context && seconds);
    if (!rows || !columns || !samples) return clonal__fail(CLONAL_E_ARGUMENT, "clonal_measure_dropout: a size of 0");
    if ((uint64_t)rows * columns > UINT32_MAX)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_measure_dropout: %u x %u are more than 2^32 - 1 elements", rows,
                            columns);
    const size_t bytes[2] = {sizeof(float) * rows * columns, sizeof(float) * rows * columns};
    cl_mem buffers[2] = {NULL, NULL};
    clonal__mask mask = {0};
    enum { DROPOUT, SCALE, COPY, LISTS };
    clonal__launch_list lists[LISTS] = {{.context = context}, {.context = context}, {.context = context}};
    double *const taken[LISTS] = {&seconds->dropout, &seconds->scale_copy, &seconds->copy};
    CLONAL__TRY(clonal_dropout_parameters(p, &mask.threshold, &mask.scale));
    clonal_status status = buffers_of(context, 2, bytes, buffers);
    if (status == CLONAL_OK) status = clonal__op_dropout(&lists[DROPOUT], &mask, rows, columns, buffers[0], buffers[1]);
    if (status == CLONAL_OK) status = clonal__op_scale(&lists[SCALE], rows * columns, 2.0f, buffers[0], buffers[1]);
    if (status == CLONAL_OK) status = clonal__op_copy(&lists[COPY], rows * columns, buffers[0], buffers[1]);
    /* One after the other: samples by turns would meet the same other work, but the least of each serves. */
    for (int i = 0; i < LISTS && status == CLONAL_OK; i++) status = clonal__measure(&lists[i], samples, 0.02, taken[i]);
    for (int i = 0; i < LISTS; i++) clonal__list_clear(&lists[i]);
    for (int i = 0; i < 2; i++) clonal__buffer_free(&buffers[i]);
    return status;
}
