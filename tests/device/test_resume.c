/* Runs go on to the same digest whatever stopped them, from the newest sound checkpoint.
 * ctest: PLATFORMS pocl rusticl intel */
#include "train_test.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(resume_after_anything), TRAIN_TEST(damaged_checkpoint)};
    return DEVICE_TEST_MAIN(tests);
}
