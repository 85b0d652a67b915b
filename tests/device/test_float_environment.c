/* Callers in other floating-point environments: the bits are the contract's all the same, the environment is put back.
 * ctest: PLATFORMS pocl rusticl intel LONG_ON pocl intel */
#include "train_test.h"

#include "host/base/float_environment.h"
#include <clonal/verify.h>
#include <fenv.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

enum { FLUSH = 1 << 30 }; /* FTZ and DAZ, beside a rounding mode */

static const int environments[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO,
#if defined(__SSE__)
                                   FLUSH | FE_TONEAREST, FLUSH | FE_UPWARD
#endif
};

static unsigned environment_now(void)
{
#if defined(__SSE__)
    return _mm_getcsr();
#else
    return (unsigned)fegetround();
#endif
}

static unsigned set_environment(int wanted)
{
    fesetround(wanted & ~FLUSH);
#if defined(__SSE__)
    _mm_setcsr((_mm_getcsr() & ~0x8040u) | (wanted & FLUSH ? 0x8040u : 0));
#endif
    return environment_now();
}

/* The public functions one by one: results as in the standard environment, and the caller's environment after each. */
static void check_in(int environment, const char *wanted, const char *text)
{
    const unsigned before = set_environment(environment);
    clonal_context *context;
    clonal_graph *graph;
    clonal_model *model;
    char digest[72], *again;
    double loss;
    const clonal_run_settings s = settings_of(NULL, 6);
    clonal_dataset *data = data_of(CLONAL_SPLIT_TRAIN);
#define AS_BEFORE(call)                                                                                                \
    do {                                                                                                               \
        assert_ok(call);                                                                                               \
        assert_int_equal(environment_now(), before);                                                                   \
    } while (0)
    AS_BEFORE(clonal_context_create(NULL, &context));
    assert_true(clonal_context_probe(context)->contract);
    AS_BEFORE(clonal_graph_parse(text, &graph));
    AS_BEFORE(clonal_graph_print(graph, &again));
    assert_string_equal(again, text);
    AS_BEFORE(clonal_model_create(context, graph, &s.model, &model));
    AS_BEFORE(clonal_model_train_epoch(model, data, 0, NULL, NULL, &loss));
    AS_BEFORE(clonal_model_evaluate(model, data, &loss, NULL));
    AS_BEFORE(clonal_model_save(model, in_folder("w.safetensors"), digest));
    assert_string_equal(digest, wanted);
    assert_true(clonal_model_is_exact(model));
    const clonal_verify_options options = {.small = true};
    clonal_verification verification;
    if (environment == environments[0] && !device_is_slow()) {
        AS_BEFORE(clonal_verify(context, &options, &verification));
        assert_true(verification.equal);
    }
    clonal_free(again);
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_context_destroy(context);
    clonal_dataset_destroy(data);
    set_environment(FE_TONEAREST);
}

/* Files of numbers that are rounded when they are read. */
static void files_of_numbers(void **state)
{
    static const uint8_t doubles[] =
        {0,    0,    14,   2,    0,    0,    0,    2, 0, 0, 0, 1, 0x3f, 0xb9, 0x99,
         0x99, 0x99, 0x99, 0x99, 0x9a, 0x37, 0x90, 0, 0, 0, 0, 0, 0}, /* 0.1; 2^-134, a subnormal of binary32 */
        whole[] = {0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0x7f, 0xff, 0xff, 0xff, 0x80, 0, 0, 0x41};
    const uint8_t *const files[] = {doubles, whole};
    const size_t sizes[] = {sizeof doubles, sizeof whole};
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        clonal_dataset *data;
        char wanted[72], digest[72];
        put_file(in_folder("numbers"), files[f], sizes[f]);
        assert_ok(clonal_dataset_open_files(in_folder("numbers"), NULL, &data));
        assert_ok(clonal_dataset_digest(data, wanted));
        clonal_dataset_destroy(data);
        for (size_t i = 0; i < sizeof environments / sizeof *environments; i++) {
            const unsigned before = set_environment(environments[i]);
            assert_ok(clonal_dataset_open_files(in_folder("numbers"), NULL, &data));
            assert_int_equal(environment_now(), before);
            set_environment(FE_TONEAREST);
            assert_ok(clonal_dataset_digest(data, digest));
            assert_string_equal(digest, wanted);
            clonal_dataset_destroy(data);
        }
    }
}

static void any_environment(void **state)
{
    static const char text[] = "0 input 6,5\n1 flatten 0\n2 linear 1 16\n3 gelu 2\n4 dropout 3 0.30000000000000004\n5 "
                               "layer_norm 4 1e-05\n6 linear 5 4\n7 softmax_cross_entropy 6\n";
    const clonal_run_settings s = settings_of(NULL, 6);
    struct ref_graph graph;
    char message[REF_MAX_MESSAGE], wanted[72];
    (void)state;
    struct ref_settings settings = {.seed = s.model.seed,
                                    .batch = s.model.batch,
                                    .lr = s.model.optimizer.learning_rate,
                                    .momentum = s.model.optimizer.momentum,
                                    .weight_decay = s.model.optimizer.weight_decay};
    ref_settings_defaults(&settings);
    assert_int_equal(ref_graph_parse(&graph, text, message), 0);
    struct ref_data data = reference_data("train");
    struct ref_trainer *trainer = ref_trainer_create(&graph, &settings);
    ref_epoch(trainer, &data, 0, UINT64_MAX);
    expected_digest(trainer, wanted);
    for (size_t i = 0; i < sizeof environments / sizeof *environments; i++) check_in(environments[i], wanted, text);
    ref_trainer_destroy(trainer);
    ref_data_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(any_environment), TRAIN_TEST(files_of_numbers)};
    return DEVICE_TEST_MAIN(tests);
}
