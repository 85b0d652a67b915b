/* clonal tune: plans the products of a network ahead, so that training starts at once. */
#include "support/device.h"
#include "support/interrupt.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/perceptron.h"
#include "support/verbs.h"
#include <clonal/clonal.h>
#include <stdio.h>

typedef struct tune_request {
    const char *device, *hidden;
    clonal_run_settings settings;
    perceptron_request perceptron;
    uint32_t inputs, classes, train, test;
    int gemm;
    bool quick, json;
    json_t *rows;
    int output_lost; /* output_flush's code where a line could not be written */
} tune_request;

static const char *shape_name(const clonal_tuned *t, char room[8])
{
    snprintf(room, 8, "%c%c", t->ta ? 'T' : 'N', t->tb ? 'T' : 'N');
    return room;
}

/* Of a large product a sole candidate is tried, not measured. */
static const char *speed_of(const clonal_tuned *t, char room[48])
{
    const double gflops = t->seconds > 0 ? 2e-9 * t->m * t->n * t->k / t->seconds : 0;
    snprintf(room, 48, t->seconds > 0 ? "%9.1f us  %7.1f GFLOP/s" : "not measured", t->seconds * 1e6, gflops);
    return room;
}

static int planned(size_t done, size_t total, const clonal_tuned *t, void *user)
{
    tune_request *r = user;
    char form[8], speed[48];
    if (r->json)
        json_array_append_new(r->rows, json_pack("{s:i, s:i, s:i, s:s, s:i, s:s, s:i, s:b, s:f}", "m", (int)t->m, "n",
                                                 (int)t->n, "k", (int)t->k, "form", shape_name(t, form), "zeros",
                                                 (int)t->zeros, "chosen", t->chosen, "variant", t->variant, "exact",
                                                 (int)t->exact, "seconds", t->seconds));
    else
        printf("[%zu/%zu]  %s %5u x %5u x %5u  %-7s %2d  %s%s%s\n", done, total, shape_name(t, form), t->m, t->n, t->k,
               t->chosen, t->variant, speed_of(t, speed), t->zeros ? "  of A's many zeros" : "",
               t->exact ? "" : "  not contract");
    r->output_lost = output_flush();
    return r->output_lost || interrupt_signal();
}

static int tune(clonal_context *context, tune_request *r)
{
    clonal_graph *graph;
    char description[512];
    clonal_status status = clonal_run_graph(&r->settings, 1, &r->inputs, r->classes, &graph);
    if (status != CLONAL_OK) return fail_status(status);
    device_describe(context, r->device, description, sizeof description);
    if (!r->json) printf("device %s\n", description);
    status = clonal_tune(context, graph, &r->settings.model, r->train, r->test, r->quick, planned, r);
    clonal_graph_destroy(graph);
    if (r->output_lost) return r->output_lost;
    if (status == CLONAL_E_CANCELLED && interrupt_signal()) return interrupt_exit_code();
    return status == CLONAL_OK ? 0 : fail_status(status);
}

int cmd_tune(int argc, const char **argv)
{
    tune_request r = {.inputs = 784, .classes = 10, .train = 60000, .test = 10000};
    clonal_run_settings_default(&r.settings);
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &r.device, "S", DEVICE_HELP),
        NUMBER_OPTION(OPTION_U32, "batch", 0, &r.settings.model.batch, "N", "samples a step (256)", 1, 0),
        VALUE_OPTION(OPTION_TEXT, "hidden", 0, &r.hidden, "N,...", "widths of the hidden layers, or none (256,256)"),
        NUMBER_OPTION(OPTION_U32, "inputs", 0, &r.inputs, "N", "values of a sample (784)", 1, 0),
        NUMBER_OPTION(OPTION_U32, "classes", 0, &r.classes, "N", "outputs of the network (10)", 1, 0),
        NUMBER_OPTION(OPTION_U32, "train", 0, &r.train, "N", "training samples: their last, short batch (60000)", 1, 0),
        NUMBER_OPTION(OPTION_U32, "test", 0, &r.test, "N", "validation samples (10000)", 0, 0),
        VALUE_OPTION(OPTION_CHOICE, "gemm", 0, &r.gemm, "auto|clblast|native", "who multiplies matrices (auto)"),
        FLAG_OPTION("quick", 0, &r.quick, "take what is known; try no more than training would"),
        FLAG_OPTION("json", 0, &r.json, "print JSON"),
    };
    command_line line = {.verb = "tune",
                         .arguments = "[options]",
                         .summary = "Tries every way to compute a network's matrix products on a device, admits\n"
                                    "those that return the contract's bits, takes the fastest, and remembers it.\n"
                                    "Training does the same when it starts: tuning changes no result.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    clonal_context *context = NULL;
    code = 0;
    r.settings.model.gemm = (clonal_gemm)r.gemm;
    if (r.hidden) code = perceptron_take_hidden(&r.perceptron, r.hidden, &r.settings.perceptron);
    if (code == 0) interrupt_watch();
    if (code == 0) code = device_open(r.device, &context);
    if (code == 0 && r.json) r.rows = json_array();
    if (code == 0) code = tune(context, &r);
    if (r.json && code == 0) code = output_json(r.rows, JSON_INDENT(2));
    clonal_context_destroy(context);
    perceptron_free(&r.perceptron);
    command_line_free(&line);
    return code;
}
