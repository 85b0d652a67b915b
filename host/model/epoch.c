/* epoch.c: training for an epoch, evaluation and prediction: steps enqueued back to back, figures read back now and
 * then. */
#include "host/evidence/record.h"

#include "host/base/clock.h"
#include <math.h>
#include <string.h>

#define EVALUATION_ROWS 256 /* at least: rows are independent, so that their number changes no bit */
#define REPORT_SECONDS 0.1  /* how often losses are read back while training */

typedef struct epoch_run {
    clonal_model *model;
    const clonal__resident *resident;
    clonal_progress_fn progress;
    void *user;
    float *losses;    /* (N), as read back */
    size_t read;      /* rows read back so far */
    double sum;       /* binary64 sum of the rows read, in order */
    double loss_unit; /* divides a row's loss: 1, or C under squared error */
} epoch_run;

/* Reads the losses of rows up to `done`, which waits for their steps, and reports. */
static clonal_status report(epoch_run *run, size_t done)
{
    size_t count = done - run->read;
    CLONAL__TRY(clonal__buffer_read(run->model->context, run->resident->source.row_loss, run->read * sizeof(float),
                                    count * sizeof(float), run->losses + run->read));
    for (size_t i = run->read; i < done; i++) run->sum += run->losses[i];
    run->read = done;
    if (run->progress &&
        run->progress(done, run->resident->count, run->sum / ((double)done * run->loss_unit), run->user))
        return clonal__fail(CLONAL_E_CANCELLED, "cancelled after %zu of %zu samples", done, run->resident->count);
    return CLONAL_OK;
}

/* All steps of the epoch. How many are enqueued between two reports adapts to the time they take. */
static clonal_status train(epoch_run *run)
{
    clonal_model *model = run->model;
    size_t n = run->resident->count, batch = model->options.batch, until_report = 1, enqueued = 0;
    double last = clonal__now_seconds();
    for (size_t place = 0; place < n; place += batch) {
        uint32_t rows = (uint32_t)(n - place < batch ? n - place : batch);
        clonal__step *step;
        if (model->record) {
            CLONAL__TRY(clonal__record_step(model->record, model, run->resident, rows, (uint32_t)place));
        } else {
            CLONAL__TRY(clonal__model_step(model, run->resident, true, rows, &step));
            CLONAL__TRY(clonal__step_run(step, (uint32_t)model->step, (uint32_t)place));
        }
        model->step++;
        if (++enqueued < until_report && place + rows < n) continue;
        CLONAL__TRY(report(run, place + rows));
        double elapsed = clonal__now_seconds() - last;
        until_report = elapsed < REPORT_SECONDS / 2                   ? enqueued * 2
                       : elapsed > REPORT_SECONDS * 2 && enqueued > 1 ? enqueued / 2
                                                                      : enqueued;
        enqueued = 0;
        last = clonal__now_seconds();
    }
    return CLONAL_OK;
}

static double unit_of(const clonal_model *model)
{
    const clonal__node *loss = clonal__model_loss(model);
    return loss->operation == CLONAL__SQUARED_ERROR ? loss->columns : 1;
}

clonal_status clonal__model_order(clonal_model *model, const clonal__resident *resident, uint32_t epoch)
{
    uint32_t *order;
    CLONAL__TRY(clonal__calloc(resident->count, sizeof *order, &order));
    clonal__shuffle(model->options.seed, epoch, resident->count, order);
    clonal_status status =
        clonal__buffer_write(model->context, resident->source.order, 0, resident->count * sizeof *order, order);
    clonal__free(order);
    return status;
}

clonal_status clonal_model_train_epoch(clonal_model *model, const clonal_dataset *data, uint32_t epoch,
                                       clonal_progress_fn progress, void *user, double *loss)
{
    if (loss) *loss = 0;
    if (!model || !data)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_train_epoch: the model or the data is NULL");
    if (model->options.batch > data->count)
        return clonal__fail(CLONAL_E_ARGUMENT,
                            "a batch of %u is larger than the data, %zu samples: give a smaller batch",
                            model->options.batch, data->count);
    clonal__resident *resident;
    CLONAL__TRY(clonal__model_resident(model, data, true, &resident));
    CLONAL__TRY(clonal__model_order(model, resident, epoch));
    epoch_run run = {
        .model = model, .resident = resident, .progress = progress, .user = user, .loss_unit = unit_of(model)};
    CLONAL__TRY(clonal__calloc(resident->count, sizeof(float), &run.losses));
    clonal_status status = train(&run);
    if (status == CLONAL_OK && loss) *loss = run.sum / ((double)resident->count * run.loss_unit);
    if (status == CLONAL_OK && !model->quiet && !isfinite(run.sum))
        clonal__log(CLONAL_LOG_WARNING, "epoch %u: the loss is no finite number; a smaller learning rate may help",
                    epoch + 1);
    clonal__free(run.losses);
    return status;
}

