#define _GNU_SOURCE /* RTLD_NEXT */
/* What a training is said to take of memory, against the buffers that it makes: this program's clCreateBuffer counts
 * them. ctest: LONG_ON rusticl */
#include "train_test.h"

#include "host/model/need.h"
#include "host/runtime/room.h"
#include <clonal/watch.h>
#include <dlfcn.h>

enum { MOST_BUFFERS = 4096 };
static struct {
    cl_mem mem;
    uint64_t bytes;
} alive[MOST_BUFFERS];

static void *real(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    assert_non_null(found);
    return found;
}

cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t bytes, void *host, cl_int *code)
{
    cl_mem (*create)(cl_context, cl_mem_flags, size_t, void *, cl_int *);
    *(void **)&create = real("clCreateBuffer");
    const cl_mem made = create(context, flags, bytes, host, code);
    size_t i = 0;
    while (i < MOST_BUFFERS && alive[i].mem) i++;
    assert_true(i < MOST_BUFFERS);
    alive[i].mem = made;
    alive[i].bytes = bytes;
    return made;
}

cl_int clReleaseMemObject(cl_mem mem)
{
    cl_int (*release)(cl_mem);
    *(void **)&release = real("clReleaseMemObject");
    for (size_t i = 0; i < MOST_BUFFERS; i++)
        if (alive[i].mem == mem) alive[i].mem = NULL;
    return release(mem);
}

static uint64_t bytes_alive(uint64_t *largest)
{
    uint64_t sum = 0;
    *largest = 0;
    for (size_t i = 0; i < MOST_BUFFERS; i++) {
        if (!alive[i].mem) continue;
        sum += alive[i].bytes;
        if (alive[i].bytes > *largest) *largest = alive[i].bytes;
    }
    return sum;
}

static void watch(clonal_model *model, const clonal_dataset *train)
{
    clonal_layer_statistics *rows;
    size_t count;
    assert_ok(clonal_model_watch(model, train, &rows, &count));
    clonal_free(rows);
}

static void check(const char *what, const clonal_run_settings *s, const clonal_dataset *train,
                  const clonal_dataset *test)
{
    static const uint32_t shape[] = {ROWS, COLUMNS};
    clonal_graph *graph;
    clonal_model *model;
    clonal_memory_need need;
    uint64_t largest;
    double loss;
    assert_ok(clonal_run_graph(s, 2, shape, CLASSES, &graph));
    const uint64_t before = bytes_alive(&largest);
    assert_ok(clonal_model_memory_need(device(), graph, &s->model, train, test, &need));
    if (s->watch) assert_ok(clonal__need_watch(device(), graph, &s->model, &need));
    assert_int_equal(bytes_alive(&largest), before);
    assert_ok(clonal_model_create(device(), graph, &s->model, &model));
    assert_int_equal(bytes_alive(&largest) - before, need.parameters + need.optimizer);
    assert_ok(clonal_model_train_epoch(model, train, 0, NULL, NULL, &loss));
    if (test) assert_ok(clonal_model_evaluate(model, test, &loss, NULL));
    if (s->watch) watch(model, train);
    const uint64_t made = bytes_alive(&largest) - before;
    if (made != need.device || largest != need.largest)
        fail_msg("%s: %llu bytes, the largest buffer %llu; said were %llu and %llu", what, (unsigned long long)made,
                 (unsigned long long)largest, (unsigned long long)need.device, (unsigned long long)need.largest);
    assert_int_equal(need.device, need.parameters + need.optimizer + need.activations + need.data);
    assert_int_equal(need.host, need.parameters + need.optimizer);
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    assert_int_equal(bytes_alive(&largest), before);
}

