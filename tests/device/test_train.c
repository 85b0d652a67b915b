/* Training through the public interface: digests and figures are the reference's, runs resume to the same digest
 * whatever stopped them, and what fails leaves nothing half-written. ctest: PLATFORMS pocl rusticl intel */
#include "device_test.h"
#include "tests/unit/files.h"

#include "adversary.h"
#include "host/base/file.h"
#include "host/gemm/gemm.h"
#include "ref_files.h"
#include <clonal/run.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
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
static void make_samples(uint64_t seed, size_t count, uint8_t *pixels, uint32_t *labels)
{
    for (size_t i = 0; i < count; i++) {
        labels[i] = (uint32_t)(adversary_next(&seed) % CLASSES);
        for (size_t k = 0; k < PIXELS; k++)
            pixels[i * PIXELS + k] = (uint8_t)(adversary_next(&seed) % 120 + (k % CLASSES == labels[i] ? 130 : 0));
    }
}

static void put_idx(const char *folder, const char *part, size_t count, const uint8_t *pixels, const uint32_t *labels)
{
    static uint8_t images[16 + TRAIN * PIXELS], classes[8 + TRAIN];
    char path[9000];
    memcpy(images, (const uint8_t[]){0, 0, 8, 3, 0, 0, 0, (uint8_t)count, 0, 0, 0, ROWS, 0, 0, 0, COLUMNS}, 16);
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
static int setup(void **state)
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
#define TRAIN_TEST(function) cmocka_unit_test_setup_teardown(function, setup, folder_teardown)

static clonal_run_settings settings_of(const char *out, uint64_t seed)
{
    clonal_run_settings s;
    clonal_run_settings_default(&s);
    s.model.seed = seed;
    s.model.batch = BATCH;
    s.model.optimizer.learning_rate = 0.2f;
    s.model.optimizer.momentum = 0.5f;
    s.model.optimizer.weight_decay = 0.001f;
    s.epochs = EPOCHS;
    s.perceptron.hidden[0] = 16;
    s.perceptron.hidden[1] = 9;
    s.perceptron.dropout[0] = 0.3;
    s.data = data_folder;
    s.out = out;
    return s;
}

/* The same settings for the reference. */
static struct ref_trainer *reference_of(const clonal_run_settings *s)
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

static struct ref_data reference_data(const char *part)
{
    struct ref_data data;
    char message[REF_MAX_MESSAGE];
    if (ref_data_read(&data, data_folder, part, 0, message)) fail_msg("%s", message);
    return data;
}

static clonal_model *model_of(const clonal_run_settings *s)
{
    static const uint32_t shape[] = {ROWS, COLUMNS};
    clonal_graph *graph;
    clonal_model *model;
    assert_ok(clonal_run_graph(s, 2, shape, CLASSES, &graph));
    assert_ok(clonal_model_create(device(), graph, &s->model, &model));
    clonal_graph_destroy(graph);
    return model;
}

static clonal_dataset *data_of(clonal_split split)
{
    clonal_dataset *data;
    assert_ok(clonal_dataset_open(data_folder, split, &data));
    return data;
}

static void digest_of(const clonal_model *model, char digest[72])
{
    assert_ok(clonal_model_save(model, in_folder("digest.safetensors"), digest));
}

static void expected_digest(const struct ref_trainer *trainer, char digest[72])
{
    char hex[REF_SHA256_HEX];
    ref_digest(trainer, hex);
    snprintf(digest, 72, "sha256:%s", hex);
}

/* Losses, figures and weights after each epoch. */
static void check_epochs(const clonal_run_settings *s)
{
    struct ref_data train = reference_data("train"), test = reference_data("t10k");
    struct ref_trainer *trainer = reference_of(s);
    clonal_dataset *train_data = data_of(CLONAL_SPLIT_TRAIN), *test_data = data_of(CLONAL_SPLIT_TEST);
    clonal_model *model = model_of(s);
    char digest[72], wanted[72];
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        double loss, expected, accuracy, expected_accuracy;
        assert_ok(clonal_model_train_epoch(model, train_data, epoch, NULL, NULL, &loss));
        expected = ref_epoch(trainer, &train, epoch, UINT64_MAX);
        assert_true(loss == expected);
        assert_ok(clonal_model_evaluate(model, test_data, &loss, &accuracy));
        ref_evaluate(trainer, &test, &expected, &expected_accuracy);
        assert_true(loss == expected && accuracy == expected_accuracy);
        digest_of(model, digest);
        expected_digest(trainer, wanted);
        assert_string_equal(digest, wanted);
        assert_int_equal(clonal_model_step(model), trainer->t);
    }
    assert_int_equal(clonal_model_is_exact(model), clonal_context_probe(device())->contract);
    clonal_model_destroy(model);
    clonal_dataset_destroy(train_data);
    clonal_dataset_destroy(test_data);
    ref_trainer_destroy(trainer);
    ref_data_free(&train), ref_data_free(&test);
}

