/* clonal bench: figures of this machine, beside those of the peers (OpenBLAS, PyTorch) where they are there. Prints,
 * judges nothing. */
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/peer.h"
#include "support/progress.h"
#include "support/verbs.h"
#include <clonal/clonal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 3 /* own and peer alternate; medians are printed */

typedef struct bench_request {
    const char *device, *peers, *python, *data;
    bool no_epoch;
    uint32_t threads;
} bench_request;

/* The products of the chapter's step, and squares. The order and form of peers/gemm_openblas.c. */
typedef struct product {
    uint32_t m, n, k;
    char ta, tb;
    const char *what;
    double own[ROUNDS], clblast[ROUNDS], peer[ROUNDS];
    int peers;
} product;

static product products[] = {
    {256, 256, 784, 'N', 'T', "forward 1", {0}, {0}, {0}, 0}, {256, 256, 256, 'N', 'T', "forward 2", {0}, {0}, {0}, 0},
    {256, 10, 256, 'N', 'T', "forward 3", {0}, {0}, {0}, 0},  {256, 256, 256, 'N', 'N', "backward 2", {0}, {0}, {0}, 0},
    {256, 256, 10, 'N', 'N', "backward 3", {0}, {0}, {0}, 0}, {256, 784, 256, 'T', 'N', "weights 1", {0}, {0}, {0}, 0},
    {256, 256, 256, 'T', 'N', "weights 2", {0}, {0}, {0}, 0}, {10, 256, 256, 'T', 'N', "weights 3", {0}, {0}, {0}, 0},
    {1024, 1024, 1024, 'N', 'N', "square", {0}, {0}, {0}, 0},
};
enum { PRODUCT_COUNT = sizeof products / sizeof *products };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *values, int count)
{
    double sorted[ROUNDS];
    if (count <= 0) return 0;
    memcpy(sorted, values, sizeof(double) * (size_t)count);
    qsort(sorted, (size_t)count, sizeof(double), by_value);
    return sorted[count / 2];
}

static void openblas_line(const char *text, void *user)
{
    char ta, tb;
    unsigned m, n, k;
    double gflops;
    (void)user;
    if (sscanf(text, "%c%c %u %u %u %lf GFLOP/s", &ta, &tb, &m, &n, &k, &gflops) != 6) return;
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        product *p = &products[i];
        if (p->m == m && p->n == n && p->k == k && p->ta == ta && p->tb == tb && p->peers < ROUNDS)
            p->peer[p->peers++] = gflops;
    }
}

/* Compiles peers/gemm_openblas.c into the folder; false where there is no OpenBLAS or no compiler. */
static bool build_openblas(const bench_request *r, const char *program)
{
    char source[4096];
    snprintf(source, sizeof source, "%s/gemm_openblas.c", r->peers);
    const char *argv[] = {"cc",
                          "-O2",
                          source,
                          "-o",
                          program,
                          "-I/usr/include/x86_64-linux-gnu/openblas-pthread",
                          "-L/usr/lib/x86_64-linux-gnu/openblas-pthread",
                          "-lopenblas",
                          NULL};
    return peer_run(argv, NULL, NULL, NULL) == 0;
}

static int measure_products(clonal_context *context, const bench_request *r)
{
    char folder[] = "/tmp/clonal-bench-XXXXXX", program[sizeof folder + 16], threads[48];
    bool made = mkdtemp(folder) != NULL;
    snprintf(program, sizeof program, "%s/gemm_openblas", folder);
    bool peer = made && r->peers && build_openblas(r, program);
    snprintf(threads, sizeof threads, "OPENBLAS_NUM_THREADS=%u", r->threads);
    const char *environment[] = {threads, "OPENBLAS_CORETYPE=SkylakeX",
                                 "LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-pthread", NULL};
    clonal_status status = CLONAL_OK;
    for (int round = 0; round < ROUNDS && status == CLONAL_OK; round++) {
        for (int i = 0; i < PRODUCT_COUNT && status == CLONAL_OK; i++) {
            product *p = &products[i];
            clonal_tuned tuned;
            double work = 2e-9 * p->m * p->n * p->k;
            status =
                clonal_measure_gemm(context, p->m, p->n, p->k, p->ta == 'T', p->tb == 'T', CLONAL_GEMM_AUTO, 5, &tuned);
            if (status == CLONAL_OK) p->own[round] = work / tuned.seconds;
            if (status == CLONAL_OK)
                status = clonal_measure_gemm(context, p->m, p->n, p->k, p->ta == 'T', p->tb == 'T', CLONAL_GEMM_CLBLAST,
                                             3, &tuned);
            if (status == CLONAL_OK) p->clblast[round] = work / tuned.seconds;
        }
        const char *argv[] = {program, NULL};
        if (peer && status == CLONAL_OK && peer_run(argv, environment, openblas_line, NULL) != 0) peer = false;
    }
    if (made) {
        unlink(program);
        rmdir(folder);
    }
    if (status != CLONAL_OK) return fail_status(status);
    puts("\nGEMM, GFLOP/s (packing included)\n              M     N     K      Clonal  CLBlast  OpenBLAS  "
         "Clonal/OpenBLAS");
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        const product *p = &products[i];
        double own = median(p->own, ROUNDS), other = median(p->peer, p->peers);
        printf("%-10s %c%c %4u %5u %5u  %8.1f %8.1f", p->what, p->ta, p->tb, p->m, p->n, p->k, own,
               median(p->clblast, ROUNDS));
        if (other > 0)
            printf("  %8.1f  %8.2f\n", other, own / other);
        else
            puts("         -         -");
    }
    return 0;
}

