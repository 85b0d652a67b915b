/* dataset.c: data sets from memory and from the MNIST family's files, NumPy's arrays among them. */
#include "host/data/dataset.h"

#include "host/base/encode.h"
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/memory.h"
#include "host/data/idx.h"
#include "host/data/numpy.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

clonal_status clonal__dataset_check_labels(size_t count, const uint32_t *labels, uint32_t *classes)
{
    uint32_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        if (labels[i] > INT32_MAX)
            return clonal__fail(CLONAL_E_ARGUMENT, "label %zu is %u: labels must be below 2^31", i, labels[i]);
        if (labels[i] > largest) largest = labels[i];
    }
    *classes = largest + 1;
    return CLONAL_OK;
}

clonal_status clonal__dataset_create_empty(size_t count, size_t rank, const uint32_t *shape, clonal_dataset **data)
{
    size_t elements = 1;
    *data = NULL;
    if (!count) return clonal__fail(CLONAL_E_ARGUMENT, "a data set needs at least one sample");
    if (rank < 1 || rank > CLONAL__DATASET_MAX_RANK || !shape)
        return clonal__fail(CLONAL_E_ARGUMENT, "a sample has 1 to %d dimensions, not %zu", CLONAL__DATASET_MAX_RANK,
                            rank);
    for (size_t i = 0; i < rank; i++) {
        if (!shape[i]) return clonal__fail(CLONAL_E_ARGUMENT, "dimension %zu of a sample is 0", i);
        if (elements > SIZE_MAX / sizeof(float) / count / shape[i])
            return clonal__fail(CLONAL_E_ARGUMENT, "the samples are larger than the address space");
        elements *= shape[i];
    }
    CLONAL__TRY(clonal__calloc(1, sizeof **data, data));
    (*data)->count = count;
    (*data)->elements = elements;
    (*data)->rank = rank;
    memcpy((*data)->shape, shape, rank * sizeof *shape);
    clonal_status status = clonal__dataset_identity_create(&(*data)->identity);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_dataset_destroy(*data);
    *data = NULL;
    return status;
}

/* *out (a T**) becomes a copy of count*size bytes. */
static clonal_status copy(const void *values, size_t count, size_t size, void *out)
{
    void *memory;
    CLONAL__TRY(clonal__calloc(count, size, out));
    memcpy(&memory, out, sizeof memory);
    memcpy(memory, values, count * size);
    return CLONAL_OK;
}

static clonal_status copy_labels(clonal_dataset *data, const uint32_t *labels)
{
    if (!labels) return CLONAL_OK;
    CLONAL__TRY(clonal__dataset_check_labels(data->count, labels, &data->classes));
    return copy(labels, data->count, sizeof *labels, &data->labels);
}

static clonal_status finish(clonal_status status, clonal_dataset **data)
{
    if (status != CLONAL_OK) {
        clonal_dataset_destroy(*data);
        *data = NULL;
    }
    return status;
}

clonal_status clonal_dataset_create_u8(size_t count, size_t rank, const uint32_t *shape, const uint8_t *samples,
                                       const uint32_t *labels, clonal_dataset **data)
{
    CLONAL__NEEDS(data);
    *data = NULL;
    if (!samples) return clonal__fail(CLONAL_E_ARGUMENT, "a data set needs samples, not NULL");
    CLONAL__TRY(clonal__dataset_create_empty(count, rank, shape, data));
    clonal_status status = copy(samples, count * (*data)->elements, 1, &(*data)->u8);
    if (status == CLONAL_OK) status = copy_labels(*data, labels);
    return finish(status, data);
}

clonal_status clonal_dataset_create_f32(size_t count, size_t rank, const uint32_t *shape, const float *samples,
                                        const uint32_t *labels, const float *targets, uint32_t columns,
                                        clonal_dataset **data)
{
    CLONAL__NEEDS(data);
    *data = NULL;
    if (!samples) return clonal__fail(CLONAL_E_ARGUMENT, "a data set needs samples, not NULL");
    if (labels && targets) return clonal__fail(CLONAL_E_ARGUMENT, "a data set has labels or targets, not both");
    if (targets && !columns) return clonal__fail(CLONAL_E_ARGUMENT, "targets need at least one column");
    CLONAL__TRY(clonal__dataset_create_empty(count, rank, shape, data));
    clonal_status status = copy(samples, count * (*data)->elements, sizeof(float), &(*data)->f32);
    if (status == CLONAL_OK) status = copy_labels(*data, labels);
    if (status == CLONAL_OK && targets) {
        if (count > SIZE_MAX / sizeof(float) / columns)
            status = clonal__fail(CLONAL_E_ARGUMENT, "the targets are larger than the address space");
        else
            status = copy(targets, count * columns, sizeof(float), &(*data)->targets);
        (*data)->target_columns = columns;
    }
    return finish(status, data);
}

/* The file's bytes, which stand for u/255, or its numbers. Takes pixels->values over where it can. */
static clonal_status take_samples(clonal__idx *pixels, clonal_dataset *data)
{
    if (pixels->type != CLONAL__IDX_U8) return clonal__idx_floats(pixels, &data->f32);
    data->u8 = pixels->values;
    pixels->values = NULL;
    return CLONAL_OK;
}

static clonal_status take_labels(const clonal__idx *classes, const char *path, clonal_dataset *data)
{
    CLONAL__TRY(clonal__idx_labels(classes, path, &data->labels));
    return clonal__dataset_check_labels(data->count, data->labels, &data->classes);
}

