/* Preparing a model for its epochs changes none of its bits, and leaves nothing to be compiled to them; data that are
 * read ahead are those that are read by the run.
 * ctest: PLATFORMS pocl rusticl intel oclgrind HOURS_ON oclgrind */
#include "train_test.h"

#include "host/model/evaluate.h"
#include "host/model/prepare.h"
#include "host/run/data_ahead.h"

/* All that training changes of a model, one after the other; free. */
static float *all_of(const clonal_model *model, size_t *count)
{
    float *values;
    size_t used = 0, states = clonal__model_state_count(model), parameters = clonal_model_parameter_count(model);
    *count = 0;
    for (size_t p = 0; p < parameters; p++) *count += clonal__model_elements(model, p) * (1 + states);
    assert_non_null(values = malloc(*count * sizeof *values));
    for (size_t p = 0; p < parameters; p++)
        for (size_t s = 0; s <= states; s++) {
            float *to = values + used;
            assert_ok(s ? clonal__model_read_state(model, s - 1, p, to) : clonal_model_read_parameter(model, p, to));
            used += clonal__model_elements(model, p);
        }
    return values;
}

static clonal_run_settings with_optimizer(const char *name, bool no_fusion)
{
    clonal_run_settings s = settings_of(NULL, 9);
    s.model.optimizer.name = name;
    s.model.no_fusion = no_fusion;
    if (strcmp(name, "sgd") != 0) s.model.optimizer.momentum = 0;
    s.model.dropout_schedule.name = "linear";
    s.model.dropout_schedule.steps = 7;
    return s;
}

static size_t programs_of(const clonal_context *context)
{
    size_t count = 0;
    struct link {
        const struct link *next; /* the first member of every built program */
    };
    for (const struct link *p = (const struct link *)context->programs; p; p = p->next) count++;
    return count;
}

/* Prepared at its begin and within training, where the optimizer's states are not zero any more; the same losses and
 * bits as of a model that is not. */
static void bits_stay(const char *optimizer, bool no_fusion)
{
    const clonal_run_settings s = with_optimizer(optimizer, no_fusion);
    clonal_model *plain = model_of(&s), *prepared = model_of(&s);
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN), *test = data_of(CLONAL_SPLIT_TEST);
    for (uint32_t epoch = 0; epoch < 2; epoch++) {
        double losses[2], values[2];
        size_t count, after_count;
        float *before = all_of(prepared, &count);
        assert_ok(clonal__model_prepare(prepared, train, test, epoch == 1));
        float *after = all_of(prepared, &after_count);
        assert_int_equal(count, after_count);
        assert_memory_equal(before, after, count * sizeof *before);
        assert_int_equal(clonal_model_step(prepared), clonal_model_step(plain));
        assert_ok(clonal_model_train_epoch(plain, train, epoch, NULL, NULL, &losses[0]));
        assert_ok(clonal_model_train_epoch(prepared, train, epoch, NULL, NULL, &losses[1]));
        assert_true(losses[0] == losses[1]);
        assert_ok(clonal_model_evaluate(plain, test, &values[0], NULL));
        assert_ok(clonal_model_evaluate(prepared, test, &values[1], NULL));
        assert_true(values[0] == values[1]);
        float *wanted = all_of(plain, &count), *got = all_of(prepared, &after_count);
        assert_memory_equal(got, wanted, count * sizeof *got);
        free(before);
        free(after);
        free(wanted);
        free(got);
    }
    clonal_model_destroy(plain);
    clonal_model_destroy(prepared);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}

static void no_bit_changes(void **state)
{
    (void)state;
    bits_stay("sgd", false);
    bits_stay("adamw", false);
    if (!device_is_simulator()) bits_stay("adam", true);
}

/* Every step that an epoch, its evaluation and watching take is there, and each of the first two kinds was launched. */
static void nothing_is_left(void **state)
{
    const clonal_run_settings s = with_optimizer("sgd", false);
    clonal_model *model = model_of(&s);
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN), *test = data_of(CLONAL_SPLIT_TEST);
    clonal_layer_statistics *rows;
    size_t count, launches = 0;
    double loss;
    (void)state;
    const uint32_t run_before = device()->entries_run;
    assert_ok(clonal__model_prepare(model, train, test, true));
    const size_t compiled = model->compiled_count, programs = programs_of(device()), copies = model->copy_count;
    assert_int_equal(compiled, 2 + 1 + 2); /* 32 and 22 rows; 70, which are one step; with masks and without */
    assert_int_equal(copies, 2);
    for (size_t i = 0; i < compiled; i++)
        if (model->compiled[i].mode == CLONAL__TRAINING || model->compiled[i].mode == CLONAL__EVALUATION)
            launches += model->compiled[i].step->list.count;
    assert_int_equal(device()->entries_run - run_before, launches);
    assert_ok(clonal_model_train_epoch(model, train, 0, NULL, NULL, &loss));
    assert_ok(clonal_model_evaluate(model, test, &loss, NULL));
    assert_ok(clonal_model_watch(model, train, &rows, &count));
    clonal_free(rows);
    assert_ok(clonal__model_prepare(model, train, test, true));
    assert_int_equal(model->compiled_count, compiled);
    assert_int_equal(programs_of(device()), programs);
    assert_int_equal(model->copy_count, copies);
    clonal_model_destroy(model);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}

