/* test_weight_names.c: tensors of other names than the parameters': grouped, numbered, matched where there is one way
 * only, mapped; and no file that harms the reader. */
#include "tests/unit/files.h"

#include "host/model/match.h"
#include "host/model/name_map.h"
#include "host/model/spell.h"

#include "host/base/tensor_type.h"

enum { MOST = 12 };
static const float values[64];

/* A file as if it had been read. */
typedef struct made_file {
    clonal__safetensors file;
    clonal__tensor tensors[MOST];
    const clonal__tensor_type *types[MOST];
} made_file;

static const clonal__safetensors *file_of(made_file *made, size_t count, const clonal__tensor *tensors)
{
    for (size_t i = 0; i < count; i++) {
        made->tensors[i] = tensors[i];
        made->tensors[i].values = values;
        made->types[i] = clonal__tensor_type_named("F32");
    }
    made->file = (clonal__safetensors){.tensor_count = count, .tensors = made->tensors, .types = made->types};
    return &made->file;
}

/* Linear 8x8, layer norm of 8, linear 8x8, layer norm of 8: biases and both of a norm's have one shape. */
static const clonal__parameter parameters[] = {
    {.name = "1.weight", .rank = 2, .shape = {8, 8}}, {.name = "1.bias", .rank = 1, .shape = {8}},
    {.name = "2.weight", .rank = 1, .shape = {8}},    {.name = "2.bias", .rank = 1, .shape = {8}},
    {.name = "4.weight", .rank = 2, .shape = {8, 8}}, {.name = "4.bias", .rank = 1, .shape = {8}},
    {.name = "5.weight", .rank = 1, .shape = {8}},    {.name = "5.bias", .rank = 1, .shape = {8}},
};
enum { PARAMETERS = sizeof parameters / sizeof *parameters };
#define LAYER(name, rank, ...)                                                                                         \
    {name ".bias", 1, {8}, NULL},                                                                                      \
    {                                                                                                                  \
        name ".weight", rank, {__VA_ARGS__}, NULL                                                                      \
    }
#define LINEAR(name) LAYER(name, 2, 8, 8)
#define NORM(name) LAYER(name, 1, 8)

static char logged[4096];
static void keep_log(clonal_log_level level, const char *message, void *user)
{
    (void)user;
    assert_int_equal(level, CLONAL_LOG_WARNING);
    snprintf(logged + strlen(logged), sizeof logged - strlen(logged), "%s\n", message);
}

