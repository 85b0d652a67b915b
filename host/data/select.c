/* select.c: parts of a data set. */
#include "host/data/dataset.h"

#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Rows of `size` bytes: *out (a T**) becomes a copy of those selected, or NULL where there are none. */
static clonal_status copy_rows(const void *from, size_t size, size_t count, const uint32_t *indices, void *out)
{
    unsigned char *rows;
    if (!from) return CLONAL_OK;
    CLONAL__TRY(clonal__calloc(count, size, &rows));
    for (size_t i = 0; i < count; i++)
        memcpy(rows + i * size, (const unsigned char *)from + (indices ? indices[i] : i) * size, size);
    memcpy(out, &rows, sizeof rows);
    return CLONAL_OK;
}

static clonal_status fill(const clonal_dataset *data, size_t count, const uint32_t *indices, clonal_dataset *to)
{
    to->count = count;
    to->elements = data->elements;
    to->rank = data->rank;
    memcpy(to->shape, data->shape, sizeof to->shape);
    to->classes = data->classes;
    to->target_columns = data->target_columns;
    CLONAL__TRY(copy_rows(data->u8, data->elements, count, indices, &to->u8));
    CLONAL__TRY(copy_rows(data->f32, data->elements * sizeof(float), count, indices, &to->f32));
    CLONAL__TRY(copy_rows(data->labels, sizeof(uint32_t), count, indices, &to->labels));
    CLONAL__TRY(copy_rows(data->targets, data->target_columns * sizeof(float), count, indices, &to->targets));
    return clonal__dataset_identity_create(&to->identity);
}

static clonal_status check_indices(const clonal_dataset *data, size_t count, const uint32_t *indices)
{
    if (count == 0) return clonal__fail(CLONAL_E_ARGUMENT, "a data set needs at least one sample");
    if (!indices && count > data->count)
        return clonal__fail(CLONAL_E_ARGUMENT, "%zu samples are more than the data have, %zu", count, data->count);
    for (size_t i = 0; indices && i < count; i++)
        if (indices[i] >= data->count)
            return clonal__fail(CLONAL_E_ARGUMENT, "there is no sample %" PRIu32 ": the data have %zu", indices[i],
                                data->count);
    return CLONAL_OK;
}

clonal_status clonal_dataset_select(const clonal_dataset *data, size_t count, const uint32_t *indices,
                                    clonal_dataset **selected)
{
    CLONAL__NEEDS(selected);
    *selected = NULL;
    CLONAL__NEEDS(data);
    CLONAL__TRY(check_indices(data, count, indices));
    CLONAL__TRY(clonal__calloc(1, sizeof **selected, selected));
    const clonal_status status = fill(data, count, indices, *selected);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_dataset_destroy(*selected);
    *selected = NULL;
    return status;
}

/* The samples in their order, the held ones in front: those that the shuffle puts into the first places. */
static void part(const uint32_t *order, size_t count, size_t held, bool *is_held, uint32_t *parted)
{
    size_t front = 0, back = held;
    for (size_t i = 0; i < held; i++) is_held[order[i]] = true;
    for (size_t i = 0; i < count; i++) parted[is_held[i] ? front++ : back++] = (uint32_t)i;
}

/* How many are held; CLONAL_E_ARGUMENT where either part would be empty. */
static clonal_status share(const clonal_dataset *data, double fraction, size_t *held)
{
    if (!(fraction > 0 && fraction < 1))
        return clonal__fail(CLONAL_E_ARGUMENT, "the share %g to hold out is not between 0 and 1", fraction);
    *held = (size_t)floor(fraction * (double)data->count + 0.5);
    if (*held > 0 && *held < data->count) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT,
                        "of %zu samples a share of %g holds out %zu: give one that leaves both parts", data->count,
                        fraction, *held);
}

clonal_status clonal_dataset_hold_out(const clonal_dataset *data, double fraction, uint64_t seed, clonal_dataset **rest,
                                      clonal_dataset **held)
{
    CLONAL__FLOATS;
    if (rest) *rest = NULL;
    if (held) *held = NULL;
    CLONAL__NEEDS(data && rest && held);
    size_t count = 0;
    uint32_t *order = NULL, *parted = NULL;
    bool *is_held = NULL;
    clonal_status status;
    CLONAL__TRY(share(data, fraction, &count));
    CLONAL__TRY_GOTO(clonal__calloc(data->count, sizeof *order, &order), done);
    CLONAL__TRY_GOTO(clonal__calloc(data->count, sizeof *parted, &parted), done);
    CLONAL__TRY_GOTO(clonal__calloc(data->count, sizeof *is_held, &is_held), done);
    clonal__shuffle(seed, CLONAL__HOLD_OUT_EPOCH, data->count, order);
    part(order, data->count, count, is_held, parted);
    CLONAL__TRY_GOTO(clonal_dataset_select(data, count, parted, held), done);
    status = clonal_dataset_select(data, data->count - count, parted + count, rest);
done:
    clonal__free(order);
    clonal__free(parted);
    clonal__free(is_held);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_dataset_destroy(*held);
    *held = NULL;
    return status;
}
