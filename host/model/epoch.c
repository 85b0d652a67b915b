/* epoch.c: training for an epoch: steps enqueued back to back, losses read back now and then. */
#include "host/model/model.h"
#include "host/model/pace.h"

#include "host/base/float_environment.h"
#include <math.h>
#include <string.h>

typedef struct epoch_run {
    clonal_model *model;
    const clonal__device_copy *data;
    const clonal__epoch_course *course;
    float *losses;             /* (N), as read back */
    clonal__epoch_place place; /* of the rows read back so far */
    double loss_unit;          /* divides a row's loss: 1, or C under squared error */
} epoch_run;

/* Reads the losses of rows up to `done`, which waits for their steps, and reports. */
static clonal_status report(epoch_run *run, size_t done)
{
    const size_t n = run->data->count, read = run->place.done;
    const clonal__epoch_course *course = run->course;
    CLONAL__TRY(clonal__buffer_read(run->model->context, run->data->feed.row_loss, read * sizeof(float),
                                    (done - read) * sizeof(float), run->losses + read));
    for (size_t i = read; i < done; i++) run->place.sum += run->losses[i];
    run->place.done = done;
    if (course->progress && course->progress(done, n, run->place.sum / ((double)done * run->loss_unit), course->user))
        return clonal__fail(CLONAL_E_CANCELLED, "cancelled after %zu of %zu samples", done, n);
    return CLONAL_OK;
}

static clonal_status train_step(clonal_model *model, const clonal__device_copy *data, uint32_t rows, uint32_t first)
{
    clonal__step *step;
    if (model->hook.train) return model->hook.train(model, data, rows, first, model->hook.user);
    CLONAL__TRY(clonal__model_compiled(model, data, true, rows, &step));
    return clonal__step_run(step, model->step, first);
}

/* All steps of the epoch. How many are enqueued between two reports adapts to the time they take. */
static clonal_status train(epoch_run *run)
{
    clonal_model *model = run->model;
    const uint32_t every = run->course->every;
    const size_t n = run->data->count, batch = model->options.batch;
    clonal__pace pace = clonal__pace_begin();
    for (size_t first = run->place.done; first < n; first += batch) {
        const uint32_t rows = (uint32_t)(n - first < batch ? n - first : batch);
        CLONAL__TRY(train_step(model, run->data, rows, (uint32_t)first));
        model->step++;
        const bool pause = every && model->step % every == 0 && first + rows < n;
        if (!clonal__pace_step(&pace) && first + rows < n && !pause) continue;
        CLONAL__TRY(report(run, first + rows));
        if (pause) CLONAL__TRY(run->course->pause(&run->place, run->course->user));
        clonal__pace_waited(&pace);
    }
    return CLONAL_OK;
}

double clonal__model_loss_unit(const clonal_model *model)
{
    const clonal__node *loss = clonal__graph_loss(model->graph);
    return loss->operation->loss->over_columns ? loss->columns : 1;
}

clonal_status clonal__model_order(clonal_model *model, const clonal__device_copy *data, uint32_t epoch)
{
    uint32_t *order;
    CLONAL__TRY(clonal__calloc(data->count, sizeof *order, &order));
    const clonal_model_options *o = &model->options;
    clonal__shuffle(clonal__seed_of(o->seed, &o->shuffle_seed), epoch, data->count, order);
    clonal_status status =
        clonal__buffer_write(model->context, data->feed.order, 0, data->count * sizeof *order, order);
    clonal__free(order);
    return status;
}

clonal_status clonal__model_train_course(clonal_model *model, const clonal_dataset *data, uint32_t epoch,
                                         const clonal__epoch_course *course, double *loss)
{
    clonal__device_copy *copy;
    CLONAL__TRY(clonal__model_data(model, data, true, &copy));
    CLONAL__TRY(clonal__model_order(model, copy, epoch));
    epoch_run run = {.model = model,
                     .data = copy,
                     .course = course,
                     .place = course->from,
                     .loss_unit = clonal__model_loss_unit(model)};
    CLONAL__TRY(clonal__calloc(copy->count, sizeof(float), &run.losses));
    clonal_status status = train(&run);
    if (status == CLONAL_OK && loss) *loss = run.place.sum / ((double)copy->count * run.loss_unit);
    if (status == CLONAL_OK && !model->quiet && !isfinite(run.place.sum))
        clonal__log(CLONAL_LOG_WARNING, "epoch %u: the loss is no finite number; a smaller learning rate may help",
                    epoch + 1);
    clonal__free(run.losses);
    return status;
}

clonal_status clonal__model_check_batch(const clonal_model *model, const clonal_dataset *data)
{
    if (model->options.batch <= data->count) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "a batch of %u is larger than the data, %zu samples: give a smaller batch",
                        model->options.batch, data->count);
}

clonal_status clonal_model_train_epoch(clonal_model *model, const clonal_dataset *data, uint32_t epoch,
                                       clonal_progress_fn progress, void *user, double *loss)
{
    CLONAL__FLOATS;
    if (loss) *loss = 0;
    if (!model || !data)
        return clonal__fail(CLONAL_E_ARGUMENT, "clonal_model_train_epoch: the model or the data is NULL");
    CLONAL__TRY(clonal__model_check_batch(model, data));
    const clonal__epoch_course course = {.progress = progress, .user = user};
    return clonal__model_train_course(model, data, epoch, &course, loss);
}