static const struct {
    const char *what;
    clonal__tensor tensors[PARAMETERS];
    const char *taken[PARAMETERS]; /* by parameter; NULL: refused, */
    const char *says;              /* with this */
} matches[] = {
    {"two numbered families",
     {LINEAR("b.fc10"), LINEAR("b.fc9"), NORM("b.norm10"), NORM("b.norm9")},
     {"b.fc9.weight", "b.fc9.bias", "b.norm9.weight", "b.norm9.bias", "b.fc10.weight", "b.fc10.bias", "b.norm10.weight",
      "b.norm10.bias"},
     NULL},
    {"one numbered family",
     {LINEAR("net.0"), NORM("net.1"), LINEAR("net.10"), NORM("net.11")},
     {"net.0.weight", "net.0.bias", "net.1.weight", "net.1.bias", "net.10.weight", "net.10.bias", "net.11.weight",
      "net.11.bias"},
     NULL},
    {"our names, shifted",
     {LINEAR("2"), NORM("3"), LINEAR("5"), NORM("6")},
     {"2.weight", "2.bias", "3.weight", "3.bias", "5.weight", "5.bias", "6.weight", "6.bias"},
     NULL},
    {"numbers of another order than the shapes",
     {NORM("net.0"), LINEAR("net.1"), NORM("net.2"), LINEAR("net.3")},
     {NULL},
     "are not in the order of the shapes"},
    {"norms without order",
     {LINEAR("fc1"), LINEAR("fc2"), NORM("first"), NORM("second")},
     {NULL},
     "\"first\" and \"second\" have the same shapes, and their names give no order"},
    {"a number on one side only",
     {LINEAR("fc"), LINEAR("fc_1"), NORM("n1"), NORM("n2")},
     {NULL},
     "\"fc\" and \"fc_1\" have the same shapes"},
    {"a name that begins another",
     {LINEAR("fc1"), LINEAR("fc1x"), NORM("n1"), NORM("n2")},
     {NULL},
     "\"fc1\" and \"fc1x\" have the same shapes"},
    {"more behind a number",
     {LINEAR("fc1x"), LINEAR("fc2"), NORM("n1"), NORM("n2")},
     {NULL},
     "\"fc1x\" and \"fc2\" have the same shapes"},
    {"one number twice",
     {LINEAR("fc01"), LINEAR("fc1"), NORM("n1"), NORM("n2")},
     {NULL},
     "\"fc01\" and \"fc1\" have the same shapes"},
    {"several numbers, the first that differs decides",
     {LINEAR("l.0.7.a"), LINEAR("l.2.3.a"), NORM("l.0.8.b"), NORM("l.2.4.b")},
     {"l.0.7.a.weight", "l.0.7.a.bias", "l.0.8.b.weight", "l.0.8.b.bias", "l.2.3.a.weight", "l.2.3.a.bias",
      "l.2.4.b.weight", "l.2.4.b.bias"},
     NULL},
    {"three of a kind",
     {LINEAR("fc1"), LINEAR("fc2"), LINEAR("fc3"), NORM("n2")},
     {NULL},
     "3 of its layers have the kinds and shapes of 1, of which the model has 2"},
    {"kinds of others",
     {LINEAR("fc1"), LINEAR("fc2"), NORM("n1"), {"n2.beta", 1, {8}, NULL}, {"n2.gamma", 1, {8}, NULL}},
     {NULL},
     "1 of its layers have the kinds and shapes of 2, of which the model has 2"},
    {"kinds exchanged between layers",
     {LINEAR("fc1"),
      LINEAR("fc2"),
      {"a.weight", 1, {8}, NULL},
      {"a.scale", 1, {8}, NULL},
      {"b.bias", 1, {8}, NULL},
      {"b.shift", 1, {8}, NULL}},
     {NULL},
     "0 of its layers have the kinds and shapes of 2"},
};

static void test_matches(void **state)
{
    (void)state;
    clonal_set_log(keep_log, NULL);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++) {
        made_file made;
        clonal__taken taken[PARAMETERS];
        const clonal__safetensors *file = file_of(&made, PARAMETERS, matches[i].tensors);
        logged[0] = '\0';
        const clonal_status status = clonal__match("f", file, PARAMETERS, parameters, taken);
        assert_failure(matches[i].what, status, matches[i].says ? CLONAL_E_SHAPE : CLONAL_OK, matches[i].says);
        for (size_t p = 0; p < PARAMETERS && !matches[i].says; p++) {
            char pair[800];
            snprintf(pair, sizeof pair, "%s -> %s", matches[i].taken[p], parameters[p].name);
            assert_string_equal(taken[p].tensor->name, matches[i].taken[p]);
            assert_false(taken[p].transposed);
            assert_non_null(strstr(logged, pair));
        }
        if (matches[i].says) assert_string_equal(logged, "");
    }
}

/* A file with the parameters' own names is read by them, in silence, even where it has more. */
static void test_own_names(void **state)
{
    (void)state;
    static const clonal__tensor tensors[] = {NORM("5"), LINEAR("fc1"), LINEAR("4"), NORM("2"), LINEAR("1")};
    made_file made;
    clonal__taken taken[PARAMETERS];
    clonal_set_log(keep_log, NULL);
    logged[0] = '\0';
    assert_int_equal(clonal__match("f", file_of(&made, 10, tensors), PARAMETERS, parameters, taken), CLONAL_OK);
    for (size_t p = 0; p < PARAMETERS; p++) assert_string_equal(taken[p].tensor->name, parameters[p].name);
    assert_string_equal(logged, "");
}

