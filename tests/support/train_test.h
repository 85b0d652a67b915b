/* train_test.h: what the tests of training share: samples of a class each, in a folder of each
 * test's own, settings for them, and the reference's trainer of the same. */
#ifndef TRAIN_TEST_H
#define TRAIN_TEST_H

#include "device_test.h"
#include "tests/unit/files.h"

#include "adversary.h"
#include "host/gemm/gemm.h"
#include "ref_files.h"
#include <clonal/run.h>
#include <sys/stat.h>

enum {
    ROWS = 6,
    COLUMNS = 5,
    PIXELS = ROWS * COLUMNS,
    CLASSES = 4,
    TRAIN = 150,
    TEST = 70,
    BATCH = 32,
    EPOCHS = 4,
    QUICK = 0
};

/* Samples whose class shows as brighter pixels. */
static inline void make_samples(uint64_t seed, size_t count, uint8_t *pixels, uint32_t *labels)
{
    for (size_t i = 0; i < count; i++) {
        labels[i] = (uint32_t)(adversary_next(&seed) % CLASSES);
        for (size_t k = 0; k < PIXELS; k++)
            pixels[i * PIXELS + k] =
                (uint8_t)(adversary_next(&seed) % 120 + (k % CLASSES == labels[i] ? 130 : 0));
    }
}

static inline void put_idx(const char *folder, const char *part, size_t count,
                           const uint8_t *pixels, const uint32_t *labels)
{
    static uint8_t images[16 + TRAIN * PIXELS], classes[8 + TRAIN];
    char path[9000];
    memcpy(images,
           (const uint8_t[]){0, 0, 8, 3, 0, 0, 0, (uint8_t)count, 0, 0, 0, ROWS, 0, 0, 0, COLUMNS},
           16);
    memcpy(images + 16, pixels, count * PIXELS);
    memcpy(classes, (const uint8_t[]){0, 0, 8, 1, 0, 0, 0, (uint8_t)count}, 8);
    for (size_t i = 0; i < count; i++) classes[8 + i] = (uint8_t)labels[i];
    snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", folder, part);
    put_file(path, images, 16 + count * PIXELS);
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", folder, part);
    put_file(path, classes, 8 + count);
}

static char data_folder[4096];

/* Each test has its folder, with data in <folder>/data. */
static inline int train_setup(void **state)
{
    static uint8_t pixels[TRAIN * PIXELS];
    static uint32_t labels[TRAIN];
    if (folder_setup(state)) return -1;
    snprintf(data_folder, sizeof data_folder, "%s", in_folder("data"));
    if (mkdir(data_folder, 0777)) return -1;
    make_samples(1, TRAIN, pixels, labels);
    put_idx(data_folder, "train", TRAIN, pixels, labels);
    make_samples(2, TEST, pixels, labels);
    put_idx(data_folder, "t10k", TEST, pixels, labels);
    clonal__gemm_force_native(QUICK);
    return 0;
}
#define TRAIN_TEST(function) cmocka_unit_test_setup_teardown(function, train_setup, folder_teardown)

static inline clonal_run_settings settings_of(const char *out, uint64_t seed)
{
    clonal_run_settings s;
    clonal_run_settings_default(&s);
    s.model.seed = seed;
    s.model.batch = BATCH;
    s.model.optimizer.learning_rate = 0.2f;
    s.model.optimizer.momentum = 0.5f;
    s.model.optimizer.weight_decay = 0.001f;
    s.epochs = EPOCHS;
    static const uint32_t hidden[] = {16, 9};
    static const double dropout[] = {0.3, 0.5};
    s.perceptron.hidden = hidden;
    s.perceptron.dropout = dropout;
    s.data = data_folder;
    s.out = out;
    return s;
}

/* The same settings for the reference. */
static inline struct ref_trainer *reference_of(const clonal_run_settings *s)
{
    static const uint32_t shape[] = {ROWS, COLUMNS};
    clonal_graph *graph;
    struct ref_graph ref;
    char *text, message[REF_MAX_MESSAGE];
    assert_ok(clonal_run_graph(s, 2, shape, CLASSES, &graph));
    assert_ok(clonal_graph_print(graph, &text));
    assert_int_equal(ref_graph_parse(&ref, text, message), 0);
    clonal_free(text);
    clonal_graph_destroy(graph);
    struct ref_settings settings = {.seed = s->model.seed,
                                    .batch = s->model.batch,
                                    .lr = s->model.optimizer.learning_rate,
                                    .momentum = s->model.optimizer.momentum,
                                    .weight_decay = s->model.optimizer.weight_decay};
    return ref_trainer_create(&ref, &settings);
}

static inline struct ref_data reference_data(const char *part)
{
    struct ref_data data;
    char message[REF_MAX_MESSAGE];
    if (ref_data_read(&data, data_folder, part, 0, message)) fail_msg("%s", message);
    return data;
}

static inline clonal_model *model_of(const clonal_run_settings *s)
{
    static const uint32_t shape[] = {ROWS, COLUMNS};
    clonal_graph *graph;
    clonal_model *model;
    assert_ok(clonal_run_graph(s, 2, shape, CLASSES, &graph));
    assert_ok(clonal_model_create(device(), graph, &s->model, &model));
    clonal_graph_destroy(graph);
    return model;
}

static inline clonal_dataset *data_of(clonal_split split)
{
    clonal_dataset *data;
    assert_ok(clonal_dataset_open(data_folder, split, &data));
    return data;
}

static inline void digest_of(const clonal_model *model, char digest[72])
{
    assert_ok(clonal_model_save(model, in_folder("digest.safetensors"), digest));
}

static inline void expected_digest(const struct ref_trainer *trainer, char digest[72])
{
    char hex[REF_SHA256_HEX];
    ref_digest(trainer, hex);
    snprintf(digest, 72, "sha256:%s", hex);
}

/* Fails on a file that no finished write leaves. */
static inline int known_file(const char *path, const struct stat *about, int kind,
                             struct FTW *place)
{
    const char *name = path + place->base;
    unsigned epoch;
    char rest[32];
    (void)about;
    if (kind != FTW_F || !strcmp(name, "run.json") || !strcmp(name, "metrics.csv") ||
        !strcmp(name, "record.txt") || !strcmp(name, "weights.safetensors"))
        return 0;
    if (sscanf(name, "epoch-%4u.%31s", &epoch, rest) == 2 && !strcmp(rest, "safetensors")) return 0;
    if (sscanf(name, "epoch-%4u-step-%*10u.%31s", &epoch, rest) == 2 &&
        !strcmp(rest, "safetensors"))
        return 0;
    print_error("left behind: %s\n", path);
    return 1;
}

static inline void assert_nothing_half_written(const char *folder)
{
    struct stat about;
    if (stat(folder, &about) == 0) assert_int_equal(nftw(folder, known_file, 8, FTW_PHYS), 0);
}

static inline clonal_run_result finished(const clonal_run_settings *s)
{
    clonal_run_result result;
    assert_ok(clonal_run_train(device(), s, NULL, &result));
    assert_nothing_half_written(s->out);
    return result;
}

#endif
