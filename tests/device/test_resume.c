/* Runs go on to the same digest whatever stopped them, from the newest sound checkpoint.
 * ctest: PLATFORMS pocl rusticl intel LONG_ON rusticl */
#include "train_test.h"

#include "host/run/checkpoint.h"
#include "host/run/manifest.h"
#include "host/run/metrics.h"
#include <dirent.h>

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

static int warnings;
static void count_warnings(clonal_log_level level, const char *message, void *user)
{
    (void)message, (void)user;
    warnings += level == CLONAL_LOG_WARNING;
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

/* The checkpoints within epochs: how many there are, and the last one's name. */
static int within(const char *folder, char name[256])
{
    char path[8192];
    int count = 0;
    snprintf(path, sizeof path, "%s/checkpoints", folder);
    DIR *entries = opendir(path);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        if (strstr(entry->d_name, "-step-")) {
            count++;
            snprintf(name, 256, "%s", entry->d_name);
        }
    closedir(entries);
    return count;
}

static void assert_same_metrics(const char *folder, const char *other)
{
    char path[2][8192];
    clonal_epoch_metrics *rows[2];
    size_t counts[2];
    snprintf(path[0], sizeof path[0], "%s/metrics.csv", folder);
    snprintf(path[1], sizeof path[1], "%s/metrics.csv", other);
    for (int i = 0; i < 2; i++) assert_ok(clonal__metrics_read(path[i], &rows[i], &counts[i]));
    assert_int_equal(counts[0], EPOCHS);
    assert_int_equal(counts[1], EPOCHS);
    for (int e = 0; e < EPOCHS; e++) {
        assert_true(rows[0][e].train_loss == rows[1][e].train_loss);
        assert_true(rows[0][e].val_loss == rows[1][e].val_loss);
        assert_true(rows[0][e].val_accuracy == rows[1][e].val_accuracy);
    }
    for (int i = 0; i < 2; i++) clonal_free(rows[i]);
}

/* Stopped after steps of every epoch, whose last batch is short (150 samples, 32 a step): from the newest checkpoint
 * within the epoch on, its loss too, which is summed over both parts. */
static void resume_within_epochs(void **state)
{
    static const char *const optimizers[] = {"sgd", "adam", "sgd"};
    static const stop stops[] = {{1, 32}, {1, 96}, {2, 64}, {3, 128}, {EPOCHS, 150}};
    /* 5 steps an epoch; the progress that stops a run comes before that step's checkpoint */
    static const char *const names[] = {
        NULL, "epoch-0000-step-0000000002.safetensors", "epoch-0001-step-0000000006.safetensors",
        "epoch-0002-step-0000000013.safetensors", "epoch-0003-step-0000000019.safetensors"};
    char path[5000], name[256], whole_folder[5000], whole[72];
    (void)state;
    for (size_t o = 0; o < 3; o++) {
        snprintf(whole_folder, sizeof whole_folder, "%s/whole-%zu", test_folder, o);
        clonal_run_settings s = settings_of(whole_folder, 5);
        s.model.optimizer.name = optimizers[o];
        if (o) s.model.optimizer.momentum = 0;
        if (o == 2) { /* the step's number decides the probability, of weights */
            s.model.dropout_schedule = (clonal_dropout_schedule){"linear", 17};
            s.perceptron.dropout_kind = CLONAL_DROPOUT_CONNECT;
        }
        strcpy(whole, finished(&s).digest);
        for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
            stop at = stops[i];
            const clonal_run_listener listener = {.progress = stop_within, .user = &at};
            clonal_run_result result;
            snprintf(path, sizeof path, "%s/stopped-%zu-%zu", test_folder, o, i);
            s.out = path;
            s.resume = false;
            s.checkpoint_steps = 1;
            assert_fails(clonal_run_train(device(), &s, &listener, &result), CLONAL_E_CANCELLED, "cancelled");
            assert_nothing_half_written(path);
            assert_int_equal(within(path, name), names[i] ? 1 : 0);
            if (names[i]) assert_string_equal(name, names[i]);
            s.resume = true;
            s.checkpoint_steps = i % 2 ? 0 : 3;
            assert_string_equal(finished(&s).digest, whole);
            assert_int_equal(within(path, name), 0);
            assert_same_metrics(path, whole_folder);
        }
    }
}

static void damaged_within(void **state)
{
    char whole[72], path[8192];
    size_t count;
    (void)state;
    clonal_run_settings s = settings_of(in_folder("whole"), 5);
    strcpy(whole, finished(&s).digest);
    stop at = {3, 96};
    const clonal_run_listener listener = {.progress = stop_within, .user = &at};
    s = settings_of(in_folder("run"), 5);
    s.checkpoint_steps = 1;
    assert_fails(clonal_run_train(device(), &s, &listener, NULL), CLONAL_E_CANCELLED, "cancelled");
    snprintf(path, sizeof path, "%s/run/checkpoints/epoch-0002-step-0000000012.safetensors", test_folder);
    uint8_t *bytes = get_file(path, &count);
    bytes[count - 5] ^= 1;
    put_file(path, bytes, count);
    free(bytes);
    warnings = 0;
    clonal_set_log(count_warnings, NULL);
    s.resume = true;
    assert_string_equal(finished(&s).digest, whole);
    clonal_set_log(NULL, NULL);
    assert_int_equal(warnings, 1);
}

/* Stops a run in the middle of an epoch, behind a checkpoint there. */
static void stop_in(uint32_t epoch, clonal_run_settings *s)
{
    stop at = {epoch, 96};
    const clonal_run_listener listener = {.progress = stop_within, .user = &at};
    char name[256];
    s->checkpoint_steps = 1;
    assert_fails(clonal_run_train(device(), s, &listener, NULL), CLONAL_E_CANCELLED, "cancelled");
    assert_int_equal(within(s->out, name), 1);
    s->resume = true;
}

