/* locale_program LOCALE OUT [OTHER]: sets the locale as a program with a user interface does, trains a run into the
 * folder OUT, evaluates and resumes it, or the run OTHER in its place, and prints what came of it, numbers as their
 * bits. The data lie in the folder "data". */
#include <clonal/clonal.h>
#include <inttypes.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(clonal_status status, const char *what)
{
    if (status == CLONAL_OK) return;
    printf("%s: %s: %s\n", what, clonal_status_name(status), clonal_last_error()->message);
    exit(1);
}
#define CHECK(call) check(call, #call)

static void print_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    printf("%016" PRIx64 "\n", bits);
}

static void train(clonal_context *context, const char *out)
{
    clonal_run_settings s;
    clonal_run_result result;
    clonal_run_settings_default(&s);
    s.data = "data";
    s.out = out;
    s.epochs = 1;
    s.perceptron.hidden_count = 1;
    s.perceptron.hidden = (const uint32_t[]){9};
    s.perceptron.dropout = (const double[]){0.25};
    s.model.batch = 32;
    s.model.optimizer.name = "adam";
    s.model.optimizer.learning_rate = 0.0125f;
    s.model.schedule.name = "cosine";
    s.model.schedule.steps = 12;
    CHECK(clonal_run_train(context, &s, NULL, &result));
    printf("%s\n", result.digest);
}

static void go_on(clonal_context *context, const char *run)
{
    clonal_run_settings s;
    clonal_run_result result;
    clonal_dataset *data;
    clonal_model *model;
    char folder[4096];
    double loss, accuracy;
    CHECK(clonal_dataset_open("data", CLONAL_SPLIT_TEST, &data));
    CHECK(clonal_run_open(context, run, 0, &model));
    CHECK(clonal_model_evaluate(model, data, &loss, &accuracy));
    print_bits(loss), print_bits(accuracy);
    clonal_model_destroy(model);
    clonal_dataset_destroy(data);
    CHECK(clonal_run_settings_load(run, &s, folder));
    print_bits(s.perceptron.dropout[0]), print_bits((double)s.model.optimizer.learning_rate);
    s.epochs = 2;
    CHECK(clonal_run_train(context, &s, NULL, &result));
    printf("%s\n", result.digest);
    clonal_run_settings_free(&s);
}

int main(int argc, char **argv)
{
    clonal_context *context;
    clonal_graph *graph;
    char *text;
    if (argc < 3 || !setlocale(LC_ALL, argv[1])) return 2;
    CHECK(clonal_context_create(NULL, &context));
    train(context, argv[2]);
    go_on(context, argc > 3 ? argv[3] : argv[2]);
    CHECK(clonal_graph_parse("0 input 8\n1 dropout 0 0.1\n2 linear 1 3\n3 softmax_cross_entropy 2\n", &graph));
    CHECK(clonal_graph_print(graph, &text));
    printf("%s", text);
    clonal_free(text);
    clonal_graph_destroy(graph);
    const clonal_verify_options options = {.small = true};
    clonal_verification verification;
    CHECK(clonal_verify(context, &options, &verification));
    printf("%d %s\n", verification.equal, verification.small_digest);
    clonal_context_destroy(context);
    return 0;
}
