/* build_ahead.c: see build_ahead.h. A step is compiled with one small buffer in the place of all data and
 * parameters: it is never launched. */
#include "host/model/build_ahead.h"

/* The graph's parameters, and in their place the buffer. */
static clonal_status count_parameters(const clonal_graph *graph, size_t *count)
{
    clonal__program program = {0};
    const clonal_status status = clonal__differentiate(graph, CLONAL__EVALUATION, 0, &program);
    *count = program.parameter_count;
    clonal__program_free(&program);
    return status;
}

static clonal_status compile(clonal_context *context, const clonal_graph *graph, const clonal_model_options *o,
                             const clonal__step_ahead *ahead, cl_mem buffer, const cl_mem *parameters)
{
    clonal__step *step;
    clonal__feed feed = clonal__feed_of_one(buffer);
    clonal__step_spec spec = clonal__step_spec_of(context, graph, o);
    feed.is_float = ahead->is_float;
    feed.shuffled = ahead->training;
    spec.mode = ahead->training ? CLONAL__TRAINING : CLONAL__EVALUATION;
    spec.rows = ahead->rows;
    spec.feed = &feed;
    spec.parameters = spec.states[0] = spec.states[1] = parameters;
    CLONAL__TRY(clonal__step_create(&spec, false, &step));
    clonal__step_destroy(step);
    return CLONAL_OK;
}

clonal_status clonal__build_ahead(clonal_context *context, const clonal_graph *graph,
                                  const clonal_model_options *options, const clonal__step_ahead *step)
{
    const uint32_t none = 0;
    size_t count;
    cl_mem buffer = NULL, *parameters;
    CLONAL__TRY(count_parameters(graph, &count));
    CLONAL__TRY(clonal__calloc(count, sizeof *parameters, &parameters));
    clonal_status status = clonal__buffer_create(context, CL_MEM_READ_WRITE, sizeof none, &none, &buffer);
    for (size_t i = 0; i < count; i++) parameters[i] = buffer;
    if (status == CLONAL_OK) status = compile(context, graph, options, step, buffer, parameters);
    clonal__free(parameters);
    clonal__buffer_free(&buffer);
    return status;
}
