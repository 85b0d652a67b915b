/* device_copy.c: see device_copy.h. */
#include "host/data/device_copy.h"

#include "host/base/memory.h"
#include "host/runtime/room.h"

static clonal_status upload(clonal_context *context, const void *values, size_t bytes, cl_mem *buffer)
{
    CLONAL__TRY(clonal__buffer_create(context, CL_MEM_READ_WRITE, bytes, NULL, buffer));
    return values ? clonal__buffer_write(context, *buffer, 0, bytes, values)
                  : clonal__buffer_zero(context, *buffer, bytes);
}

static uint64_t samples_bytes(const clonal_dataset *data)
{
    return (uint64_t)data->count * data->elements * (data->f32 ? sizeof(float) : 1);
}

static uint64_t targets_bytes(const clonal_dataset *data)
{
    return data->targets ? (uint64_t)data->count * data->target_columns * sizeof(float) : sizeof(float);
}

uint64_t clonal__device_copy_bytes(const clonal_dataset *data, uint64_t *largest)
{
    const uint64_t samples = samples_bytes(data), targets = targets_bytes(data), word = sizeof(uint32_t);
    *largest = samples > targets ? samples : targets;
    if (*largest < data->count * word) *largest = data->count * word;
    return samples + targets + (3 * word + 1) * data->count; /* labels, order, losses; what was right */
}

static clonal_status check_room(const clonal_context *context, const clonal_dataset *data)
{
    uint64_t largest;
    const clonal__need_part part = {"samples", clonal__device_copy_bytes(data, &largest), false};
    return clonal__room_check(context, "the data's copy on the device", 1, &part, largest,
                              "give fewer samples, another device, or raise the limit");
}

/* The share of zeros in some samples, spread over all. */
static float share_of_zeros(const clonal_dataset *data)
{
    enum { SOME = 64 };
    const size_t step = data->count > SOME ? data->count / SOME : 1;
    size_t zeros = 0, all = 0;
    for (size_t n = 0; n < data->count; n += step, all += data->elements)
        for (size_t i = n * data->elements; i < (n + 1) * data->elements; i++)
            zeros += data->f32 ? data->f32[i] == 0 : data->u8[i] == 0;
    return (float)((double)zeros / (double)all);
}

static clonal_status fill(clonal_context *context, const clonal_dataset *data, clonal__feed *feed)
{
    const size_t n = data->count;
    feed->is_float = data->f32 != NULL;
    feed->zeros = share_of_zeros(data);
    feed->has_targets = data->targets != NULL;
    CLONAL__TRY(
        upload(context, feed->is_float ? (const void *)data->f32 : data->u8, samples_bytes(data), &feed->samples));
    CLONAL__TRY(upload(context, data->labels, n * sizeof(uint32_t), &feed->labels));
    CLONAL__TRY(upload(context, data->targets, targets_bytes(data), &feed->targets));
    CLONAL__TRY(upload(context, NULL, n * sizeof(uint32_t), &feed->order));
    CLONAL__TRY(upload(context, NULL, n * sizeof(float), &feed->row_loss));
    return upload(context, NULL, n, &feed->correct);
}

clonal_status clonal__device_copy_create(clonal_context *context, const clonal_dataset *data,
                                         clonal__device_copy **copy)
{
    *copy = NULL;
    CLONAL__TRY(check_room(context, data));
    CLONAL__TRY(clonal__calloc(1, sizeof **copy, copy));
    (*copy)->of = clonal__dataset_identity_hold(data);
    (*copy)->count = data->count;
    const clonal_status status = fill(context, data, &(*copy)->feed);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal__device_copy_destroy(*copy);
    *copy = NULL;
    return status;
}

void clonal__device_copy_destroy(clonal__device_copy *copy)
{
    if (!copy) return;
    clonal__buffer_free(&copy->feed.samples);
    clonal__buffer_free(&copy->feed.labels);
    clonal__buffer_free(&copy->feed.targets);
    clonal__buffer_free(&copy->feed.order);
    clonal__buffer_free(&copy->feed.row_loss);
    clonal__buffer_free(&copy->feed.correct);
    clonal__dataset_identity_release(copy->of);
    clonal__free(copy);
}
