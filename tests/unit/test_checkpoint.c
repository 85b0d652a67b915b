/* test_checkpoint.c: checkpoints: round trips, damage of every byte, and which of a folder's is taken. */
#include "tests/unit/files.h"

#include "host/run/checkpoint.h"
#include <math.h>

static const float weight[] = {1, -2, 3.5f, 4, 5, -0.0f}, bias[] = {0.5f, 7}, velocity[] = {9, 8, 7, 6, 5, 4},
                   slow[] = {1e-40f, 2};
static const clonal__tensor parameters[] = {{"1.weight", 2, {2, 3}, weight}, {"1.bias", 1, {2}, bias}};
static const float *const momentum[] = {velocity, slow};
static char warnings[8192];

static void keep_warnings(clonal_log_level level, const char *message, void *user)
{
    (void)user;
    assert_int_equal(level, CLONAL_LOG_WARNING);
    strncat(warnings, message, sizeof warnings - strlen(warnings) - 2);
    strcat(warnings, "\n");
}

static clonal__checkpoint sample(uint32_t epoch, bool with_momentum)
{
    return (clonal__checkpoint){.seed = UINT64_MAX - 3,
                                .step = UINT64_C(1) << 40,
                                .epoch = epoch,
                                .graph = "0 input 3\n1 linear 0 2\n",
                                .settings = "{\"lr\":0.1}",
                                .count = 2,
                                .parameters = parameters,
                                .state_count = with_momentum ? 1 : 0,
                                .state_names = {"momentum"},
                                .states = with_momentum ? momentum : NULL};
}

static void put_epoch(uint32_t epoch)
{
    char path[8192];
    const clonal__checkpoint written = sample(epoch, true);
    assert_int_equal(clonal__checkpoint_path(test_folder, epoch, 0, path, sizeof path), CLONAL_OK);
    assert_int_equal(clonal__checkpoint_write(path, &written), CLONAL_OK);
}

