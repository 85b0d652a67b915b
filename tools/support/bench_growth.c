/* bench_growth.c: how an epoch's cost grows with the network, as `clonal bench` measures it: see bench.h. */
#include "support/bench.h"
#include "support/device.h"
#include "support/message.h"
#include "support/output.h"
#include <stdlib.h>

enum { MOST_DEPTH = 16, PEAK_SIDE = 2048 };
typedef struct network {
    uint32_t width, depth, batch;
} network;

static const network networks[] = {
    {64, 2, 256},    {128, 2, 256},  {256, 2, 256}, {512, 2, 256}, {1024, 2, 256}, {2048, 2, 256},
    {4096, 2, 256},  {8192, 2, 256}, {256, 2, 16},  {256, 2, 64},  {256, 2, 1024}, {256, 2, 4096},
    {256, 2, 16384}, {256, 1, 256},  {256, 4, 256}, {256, 8, 256}, {256, 16, 256},
};

/* Floating-point operations of a sample's products: forward, and back but for the first layer's input. */
static double operations(const network *n, uint32_t inputs, uint32_t classes)
{
    const double w = n->width, first = w * inputs;
    return 4 * first + 6 * (w * w * (n->depth - 1) + w * classes);
}

/* So many of the samples as take a second at the peak: whole batches, two at least. */
static size_t enough(const clonal_dataset *data, const network *n, double flop, double peak)
{
    const size_t all = clonal_dataset_count(data);
    const double wanted = peak / flop;
    size_t batches = wanted < 2.0 * n->batch ? 2 : (size_t)(wanted / n->batch);
    return batches * n->batch < all ? batches * n->batch : all;
}

static int measure(bench *b, const clonal_dataset *data, const network *n, uint32_t inputs, double peak)
{
    uint32_t widths[MOST_DEPTH];
    double rates[MOST_DEPTH], seconds[BENCH_ROUNDS];
    char room[4][32], memory[24];
    clonal_dataset *part = NULL;
    clonal_memory_need need;
    const double flop = operations(n, inputs, clonal_dataset_classes(data));
    const size_t all = clonal_dataset_count(data), count = enough(data, n, flop, peak);
    for (uint32_t i = 0; i < n->depth; i++) {
        widths[i] = n->width;
        rates[i] = 0.5;
    }
    const clonal_perceptron perceptron = {.hidden = widths, .dropout = rates, .hidden_count = n->depth};
    clonal_status status = clonal_dataset_select(data, count, NULL, &part);
    if (status == CLONAL_OK) status = bench_train(b, part, &perceptron, n->batch, seconds, &need);
    clonal_dataset_destroy(part);
    if (status != CLONAL_OK) return fail_status(status);
    const double epoch = bench_median(seconds, BENCH_ROUNDS) / (double)count * (double)all;
    const double rate = flop * (double)all / epoch;
    format_bytes(need.device, memory);
    bench_print(b, "%6u %6u %6u%s%s%s  %10s\n", n->width, n->depth, n->batch, bench_text(epoch, 3, room[0]),
                bench_text(rate * 1e-9, 1, room[1]), bench_text(rate / peak, 2, room[2]), memory);
    bench_add(b, "growth",
              json_pack("{s:i, s:i, s:i, s:I, s:o, s:o, s:o, s:I}", "width", (int)n->width, "depth", (int)n->depth,
                        "batch", (int)n->batch, "samples_measured", (json_int_t)count, "epoch_seconds",
                        bench_figure(epoch), "gflops", bench_figure(rate * 1e-9), "share_of_peak",
                        bench_figure(rate / peak), "device_bytes", (json_int_t)need.device));
    return output_flush();
}

int bench_growth(bench *b)
{
    const clonal_dataset *data = b->training;
    clonal_tuned tuned;
    uint32_t shape[4], inputs = 1;
    size_t rank;
    const clonal_status status =
        clonal_measure_gemm(b->context, PEAK_SIDE, PEAK_SIDE, PEAK_SIDE, false, false, CLONAL_GEMM_AUTO, 5, &tuned);
    if (status != CLONAL_OK) return fail_status(status);
    const double peak = 2.0 * PEAK_SIDE * PEAK_SIDE * PEAK_SIDE / tuned.seconds;
    clonal_dataset_shape(data, &rank, shape);
    for (size_t i = 0; i < rank; i++) inputs *= shape[i];
    bench_print(
        b,
        "\nhow cost grows: an epoch of %zu samples, dropout 0.5 behind each hidden layer; the peak is Clonal's\n"
        "product of %d^3, %.0f GFLOP/s, which zeros that are left out may pass; the larger networks' epochs are\n"
        "told from a part of the samples\n"
        " width  depth  batch   epoch s   GFLOP/s   of peak      memory\n",
        clonal_dataset_count(data), PEAK_SIDE, peak * 1e-9);
    int code = 0;
    for (size_t i = 0; i < sizeof networks / sizeof *networks && code == 0; i++)
        code = measure(b, data, &networks[i], inputs, peak);
    return code;
}