static void epochs_are_the_references(void **state)
{
    clonal_run_settings s = settings_of(NULL, 7);
    (void)state;
    check_epochs(&s);
    s.model =
        (clonal_model_options){.seed = UINT64_MAX, .batch = TRAIN, .optimizer.learning_rate = 0.5f, .no_fusion = true};
    s.perceptron.activation = "tanh";
    check_epochs(&s);
    s.model = (clonal_model_options){.seed = UINT64_C(1) << 32, .batch = 1, .optimizer.learning_rate = 0.05f};
    s.perceptron.loss = CLONAL_SQUARED_ERROR;
    s.perceptron.hidden_count = 1;
    if (!device_is_slow()) check_epochs(&s);
}

/* Seeds and ways of computing: one seed is one digest. */
static void seeds(void **state)
{
    char digests[5][72];
    (void)state;
    for (int i = 0; i < 5; i++) {
        clonal_run_settings s = settings_of(NULL, i == 3 ? 8 : i == 4 ? 7 + (UINT64_C(1) << 32) : 7);
        s.model.no_fusion = i == 2;
        clonal_model *model = model_of(&s);
        clonal_dataset *data = data_of(CLONAL_SPLIT_TRAIN);
        assert_ok(clonal_model_train_epoch(model, data, 0, NULL, NULL, NULL));
        digest_of(model, digests[i]);
        clonal_model_destroy(model);
        clonal_dataset_destroy(data);
    }
    assert_string_equal(digests[0], digests[1]);
    assert_string_equal(digests[0], digests[2]);
    assert_string_not_equal(digests[0], digests[3]);
    assert_string_not_equal(digests[0], digests[4]);
    assert_string_not_equal(digests[3], digests[4]);
}

/* Rows of probabilities sum to 1 but for rounding (each has the error of a reciprocal, a product and the chain of s),
 * and say the classes that evaluation counts. Any part is the same as in the whole. */
static void predictions(void **state)
{
    clonal_run_settings s = settings_of(NULL, 3);
    clonal_model *model = model_of(&s);
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN), *test = data_of(CLONAL_SPLIT_TEST);
    float p[TEST * CLASSES], part[TEST * CLASSES];
    double loss, accuracy, bound = (CLASSES + 3) * 0x1p-24 / (1 - (CLASSES + 3) * 0x1p-24);
    size_t right = 0;
    (void)state;
    assert_ok(clonal_model_train_epoch(model, train, 0, NULL, NULL, NULL));
    memset(p, 0xff, sizeof p);
    assert_ok(clonal_model_predict(model, test, 0, TEST, p));
    assert_int_equal(clonal_model_outputs(model), CLASSES);
    for (size_t i = 0; i < TEST; i++) {
        double sum = 0;
        size_t best = 0;
        for (size_t c = 0; c < CLASSES; c++) {
            sum += p[i * CLASSES + c];
            best = p[i * CLASSES + c] > p[i * CLASSES + best] ? c : best;
        }
        if (!(fabs(sum - 1) <= bound)) fail_msg("row %zu sums to %.9g", i, sum);
        right += best == clonal_dataset_label(test, i);
    }
    assert_ok(clonal_model_evaluate(model, test, &loss, &accuracy));
    assert_true(accuracy == (double)right / TEST);
    for (size_t first = 0; first < TEST; first += 33) {
        size_t count = TEST - first < 33 ? TEST - first : 33;
        assert_ok(clonal_model_predict(model, test, first, count, part + first * CLASSES));
    }
    assert_bits("predictions in parts", part, p, TEST * CLASSES);
    assert_ok(clonal_model_predict(model, test, TEST, 0, part));
    assert_fails(clonal_model_predict(model, test, 1, TEST, part), CLONAL_E_ARGUMENT, "the data has only 70");
    clonal_model_destroy(model);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}

