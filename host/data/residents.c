/* residents.c: data sets on the device. */
#include "host/model/model.h"

#include <string.h>

static clonal_status check_shapes(const clonal_model *model, const clonal_dataset *data, bool labelled)
{
    const clonal__node *input = &model->graph->nodes[0], *loss = clonal__model_loss(model);
    char have[64], want[64];
    if (data->elements != input->columns)
        return clonal__fail(CLONAL_E_SHAPE, "the data's samples have the shape %s, the graph's input %s",
                            clonal__shape_text(data->rank, data->shape, have),
                            clonal__shape_text(input->rank, input->shape, want));
    if (!labelled) return CLONAL_OK;
    if (data->targets && loss->operation == CLONAL__CROSS_ENTROPY)
        return clonal__fail(
            CLONAL_E_SHAPE,
            "cross-entropy takes labels, the data has float targets: use a mean squared error, or give labels");
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

static clonal_status upload(clonal_context *context, const void *values, size_t bytes, cl_mem *buffer)
{
    CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, bytes, NULL, buffer));
    return values ? clonal__buffer_write(context, *buffer, 0, bytes, values)
                  : clonal__buffer_zero(context, *buffer, bytes);
}

static void resident_free(clonal__resident *resident)
{
    if (!resident) return;
    clonal__buffer_free(&resident->source.samples);
    clonal__buffer_free(&resident->source.labels);
    clonal__buffer_free(&resident->source.targets);
    clonal__buffer_free(&resident->source.order);
    clonal__buffer_free(&resident->source.row_loss);
    clonal__buffer_free(&resident->source.right);
    clonal__free(resident);
}

void clonal__residents_free(clonal_model *model)
{
    for (size_t i = 0; i < model->resident_count; i++) resident_free(model->residents[i]);
    clonal__free(model->residents);
}

static clonal_status fill(clonal_context *context, const clonal_dataset *data, clonal__resident *resident)
{
    clonal__source *source = &resident->source;
    size_t n = data->count;
    source->is_float = data->f32 != NULL;
    source->has_targets = data->targets != NULL;
    size_t element = source->is_float ? sizeof(float) : 1;
    CLONAL__TRY(upload(context, source->is_float ? (const void *)data->f32 : data->u8, n * data->elements * element,
                       &source->samples));
    CLONAL__TRY(upload(context, data->labels, n * sizeof(uint32_t), &source->labels));
    CLONAL__TRY(upload(context, data->targets, data->targets ? n * data->target_columns * sizeof(float) : sizeof(float),
                       &source->targets));
    CLONAL__TRY(upload(context, NULL, n * sizeof(uint32_t), &source->order));
    CLONAL__TRY(upload(context, NULL, n * sizeof(float), &source->row_loss));
    return upload(context, NULL, n, &source->right);
}

clonal_status clonal__model_resident(clonal_model *model, const clonal_dataset *data, bool labelled,
                                     clonal__resident **out)
{
    CLONAL__TRY(check_shapes(model, data, labelled));
    for (size_t i = 0; i < model->resident_count; i++)
        if (model->residents[i]->data == data) {
            *out = model->residents[i];
            return CLONAL_OK;
        }
    clonal__resident *resident;
    CLONAL__TRY(clonal__grow(&model->residents, model->resident_count + 1, sizeof(clonal__resident *)));
    CLONAL__TRY(clonal__calloc(1, sizeof *resident, &resident));
    resident->data = data;
    resident->count = data->count;
    clonal_status status = fill(model->context, data, resident);
    if (status != CLONAL_OK) {
        resident_free(resident);
        return status;
    }
    model->residents[model->resident_count++] = resident;
    *out = resident;
    return CLONAL_OK;
}
