/* What a model keeps of data sets: a set that takes the place of one that is gone is another set, and what was kept of
 * that is freed. ctest: PLATFORMS pocl rusticl intel */
#include "train_test.h"

#include "host/model/model.h"

/* One set after the other, each most likely at the address of the one before. */
static void sets_that_come_and_go(void **state)
{
    enum { SETS = 4 };
    static const uint32_t shape[] = {ROWS, COLUMNS};
    static uint8_t pixels[TRAIN * PIXELS];
    static float x[TRAIN * PIXELS];
    static uint32_t labels[TRAIN];
    const clonal_run_settings s = settings_of(NULL, 8);
    struct ref_trainer *trainer = reference_of(&s);
    clonal_model *model = model_of(&s);
    size_t compiled = 0;
    (void)state;
    for (uint32_t i = 0; i < SETS; i++) {
        clonal_dataset *data;
        double loss, wanted, accuracy, wanted_accuracy;
        char digest[72], wanted_digest[72];
        make_samples(10 + i, TRAIN, pixels, labels);
        for (size_t k = 0; k < TRAIN * PIXELS; k++) x[k] = (float)pixels[k] / 255.0f;
        const struct ref_data same = {TRAIN, PIXELS, x, labels, NULL};
        assert_ok(clonal_dataset_create_u8(TRAIN, 2, shape, pixels, labels, &data));
        assert_ok(clonal_model_evaluate(model, data, &loss, &accuracy));
        ref_evaluate(trainer, &same, &wanted, &wanted_accuracy);
        assert_true(loss == wanted && accuracy == wanted_accuracy);
        assert_ok(clonal_model_train_epoch(model, data, i, NULL, NULL, &loss));
        wanted = ref_epoch(trainer, &same, i, UINT64_MAX);
        assert_true(loss == wanted);
        digest_of(model, digest);
        expected_digest(trainer, wanted_digest);
        assert_string_equal(digest, wanted_digest);
        clonal_dataset_destroy(data);
        assert_int_equal(model->copy_count, 1);
        if (i == 0) compiled = model->compiled_count;
        assert_int_equal(model->compiled_count, compiled);
    }
    ref_trainer_destroy(trainer);
    clonal_model_destroy(model);
}

/* Sets in use side by side are kept side by side, and go one by one, whichever is first. */
static void sets_side_by_side(void **state)
{
    const clonal_run_settings s = settings_of(NULL, 8);
    clonal_model *model = model_of(&s);
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN), *test = data_of(CLONAL_SPLIT_TEST);
    double first, again, accuracy, of_test;
    (void)state;
    assert_ok(clonal_model_evaluate(model, train, &first, &accuracy));
    assert_ok(clonal_model_evaluate(model, test, &of_test, &accuracy));
    assert_int_equal(model->copy_count, 2);
    assert_ok(clonal_model_evaluate(model, train, &again, &accuracy));
    assert_true(again == first && of_test != first);
    clonal_dataset_destroy(train);
    assert_ok(clonal_model_evaluate(model, test, &again, &accuracy));
    assert_true(again == of_test);
    assert_int_equal(model->copy_count, 1);
    clonal_model_destroy(model);
    clonal_dataset_destroy(test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(sets_that_come_and_go), TRAIN_TEST(sets_side_by_side)};
    return DEVICE_TEST_MAIN(tests);
}
