/* Weights files: what one model saves, another loads.
 * ctest: PLATFORMS pocl rusticl intel */
#include "train_test.h"

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
    other.perceptron.hidden[0] = 17;
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

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(save_and_load)};
    return DEVICE_TEST_MAIN(tests);
}
