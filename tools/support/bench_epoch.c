/* bench_epoch.c: epochs beside PyTorch's and JAX's, as `clonal bench` measures them: see bench.h. */
#include "support/bench.h"
#include "support/message.h"
#include "support/output.h"
#include "support/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct epochs {
    double seconds[BENCH_ROUNDS + 1]; /* the first warms up */
    int count;
} epochs;

/* Takes a line "epoch N ... seconds S". */
static void epoch_line(const char *text, void *user)
{
    epochs *e = user;
    const char *at = strstr(text, " seconds ");
    if (strncmp(text, "epoch ", 6) == 0 && at && e->count <= BENCH_ROUNDS)
        e->seconds[e->count++] = strtod(at + 9, NULL);
}

/* The median seconds of a peer's epoch; 0 where its program or its package is not there. */
static double peer_epoch(const bench *b, const char *program, uint32_t hidden, uint32_t batch)
{
    char script[4096], numbers[3][16], threads[64];
    epochs e = {.count = 0};
    if (!b->peers) return 0;
    snprintf(script, sizeof script, "%s/%s", b->peers, program);
    snprintf(numbers[0], sizeof numbers[0], "%d", BENCH_ROUNDS + 1);
    snprintf(numbers[1], sizeof numbers[1], "%u", hidden);
    snprintf(numbers[2], sizeof numbers[2], "%u", batch);
    snprintf(threads, sizeof threads, "OMP_NUM_THREADS=%u", b->threads);
    const char *argv[] = {b->python,  script,    "--epochs", numbers[0], "--hidden",
                          numbers[1], "--batch", numbers[2], "--data",   b->data ? b->data : CLONAL_FASHION_MNIST,
                          NULL};
    const char *environment[] = {threads, "JAX_DEFAULT_MATMUL_PRECISION=highest", NULL};
    if (peer_run(argv, environment, epoch_line, &e) != 0) return 0;
    return e.count > 1 ? bench_median(e.seconds + 1, e.count - 1) : 0;
}

/* One row: hidden layers of a width with dropout 0.5, ours and the peers'. */
static int measure(bench *b, uint32_t hidden, uint32_t batch)
{
    const bool cpu = clonal_context_device(b->context)->type == CLONAL_DEVICE_CPU;
    const uint32_t widths[2] = {hidden, hidden};
    const double rates[2] = {0.5, 0.5};
    const clonal_perceptron perceptron = {.hidden = widths, .dropout = rates, .hidden_count = 2};
    double seconds[BENCH_ROUNDS];
    char room[5][32];
    const clonal_status status = bench_train(b, b->training, &perceptron, batch, seconds, NULL);
    if (status != CLONAL_OK) return fail_status(status);
    const double own = bench_median(seconds, BENCH_ROUNDS);
    const double torch = peer_epoch(b, cpu ? "torch_mlp.py" : "torch_graph.py", hidden, batch);
    const double jax = peer_epoch(b, "jax_scan.py", hidden, batch);
    bench_print(b, "%8u %6u%s%s%s%s%s\n", hidden, batch, bench_text(own, 4, room[0]), bench_text(torch, 4, room[1]),
                bench_text(jax, 4, room[2]), bench_text(torch / own, 2, room[3]), bench_text(jax / own, 2, room[4]));
    bench_add(b, "epoch",
              json_pack("{s:i, s:i, s:I, s:o, s:o, s:o}", "hidden", (int)hidden, "batch", (int)batch, "samples",
                        (json_int_t)clonal_dataset_count(b->training), "clonal_seconds", bench_figure(own),
                        "torch_seconds", bench_figure(torch), "jax_seconds", bench_figure(jax)));
    return output_flush();
}

static const uint32_t sizes[][2] = {{256, 256},   {256, 4096}, {1024, 256},
                                    {1024, 4096}, {4096, 256}, {4096, 4096}}; /* hidden, batch */

static int measure_from(bench *b, size_t first, size_t count)
{
    bench_print(b,
                "\nan epoch of %zu samples, two hidden layers with dropout 0.5, s\n  hidden  batch    Clonal   PyTorch"
                "       JAX PyTorch/Clonal JAX/Clonal\n",
                clonal_dataset_count(b->training));
    int code = 0;
    for (size_t i = first; i < first + count && code == 0; i++) code = measure(b, sizes[i][0], sizes[i][1]);
    return code;
}

int bench_epoch(bench *b)
{
    return measure_from(b, 0, 1);
}

/* A CPU leaves the largest out, which takes it minutes. */
int bench_sizes(bench *b)
{
    const size_t count = sizeof sizes / sizeof *sizes;
    return measure_from(b, 1, clonal_context_device(b->context)->type == CLONAL_DEVICE_CPU ? count - 3 : count - 1);
}