/* Names from a file do not steer a terminal, and many of them leave room for what to do. */
static void test_messages(void **state)
{
    (void)state;
    enum { MANY = 400 };
    static clonal__tensor tensors[MANY];
    static const clonal__tensor_type *types[MANY];
    static char names[MANY][400];
    clonal__taken taken[PARAMETERS];
    for (size_t i = 0; i < MANY; i++) {
        memset(names[i], 'x', sizeof names[i] - 1);
        snprintf(names[i], 20, "\033[31m%zu", i);
        names[i][strlen(names[i])] = '\n';
        tensors[i] = (clonal__tensor){names[i], 1, {8}, values};
        types[i] = clonal__tensor_type_named("F32");
    }
    const clonal__safetensors file = {.tensor_count = MANY, .tensors = tensors, .types = types};
    assert_int_equal(clonal__match("f", &file, PARAMETERS, parameters, taken), CLONAL_E_SHAPE);
    const char *message = clonal_last_error()->message;
    assert_null(strpbrk(message, "\033\n"));
    assert_non_null(strstr(message, "400 tensors of floats for 8 parameters"));
    assert_non_null(strstr(message, " and 39"));
    assert_non_null(strstr(message, "the model wants 1.weight 8x8, 1.bias 8, 2.weight 8"));
    assert_non_null(strstr(message, "give a map (--map FILE)"));
}

static const struct {
    const char *map, *says; /* "": sound */
} maps[] = {
    {"a = b", ""},
    {" a\t=\tb transposed\r\n\r\n#\n", ""},
    {"a=transposed", ""},
    {"a = b c # d\n#a = e\nb = x#y", ""},
    {"\xef\xbb\xbf"
     "a = b",
     ""},
    {"", "no lines"},
    {"\n#\n \t\r\n", "no lines"},
    {"a", "line 1: a line is of the form"},
    {"\n\na =", "line 3: a line is of the form"},
    {"= b", "line 1: a line is of the form"},
    {"a = b\na = c", "line 2: \"a\" stands in line 1"},
    {"a = b\nc = d\n\nb = b", "line 4: \"b\" stands in line 1"},
    {"a = b\nc = b transposed", "line 2: \"b\" stands in line 1"},
};

static void test_map_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        clonal__name_map map;
        put_file(in_folder("m"), maps[i].map, strlen(maps[i].map));
        assert_failure(maps[i].map[0] ? maps[i].says : "empty", clonal__name_map_read(in_folder("m"), &map),
                       maps[i].says[0] ? CLONAL_E_FORMAT : CLONAL_OK, maps[i].says);
        if (i == 1) {
            assert_int_equal(map.count, 1);
            assert_string_equal(map.lines[0].ours, "a");
            assert_string_equal(map.lines[0].theirs, "b");
            assert_true(map.lines[0].transposed);
        } else if (i == 2) {
            assert_string_equal(map.lines[0].theirs, "transposed");
            assert_false(map.lines[0].transposed);
        } else if (i == 3) {
            assert_int_equal(map.count, 2);
            assert_string_equal(map.lines[0].theirs, "b c");
            assert_string_equal(map.lines[1].theirs, "x#y");
            assert_int_equal(map.lines[1].line, 3);
        } else if (i == 4) {
            assert_string_equal(map.lines[0].ours, "a");
        }
        clonal__name_map_free(&map);
    }
}

static const char *const map_text = "1.weight = fc2.weight transposed\n1.bias = fc2.bias\n2.weight = n.weight\n"
                                    "2.bias = n.bias\n4.weight = fc1.weight\n4.bias = fc1.bias\n5.weight = m.weight\n"
                                    "5.bias = m.bias\n";

static void test_map_takes(void **state)
{
    (void)state;
    static const clonal__tensor tensors[] = {LINEAR("fc1"), LINEAR("fc2"), NORM("m"), NORM("n")};
    made_file made;
    clonal__taken taken[PARAMETERS];
    clonal__name_map map;
    const clonal__safetensors *file = file_of(&made, PARAMETERS, tensors);
    put_file(in_folder("m"), map_text, strlen(map_text));
    assert_int_equal(clonal__name_map_read(in_folder("m"), &map), CLONAL_OK);
    assert_int_equal(clonal__name_map_take(&map, "f", file, PARAMETERS, parameters, taken), CLONAL_OK);
    for (size_t p = 0; p < PARAMETERS; p++) {
        assert_string_equal(taken[p].tensor->name, map.lines[p].theirs);
        assert_int_equal(taken[p].transposed, p == 0);
    }
    map.count--;
    assert_failure("a line less", clonal__name_map_take(&map, "f", file, PARAMETERS, parameters, taken),
                   CLONAL_E_FORMAT, "no line for 1 of the model's parameters: 5.bias 8; add");
    map.count++;
    made.types[2] = clonal__tensor_type_named("I32");
    made.tensors[2].values = NULL;
    assert_failure("whole numbers", clonal__name_map_take(&map, "f", file, PARAMETERS, parameters, taken),
                   CLONAL_E_FORMAT, "line 2: \"fc2.bias\" is of type I32, where the graph needs floats");
    clonal__name_map_free(&map);
}