static void as_made(void **state)
{
    (void)state;
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN), *test = data_of(CLONAL_SPLIT_TEST);
    clonal_run_settings s = settings_of(NULL, 1);
    static const uint32_t wide[] = {3000}, three[] = {8, 8, 8};
    check("momentum", &s, train, test);
    s.model.optimizer.momentum = 0;
    check("sgd", &s, train, test);
    s.model.batch = TRAIN;
    check("one batch", &s, train, test);
    s.model.batch = 50;
    check("whole batches, no test data", &s, train, NULL);
    s.model.no_fusion = true;
    check("no fusion", &s, train, test);
    s.model.no_fusion = false;
    s.model.optimizer.name = "adam";
    check("adam", &s, train, test);
    s.perceptron = (clonal_perceptron){.hidden = wide, .hidden_count = 1, .activation = "gelu"};
    check("wide", &s, train, test);
    s.perceptron = (clonal_perceptron){.hidden = three, .hidden_count = 3, .loss = CLONAL_SQUARED_ERROR};
    check("squared error", &s, train, test);
    s.perceptron.dropout_kind = CLONAL_DROPOUT_CONNECT; /* whose masked weights are values of the step */
    check("dropped weights", &s, train, test);
    s.model.no_fusion = true;
    check("dropped weights, no fusion", &s, train, test);
    s.watch = true;
    check("watched, no fusion", &s, train, test);
    s.model.no_fusion = false;
    check("watched", &s, train, test);
    s.perceptron = (clonal_perceptron){.hidden = wide, .hidden_count = 1};
    check("wide, watched", &s, train, NULL);
    clonal_dataset_destroy(train);
    clonal_dataset_destroy(test);
}

/* By hand: 30-16-9-4. */
static void figures(void **state)
{
    (void)state;
    clonal_dataset *train = data_of(CLONAL_SPLIT_TRAIN);
    clonal_run_settings s = settings_of(NULL, 1);
    static const uint32_t shape[] = {ROWS, COLUMNS};
    clonal_graph *graph;
    clonal_memory_need need;
    assert_ok(clonal_run_graph(&s, 2, shape, CLASSES, &graph));
    assert_ok(clonal_model_memory_need(device(), graph, &s.model, train, NULL, &need));
    assert_int_equal(need.parameters, 4 * (30 * 16 + 16 + 16 * 9 + 9 + 9 * 4 + 4));
    assert_int_equal(need.optimizer, need.parameters); /* the momentum's */
    /* bytes of pixels; labels, order and losses of 4, right or not of 1; 4 bytes in place of targets */
    assert_int_equal(need.data, TRAIN * PIXELS + TRAIN * (3 * 4 + 1) + 4);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(train);
}

/* What cannot fit is told before a buffer is made, with what it would take. */
static void refused(void **state)
{
    (void)state;
    const uint64_t all = clonal_context_device(device())->global_memory_bytes,
                   one = clonal_context_device(device())->max_allocation_bytes;
    const clonal__need_part parts[] = {{"parameters", one, false}, {"data", UINT64_C(1) << 62, false}};
    const clonal__need_part host[] = {{"copies", UINT64_C(1) << 62, true}};
    assert_true(all >= one);
    assert_fails(clonal__room_check(device(), "this", 2, parts, 0, "do that"), CLONAL_E_MEMORY, "; do that");
    assert_fails(clonal__room_check(device(), "this", 2, parts, 0, "do that"), CLONAL_E_MEMORY,
                 "data 4294967296.0 GiB");
    assert_fails(clonal__room_check(device(), "this", 1, parts, one + 1, "do that"), CLONAL_E_MEMORY, "for one");
    if (clonal_context_device(device())->type == CLONAL_DEVICE_CPU)
        assert_fails(clonal__room_check(device(), "this", 1, host, 0, "do that"), CLONAL_E_MEMORY, "left of");
    const clonal__need_part little = {"data", 2 << 20, false};
    assert_ok(clonal__room_check(device(), "this", 1, &little, 2 << 20, "do that"));
}

static void sizes(void **state)
{
    char room[24];
    (void)state;
    assert_string_equal(clonal__bytes_text(0, room), "0 KiB");
    assert_string_equal(clonal__bytes_text(1, room), "1 KiB");
    assert_string_equal(clonal__bytes_text(340 << 20, room), "340 MiB");
    assert_string_equal(clonal__bytes_text(UINT64_C(1) << 30, room), "1.0 GiB");
    assert_string_equal(clonal__bytes_text(UINT64_C(1288490189), room), "1.2 GiB");
}

int main(void)
{
    const struct CMUnitTest tests[] = {TRAIN_TEST(as_made), TRAIN_TEST(figures), cmocka_unit_test(refused),
                                       cmocka_unit_test(sizes)};
    return DEVICE_TEST_MAIN(tests);
}