clonal_status clonal_dataset_open_files(const char *images, const char *labels, clonal_dataset **data)
{
    CLONAL__FLOATS;
    clonal__idx pixels, classes = {0};
    clonal_status status;
    CLONAL__NEEDS(data);
    *data = NULL;
    CLONAL__NEEDS(images);
    if (clonal__is_npy(images) || (labels && clonal__is_npy(labels)))
        return clonal__numpy_open_files(images, labels, data);
    if (clonal__is_npz(images))
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s is an archive of arrays, where one is expected: name an .npy file, or the "
                            "archive as a data set (--data)",
                            images);
    CLONAL__TRY(clonal__idx_read(images, 2, CLONAL__IDX_MAX_RANK, &pixels));
    if (labels) {
        CLONAL__TRY_GOTO(clonal__idx_read(labels, 1, 1, &classes), done);
        if (classes.count != pixels.shape[0]) {
            status =
                clonal__fail(CLONAL_E_FORMAT, "%s holds %u images, %s %zu labels: name two files that belong together",
                             images, pixels.shape[0], labels, classes.count);
            goto done;
        }
    }
    CLONAL__TRY_GOTO(clonal__dataset_create_empty(pixels.shape[0], pixels.rank - 1, pixels.shape + 1, data), done);
    CLONAL__TRY_GOTO(take_samples(&pixels, *data), done);
    if (labels) status = take_labels(&classes, labels, *data);
done:
    clonal__free(pixels.values);
    clonal__free(classes.values);
    return finish(status, data);
}

clonal_status clonal__split_check(clonal_split split)
{
    if (split == CLONAL_SPLIT_TRAIN || split == CLONAL_SPLIT_TEST) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "there is no split %d: it is one of clonal_split", (int)split);
}

clonal_status clonal_dataset_open(const char *folder, clonal_split split, clonal_dataset **data)
{
    const char *part = split == CLONAL_SPLIT_TRAIN ? "train" : "t10k";
    CLONAL__FLOATS;
    char images[PATH_MAX], labels[PATH_MAX];
    CLONAL__NEEDS(data);
    *data = NULL;
    CLONAL__TRY(clonal__split_check(split));
    if (!folder) folder = CLONAL_FASHION_MNIST;
    if (clonal__is_npz(folder)) return clonal__numpy_open_archive(folder, part, data);
    CLONAL__TRY(clonal__idx_find(folder, part, images, labels, PATH_MAX));
    return clonal_dataset_open_files(images, labels, data);
}

void clonal_dataset_destroy(clonal_dataset *data)
{
    if (!data) return;
    clonal__free(data->u8);
    clonal__free(data->f32);
    clonal__free(data->labels);
    clonal__free(data->targets);
    clonal__dataset_identity_leave(data->identity);
    clonal__free(data);
}

size_t clonal_dataset_count(const clonal_dataset *data)
{
    return data ? data->count : 0;
}

size_t clonal_dataset_shape(const clonal_dataset *data, size_t *rank, uint32_t shape[4])
{
    if (rank) *rank = data ? data->rank : 0;
    if (data && shape) memcpy(shape, data->shape, sizeof data->shape);
    return data ? data->elements : 0;
}

uint32_t clonal_dataset_label(const clonal_dataset *data, size_t index)
{
    return data && data->labels && index < data->count ? data->labels[index] : UINT32_MAX;
}

uint32_t clonal_dataset_classes(const clonal_dataset *data)
{
    return data ? data->classes : 0;
}

uint32_t clonal_dataset_outputs(const clonal_dataset *data)
{
    if (!data) return 0;
    return data->targets ? data->target_columns : data->classes;
}

const char *clonal_fashion_mnist_class(uint32_t label)
{
    static const char *const names[] = {"t-shirt", "trouser", "pullover", "dress", "coat",
                                        "sandal",  "shirt",   "sneaker",  "bag",   "ankle boot"};
    return label < sizeof names / sizeof *names ? names[label] : NULL;
}

/* The digest's text in front of the values: "clonal dataset 1: u8 60000 28 28 labels\n", "... f32 100 3
 * targets 2\n". */
static int digest_title(const clonal_dataset *data, char *room, size_t size)
{
    int n = snprintf(room, size, "clonal dataset 1: %s %zu", data->u8 ? "u8" : "f32", data->count);
    for (size_t i = 0; i < data->rank; i++) n += snprintf(room + n, size - (size_t)n, " %u", data->shape[i]);
    if (data->targets) return n + snprintf(room + n, size - (size_t)n, " targets %u\n", data->target_columns);
    return n + snprintf(room + n, size - (size_t)n, data->labels ? " labels\n" : " samples\n");
}

clonal_status clonal_dataset_digest(const clonal_dataset *data, char digest[72])
{
    char title[160];
    clonal__digest *sum;
    if (digest) digest[0] = 0;
    CLONAL__NEEDS(data && digest);
    CLONAL__TRY(clonal__digest_create(&sum));
    clonal__digest_update(sum, title, (size_t)digest_title(data, title, sizeof title));
    if (data->u8)
        clonal__digest_update(sum, data->u8, data->count * data->elements);
    else
        clonal__digest_f32(sum, data->f32, data->count * data->elements);
    if (data->labels) clonal__digest_u32(sum, data->labels, data->count);
    if (data->targets) clonal__digest_f32(sum, data->targets, data->count * data->target_columns);
    clonal_status status = clonal__digest_finish_text(sum, digest);
    clonal__digest_destroy(sum);
    return status;
}