static void save_and_load(void **state)
{
    clonal_run_settings s = settings_of(NULL, 3), other = settings_of(NULL, 4);
    clonal_model *model = model_of(&s), *second = model_of(&other);
    char first_digest[72], digest[72], before[72];
    (void)state;
    assert_ok(clonal_model_save(model, in_folder("w.safetensors"), first_digest));
    assert_ok(clonal_model_load(second, in_folder("w.safetensors")));
    digest_of(second, digest);
    assert_string_equal(digest, first_digest);

    clonal_graph *graph;
    char *text, *wanted;
    static const uint32_t shape[] = {ROWS, COLUMNS};
    assert_ok(clonal_graph_from_weights(in_folder("w.safetensors"), &graph));
    assert_ok(clonal_graph_print(graph, &text));
    clonal_graph_destroy(graph);
    assert_ok(clonal_run_graph(&s, 2, shape, CLASSES, &graph));
    assert_ok(clonal_graph_print(graph, &wanted));
    assert_string_equal(text, wanted);
    clonal_graph_destroy(graph);
    clonal_free(text);
    clonal_free(wanted);

    /* other shapes, a damaged file, none at all: the model stays as it was */
    other.perceptron.hidden[0] = 17;
    clonal_model *third = model_of(&other);
    size_t count;
    uint8_t *bytes = get_file(in_folder("w.safetensors"), &count);
    put_file(in_folder("short.safetensors"), bytes, count - 1);
    free(bytes);
    digest_of(third, before);
    assert_fails(clonal_model_load(third, in_folder("w.safetensors")), CLONAL_E_SHAPE,
                 "\"1.weight\" has the shape 16x30, the graph's is 17x30");
    assert_fails(clonal_model_load(third, in_folder("short.safetensors")), CLONAL_E_FORMAT, "short.safetensors");
    assert_fails(clonal_model_load(third, in_folder("none.safetensors")), CLONAL_E_IO, "none.safetensors");
    digest_of(third, digest);
    assert_string_equal(digest, before);
    clonal_model_destroy(model);
    clonal_model_destroy(second);
    clonal_model_destroy(third);
}

/* Fails on a file that no finished write leaves. */
static int known_file(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    const char *name = path + place->base;
    unsigned epoch;
    char rest[32];
    (void)about;
    if (kind != FTW_F || !strcmp(name, "run.json") || !strcmp(name, "metrics.csv") ||
        !strcmp(name, "weights.safetensors"))
        return 0;
    if (sscanf(name, "epoch-%4u.%31s", &epoch, rest) == 2 && !strcmp(rest, "safetensors")) return 0;
    print_error("left behind: %s\n", path);
    return 1;
}

static void assert_nothing_half_written(const char *folder)
{
    struct stat about;
    if (stat(folder, &about) == 0) assert_int_equal(nftw(folder, known_file, 8, FTW_PHYS), 0);
}

static clonal_run_result finished(const clonal_run_settings *s)
{
    clonal_run_result result;
    assert_ok(clonal_run_train(device(), s, NULL, &result));
    assert_nothing_half_written(s->out);
    return result;
}

/* A whole run: its digest, its figures. */
static void run_is_the_references(void **state)
{
    clonal_run_settings s = settings_of(in_folder("run"), 5);
    struct ref_data train = reference_data("train"), test = reference_data("t10k");
    struct ref_trainer *trainer = reference_of(&s);
    clonal_run_result result = finished(&s);
    double train_loss = 0, loss, accuracy;
    char wanted[72];
    (void)state;
    for (uint32_t epoch = 0; epoch < EPOCHS; epoch++) train_loss = ref_epoch(trainer, &train, epoch, UINT64_MAX);
    ref_evaluate(trainer, &test, &loss, &accuracy);
    expected_digest(trainer, wanted);
    assert_string_equal(result.digest, wanted);
    assert_true(result.last.train_loss == train_loss && result.last.val_loss == loss &&
                result.last.val_accuracy == accuracy);
    assert_int_equal(result.last.epoch, EPOCHS);
    assert_true(result.exact == clonal_context_probe(device())->contract);

    clonal_model *model;
    clonal_dataset *data = data_of(CLONAL_SPLIT_TEST);
    assert_ok(clonal_run_open(device(), s.out, 0, &model));
    assert_ok(clonal_model_evaluate(model, data, &loss, &accuracy));
    assert_true(loss == result.last.val_loss && accuracy == result.last.val_accuracy);
    clonal_model_destroy(model);
    clonal_dataset_destroy(data);
    ref_trainer_destroy(trainer);
    ref_data_free(&train), ref_data_free(&test);
}

