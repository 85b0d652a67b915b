/* What a run and a model refuse: the message says what to do, and nothing is made.
 * ctest: PLATFORMS pocl rusticl intel */
#include "train_test.h"

#include <math.h>

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
    static const double too_much[] = {0.3, 1.5}, no_number[] = {NAN, 0.5};
    static const uint32_t no_width[] = {16, 0};
    struct stat about;
    (void)state;
    for (int i = 0; i < 16; i++) {
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
            s.perceptron.dropout = too_much;
            says = "1.5";
            break;
        case 7:
            s.perceptron.dropout = no_number;
            says = "probability";
            break;
        case 8:
            s.epochs = 0;
            says = "0 epochs";
            break;
        case 9:
            s.perceptron.hidden = no_width;
            says = "hidden layer 2";
            break;
        case 10:
            s.data = in_folder("nowhere"), status = CLONAL_E_IO;
            says = "nowhere";
            break;
        case 11:
            s.model.dropout_schedule.name = "cosine";
            says = "there is no dropout schedule";
            break;
        case 12:
            s.model.dropout_schedule = (clonal_dropout_schedule){"linear", UINT64_MAX};
            says = "the dropout schedule's steps";
            break;
        case 13:
            s.model.dropout_schedule.name = "exponential";
            s.perceptron.dropout = NULL; /* 0 of all */
            says = "has nothing to do";
            break;
        case 14:
            s.perceptron.dropout_kind = CLONAL_DROPOUT_CONNECT;
            s.perceptron.dropout = too_much;
            says = "1.5";
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

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(refused_runs), TRAIN_TEST(refused_folders), TRAIN_TEST(refused_data)};
    return DEVICE_TEST_MAIN(tests);
}