static void assert_is_sample(const clonal__checkpoint *read, uint32_t epoch, bool with_momentum)
{
    const clonal__checkpoint expected = sample(epoch, with_momentum);
    assert_true(read->seed == expected.seed);
    assert_true(read->step == expected.step);
    assert_int_equal(read->epoch, epoch);
    assert_string_equal(read->graph, expected.graph);
    assert_string_equal(read->settings, expected.settings);
    assert_int_equal(read->count, 2);
    assert_int_equal(read->state_count, with_momentum ? 1 : 0);
    if (with_momentum) assert_string_equal(read->state_names[0], "momentum");
    for (size_t i = 0; i < 2; i++) {
        size_t bytes = sizeof(float) * clonal__tensor_elements(&parameters[i]);
        assert_string_equal(read->parameters[i].name, parameters[i].name);
        assert_int_equal(read->parameters[i].rank, parameters[i].rank);
        assert_memory_equal(read->parameters[i].shape, parameters[i].shape, sizeof parameters[i].shape);
        assert_memory_equal(read->parameters[i].values, parameters[i].values, bytes);
        if (with_momentum) assert_memory_equal(read->states[i], momentum[i], bytes);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    for (int with_momentum = 0; with_momentum < 2; with_momentum++) {
        clonal__checkpoint *read;
        const clonal__checkpoint written = sample(4000000000u, with_momentum);
        assert_int_equal(clonal__checkpoint_write(in_folder("c"), &written), CLONAL_OK);
        assert_int_equal(clonal__checkpoint_read(in_folder("c"), &read), CLONAL_OK);
        assert_is_sample(read, 4000000000u, with_momentum);
        clonal__checkpoint_destroy(read);
    }
    clonal__checkpoint_destroy(NULL);
    assert_int_equal(count_files(), 1);
}

static void test_every_byte_counts(void **state)
{
    (void)state;
    size_t count;
    clonal__checkpoint *read;
    const clonal__checkpoint written = sample(1, true);
    assert_int_equal(clonal__checkpoint_write(in_folder("c"), &written), CLONAL_OK);
    uint8_t *bytes = get_file(in_folder("c"), &count);
    for (size_t at = 0; at < count; at++) {
        bytes[at] ^= (uint8_t)(1u << at % 8);
        put_file(in_folder("c"), bytes, count);
        clonal_status status = clonal__checkpoint_read(in_folder("c"), &read);
        /* A space for another in the header's padding is no damage: the content is the same. */
        if (status == CLONAL_OK)
            assert_is_sample(read, 1, true);
        else
            assert_failure("flip", status, CLONAL_E_FORMAT,
                           "damaged checkpoint (delete it, and --resume uses the one before it): /");
        assert_true((read != NULL) == (status == CLONAL_OK));
        clonal__checkpoint_destroy(read);
        bytes[at] ^= (uint8_t)(1u << at % 8);
    }
    for (size_t cut = 0; cut < count; cut += 3) {
        put_file(in_folder("c"), bytes, cut);
        assert_failure("cut", clonal__checkpoint_read(in_folder("c"), &read), CLONAL_E_FORMAT, "delete it");
    }
    free(bytes);
}

/* Replaces text of the same length in a file. */
static void replace(const char *path, const char *from, const char *to)
{
    size_t count, length = strlen(from);
    uint8_t *bytes = get_file(path, &count);
    assert_int_equal(length, strlen(to));
    size_t at = 0;
    while (at + length <= count && memcmp(bytes + at, from, length)) at++;
    assert_true(at + length <= count);
    memcpy(bytes + at, to, length);
    put_file(path, bytes, count);
    free(bytes);
}

static void test_wrong_files(void **state)
{
    (void)state;
    clonal__checkpoint *read;
    assert_failure("missing", clonal__checkpoint_read(in_folder("none"), &read), CLONAL_E_IO, "none");
    assert_int_equal(clonal__safetensors_write(in_folder("w"), 2, parameters, 0, NULL, NULL), CLONAL_OK);
    assert_failure("weights", clonal__checkpoint_read(in_folder("w"), &read), CLONAL_E_FORMAT, "no checkpoint");
    const clonal__metadata format = {"format", "clonal-checkpoint"};
    assert_int_equal(clonal__safetensors_write(in_folder("w"), 2, parameters, 1, &format, NULL), CLONAL_OK);
    assert_failure("no digest", clonal__checkpoint_read(in_folder("w"), &read), CLONAL_E_FORMAT, "digest");
    put_epoch(1);
    replace(in_folder("epoch-0001.safetensors"), "\"step\":\"1", "\"step\":\"2");
    assert_failure("another step", clonal__checkpoint_read(in_folder("epoch-0001.safetensors"), &read), CLONAL_E_FORMAT,
                   "digest");
    put_epoch(1);
    replace(in_folder("epoch-0001.safetensors"), "\"1.bias\"", "\"2.bias\"");
    assert_failure("another name", clonal__checkpoint_read(in_folder("epoch-0001.safetensors"), &read), CLONAL_E_FORMAT,
                   "digest");
    assert_null(read);
}

/* A number, a text or a buffer may also be wrong under a right digest. Written with a stray parameter or key, the
 * digest is ours and the content is not. */
static void test_wrong_content(void **state)
{
    (void)state;
    clonal__checkpoint *read, wrong = sample(1, false);
    const clonal__tensor half[] = {parameters[0], parameters[1], {"momentum.1.weight", 2, {2, 3}, velocity}};
    const clonal__tensor other_shape[] = {parameters[0], {"momentum.1.weight", 2, {3, 2}, velocity}};
    const clonal__tensor other_name[] = {parameters[0], {"momentum.1.weights", 2, {2, 3}, velocity}};
    const struct {
        const char *what;
        size_t count;
        const clonal__tensor *tensors;
        const char *says;
    } rows[] = {
        {"half the momentum", 3, half, "some parameters only"},
        {"momentum of another shape", 2, other_shape, "does not fit"},
        {"momentum of another name", 2, other_name, "does not fit"},
        {"momentum alone", 1, other_shape + 1, "some parameters only"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        wrong.count = rows[i].count;
        wrong.parameters = rows[i].tensors;
        assert_int_equal(clonal__checkpoint_write(in_folder("c"), &wrong), CLONAL_OK);
        assert_failure(rows[i].what, clonal__checkpoint_read(in_folder("c"), &read), CLONAL_E_FORMAT, rows[i].says);
    }
}

static void test_path(void **state)
{
    (void)state;
    char path[64];
    assert_int_equal(clonal__checkpoint_path("runs/a", 7, 0, path, sizeof path), CLONAL_OK);
    assert_string_equal(path, "runs/a/epoch-0007.safetensors");
    assert_int_equal(clonal__checkpoint_path("runs/a", 12345, 0, path, sizeof path), CLONAL_OK);
    assert_string_equal(path, "runs/a/epoch-12345.safetensors");
    assert_failure("short room", clonal__checkpoint_path("runs/a", 7, 0, path, 20), CLONAL_E_ARGUMENT, "");
}

static void assert_latest(uint32_t epoch)
{
    char path[8192], expected[8192];
    clonal__checkpoint *read;
    assert_int_equal(clonal__checkpoint_latest(test_folder, path, sizeof path, &read), CLONAL_OK);
    assert_non_null(read);
    assert_is_sample(read, epoch, true);
    assert_int_equal(clonal__checkpoint_path(test_folder, epoch, 0, expected, sizeof expected), CLONAL_OK);
    assert_string_equal(path, expected);
    clonal__checkpoint_destroy(read);
}

static void test_latest(void **state)
{
    (void)state;
    char path[8192];
    clonal__checkpoint *read;
    warnings[0] = 0;
    clonal_set_log(keep_warnings, NULL);
    assert_int_equal(clonal__checkpoint_latest(in_folder("none"), path, sizeof path, &read), CLONAL_OK);
    assert_null(read);
    assert_int_equal(clonal__checkpoint_latest(test_folder, path, sizeof path, &read), CLONAL_OK);
    assert_null(read);
    put_epoch(9);
    put_epoch(10);
    put_epoch(2);
    assert_latest(10);
    put_epoch(9999);
    put_epoch(10000); /* after 9999, though its name sorts before */
    static const char *const strangers[] = {
        "epoch-99999999999.safetensors",
        "epoch-4294967296.safetensors",
        "epoch-020000.safetensors",
        "epoch-20000.safetensors.tmp-1-0",
        "epoch-20000.safetensor",
        "epoch--001.safetensors",
        "epoch-.safetensors",
        "xepoch-20000.safetensors",
        "epoch-20001.SAFETENSORS",
        "epoch- 20001.safetensors",
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) put_file(in_folder(strangers[i]), "x", 1);
    assert_latest(10000);
    assert_string_equal(warnings, "");
    assert_failure("short room", clonal__checkpoint_latest(test_folder, path, 10, &read), CLONAL_E_ARGUMENT,
                   "too long");
    assert_null(read);
    assert_int_equal(clonal__checkpoint_latest(test_folder, NULL, 0, &read), CLONAL_OK);
    clonal__checkpoint_destroy(read);
    put_file(in_folder("file"), "x", 1);
    assert_failure("a file", clonal__checkpoint_latest(in_folder("file"), path, sizeof path, &read), CLONAL_E_IO,
                   "file");
}

/* Within the epoch after `epoch`. */
static void put_step(uint32_t epoch, uint64_t step, uint64_t samples, double loss_sum)
{
    char path[8192];
    clonal__checkpoint written = sample(epoch, true);
    written.step = step;
    written.samples = samples;
    written.loss_sum = loss_sum;
    assert_int_equal(clonal__checkpoint_path(test_folder, epoch, step, path, sizeof path), CLONAL_OK);
    assert_int_equal(clonal__checkpoint_write(path, &written), CLONAL_OK);
}

static void assert_latest_step(uint32_t epoch, uint64_t step, uint64_t samples, double loss_sum)
{
    clonal__checkpoint *read;
    assert_int_equal(clonal__checkpoint_latest(test_folder, NULL, 0, &read), CLONAL_OK);
    assert_non_null(read);
    assert_int_equal(read->epoch, epoch);
    assert_true(read->step == step && read->samples == samples);
    assert_memory_equal(&read->loss_sum, &loss_sum, sizeof loss_sum);
    clonal__checkpoint_destroy(read);
}

static bool has(const char *name)
{
    return access(in_folder(name), F_OK) == 0;
}

static void test_within_epochs(void **state)
{
    (void)state;
    put_epoch(3);
    put_epoch(4);
    put_step(3, 70, 32, 0.1);
    assert_latest(4);
    put_step(4, 90, UINT64_C(1) << 40, 1.0 / 3);
    assert_latest_step(4, 90, UINT64_C(1) << 40, 1.0 / 3);
    put_step(4, 100, 64, -0.0);
    assert_latest_step(4, 100, 64, -0.0);
    put_step(4, 12345678901234, 96, HUGE_VAL); /* behind 100, though its name sorts before others of its length */
    assert_latest_step(4, 12345678901234, 96, HUGE_VAL);
    assert_true(has("epoch-0004-step-0000000100.safetensors") && has("epoch-0004-step-12345678901234.safetensors"));
    clonal__checkpoint_remove_within(test_folder, 4, 100);
    assert_latest_step(4, 100, 64, -0.0);
    assert_int_equal(count_files(), 3);
    clonal__checkpoint_remove_within(test_folder, 4, 0);
    assert_latest(4);
    assert_int_equal(count_files(), 2);
    clonal__checkpoint_remove_within(in_folder("none"), 4, 0);
}

static void test_wrong_within(void **state)
{
    (void)state;
    warnings[0] = 0;
    clonal_set_log(keep_warnings, NULL);
    put_epoch(4);
    put_step(4, 100, 64, 1);
    /* a whole epoch's under the name of one within, one within under that of a whole epoch, and another step */
    assert_int_equal(rename(in_folder("epoch-0004-step-0000000100.safetensors"), in_folder("epoch-0005.safetensors")),
                     0);
    assert_latest(4);
    assert_non_null(strstr(warnings, "epoch-0005.safetensors is of epoch 4, step 100"));
    assert_int_equal(rename(in_folder("epoch-0005.safetensors"), in_folder("epoch-0004-step-0000000101.safetensors")),
                     0);
    assert_latest(4);
    assert_non_null(strstr(warnings, "epoch-0004-step-0000000101.safetensors is of epoch 4, step 100"));
    static const char *const strangers[] = {"epoch-0009-step-100.safetensors", "epoch-0009-step-.safetensors",
                                            "epoch-0009-step-0000000000.safetensors",
                                            "epoch-0009-step-99999999999999999999999.safetensors"};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) put_file(in_folder(strangers[i]), "x", 1);
    warnings[0] = 0;
    assert_latest(4);
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) assert_null(strstr(warnings, strangers[i]));
}

