/* Weights files: what one model saves, another loads.
 * ctest: PLATFORMS pocl rusticl intel */
#include "train_test.h"

#include "host/base/safetensors.h"

static void save_and_load(void **state)
{
    clonal_run_settings s = settings_of(NULL, 3), other = settings_of(NULL, 4);
    clonal_model *model = model_of(&s), *second = model_of(&other);
    char first_digest[72], digest[72], before[72];
    (void)state;
    assert_ok(clonal_model_save(model, in_folder("w.safetensors"), first_digest));
    assert_ok(clonal_model_load(second, in_folder("w.safetensors")));
    digest_of(second, digest);
    assert_string_equal(digest, first_digest);

    clonal_graph *graph;
    char *text, *wanted;
    static const uint32_t shape[] = {ROWS, COLUMNS};
    assert_ok(clonal_graph_from_weights(in_folder("w.safetensors"), &graph));
    assert_ok(clonal_graph_print(graph, &text));
    clonal_graph_destroy(graph);
    assert_ok(clonal_run_graph(&s, 2, shape, CLASSES, &graph));
    assert_ok(clonal_graph_print(graph, &wanted));
    assert_string_equal(text, wanted);
    clonal_graph_destroy(graph);
    clonal_free(text);
    clonal_free(wanted);

    /* other shapes, a damaged file, none at all: the model stays as it was */
    other.perceptron.hidden = (const uint32_t[]){17, 9};
    clonal_model *third = model_of(&other);
    size_t count;
    uint8_t *bytes = get_file(in_folder("w.safetensors"), &count);
    put_file(in_folder("short.safetensors"), bytes, count - 1);
    free(bytes);
    digest_of(third, before);
    assert_fails(clonal_model_load(third, in_folder("w.safetensors")), CLONAL_E_SHAPE,
                 "\"1.weight\" has the shape 16x30, the graph's is 17x30");
    assert_fails(clonal_model_load(third, in_folder("short.safetensors")), CLONAL_E_FORMAT, "short.safetensors");
    assert_fails(clonal_model_load(third, in_folder("none.safetensors")), CLONAL_E_IO, "none.safetensors");
    digest_of(third, digest);
    assert_string_equal(digest, before);
    clonal_model_destroy(model);
    clonal_model_destroy(second);
    clonal_model_destroy(third);
}

/* A copy of a weights file under other names, "<name>.weight" by layer, last layer first and without the graph; the
 * matrices of `turned` layers as (inputs, outputs). */
static void put_renamed(const char *to, const char *from, const char *const names[3], size_t turned)
{
    clonal__safetensors *file;
    clonal__tensor tensors[6];
    char texts[6][64];
    float *values[6] = {0};
    assert_ok(clonal__safetensors_read(from, &file));
    assert_int_equal(file->tensor_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const clonal__tensor *was = &file->tensors[i];
        clonal__tensor *t = &tensors[5 - i];
        *t = *was;
        t->name = texts[i];
        snprintf(texts[i], sizeof texts[i], "%s%s", names[i / 2], strchr(was->name, '.'));
        if (was->rank < 2 || i / 2 >= turned) continue;
        const size_t rows = was->shape[0], columns = was->shape[1];
        t->values = values[i] = malloc(rows * columns * sizeof(float));
        assert_non_null(values[i]);
        for (size_t k = 0; k < rows * columns; k++) values[i][k % columns * rows + k / columns] = was->values[k];
        t->shape[0] = was->shape[1], t->shape[1] = was->shape[0];
    }
    assert_ok(clonal__safetensors_write(to, 6, tensors, 0, NULL, NULL));
    for (size_t i = 0; i < 6; i++) free(values[i]);
    clonal__safetensors_destroy(file);
}

static void put_text(const char *path, const char *text)
{
    put_file(path, text, strlen(text));
}

static char logged[4096];
static void keep_log(clonal_log_level level, const char *message, void *user)
{
    (void)user;
    if (level == CLONAL_LOG_WARNING) snprintf(logged, sizeof logged, "%s", message);
}

/* Two hidden layers of the same shape: the weights of a model, loaded under other names, are the same to the bit, or
 * are refused and the model stays as it was. */
static void other_names(void **state)
{
    clonal_run_settings s = settings_of(NULL, 3), other = settings_of(NULL, 4);
    s.perceptron.hidden = other.perceptron.hidden = (const uint32_t[]){PIXELS, PIXELS};
    clonal_model *model = model_of(&s), *second = model_of(&other);
    char wanted[72], digest[72], before[72];
    (void)state;
    assert_ok(clonal_model_save(model, in_folder("w.safetensors"), wanted));
    digest_of(second, before);

    put_renamed(in_folder("x.safetensors"), in_folder("w.safetensors"), (const char *const[]){"encoder", "head", "out"},
                0);
    assert_fails(clonal_model_load(second, in_folder("x.safetensors")), CLONAL_E_SHAPE, "their names give no order");
    put_text(in_folder("map"), "1.weight = encoder.weight\n1.bias = encoder.bias\n4.weight = out.weight\n");
    assert_fails(clonal_model_load_mapped(second, in_folder("x.safetensors"), in_folder("map")), CLONAL_E_SHAPE,
                 "line 3");
    digest_of(second, digest);
    assert_string_equal(digest, before);

    clonal_set_log(keep_log, NULL);
    put_renamed(in_folder("x.safetensors"), in_folder("w.safetensors"),
                (const char *const[]){"m.fc9", "m.fc10", "m.fc11"}, 0);
    assert_ok(clonal_model_load(second, in_folder("x.safetensors")));
    clonal_set_log(NULL, NULL);
    assert_non_null(strstr(logged,
                           "m.fc9.weight -> 1.weight, m.fc9.bias -> 1.bias, m.fc10.weight -> 4.weight, m.fc10.bias "
                           "-> 4.bias, m.fc11.weight -> 7.weight, m.fc11.bias -> 7.bias"));
    digest_of(second, digest);
    assert_string_equal(digest, wanted);
    clonal_model_destroy(second);

    second = model_of(&other);
    put_renamed(in_folder("x.safetensors"), in_folder("w.safetensors"), (const char *const[]){"encoder", "head", "out"},
                3);
    put_text(in_folder("map"),
             "1.weight = encoder.weight transposed\n1.bias = encoder.bias\n4.bias = head.bias\n"
             "4.weight = head.weight transposed\n7.weight = out.weight transposed\n7.bias = out.bias\n");
    assert_ok(clonal_model_load_mapped(second, in_folder("x.safetensors"), in_folder("map")));
    digest_of(second, digest);
    assert_string_equal(digest, wanted);
    clonal_model_destroy(second);

    assert_ok(clonal_run_open_mapped(device(), in_folder("x.safetensors"), in_folder("map"), 0, &second));
    clonal_model_destroy(second);
    assert_fails(clonal_run_open(device(), in_folder("x.safetensors"), 0, &second), CLONAL_E_FORMAT,
                 "spell no perceptron");
    assert_null(second);
    clonal_model_destroy(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(save_and_load), TRAIN_TEST(other_names)};
    return DEVICE_TEST_MAIN(tests);
}
