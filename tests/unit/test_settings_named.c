/* test_settings_named.c: settings by name: each value where it belongs, in any order, and what is wrong by its name. */
#include "tests/unit/files.h"

#include "host/base/number.h"
#include <clonal/run.h>
#include <math.h>

#define NAMED(...)                                                                                                     \
    (const clonal_setting[])                                                                                           \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define COUNT(...) sizeof(NAMED(__VA_ARGS__)) / sizeof(clonal_setting)
#define TAKE(settings, ...)                                                                                            \
    assert_int_equal(clonal_run_settings_named(COUNT(__VA_ARGS__), NAMED(__VA_ARGS__), settings), CLONAL_OK)

static void nothing_named(void **state)
{
    clonal_run_settings s, standard;
    (void)state;
    clonal_run_settings_default(&standard);
    assert_int_equal(clonal_run_settings_named(0, NULL, &s), CLONAL_OK);
    assert_int_equal(s.epochs, standard.epochs);
    assert_int_equal(s.perceptron.hidden_count, 2);
    assert_true(s.perceptron.hidden == standard.perceptron.hidden && !s.out && !s.data && !s.graph);
    clonal_run_settings_free(&s);
}

static void values(void **state)
{
    clonal_run_settings s;
    (void)state;
    TAKE(&s, {"epochs", "3"}, {"batch", "0x20"}, {"lr", "0.25"}, {"optimizer", "adam"}, {"beta", "0.8,0.99"},
         {"eps", "1e-3"}, {"schedule", "step"}, {"warmup", "7"}, {"schedule-every", "9"}, {"schedule-gamma", ".5"},
         {"validate", "0.1"}, {"early-stop", "4"}, {"seed-dropout", "-1"}, {"data", "folder"}, {"no-fusion", "true"},
         {"allow-inexact", "false"}, {"gemm", "native"}, {"loss", "mse"}, {"activation", "tanh"}, {"flavor", "keras"});
    assert_int_equal(s.epochs, 3);
    assert_int_equal(s.model.batch, 32);
    assert_true(s.model.optimizer.learning_rate == 0.25f && s.model.optimizer.epsilon == 1e-3f);
    assert_string_equal(s.model.optimizer.name, "adam");
    assert_true(s.model.optimizer.beta1 == 0.8 && s.model.optimizer.beta2 == 0.99);
    assert_string_equal(s.model.schedule.name, "step");
    assert_true(s.model.schedule.warmup == 7 && s.model.schedule.every == 9 && s.model.schedule.gamma == 0.5);
    assert_true(s.validate == 0.1 && s.early_stop == 4 && s.model.dropout_seed.given && !s.model.initial_seed.given);
    assert_true(s.model.dropout_seed.value == UINT64_MAX);
    assert_string_equal(s.data, "folder");
    assert_true(s.model.no_fusion && !s.model.allow_inexact && s.model.gemm == CLONAL_GEMM_NATIVE);
    assert_int_equal(s.perceptron.loss, CLONAL_SQUARED_ERROR);
    assert_string_equal(s.perceptron.activation, "tanh");
    assert_string_equal(s.model.initial, "glorot-uniform");
    clonal_run_settings_free(&s);
    assert_true(!s.owned && !s.data);
}

/* Whatever comes first, dropout is of the layers that hidden says. */
static void layers(void **state)
{
    clonal_run_settings s;
    (void)state;
    TAKE(&s, {"dropout", "0.25"}, {"hidden", "5,6,7"});
    assert_int_equal(s.perceptron.hidden_count, 3);
    assert_true(s.perceptron.hidden[0] == 5 && s.perceptron.hidden[2] == 7);
    for (size_t i = 0; i < 3; i++) assert_true(s.perceptron.dropout[i] == 0.25);
    clonal_run_settings_free(&s);
    TAKE(&s, {"dropout", "0,1,0.5"}, {"hidden", "5,6,7"});
    assert_true(s.perceptron.dropout[0] == 0 && s.perceptron.dropout[1] == 1 && s.perceptron.dropout[2] == 0.5);
    clonal_run_settings_free(&s);
    TAKE(&s, {"hidden", "8"});
    assert_true(s.perceptron.hidden_count == 1 && s.perceptron.dropout[0] == 0.5);
    clonal_run_settings_free(&s);
    TAKE(&s, {"hidden", "none"}, {"dropout", "0.5"});
    assert_int_equal(s.perceptron.hidden_count, 0);
    clonal_run_settings_free(&s);
}

static void graph_of_file(void **state)
{
    static const char text[] = "0 input 4\n1 linear 0 3\n2 softmax_cross_entropy 1\n";
    clonal_run_settings s;
    clonal_graph *graph;
    const uint32_t shape[] = {4};
    (void)state;
    put_file(in_folder("net"), text, sizeof text - 1);
    TAKE(&s, {"graph", in_folder("net")});
    assert_string_equal(s.graph, text);
    assert_int_equal(clonal_run_graph(&s, 1, shape, 3, &graph), CLONAL_OK);
    clonal_graph_destroy(graph);
    clonal_run_settings_free(&s);
    put_file(in_folder("net"), "0 input\0 4", 10);
    assert_failure("a NUL", clonal_run_settings_named(1, NAMED({"graph", in_folder("net")}), &s), CLONAL_E_ARGUMENT,
                   "NUL byte");
    assert_failure("no file", clonal_run_settings_named(1, NAMED({"graph", in_folder("none")}), &s), CLONAL_E_IO,
                   "graph: ");
}

