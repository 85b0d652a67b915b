/* numpy.c: see numpy.h. */
#include "host/data/numpy.h"

#include "host/base/memory.h"
#include "host/data/dataset.h"
#include "host/data/npz.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_ROOM = 4096, NAME_ROOM = PATH_ROOM + 32 };

/* %s is the split; keras' names, scikit-learn's, and those of medmnist and keras' tutorials. */
static const char *const sample_names[] = {"x_%s.npy", "X_%s.npy", "%s_images.npy"};
static const char *const label_names[] = {"y_%s.npy", "Y_%s.npy", "%s_labels.npy"};
enum { NAMES = sizeof sample_names / sizeof *sample_names };

const char *clonal__numpy_split(const char *split)
{
    return strcmp(split, "t10k") == 0 ? "test" : split;
}

static void make_name(size_t i, const char *split, const char *kind, char room[32])
{
    snprintf(room, 32, strcmp(kind, "images") == 0 ? sample_names[i] : label_names[i], clonal__numpy_split(split));
}

bool clonal__numpy_fits(const char *name, const char *split, const char *kind)
{
    char one[32];
    for (size_t i = 0; i < NAMES; i++) {
        make_name(i, split, kind, one);
        if (strcmp(name, one) == 0) return true;
    }
    return false;
}

const char *clonal__numpy_names(const char *split, const char *kind, char room[CLONAL__NUMPY_NAMES_ROOM])
{
    char one[32];
    size_t length = 0;
    for (size_t i = 0; i < NAMES; i++) {
        make_name(i, split, kind, one);
        length += (size_t)snprintf(room + length, CLONAL__NUMPY_NAMES_ROOM - length, "%s%s", i ? ", " : "", one);
    }
    return room;
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), n = strlen(end);
    return length >= n && strcmp(text + length - n, end) == 0;
}

/* Whether a file begins with `magic`. Only a regular file is looked into, since a pipe would lose what is read. */
static bool begins_with(const char *path, const char *magic)
{
    struct stat about;
    char head[8] = {0};
    if (stat(path, &about) != 0 || !S_ISREG(about.st_mode)) return false;
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    const size_t length = strlen(magic);
    const bool begins = fread(head, 1, length, file) == length && memcmp(head, magic, length) == 0;
    fclose(file);
    return begins;
}

bool clonal__is_npy(const char *path)
{
    return begins_with(path, "\x93NUMPY") || ends_with(path, ".npy");
}

bool clonal__is_npz(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || S_ISDIR(about.st_mode)) return false;
    return begins_with(path, "PK") || ends_with(path, ".npz");
}

/* The samples of x, whose bytes may be taken over. */
static clonal_status take_samples(clonal__npy *x, clonal_dataset *data)
{
    if (x->kind != 'u' || x->size != 1) return clonal__npy_floats(x, &data->f32);
    data->u8 = x->values;
    x->values = NULL;
    return CLONAL_OK;
}

static clonal_status check_rank(const char *name, const clonal__npy *y)
{
    if (y->rank > 2)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s has %zu dimensions, where labels have 1 and targets 2: name another one", name,
                            y->rank);
    if (y->rank == 2 && y->shape[1] > 1 && y->kind != 'f')
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s has %u whole numbers a sample, where a label is one, its class: of one-hot rows save "
                            "numpy.argmax(y, axis=1), for a squared error y.astype(\"float32\")",
                            name, y->shape[1]);
    return CLONAL_OK;
}

static clonal_status take_labels(const char *name, const clonal__npy *y, clonal_dataset *data)
{
    CLONAL__TRY(check_rank(name, y));
    if (y->kind == 'f') {
        data->target_columns = y->rank == 2 ? y->shape[1] : 1;
        return clonal__npy_floats(y, &data->targets);
    }
    CLONAL__TRY(clonal__npy_labels(y, name, &data->labels));
    return clonal__dataset_check_labels(data->count, data->labels, &data->classes);
}

/* y_name NULL: there are no labels. */
static clonal_status create(const char *x_name, clonal__npy *x, const char *y_name, const clonal__npy *y,
                            clonal_dataset **data)
{
    if (x->rank < 2)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s has 1 dimension, where samples have 2 to 5, their number first: reshape it", x_name);
    if (y_name && y->shape[0] != x->shape[0])
        return clonal__fail(CLONAL_E_FORMAT, "%s holds %u images, %s %u labels: name two that belong together", x_name,
                            x->shape[0], y_name, y->shape[0]);
    CLONAL__TRY(clonal__dataset_create_empty(x->shape[0], x->rank - 1, x->shape + 1, data));
    clonal_status status = take_samples(x, *data);
    if (status == CLONAL_OK && y_name) status = take_labels(y_name, y, *data);
    if (status == CLONAL_OK) return CLONAL_OK;
    clonal_dataset_destroy(*data);
    *data = NULL;
    return status;
}

clonal_status clonal__numpy_open_files(const char *images, const char *labels, clonal_dataset **data)
{
    clonal__npy x, y = {0};
    if (!clonal__is_npy(images) || (labels && !clonal__is_npy(labels)))
        return clonal__fail(CLONAL_E_FORMAT,
                            "of %s and %s one is an array of NumPy's, the other none: name two of a kind", images,
                            labels);
    CLONAL__TRY(clonal__npy_read_file(images, &x));
    clonal_status status = labels ? clonal__npy_read_file(labels, &y) : CLONAL_OK;
    if (status == CLONAL_OK) status = create(images, &x, labels, &y, data);
    clonal__free(x.values);
    clonal__free(y.values);
    return status;
}

clonal_status clonal__numpy_open_archive(const char *path, const char *split, clonal_dataset **data)
{
    clonal__npy x, y = {0};
    clonal__npz *npz;
    char x_name[NAME_ROOM], y_name[NAME_ROOM];
    CLONAL__TRY(clonal__npz_open(path, &npz));
    clonal_status status = clonal__npz_read(npz, split, "images", x_name, sizeof x_name, &x);
    if (status == CLONAL_OK) status = clonal__npz_read(npz, split, "labels", y_name, sizeof y_name, &y);
    if (status == CLONAL_OK) status = create(x_name, &x, y_name, &y, data);
    clonal__free(x.values);
    clonal__free(y.values);
    clonal__npz_close(npz);
    return status;
}