static void test_damaged_newest(void **state)
{
    (void)state;
    char path[8192];
    clonal__checkpoint *read;
    warnings[0] = 0;
    clonal_set_log(keep_warnings, NULL);
    for (uint32_t epoch = 1; epoch <= 4; epoch++) put_epoch(epoch);
    put_file(in_folder("epoch-0004.safetensors"), "", 0);
    assert_latest(3);
    assert_non_null(strstr(warnings, "epoch-0004.safetensors"));
    assert_non_null(strstr(warnings, "going on from the one before"));
    assert_null(strstr(warnings, "epoch-0003"));
    /* one that was renamed is not what its name says */
    assert_int_equal(rename(in_folder("epoch-0002.safetensors"), in_folder("epoch-0005.safetensors")), 0);
    assert_latest(3);
    assert_non_null(strstr(warnings, "epoch-0005.safetensors is of epoch 2"));
    put_file(in_folder("epoch-0003.safetensors"), "garbage", 7);
    assert_latest(1);
    put_file(in_folder("epoch-0001.safetensors"), "garbage", 7);
    assert_failure("all damaged", clonal__checkpoint_latest(test_folder, path, sizeof path, &read), CLONAL_E_FORMAT,
                   "epoch-0001");
    assert_null(read);
    assert_string_equal(path, "");
}