static int measure_dropouts(clonal_context *context)
{
    puts("\ndropout p = 0.5, G elements/s\n   elements    dropout  scale-copy  dropout/scale-copy");
    for (int bits = 16; bits <= 24; bits += 4) {
        double dropout[ROUNDS], copy[ROUNDS], n = (double)(1u << bits);
        for (int round = 0; round < ROUNDS; round++) {
            clonal_status status =
                clonal_measure_dropout(context, 1u << (bits - 8), 256, 0.5, 7, &dropout[round], &copy[round]);
            if (status != CLONAL_OK) return fail_status(status);
        }
        double d = median(dropout, ROUNDS), c = median(copy, ROUNDS);
        printf("       2^%d  %9.2f  %10.2f  %8.2f\n", bits, n / d * 1e-9, n / c * 1e-9, c / d);
    }
    return 0;
}

typedef struct torch_figures {
    double seconds[ROUNDS + 1];
    int count;
} torch_figures;

static void torch_line(const char *text, void *user)
{
    torch_figures *t = user;
    const char *at = strstr(text, " seconds ");
    if (strncmp(text, "epoch ", 6) == 0 && at && t->count <= ROUNDS) t->seconds[t->count++] = strtod(at + 9, NULL);
}

/* Epochs of the chapter's network; the first warms up and does not count. */
static clonal_status own_epochs(clonal_context *context, const clonal_dataset *data, double seconds[ROUNDS])
{
    clonal_run_settings settings;
    clonal_graph *graph = NULL;
    clonal_model *model = NULL;
    clonal_run_settings_default(&settings);
    uint32_t shape[4];
    size_t rank;
    clonal_dataset_shape(data, &rank, shape);
    clonal_status status = clonal_run_graph(&settings, rank, shape, clonal_dataset_classes(data), &graph);
    if (status == CLONAL_OK) status = clonal_model_create(context, graph, &settings.model, &model);
    for (uint32_t epoch = 0; epoch <= ROUNDS && status == CLONAL_OK; epoch++) {
        double loss, start = now_seconds();
        status = clonal_model_train_epoch(model, data, epoch, NULL, NULL, &loss);
        if (epoch > 0) seconds[epoch - 1] = now_seconds() - start;
    }
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    return status;
}

static int measure_epochs(clonal_context *context, const bench_request *r)
{
    clonal_dataset *data = NULL;
    double own[ROUNDS];
    char script[4096], epochs[16], threads[16];
    torch_figures torch = {.count = 0};
    clonal_status status = clonal_dataset_open(r->data, CLONAL_SPLIT_TRAIN, &data);
    if (status == CLONAL_OK) status = own_epochs(context, data, own);
    size_t samples = status == CLONAL_OK ? clonal_dataset_count(data) : 0;
    clonal_dataset_destroy(data);
    if (status != CLONAL_OK) return fail_status(status);
    snprintf(script, sizeof script, "%s/torch_mlp.py", r->peers ? r->peers : ".");
    snprintf(epochs, sizeof epochs, "%d", ROUNDS + 1);
    snprintf(threads, sizeof threads, "%u", r->threads);
    const char *argv[] = {r->python,   script,  "--epochs", epochs,
                          "--threads", threads, "--data",   r->data ? r->data : CLONAL_FASHION_MNIST,
                          NULL};
    if (r->peers) peer_run(argv, NULL, torch_line, &torch);
    double mine = median(own, ROUNDS), other = torch.count > 1 ? median(torch.seconds + 1, torch.count - 1) : 0;
    printf("\nthe chapter's epoch, %zu samples\n  Clonal   %7.3f s  %8.0f samples/s\n", samples, mine,
           (double)samples / mine);
    if (other > 0)
        printf("  PyTorch  %7.3f s  %8.0f samples/s\n  Clonal is %.2f x as fast\n", other, (double)samples / other,
               other / mine);
    else
        puts("  PyTorch  not measured (--peers, --python: a Python that has torch)");
    return 0;
}

int cmd_bench(int argc, const char **argv)
{
    bench_request r = {.python = "python3"};
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "device", 0, &r.device, "S", DEVICE_HELP),
        VALUE_OPTION(OPTION_TEXT, "peers", 0, &r.peers, "DIR", "folder of gemm_openblas.c and torch_mlp.py"),
        VALUE_OPTION(OPTION_TEXT, "python", 0, &r.python, "FILE", "a Python that has torch (python3)"),
        NUMBER_OPTION(OPTION_U32, "threads", 0, &r.threads, "N", "the peers' threads (the device's units)", 1, 1024),
        VALUE_OPTION(OPTION_TEXT, "data", 0, &r.data, "DIR|FILE", "IDX files, or NumPy's .npz (Fashion-MNIST)"),
        FLAG_OPTION("no-epoch", 0, &r.no_epoch, "without the epoch, which needs data"),
    };
    command_line line = {.verb = "bench",
                         .arguments = "[options]",
                         .summary = "Measures products, dropout and the chapter's epoch on a device, beside OpenBLAS\n"
                                    "and PyTorch on the same machine where --peers names their programs. Look at the\n"
                                    "ratios, of one run: absolute figures change with the machine's other work.",
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    clonal_context *context = NULL;
    char description[512];
    code = device_open(r.device, &context);
    if (code == 0) {
        device_describe(context, r.device, description, sizeof description);
        printf("device %s\n", description);
        if (!r.threads) r.threads = clonal_context_device(context)->compute_units;
        code = output_flush();
    }
    if (code == 0) code = measure_products(context, &r);
    if (code == 0) code = output_flush();
    if (code == 0) code = measure_dropouts(context);
    if (code == 0) code = output_flush();
    if (code == 0 && !r.no_epoch) code = measure_epochs(context, &r);
    clonal_context_destroy(context);
    command_line_free(&line);
    return code;
}