typedef struct stop {
    uint32_t epoch;
    size_t done;
} stop;

static int stop_within(uint32_t epoch, size_t done, size_t total, double loss, void *user)
{
    const stop *at = user;
    (void)total, (void)loss;
    return epoch == at->epoch && done >= at->done;
}

static int stop_after(const clonal_epoch_metrics *metrics, void *user)
{
    return metrics->epoch == ((const stop *)user)->epoch;
}

static void resume_after_anything(void **state)
{
    static const stop stops[] = {{1, 1}, {1, TRAIN}, {2, 0}, {2, TRAIN / 2}, {EPOCHS, TRAIN}};
    clonal_run_settings s = settings_of(in_folder("whole"), 5);
    char whole[72], path[5000];
    (void)state;
    strcpy(whole, finished(&s).digest);
    for (uint32_t epochs = 1; epochs < EPOCHS; epochs++) {
        snprintf(path, sizeof path, "%s/after-%u", test_folder, epochs);
        s = settings_of(path, 5);
        s.epochs = epochs;
        assert_string_not_equal(finished(&s).digest, whole);
        s.epochs = EPOCHS;
        s.resume = true;
        clonal_run_result result = finished(&s);
        assert_string_equal(result.digest, whole);
        assert_int_equal(result.last.epoch, EPOCHS);
        assert_string_equal(finished(&s).digest, whole); /* a finished run, again */
    }
    for (size_t i = 0; i < 2 * sizeof stops / sizeof *stops; i++) {
        stop at = stops[i / 2];
        const clonal_run_listener listener = {
            .progress = i % 2 ? NULL : stop_within, .epoch = i % 2 ? stop_after : NULL, .user = &at};
        clonal_run_result result;
        snprintf(path, sizeof path, "%s/stopped-%zu", test_folder, i);
        s = settings_of(path, 5);
        assert_fails(clonal_run_train(device(), &s, &listener, &result), CLONAL_E_CANCELLED, "cancelled");
        assert_string_equal(result.digest, "");
        assert_nothing_half_written(path);
        s.resume = true;
        assert_string_equal(finished(&s).digest, whole);
    }
}

static int warnings;
static void count_warnings(clonal_log_level level, const char *message, void *user)
{
    (void)message, (void)user;
    warnings += level == CLONAL_LOG_WARNING;
}

static void damaged_checkpoint(void **state)
{
    char whole[72], path[8192];
    clonal_run_settings s = settings_of(in_folder("run"), 5);
    (void)state;
    strcpy(whole, finished(&s).digest);
    s.resume = true;
    for (int way = 0; way < 4; way++) {
        size_t count;
        snprintf(path, sizeof path, "%s/checkpoints/epoch-%04d.safetensors", test_folder, EPOCHS);
        snprintf(path, sizeof path, "%s/run/checkpoints/epoch-%04d.safetensors", test_folder, EPOCHS);
        uint8_t *bytes = get_file(path, &count);
        if (way == 0) bytes[count - 5] ^= 1; /* a momentum, the last that is in the file */
        if (way == 1) bytes[count / 2] ^= 0x40;
        put_file(path, bytes, way == 2 ? count / 3 : way == 3 ? 0 : count);
        free(bytes);
        warnings = 0;
        clonal_set_log(count_warnings, NULL);
        assert_string_equal(finished(&s).digest, whole);
        clonal_set_log(NULL, NULL);
        assert_true(warnings >= 1);
        bytes = get_file(path, &count); /* written anew */
        assert_true(count > 1000);
        free(bytes);
    }
    /* all of them damaged: an error, and no new start under the same name */
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        snprintf(path, sizeof path, "%s/run/checkpoints/epoch-%04d.safetensors", test_folder, epoch);
        put_file(path, "x", 1);
    }
    clonal_run_result result;
    assert_fails(clonal_run_train(device(), &s, NULL, &result), CLONAL_E_FORMAT, "epoch-0001");
}

static void expect_run_failure(const clonal_run_settings *s, clonal_status status, const char *says)
{
    clonal_run_result result;
    assert_fails(clonal_run_train(device(), s, NULL, &result), status, says);
    assert_string_equal(result.digest, "");
    assert_nothing_half_written(s->out);
}