/* Whatever allocation fails, the failure is told and nothing is lost. */
static void test_out_of_memory(void **state)
{
    (void)state;
    made_file made;
    clonal_status matched = CLONAL_E_MEMORY, mapped = CLONAL_E_MEMORY, spelled = CLONAL_E_MEMORY;
    static const clonal__tensor chain[] = {LINEAR("a"), LAYER("b", 2, 8, 8)};
    put_file(in_folder("m"), map_text, strlen(map_text));
    for (unsigned long n = 1; n < 200 && (matched || mapped || spelled); n++) {
        clonal__taken taken[PARAMETERS];
        clonal__name_map map;
        clonal_graph *graph;
        assert_int_equal(clonal_graph_create(&graph), CLONAL_OK);
        const clonal__safetensors *file = file_of(&made, PARAMETERS, matches[0].tensors);
        clonal__memory_fail_after(n);
        matched = clonal__match("f", file, PARAMETERS, parameters, taken);
        clonal__memory_fail_after(n);
        mapped = clonal__name_map_read(in_folder("m"), &map);
        clonal__name_map_free(&map);
        file = file_of(&made, 4, chain);
        clonal__memory_fail_after(n);
        spelled = clonal__spell_perceptron("f", file, graph);
        clonal__memory_fail_after(0);
        clonal_graph_destroy(graph);
        assert_true((matched == CLONAL_OK || matched == CLONAL_E_MEMORY) &&
                    (mapped == CLONAL_OK || mapped == CLONAL_E_MEMORY) &&
                    (spelled == CLONAL_OK || spelled == CLONAL_E_MEMORY));
    }
    assert_int_equal(matched | mapped | spelled, CLONAL_OK);
}

/* Orders without number are given up on in time: a hundred layers that each could follow every other. */
static void test_search_ends(void **state)
{
    (void)state;
    enum { LAYERS = 100 };
    static clonal__tensor tensors[2 * LAYERS];
    static const clonal__tensor_type *types[2 * LAYERS];
    static char names[2 * LAYERS][24];
    clonal_graph *graph;
    for (uint32_t i = 0; i < LAYERS; i++) { /* widths 1 to 10, each joined to each, and one that joins none */
        for (size_t k = 0; k < 2; k++) {
            snprintf(names[2 * i + k], sizeof names[0], "%c%c.%s", (int)('a' + i / 10), (int)('a' + i % 10),
                     k ? "bias" : "weight");
            types[2 * i + k] = clonal__tensor_type_named("F32");
        }
        const uint32_t in = i == 99 ? 77 : 1 + i / 10, out = i == 99 ? 78 : 1 + i % 10;
        tensors[2 * i] = (clonal__tensor){names[2 * i], 2, {out, in}, values};
        tensors[2 * i + 1] = (clonal__tensor){names[2 * i + 1], 1, {out}, values};
    }
    const clonal__safetensors file = {.tensor_count = 2 * LAYERS, .tensors = tensors, .types = types};
    assert_int_equal(clonal_graph_create(&graph), CLONAL_OK);
    assert_failure("a tangle", clonal__spell_perceptron("f", &file, graph), CLONAL_E_FORMAT, "in too many ways");
    clonal_graph_destroy(graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_matches),     FILE_TEST(test_own_names), FILE_TEST(test_messages),
        FILE_TEST(test_map_lines),   FILE_TEST(test_map_takes), FILE_TEST(test_out_of_memory),
        FILE_TEST(test_search_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
