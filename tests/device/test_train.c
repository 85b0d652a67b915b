/* Training through the public interface: digests and figures are the reference's.
 * ctest: PLATFORMS pocl rusticl intel */
#include "train_test.h"

#include <math.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(epochs_are_the_references), TRAIN_TEST(seeds),
                                       TRAIN_TEST(predictions), TRAIN_TEST(run_is_the_references)};
    return DEVICE_TEST_MAIN(tests);
}