static void wrong(void **state)
{
    static const struct {
        clonal_setting named[2];
        const char *says;
    } cases[] = {
        {{{"rate", "1"}}, "there is no setting 'rate'"},
        {{{"lr", "1"}, {"lr", "1"}}, "the setting lr is given twice"},
        {{{"lr", NULL}}, "has no name, or no value"},
        {{{"epochs", "0"}}, "epochs: '0': give a whole number from 1 to 9999"},
        {{{"epochs", "10000"}}, "from 1 to 9999"},
        {{{"epochs", "3 "}}, "epochs: '3 '"},
        {{{"batch", "4294967296"}}, "from 1 to 4294967295"},
        {{{"lr", "-1"}}, "lr: '-1'"},
        {{{"lr", "nan"}}, "lr: 'nan'"},
        {{{"lr", "1e39"}}, "lr: '1e39'"},
        {{{"lr", "1e-60"}}, "lr: '1e-60'"},
        {{{"validate", "1e-400"}}, "validate: '1e-400'"},
        {{{"warmup", "18446744073709551616"}}, "warmup: "},
        {{{"seed-init", "-0x1"}}, "seed-init: "},
        {{{"seed-init", "-9223372036854775809"}}, "seed-init: "},
        {{{"hidden", "5,,6"}}, "hidden: '5,,6'"},
        {{{"hidden", "0"}}, "widths from 1"},
        {{{"hidden", "5,6"}, {"dropout", "0.1,0.2,0.3"}}, "dropout: '0.1,0.2,0.3' has 3 numbers for 2 hidden layers"},
        {{{"dropout", "1.5"}}, "numbers from 0 to 1"},
        {{{"dropout", "none"}}, "0 numbers for 2 hidden layers"},
        {{{"beta", "0.9"}, {"optimizer", "adam"}}, "beta: '0.9': give two numbers"},
        {{{"beta", "0.9,0.99"}}, "sgd takes momentum"},
        {{{"momentum", "0.9"}, {"optimizer", "adam"}}, "adam takes beta"},
        {{{"optimizer", "Adam"}}, "optimizer: 'Adam': give one of sgd, adam, adamw"},
        {{{"schedule", ""}}, "give one of constant, step, cosine"},
        {{{"init", "he"}}, "init: 'he': give one of fan-in-uniform"},
        {{{"flavor", "flax"}, {"init", "normal"}}, "leave out init"},
        {{{"activation", "softmax"}}, "activation: there is no activation \"softmax\""},
        {{{"no-fusion", "yes"}}, "no-fusion: 'yes': give true or false"},
        {{{"data", ""}}, "data: ''"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        clonal_run_settings s;
        const size_t count = cases[i].named[1].name ? 2 : 1;
        assert_failure(cases[i].says, clonal_run_settings_named(count, cases[i].named, &s), CLONAL_E_ARGUMENT,
                       cases[i].says);
        assert_true(!s.owned && s.epochs == 0);
    }
}

/* All that is allocated is freed, whatever fails. */
static void no_memory(void **state)
{
    (void)state;
    for (unsigned long n = 1; n < 8; n++) {
        clonal_run_settings s;
        clonal__memory_fail_after(n);
        const clonal_status status =
            clonal_run_settings_named(COUNT({"hidden", "5,6"}, {"dropout", "0.5"}, {"data", "x"}),
                                      NAMED({"hidden", "5,6"}, {"dropout", "0.5"}, {"data", "x"}), &s);
        clonal__memory_fail_after(0);
        assert_int_equal(status, n <= 5 ? CLONAL_E_MEMORY : CLONAL_OK);
        clonal_run_settings_free(&s);
    }
}

static void numbers(void **state)
{
    static const char *const no_numbers[] = {"",    " 1",  "1 ", "+1",    "-1",     "-0", "nan",
                                             "inf", "0x1", "1e", "1e999", "1e-999", ",",  "1,5"};
    uint64_t whole;
    double real;
    (void)state;
    for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++) {
        assert_false(clonal__number_read_plain(no_numbers[i], &real));
        if (strcmp(no_numbers[i], "0x1") != 0) assert_false(clonal__whole_read(no_numbers[i], &whole));
    }
    assert_true(clonal__number_read_plain(".5", &real) && real == 0.5);
    assert_true(clonal__number_read_plain("0e5", &real) && real == 0);
    assert_true(clonal__number_read_plain("0.000", &real) && real == 0);
    assert_true(clonal__whole_read("18446744073709551615", &whole) && whole == UINT64_MAX);
    assert_true(clonal__whole_read("0xFfffFFFFffffffff", &whole) && whole == UINT64_MAX);
    assert_false(clonal__whole_read("18446744073709551616", &whole));
    assert_false(clonal__whole_read("0x10000000000000000", &whole));
    assert_false(clonal__whole_read("0x", &whole));
    assert_false(clonal__whole_read("1.0", &whole));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_named), cmocka_unit_test(values), cmocka_unit_test(layers),
        FILE_TEST(graph_of_file),        cmocka_unit_test(wrong),  cmocka_unit_test(no_memory),
        cmocka_unit_test(numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