uint32_t clonal__evaluation_rows(const clonal_graph *graph, const clonal_model_options *options)
{
    uint32_t widest = 1, rows = options->batch > EVALUATION_ROWS ? options->batch : EVALUATION_ROWS;
    for (size_t i = 0; i < graph->count; i++)
        if (graph->nodes[i].columns > widest) widest = graph->nodes[i].columns;
    return rows > CLONAL__MOST_ELEMENTS / widest ? CLONAL__MOST_ELEMENTS / widest : rows;
}

static uint32_t evaluation_rows(const clonal_model *model, size_t left)
{
    uint32_t rows = clonal__evaluation_rows(model->graph, &model->options);
    return left < rows ? (uint32_t)left : rows;
}

/* Sums what the losses' kernels left for each row. */
static clonal_status collect(const clonal_model *model, const clonal__resident *resident, double *loss,
                             double *accuracy)
{
    size_t n = resident->count, right_rows = 0;
    float *losses = NULL;
    uint8_t *right = NULL;
    double sum = 0;
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(n, sizeof *losses, &losses), done);
    CLONAL__TRY_GOTO(clonal__calloc(n, 1, &right), done);
    CLONAL__TRY_GOTO(clonal__buffer_read(model->context, resident->source.row_loss, 0, n * sizeof *losses, losses),
                     done);
    CLONAL__TRY_GOTO(clonal__buffer_read(model->context, resident->source.right, 0, n, right), done);
    for (size_t i = 0; i < n; i++) {
        sum += losses[i];
        right_rows += right[i];
    }
    *loss = sum / ((double)n * unit_of(model));
    if (accuracy) *accuracy = (double)right_rows / (double)n;
done:
    clonal__free(losses);
    clonal__free(right);
    return status;
}

clonal_status clonal_model_evaluate(clonal_model *model, const clonal_dataset *data, double *loss, double *accuracy)
{
    if (accuracy) *accuracy = 0;
    if (!model || !data || !loss)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_evaluate: the model, the data or loss is NULL");
    *loss = 0;
    clonal__resident *resident;
    CLONAL__TRY(clonal__model_resident(model, data, true, &resident));
    for (size_t place = 0, rows; place < resident->count; place += rows) {
        clonal__step *step;
        rows = evaluation_rows(model, resident->count - place);
        CLONAL__TRY(clonal__model_step(model, resident, false, (uint32_t)rows, &step));
        CLONAL__TRY(clonal__step_run(step, 0, (uint32_t)place));
    }
    return collect(model, resident, loss, accuracy);
}

/* One chunk's output, through softmax under cross-entropy. */
static clonal_status predict_rows(clonal_model *model, const clonal__resident *resident, size_t place, uint32_t rows,
                                  float *outputs)
{
    clonal__step *step;
    uint32_t columns = clonal_model_outputs(model);
    size_t bytes = sizeof(float) * rows * columns;
    CLONAL__TRY(clonal__model_step(model, resident, false, rows, &step));
    CLONAL__TRY(clonal__step_run(step, 0, (uint32_t)place));
    cl_mem z = clonal__step_buffer(step, step->program.output), p = NULL;
    if (clonal__model_loss(model)->operation != CLONAL__CROSS_ENTROPY)
        return clonal__buffer_read(model->context, z, 0, bytes, outputs);
    clonal__launch_list list = {.context = model->context};
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__buffer_create(model->context, CL_MEM_READ_WRITE, bytes, NULL, &p), done);
    CLONAL__TRY_GOTO(clonal__op_softmax(&list, rows, columns, z, p), done);
    CLONAL__TRY_GOTO(clonal__list_run(&list, 0, 0), done);
    status = clonal__buffer_read(model->context, p, 0, bytes, outputs);
done:
    clonal__list_clear(&list);
    clonal__buffer_free(&p);
    return status;
}

clonal_status clonal_model_predict(clonal_model *model, const clonal_dataset *data, size_t first, size_t count,
                                   float *outputs)
{
    if (!model || !data || !outputs)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_predict: the model, the data or outputs is NULL");
    if (first > data->count || count > data->count - first)
        return clonal__fail(CLONAL_E_ARGUMENT, "samples %zu to %zu: the data has only %zu", first, first + count,
                            data->count);
    clonal__resident *resident;
    CLONAL__TRY(clonal__model_resident(model, data, false, &resident));
    for (size_t done = 0, rows; done < count; done += rows) {
        rows = evaluation_rows(model, count - done);
        CLONAL__TRY(
            predict_rows(model, resident, first + done, (uint32_t)rows, outputs + done * clonal_model_outputs(model)));
    }
    return CLONAL_OK;
}