static void test_write_faults(void **state)
{
    (void)state;
    clonal__checkpoint *read;
    const clonal__checkpoint written = sample(1, true);
    clonal_status status = CLONAL_E_MEMORY;
    for (unsigned long n = 1; status != CLONAL_OK && n < 100; n++) {
        clonal__memory_fail_after(n);
        status = clonal__checkpoint_write(in_folder("c"), &written);
        clonal__memory_fail_after(0);
        assert_int_equal(count_files(), status == CLONAL_OK);
    }
    assert_int_equal(status, CLONAL_OK);
    status = CLONAL_E_MEMORY;
    for (unsigned long n = 1; status != CLONAL_OK && n < 100; n++) {
        clonal__memory_fail_after(n);
        status = clonal__checkpoint_read(in_folder("c"), &read);
        clonal__memory_fail_after(0);
        assert_true((read != NULL) == (status == CLONAL_OK));
    }
    clonal__checkpoint_destroy(read);
    assert_failure("no folder", clonal__checkpoint_write(in_folder("no/c"), &written), CLONAL_E_IO, "no/c");
    if (access("/dev/full", W_OK) == 0)
        assert_failure("full disk", clonal__checkpoint_write("/dev/full", &written), CLONAL_E_IO, "No space left");
}

static void test_mutations(void **state)
{
    (void)state;
    uint64_t random = 3;
    size_t count;
    const clonal__checkpoint written = sample(1, true);
    assert_int_equal(clonal__checkpoint_write(in_folder("c"), &written), CLONAL_OK);
    uint8_t *bytes = get_file(in_folder("c"), &count), *room = malloc(2 * count + 64);
    assert_non_null(room);
    for (int i = 0; i < 2000; i++) {
        clonal__checkpoint *read;
        put_file(in_folder("c"), room, mutate(&random, bytes, count, room));
        clonal_status status = clonal__checkpoint_read(in_folder("c"), &read);
        if (status == CLONAL_OK)
            assert_is_sample(read, 1, true);
        else
            assert_int_equal(status, CLONAL_E_FORMAT);
        clonal__checkpoint_destroy(read);
    }
    free(room);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_round_trip),     FILE_TEST(test_every_byte_counts),
        FILE_TEST(test_wrong_files),    FILE_TEST(test_wrong_content),
        FILE_TEST(test_path),           FILE_TEST(test_latest),
        FILE_TEST(test_damaged_newest), FILE_TEST(test_write_faults),
        FILE_TEST(test_mutations),      FILE_TEST(test_within_epochs),
        FILE_TEST(test_wrong_within),
    };
    limit_memory();
    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