static void assert_same_file(const char *name, const char *folder, const char *other)
{
    char path[2][8192];
    uint8_t *bytes[2];
    size_t counts[2];
    for (int i = 0; i < 2; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s", i ? other : folder, name);
        bytes[i] = get_file(path[i], &counts[i]);
    }
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(bytes[0], bytes[1], counts[0]);
    for (int i = 0; i < 2; i++) free(bytes[i]);
}

/* A run that is stopped within an epoch and then told to end before it ends where one of so few epochs does, and goes
 * on from there: its record too, which has every step. */
static void ends_with_fewer_epochs(void **state)
{
    enum { FEWER = 2 };
    char fewer[72], whole[72], path[8192];
    clonal__manifest_facts facts;
    (void)state;
    clonal_run_settings s = settings_of(in_folder("fewer"), 5);
    s.epochs = FEWER;
    strcpy(fewer, finished(&s).digest);
    char whole_folder[4200], folder[4200];
    snprintf(whole_folder, sizeof whole_folder, "%s/whole", test_folder);
    snprintf(folder, sizeof folder, "%s/run", test_folder);
    s = settings_of(whole_folder, 5);
    s.record = true;
    strcpy(whole, finished(&s).digest);
    s = settings_of(folder, 5);
    s.record = true;
    stop_in(FEWER + 1, &s);
    s.epochs = FEWER;
    const clonal_run_result result = finished(&s);
    assert_string_equal(result.digest, fewer);
    assert_int_equal(result.last.epoch, FEWER);
    assert_ok(clonal__manifest_complete(s.out, &facts));
    assert_int_equal(facts.epochs_done, FEWER);
    assert_int_equal(facts.steps, FEWER * ((TRAIN + BATCH - 1) / BATCH));
    assert_string_equal(facts.epochs[FEWER - 1], fewer);
    clonal__manifest_facts_free(&facts);
    s.epochs = EPOCHS;
    assert_string_equal(finished(&s).digest, whole);
    assert_same_file("record.txt", folder, whole_folder);
    /* without the checkpoint of that epoch there is nothing to end with */
    s = settings_of(in_folder("lost"), 5);
    stop_in(FEWER + 1, &s);
    snprintf(path, sizeof path, "%s/checkpoints/epoch-%04d.safetensors", s.out, FEWER);
    assert_int_equal(remove(path), 0);
    s.epochs = FEWER;
    assert_fails(clonal_run_train(device(), &s, NULL, NULL), CLONAL_E_FORMAT, "is gone");
    s.epochs = EPOCHS;
    assert_string_equal(finished(&s).digest, whole);
}

/* Likewise where early stopping, asked for only now, would have ended it: at this rate the second epoch is worse than
 * the first. */
static void ends_early_when_asked_to(void **state)
{
    char second[72];
    (void)state;
    clonal_run_settings s = settings_of(in_folder("second"), 5);
    s.validate = 0.3;
    s.model.optimizer.learning_rate = 2;
    s.epochs = 2;
    const clonal_run_result two = finished(&s);
    assert_int_equal(two.best_epoch, 1);
    strcpy(second, two.digest);
    s.out = in_folder("run");
    s.epochs = EPOCHS;
    stop_in(3, &s);
    s.early_stop = 1;
    const clonal_run_result result = finished(&s);
    assert_string_equal(result.digest, second);
    assert_int_equal(result.last.epoch, 2);
    s.early_stop = 0;
    assert_string_not_equal(finished(&s).digest, second);
}

/* A checkpoint that is whole, of this run's graph and settings, but whose tensors are others: of another shape, as many
 * elements or fewer, or of another name. */
static void tensors_that_are_not_the_models(void **state)
{
    char path[8192];
    (void)state;
    for (int way = 0; way < 3; way++) {
        clonal__checkpoint *read;
        clonal__tensor tensors[8];
        clonal_run_settings s = settings_of(in_folder(way == 0 ? "turned" : way == 1 ? "short" : "named"), 5);
        s.epochs = 1;
        (void)finished(&s);
        snprintf(path, sizeof path, "%s/checkpoints/epoch-0001.safetensors", s.out);
        assert_ok(clonal__checkpoint_read(path, &read));
        assert_in_range(read->count, 1, 8);
        memcpy(tensors, read->parameters, read->count * sizeof *tensors);
        const uint32_t rows = tensors[0].shape[0];
        if (way == 0) tensors[0].shape[0] = tensors[0].shape[1], tensors[0].shape[1] = rows;
        if (way == 1) tensors[0].shape[0] = tensors[0].shape[1] = 1;
        if (way == 2) tensors[0].name = "9.weight";
        clonal__checkpoint changed = *read;
        changed.parameters = tensors;
        assert_ok(clonal__checkpoint_write(path, &changed));
        clonal__checkpoint_destroy(read);
        s.epochs = 2;
        s.resume = true;
        assert_fails(clonal_run_train(device(), &s, NULL, NULL), CLONAL_E_FORMAT, "was made with other settings");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(resume_after_anything),          TRAIN_TEST(damaged_checkpoint),
                                       TRAIN_TEST(resume_within_epochs),           TRAIN_TEST(damaged_within),
                                       TRAIN_TEST(ends_with_fewer_epochs),         TRAIN_TEST(ends_early_when_asked_to),
                                       TRAIN_TEST(tensors_that_are_not_the_models)};
    return DEVICE_TEST_MAIN(tests);
}