/* Refused before anything is made. */
static void refused_runs(void **state)
{
    struct stat about;
    (void)state;
    for (int i = 0; i < 12; i++) {
        clonal_run_settings s = settings_of(in_folder("refused"), 1);
        clonal_status status = CLONAL_E_ARGUMENT;
        const char *says = "";
        switch (i) {
        case 0:
            s.model.batch = 0;
            says = "batch of 0";
            break;
        case 1:
            s.model.batch = TRAIN + 1;
            says = "a batch of 151 is larger than the data, 150 samples";
            break;
        case 2:
            s.model.optimizer.learning_rate = NAN;
            says = "learning rate";
            break;
        case 3:
            s.model.optimizer.learning_rate = -1;
            says = "learning rate";
            break;
        case 4:
            s.model.optimizer.momentum = 1;
            says = "momentum";
            break;
        case 5:
            s.model.optimizer.weight_decay = INFINITY;
            says = "weight decay";
            break;
        case 6:
            s.perceptron.dropout[1] = 1.5;
            says = "1.5";
            break;
        case 7:
            s.perceptron.dropout[0] = NAN;
            says = "probability";
            break;
        case 8:
            s.epochs = 0;
            says = "0 epochs";
            break;
        case 9:
            s.perceptron.hidden[1] = 0;
            says = "hidden layer 2";
            break;
        case 10:
            s.data = in_folder("nowhere"), status = CLONAL_E_IO;
            says = "nowhere";
            break;
        default:
            s.resume = true, status = CLONAL_E_IO;
            says = "refused";
            break;
        }
        expect_run_failure(&s, status, says);
        assert_int_not_equal(stat(s.out, &about), 0);
    }
}

static void refused_folders(void **state)
{
    clonal_run_settings s = settings_of(in_folder("run"), 1);
    char first[72];
    (void)state;
    s.epochs = 1;
    strcpy(first, finished(&s).digest);
    expect_run_failure(&s, CLONAL_E_EXISTS, "holds a run already");
    s.resume = true;
    assert_string_equal(finished(&s).digest, first);
    s.model.seed = 2;
    expect_run_failure(&s, CLONAL_E_ARGUMENT, "seed");
    s = settings_of(in_folder("data/train-labels-idx1-ubyte/run"), 1); /* inside of a file */
    expect_run_failure(&s, CLONAL_E_IO, "train-labels-idx1-ubyte");
    s = settings_of("/proc/nowhere/run", 1); /* where not even root may write */
    expect_run_failure(&s, CLONAL_E_IO, "/proc/nowhere");
}

/* A device that is full: files may grow to no more than some bytes. Sooner or later a write fails; room made again, the
 * run goes on. */
static void full_disk(void **state)
{
    static const rlim_t limits[] = {0, 100, 1500, 4000};
    struct rlimit usual, limit;
    char whole[72], path[5000], manifest[5100];
    clonal_run_settings s = settings_of(in_folder("whole"), 5);
    (void)state;
    strcpy(whole, finished(&s).digest);
    getrlimit(RLIMIT_FSIZE, &usual);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        clonal_run_result result;
        snprintf(path, sizeof path, "%s/full-%zu", test_folder, i);
        s = settings_of(path, 5);
        limit = (struct rlimit){limits[i], usual.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
        clonal_status status = clonal_run_train(device(), &s, NULL, &result);
        char message[512];
        snprintf(message, sizeof message, "%s", clonal_last_error()->message);
        setrlimit(RLIMIT_FSIZE, &usual);
        if (status != CLONAL_E_IO || !strstr(message, path))
            fail_msg("with %d bytes: %s (%s)", (int)limits[i], clonal_status_name(status), message);
        assert_nothing_half_written(path);
        snprintf(manifest, sizeof manifest, "%s/run.json", path);
        s.resume = clonal__file_exists(manifest);
        assert_string_equal(finished(&s).digest, whole);
    }
    signal(SIGXFSZ, handler);
}

