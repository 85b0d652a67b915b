/* outline.c: see outline.h. */
#include "host/data/outline.h"

#include "host/base/memory.h"
#include "host/data/idx.h"
#include "host/data/numpy.h"
#include <limits.h>
#include <string.h>

/* The head of a split's samples, and the classes that its labels are of. */
static bool read_split(const char *folder, const char *split, clonal__idx *samples, uint32_t *classes)
{
    char images[PATH_MAX], labels[PATH_MAX];
    clonal__idx file;
    uint32_t *values = NULL;
    if (clonal__idx_find(folder, split, images, labels, PATH_MAX) != CLONAL_OK || clonal__is_npy(images) ||
        clonal__is_npy(labels) || clonal__idx_head(images, 2, CLONAL__IDX_MAX_RANK, samples) != CLONAL_OK ||
        clonal__idx_read(labels, 1, 1, &file) != CLONAL_OK)
        return false;
    const bool good = file.count == samples->shape[0] && clonal__idx_labels(&file, labels, &values) == CLONAL_OK &&
                      clonal__dataset_check_labels(file.count, values, classes) == CLONAL_OK;
    clonal__free(values);
    clonal__free(file.values);
    return good;
}

bool clonal__data_outline_read(const char *folder, clonal__data_outline *o)
{
    clonal__idx train, test;
    uint32_t train_classes, test_classes;
    if (!folder) folder = CLONAL_FASHION_MNIST;
    if (clonal__is_npz(folder) || !read_split(folder, "train", &train, &train_classes) ||
        !read_split(folder, "t10k", &test, &test_classes))
        return false;
    *o = (clonal__data_outline){.rank = train.rank - 1,
                                .train_count = train.shape[0],
                                .test_count = test.shape[0],
                                .outputs = train_classes > test_classes ? train_classes : test_classes,
                                .is_float = train.type != CLONAL__IDX_U8};
    memcpy(o->shape, train.shape + 1, o->rank * sizeof *o->shape);
    return true;
}
