/* evaluate.c: evaluation and prediction: the forward pass alone, dropout off. */
#include "host/model/evaluate.h"

#include "host/base/float_environment.h"
#include "host/model/pace.h"

/* Rows are independent, so that their number changes no bit: at least EVALUATION_ROWS are worth a launch, unless they
 * make a matrix of more than ENOUGH_ELEMENTS. */
enum { EVALUATION_ROWS = 256, ENOUGH_ELEMENTS = 1 << 24 };

uint32_t clonal__evaluation_rows(const clonal_graph *graph, const clonal_model_options *options)
{
    uint32_t widest = 1;
    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i].columns > widest) widest = graph->nodes[i].columns;
    const uint32_t enough = ENOUGH_ELEMENTS / widest, rows = enough == 0                ? 1
                                                             : enough < EVALUATION_ROWS ? enough
                                                                                        : EVALUATION_ROWS;
    return options->batch > rows ? options->batch : rows;
}

static uint32_t evaluation_rows(const clonal_model *model, size_t left)
{
    uint32_t rows = clonal__evaluation_rows(model->graph, &model->options);
    return left < rows ? (uint32_t)left : rows;
}

clonal_status clonal__model_figures(const clonal_model *model, const clonal__device_copy *data, double *loss,
                                    double *accuracy)
{
    size_t n = data->count, correct_rows = 0;
    float *losses = NULL;
    uint8_t *correct = NULL;
    double sum = 0;
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(n, sizeof *losses, &losses), done);
    CLONAL__TRY_GOTO(clonal__calloc(n, 1, &correct), done);
    CLONAL__TRY_GOTO(clonal__buffer_read(model->context, data->feed.row_loss, 0, n * sizeof *losses, losses), done);
    CLONAL__TRY_GOTO(clonal__buffer_read(model->context, data->feed.correct, 0, n, correct), done);
    for (size_t i = 0; i < n; i++) {
        sum += losses[i];
        correct_rows += correct[i];
    }
    *loss = sum / ((double)n * clonal__model_loss_unit(model));
    if (accuracy) *accuracy = (double)correct_rows / (double)n;
done:
    clonal__free(losses);
    clonal__free(correct);
    return status;
}

/* Enqueues the forward passes over all of the data, and waits now and then. */
static clonal_status run_all(clonal_model *model, const clonal_dataset *data, clonal__device_copy **copy)
{
    CLONAL__TRY(clonal__model_data(model, data, true, copy));
    clonal__pace pace = clonal__pace_begin();
    for (size_t first = 0, rows; first < (*copy)->count; first += rows) {
        clonal__step *step;
        rows = evaluation_rows(model, (*copy)->count - first);
        CLONAL__TRY(clonal__model_compiled(model, *copy, false, (uint32_t)rows, &step));
        CLONAL__TRY(clonal__step_run(step, 0, (uint32_t)first));
        if (clonal__pace_step(&pace)) CLONAL__TRY(clonal__pace_wait(&pace, model->context));
    }
    return CLONAL_OK;
}

clonal_status clonal_model_evaluate(clonal_model *model, const clonal_dataset *data, double *loss, double *accuracy)
{
    CLONAL__FLOATS;
    if (accuracy) *accuracy = 0;
    if (loss) *loss = 0;
    CLONAL__NEEDS(model && data && loss);
    clonal__device_copy *copy;
    CLONAL__TRY(run_all(model, data, &copy));
    return clonal__model_figures(model, copy, loss, accuracy);
}

clonal_status clonal_model_losses(clonal_model *model, const clonal_dataset *data, double *losses)
{
    CLONAL__FLOATS;
    CLONAL__NEEDS(model && data && losses);
    clonal__device_copy *copy;
    float *rows;
    CLONAL__TRY(run_all(model, data, &copy));
    CLONAL__TRY(clonal__calloc(copy->count, sizeof *rows, &rows));
    const clonal_status status =
        clonal__buffer_read(model->context, copy->feed.row_loss, 0, copy->count * sizeof *rows, rows);
    const double unit = clonal__model_loss_unit(model);
    for (size_t i = 0; i < copy->count && status == CLONAL_OK; i++) losses[i] = rows[i] / unit;
    clonal__free(rows);
    return status;
}

clonal_status clonal__model_outputs(const clonal_model *model, const clonal__step *step, float *outputs)
{
    const uint32_t rows = step->rows;
    const clonal__loss_rule *loss = clonal__graph_loss(model->graph)->operation->loss;
    const uint32_t columns = clonal_model_outputs(model);
    const size_t bytes = sizeof(float) * rows * columns;
    cl_mem z = clonal__step_buffer(step, step->program.output), p = NULL;
    if (!loss->predict) return clonal__buffer_read(model->context, z, 0, bytes, outputs);
    clonal__launch_list list = {.context = model->context};
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, bytes, NULL, &p), done);
    CLONAL__TRY_GOTO(loss->predict(&list, rows, columns, z, p), done);
    CLONAL__TRY_GOTO(clonal__list_run(&list, NULL), done);
    status = clonal__buffer_read(model->context, p, 0, bytes, outputs);
done:
    clonal__list_clear(&list);
    clonal__buffer_free(&p);
    return status;
}

clonal_status clonal__range_check(const clonal_dataset *data, size_t first, size_t count)
{
    if (first <= data->count && count <= data->count - first) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "samples %zu to %zu: the data has only %zu", first, first + count,
                        data->count);
}

clonal_status clonal_model_predict(clonal_model *model, const clonal_dataset *data, size_t first, size_t count,
                                   float *outputs)
{
    CLONAL__FLOATS;
    if (!model || !data || !outputs)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_predict: the model, the data or outputs is NULL");
    CLONAL__TRY(clonal__range_check(data, first, count));
    clonal__device_copy *copy;
    CLONAL__TRY(clonal__model_data(model, data, false, &copy));
    for (size_t done = 0, rows; done < count; done += rows) {
        clonal__step *step;
        rows = evaluation_rows(model, count - done);
        CLONAL__TRY(clonal__model_compiled(model, copy, false, (uint32_t)rows, &step));
        CLONAL__TRY(clonal__step_run(step, 0, (uint32_t)(first + done)));
        CLONAL__TRY(clonal__model_outputs(model, step, outputs + done * clonal_model_outputs(model)));
    }
    return CLONAL_OK;
}
