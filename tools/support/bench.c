/* bench.c: what the parts of `clonal bench` share: see bench.h. */
#include "support/bench.h"

#include "support/output.h"
#include "support/progress.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(const double *values, int count)
{
    double sorted[BENCH_ROUNDS];
    if (count <= 0) return 0;
    if (count > BENCH_ROUNDS) count = BENCH_ROUNDS;
    memcpy(sorted, values, sizeof(double) * (size_t)count);
    qsort(sorted, (size_t)count, sizeof(double), by_value);
    return sorted[count / 2];
}

void bench_print(const bench *b, const char *format, ...)
{
    if (b->figures) return;
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

void bench_add(bench *b, const char *part, json_t *row)
{
    if (!b->figures) {
        json_decref(row);
        return;
    }
    json_t *rows = json_object_get(b->figures, part);
    if (!rows) {
        rows = json_array();
        json_object_set_new(b->figures, part, rows);
    }
    json_array_append_new(rows, row);
}

json_t *bench_figure(double value)
{
    return value > 0 ? json_finite(value) : json_null();
}

const char *bench_text(double value, int digits, char room[32])
{
    if (value > 0)
        snprintf(room, 32, " %9.*f", digits, value);
    else
        snprintf(room, 32, " %9s", "-");
    return room;
}

static clonal_status train(bench *b, const clonal_dataset *data, const clonal_graph *graph,
                           const clonal_model_options *options, double seconds[BENCH_ROUNDS])
{
    clonal_model *model = NULL;
    clonal_status status = clonal_model_create(b->context, graph, options, &model);
    for (uint32_t epoch = 0; epoch <= BENCH_ROUNDS && status == CLONAL_OK; epoch++) {
        double loss, start = now_seconds();
        status = clonal_model_train_epoch(model, data, epoch, NULL, NULL, &loss);
        if (epoch > 0) seconds[epoch - 1] = now_seconds() - start;
    }
    clonal_model_destroy(model);
    return status;
}

clonal_status bench_train(bench *b, const clonal_dataset *data, const clonal_perceptron *perceptron, uint32_t batch,
                          double seconds[BENCH_ROUNDS], clonal_memory_need *need)
{
    clonal_model_options options = clonal_model_options_default();
    clonal_graph *graph = NULL;
    uint32_t shape[4];
    size_t rank;
    options.batch = batch;
    clonal_dataset_shape(data, &rank, shape);
    clonal_status status = clonal_perceptron_graph(perceptron, rank, shape, clonal_dataset_classes(data), &graph);
    if (status == CLONAL_OK) status = train(b, data, graph, &options, seconds);
    if (status == CLONAL_OK && need)
        status = clonal_model_memory_need(b->context, graph, &options, b->training, NULL, need);
    clonal_graph_destroy(graph);
    return status;
}