static clonal_status stop_hook(clonal_model *model, const clonal__device_copy *data, uint32_t rows, uint32_t first,
                               void *user)
{
    (void)model, (void)data, (void)rows, (void)first, (void)user;
    return clonal__fail(CLONAL_E_INTERNAL, "a hook is not for preparing");
}

/* A hook looks at unfused steps, and hears of no rehearsal. */
static void with_a_hook(void **state)
{
    const clonal_run_settings s = with_optimizer("sgd", false);
    clonal_model *model = model_of(&s);
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN), *test = data_of(CLONAL_SPLIT_TEST);
    (void)state;
    model->hook = (clonal__step_hook){stop_hook, NULL};
    assert_ok(clonal__model_prepare(model, train, test, false));
    assert_int_equal(model->compiled_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(model->compiled[i].fused, model->compiled[i].mode == CLONAL__EVALUATION);
    clonal_model_destroy(model);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}

static void assert_same_splits(const clonal__splits *a, const clonal__splits *b)
{
    assert_int_equal(a->train->count, b->train->count);
    assert_int_equal(a->test->count, b->test->count);
    assert_memory_equal(a->train->u8, b->train->u8, a->train->count * a->train->elements);
    assert_memory_equal(a->test->u8, b->test->u8, a->test->count * a->test->elements);
    assert_memory_equal(a->test->labels, b->test->labels, a->test->count * sizeof *a->test->labels);
    assert_string_equal(a->train_digest, b->train_digest);
    assert_string_equal(a->test_digest, b->test_digest);
    assert_int_equal(a->outputs, b->outputs);
}

static void data_ahead(void **state)
{
    clonal__splits wanted, got;
    clonal__data_outline outline;
    clonal_data_ahead *ahead;
    (void)state;
    assert_ok(clonal__splits_open(data_folder, &wanted));
    for (int i = 0; i < 20; i++) {
        assert_ok(clonal_data_ahead_begin(data_folder, &ahead));
        assert_true(clonal__data_ahead_is_of(ahead, data_folder));
        assert_false(clonal__data_ahead_is_of(ahead, NULL));
        if (i % 2) {
            assert_true(clonal__data_ahead_outline(ahead, &outline));
            assert_int_equal(outline.rank, 2);
            assert_int_equal(outline.shape[0], ROWS);
            assert_int_equal(outline.shape[1], COLUMNS);
            assert_int_equal(outline.train_count, TRAIN);
            assert_int_equal(outline.test_count, TEST);
            assert_int_equal(outline.outputs, wanted.outputs);
            assert_false(outline.is_float);
        }
        if (i % 5 == 4) { /* left as it is */
            clonal_data_ahead_end(ahead);
            continue;
        }
        for (int time = 0; time < 2; time++) { /* taken, and taken again: then read anew */
            assert_ok(clonal__data_ahead_take(ahead, &got));
            assert_true(clonal__data_ahead_done(ahead));
            assert_ok(clonal__data_ahead_digests(ahead, &got));
            assert_same_splits(&got, &wanted);
            clonal__splits_close(&got);
        }
        assert_false(clonal__data_ahead_outline(ahead, &outline));
        clonal_data_ahead_end(ahead);
    }
    clonal__splits_close(&wanted);
}

/* What is wrong with the data is the run's to tell, in its thread and its words. */
static void damaged_ahead(void **state)
{
    clonal_data_ahead *ahead;
    clonal__splits got;
    clonal__data_outline outline;
    char path[9000];
    (void)state;
    snprintf(path, sizeof path, "%s/t10k-labels-idx1-ubyte", data_folder);
    put_file(path, "xy", 2);
    assert_ok(clonal_data_ahead_begin(data_folder, &ahead));
    assert_false(clonal__data_ahead_outline(ahead, &outline));
    assert_fails(clonal__data_ahead_take(ahead, &got), CLONAL_E_FORMAT, "too short for an IDX header");
    clonal_data_ahead_end(ahead);
    clonal_run_settings s = settings_of(in_folder("run"), 3);
    assert_ok(clonal_data_ahead_begin(data_folder, &s.ahead));
    assert_fails(clonal_run_train(device(), &s, NULL, NULL), CLONAL_E_FORMAT, "too short for an IDX header");
    clonal_data_ahead_end(s.ahead);
}

/* A run with data that are read ahead has the digest of one without, cut or not; and of others it takes none. */
static void runs_ahead(void **state)
{
    (void)state;
    for (int i = 0; i < (device_is_slow() ? 1 : 4); i++) {
        char digests[2][72], name[32];
        for (int with = 0; with < 2; with++) {
            clonal_run_result result;
            snprintf(name, sizeof name, "run-%d-%d", i, with);
            clonal_run_settings s = settings_of(in_folder(name), 3);
            s.epochs = 1;
            s.limit = i & 1 ? 70 : 0;
            s.validate = i & 2 ? 0.25 : 0;
            if (with) assert_ok(clonal_data_ahead_begin(i == 3 ? "elsewhere" : data_folder, &s.ahead));
            assert_ok(clonal_run_train(device(), &s, NULL, &result));
            clonal_data_ahead_end(s.ahead);
            strcpy(digests[with], result.digest);
        }
        assert_string_equal(digests[0], digests[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(no_bit_changes), TRAIN_TEST(nothing_is_left), TRAIN_TEST(with_a_hook),
                                       TRAIN_TEST(data_ahead),     TRAIN_TEST(damaged_ahead),   TRAIN_TEST(runs_ahead)};
    return DEVICE_TEST_MAIN(tests);
}
