/* test_exchange.c: networks to and from files of other frameworks where memory runs out, where bytes are changed, and
 * what formats are given of a network. What the files hold is judged in tests/cli and tests/frameworks. */
#include "tests/unit/files.h"

#include "host/exchange/format.h"
#include "host/model/weights.h"
#include <clonal/exchange.h>

static const char graph_text[] =
    "0 input 3,2\n1 layer_norm 0 0.001\n2 flatten 1\n3 linear 2 5\n4 gelu 3\n5 dropout 4 0.3\n"
    "6 linear 5 5\n7 silu 6\n8 add 7 4\n9 layer_norm 8 1e-05\n10 linear 9 2\n"
    "11 leaky_relu 10 0.1\n12 mean_squared_error 11\n";

/* The network of that graph, its values counting up. */
static clonal__network make_network(void)
{
    clonal__network network = {.has_seed = true, .seed = UINT64_MAX - 6};
    clonal__parameter *parameters;
    size_t count;
    float next = -20;
    assert_int_equal(clonal_graph_parse(graph_text, &network.graph), CLONAL_OK);
    assert_int_equal(clonal__graph_parameters(network.graph, &count, &parameters), CLONAL_OK);
    for (size_t i = 0; i < count; i++) {
        float *values;
        assert_int_equal(
            clonal__network_add(&network, parameters[i].name, parameters[i].rank, parameters[i].shape, &values),
            CLONAL_OK);
        for (size_t k = (size_t)parameters[i].rows * parameters[i].columns; k-- > 0;) values[k] = next += 0.25F;
    }
    clonal__free(parameters);
    return network;
}

static const char *make_file(const char *format)
{
    clonal__network network = make_network();
    const clonal__exchange_format *of;
    const char *path = in_folder(format);
    assert_int_equal(clonal__exchange_format_of(format, "", &of), CLONAL_OK);
    assert_int_equal(of->write(path, &network, NULL), CLONAL_OK);
    clonal__network_free(&network);
    return path;
}

static void assert_same_network(const clonal__network *a, const clonal__network *b)
{
    char *text;
    assert_int_equal(clonal_graph_print(a->graph, &text), CLONAL_OK);
    assert_string_equal(text, graph_text);
    clonal_free(text);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const clonal__tensor *x = &a->tensors[i], *y = &b->tensors[i];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->rank, y->rank);
        assert_memory_equal(x->shape, y->shape, x->rank * sizeof *x->shape);
        assert_memory_equal(x->values, y->values, clonal__tensor_elements(x) * sizeof *x->values);
    }
}

static void test_round_trip(void **state)
{
    clonal__network made = make_network(), read;
    (void)state;
    assert_int_equal(clonal__weights_network(make_file("onnx"), NULL, &read), CLONAL_OK);
    assert_same_network(&read, &made);
    assert_true(read.has_seed && read.seed == made.seed);
    clonal__network_free(&read);
    assert_int_equal(clonal__weights_network(make_file("safetensors"), NULL, &read), CLONAL_OK);
    assert_same_network(&read, &made);
    assert_false(read.has_seed); /* weights files do not have it */
    clonal__network_free(&read);
    clonal__network_free(&made);
}

static void test_layers(void **state)
{
    static const struct {
        const char *operation;
        size_t number;
        clonal_node node;
        const char *first;
    } expected[] = {{"layer_norm", 0, 1, "0.weight"},
                    {"linear", 0, 3, "2.weight"},
                    {"linear", 1, 6, "5.weight"},
                    {"layer_norm", 1, 9, "8.weight"},
                    {"linear", 2, 10, "9.weight"}};
    clonal__network network = make_network();
    clonal__network_layer *layers;
    size_t count;
    (void)state;
    assert_int_equal(clonal__network_layers(&network, &count, &layers), CLONAL_OK);
    assert_int_equal(count, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(layers[i].operation->name, expected[i].operation);
        assert_int_equal(layers[i].number, expected[i].number);
        assert_int_equal(layers[i].node, expected[i].node);
        assert_string_equal(layers[i].tensors[0].name, expected[i].first);
    }
    clonal__free(layers);
    clonal__network_free(&network);
}

static void test_formats(void **state)
{
    const clonal__exchange_format *format;
    const clonal_format *about;
    (void)state;
    for (size_t i = 0; (about = clonal_format_at(i)); i++) {
        char path[100];
        assert_int_equal(clonal__exchange_format_of(about->name, "x", &format), CLONAL_OK);
        assert_ptr_equal(&format->about, about);
        snprintf(path, sizeof path, "a.b%s", about->suffix);
        assert_int_equal(clonal__exchange_format_of(NULL, path, &format), CLONAL_OK);
        assert_ptr_equal(&format->about, about);
    }
    assert_failure("suffix alone", clonal__exchange_format_of(NULL, ".onnx", &format), CLONAL_E_ARGUMENT,
                   "does not tell");
    assert_failure("no name", clonal__exchange_format_of("Onnx", "a.onnx", &format), CLONAL_E_ARGUMENT, "no format");
    assert_null(format);
}

static void test_memory_faults(void **state)
{
    static const char *const formats[] = {"onnx", "safetensors"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const char *from = make_file(formats[i]);
        for (size_t k = 0; k < 2; k++) {
            char to[4200], digest[72];
            clonal_status status = CLONAL_E_MEMORY;
            unsigned long n = 0;
            snprintf(to, sizeof to, "%s", in_folder("to"));
            while (status != CLONAL_OK) {
                clonal__memory_fail_after(++n);
                status = clonal_export(from, NULL, formats[k], to, digest);
                clonal__memory_fail_after(0);
                if (status != CLONAL_OK) assert_failure("export", status, CLONAL_E_MEMORY, "");
                assert_int_equal(access(to, F_OK) == 0, status == CLONAL_OK);
                assert_int_equal(digest[0] != 0, status == CLONAL_OK);
            }
            assert_true(n > 40);
            remove(to);
        }
    }
}

/* Single bytes changed, and pieces cut out: the same network, another, or an error of the file's. */
static void test_mutations(void **state)
{
    uint64_t random = 7;
    size_t count, taken = 0;
    uint8_t *bytes = get_file(make_file("onnx"), &count), *changed = malloc(count);
    const char *path = in_folder("changed.onnx");
    (void)state;
    limit_memory();
    for (int i = 0; i < 4000; i++) {
        clonal__network network;
        const size_t at = next_random(&random) % count, cut = i % 4 ? 0 : next_random(&random) % (count - at);
        memcpy(changed, bytes, count);
        if (cut)
            memmove(changed + at, changed + at + cut, count - at - cut);
        else
            changed[at] = (uint8_t)next_random(&random);
        put_file(path, changed, count - cut);
        const clonal_status status = clonal__weights_network(path, NULL, &network);
        taken += status == CLONAL_OK;
        if (status != CLONAL_OK && status != CLONAL_E_SHAPE) assert_failure("changed", status, CLONAL_E_FORMAT, path);
        assert_true((network.graph != NULL) == (status == CLONAL_OK));
        clonal__network_free(&network);
    }
    assert_true(taken > 400 && taken < 3600);
    free(bytes);
    free(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FILE_TEST(test_round_trip), FILE_TEST(test_layers), FILE_TEST(test_formats),
                                       FILE_TEST(test_memory_faults), FILE_TEST(test_mutations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