/* What a model refuses, with its shapes in the message. */
static void refused_data(void **state)
{
    static const uint32_t shape[] = {ROWS, COLUMNS}, other[] = {ROWS, COLUMNS + 1};
    static uint8_t pixels[64 * PIXELS + 64 * ROWS];
    uint32_t labels[64] = {0};
    float floats[64 * PIXELS] = {0}, targets[64 * 3] = {0};
    clonal_run_settings s = settings_of(NULL, 1);
    clonal_model *model = model_of(&s);
    char before[72], after[72];
    double loss;
    (void)state;
    digest_of(model, before);
    for (int i = 0; i < 5; i++) {
        clonal_dataset *data;
        clonal_status status = CLONAL_E_SHAPE;
        const char *says;
        labels[63] = i == 0 ? CLASSES : 0;
        if (i == 0)
            assert_ok(clonal_dataset_create_u8(64, 2, shape, pixels, labels, &data)),
                says = "label 4, the graph only 4 outputs";
        else if (i == 1)
            assert_ok(clonal_dataset_create_u8(64, 2, other, pixels, labels, &data)),
                says = "6x6, the graph's input 6x5";
        else if (i == 2)
            assert_ok(clonal_dataset_create_u8(64, 2, shape, pixels, NULL, &data)), says = "no labels",
                                                                                    status = CLONAL_E_ARGUMENT;
        else if (i == 3)
            assert_ok(clonal_dataset_create_f32(64, 2, shape, floats, NULL, targets, 3, &data)),
                says = "cross-entropy takes labels";
        else
            assert_ok(clonal_dataset_create_u8(BATCH - 1, 2, shape, pixels, labels, &data)),
                says = "larger than the data", status = CLONAL_E_ARGUMENT;
        assert_fails(clonal_model_train_epoch(model, data, 0, NULL, NULL, &loss), status, says);
        if (i < 4) assert_fails(clonal_model_evaluate(model, data, &loss, NULL), status, says);
        clonal_dataset_destroy(data);
    }
    digest_of(model, after);
    assert_string_equal(after, before);
    assert_int_equal(clonal_model_step(model), 0);
    clonal_model_destroy(model);
}

/* Whether the failure that was asked for never came: then it waits for the next allocations. */
static bool failure_is_pending(unsigned long most)
{
    bool pending = false;
    for (unsigned long i = 0; i < most && !pending; i++) {
        char *memory;
        pending = clonal__calloc(1, 1, &memory) != CLONAL_OK;
        clonal__free(memory);
    }
    clonal__memory_fail_after(0);
    return pending;
}

/* A context, a run of an epoch and an evaluation, with every allocation failing in turn: out of memory, or, where it
 * was for a cache, none the wiser. What is not freed shows in the sanitizers and in the leak checker. */
static void every_allocation_fails(void **state)
{
    char whole[72], path[5000];
    clonal_run_settings s = settings_of(in_folder("whole"), 5);
    unsigned long n, survived = 0, stride = device_is_slow() ? 17 : 3;
    (void)state;
    s.epochs = 1;
    s.perceptron.hidden_count = 1;
    strcpy(whole, finished(&s).digest);
    for (n = 1; n < 100000; n += stride) {
        clonal_context *context;
        clonal_run_result result = {0};
        snprintf(path, sizeof path, "%s/without-%lu", test_folder, n);
        s.out = path;
        clonal__memory_fail_after(n);
        clonal_status status = clonal_context_create(NULL, &context);
        if (status == CLONAL_OK) status = clonal_run_train(context, &s, NULL, &result);
        bool pending = failure_is_pending(n + 1);
        clonal_context_destroy(context);
        if (status != CLONAL_OK && status != CLONAL_E_MEMORY)
            fail_msg("allocation %lu: %s (%s)", n, clonal_status_name(status), clonal_last_error()->message);
        if (status == CLONAL_OK) assert_string_equal(result.digest, whole);
        survived += status == CLONAL_OK;
        assert_nothing_half_written(path);
        if (pending) break;
    }
    printf("allocations: %lu; %lu survived\n", n, survived);
    assert_true(n > 100 && survived < n / stride / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(epochs_are_the_references),
                                       TRAIN_TEST(seeds),
                                       TRAIN_TEST(predictions),
                                       TRAIN_TEST(save_and_load),
                                       TRAIN_TEST(run_is_the_references),
                                       TRAIN_TEST(resume_after_anything),
                                       TRAIN_TEST(damaged_checkpoint),
                                       TRAIN_TEST(refused_runs),
                                       TRAIN_TEST(refused_folders),
                                       TRAIN_TEST(full_disk),
                                       TRAIN_TEST(refused_data),
                                       TRAIN_TEST(every_allocation_fails)};
    return DEVICE_TEST_MAIN(tests);
}
