/* data.c: the data sets that a model uses, on its device. */
#include "host/model/model.h"

static clonal_status check_labels(const clonal_dataset *data, const clonal__node *loss)
{
    if (data->targets && !loss->operation->loss->takes_targets)
        return clonal__fail(
            CLONAL_E_SHAPE,
            "%s takes labels, the data has float targets: use a mean squared error, or give labels, whole numbers",
            loss->operation->loss->words);
    if (data->targets && data->target_columns != loss->columns)
        return clonal__fail(CLONAL_E_SHAPE, "the data's targets have %u columns, the graph's output %u",
                            data->target_columns, loss->columns);
    if (!data->targets && !data->labels)
        return clonal__fail(CLONAL_E_ARGUMENT, "the data has no labels: they are needed to train and to evaluate");
    if (data->labels && data->classes > loss->columns)
        return clonal__fail(CLONAL_E_SHAPE, "the data has the label %u, the graph only %u outputs", data->classes - 1,
                            loss->columns);
    return CLONAL_OK;
}

static clonal_status check_fits(const clonal_model *model, const clonal_dataset *data, bool labelled)
{
    const clonal__node *input = clonal__graph_input(model->graph);
    char have[64], want[64];
    if (data->elements != input->columns)
        return clonal__fail(CLONAL_E_SHAPE, "the data's samples have the shape %s, the graph's input %s",
                            clonal__shape_text(data->rank, data->shape, have),
                            clonal__shape_text(input->rank, input->shape, want));
    return labelled ? check_labels(data, clonal__graph_loss(model->graph)) : CLONAL_OK;
}

/* Frees the copies of data sets that are gone, and what was compiled for them. */
static void drop_gone(clonal_model *model)
{
    size_t kept = model->lent_count; /* of sets that their lender keeps */
    for (size_t i = kept; i < model->copy_count; i++) {
        clonal__device_copy *copy = model->copies[i];
        if (clonal__dataset_identity_gone(copy->of)) {
            clonal__model_forget(model, copy);
            clonal__device_copy_destroy(copy);
        } else {
            model->copies[kept++] = copy;
        }
    }
    model->copy_count = kept;
}

clonal_status clonal__model_data(clonal_model *model, const clonal_dataset *data, bool labelled,
                                 clonal__device_copy **copy)
{
    drop_gone(model);
    CLONAL__TRY(check_fits(model, data, labelled));
    for (size_t i = 0; i < model->copy_count; i++)
        if (model->copies[i]->of == data->identity) {
            *copy = model->copies[i];
            return CLONAL_OK;
        }
    CLONAL__TRY(clonal__grow(&model->copies, model->copy_count + 1, sizeof *model->copies));
    CLONAL__TRY(clonal__device_copy_create(model->context, data, copy));
    model->copies[model->copy_count++] = *copy;
    return CLONAL_OK;
}

clonal_status clonal__model_lend_data(clonal_model *model, clonal__device_copy *copy)
{
    if (model->copy_count != model->lent_count)
        return clonal__fail(CLONAL_E_INTERNAL, "a model that has copies of data is lent none");
    CLONAL__TRY(clonal__grow(&model->copies, model->copy_count + 1, sizeof *model->copies));
    model->copies[model->copy_count++] = copy;
    model->lent_count++;
    return CLONAL_OK;
}

void clonal__model_data_free(clonal_model *model)
{
    for (size_t i = model->lent_count; i < model->copy_count; i++) clonal__device_copy_destroy(model->copies[i]);
    clonal__free(model->copies);
    model->copies = NULL;
    model->copy_count = model->lent_count = 0;
}
