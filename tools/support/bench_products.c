/* bench_products.c: matrix products, as `clonal bench` measures them: see bench.h. */
#include "support/bench.h"
#include "support/message.h"
#include "support/output.h"
#include "support/peer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* C (m,n) = op(A) (m,k) op(B) (k,n), transposed where its letter is T. GFLOP/s by rounds. */
typedef struct product {
    uint32_t m, n, k;
    char form[3];
    const char *what;
    double own[BENCH_ROUNDS], clblast[BENCH_ROUNDS], openblas[BENCH_ROUNDS];
    int clblasts, openblases;
} product;

/* The chapter's step, then squares and sums longer than the contract's block of 1024. */
static product products[] = {
    {.m = 256, .n = 256, .k = 784, .form = "NT", .what = "forward 1"},
    {.m = 256, .n = 256, .k = 256, .form = "NT", .what = "forward 2"},
    {.m = 256, .n = 10, .k = 256, .form = "NT", .what = "forward 3"},
    {.m = 256, .n = 256, .k = 256, .form = "NN", .what = "backward 2"},
    {.m = 256, .n = 256, .k = 10, .form = "NN", .what = "backward 3"},
    {.m = 256, .n = 784, .k = 256, .form = "TN", .what = "weights 1"},
    {.m = 256, .n = 256, .k = 256, .form = "TN", .what = "weights 2"},
    {.m = 10, .n = 256, .k = 256, .form = "TN", .what = "weights 3"},
    {.m = 1024, .n = 1024, .k = 1024, .form = "NN", .what = "square"},
    {.m = 1024, .n = 784, .k = 4096, .form = "TN", .what = "long"},
    {.m = 1024, .n = 1024, .k = 4096, .form = "TN", .what = "long"},
    {.m = 1024, .n = 1024, .k = 4096, .form = "NT", .what = "long"},
    {.m = 1024, .n = 1024, .k = 4096, .form = "NN", .what = "long"},
    {.m = 4096, .n = 4096, .k = 4096, .form = "NN", .what = "square"},
};
enum { PRODUCT_COUNT = sizeof products / sizeof *products, SHAPE_TEXT = 48 };

static double gflop(const product *p)
{
    return 2e-9 * p->m * p->n * p->k;
}

static clonal_status measure(bench *b, const product *p, clonal_gemm gemm, size_t samples, double *rate)
{
    clonal_tuned tuned;
    clonal_status status =
        clonal_measure_gemm(b->context, p->m, p->n, p->k, p->form[0] == 'T', p->form[1] == 'T', gemm, samples, &tuned);
    if (status == CLONAL_OK) *rate = gflop(p) / tuned.seconds;
    return status;
}

static clonal_status measure_round(bench *b, int round)
{
    /* CLBlast is slow on CPUs: from so many GFLOP on it is measured once, and then not at all. */
    enum { LARGE = 2, TOO_LARGE = 50 };
    const bool cpu = clonal_context_device(b->context)->type == CLONAL_DEVICE_CPU;
    clonal_status status = CLONAL_OK;
    for (int i = 0; i < PRODUCT_COUNT && status == CLONAL_OK; i++) {
        product *p = &products[i];
        status = measure(b, p, CLONAL_GEMM_AUTO, 5, &p->own[round]);
        if (status == CLONAL_OK && (!cpu || gflop(p) < (round == 0 ? TOO_LARGE : LARGE)))
            status = measure(b, p, CLONAL_GEMM_CLBLAST, 3, &p->clblast[p->clblasts++]);
    }
    return status;
}

/* Takes a line of gemm_openblas, "NT  256  256  784  437.6 GFLOP/s ...". */
static void openblas_line(const char *text, void *user)
{
    char form[3];
    unsigned m, n, k;
    double rate;
    (void)user;
    if (sscanf(text, "%2s %u %u %u %lf GFLOP/s", form, &m, &n, &k, &rate) != 5) return;
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        product *p = &products[i];
        if (p->m == m && p->n == n && p->k == k && strcmp(p->form, form) == 0 && p->openblases < BENCH_ROUNDS)
            p->openblas[p->openblases++] = rate;
    }
}

/* Compiles peers/gemm_openblas.c; false where there is no OpenBLAS or no compiler. */
static bool build_openblas(const bench *b, const char *program)
{
    char source[4096];
    snprintf(source, sizeof source, "%s/gemm_openblas.c", b->peers);
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

static bool has_avx512(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    return __builtin_cpu_supports("avx512f");
#else
    return false;
#endif
}

static bool run_openblas(const bench *b, const char *program)
{
    char threads[48], shapes[PRODUCT_COUNT][SHAPE_TEXT];
    const char *argv[PRODUCT_COUNT + 2] = {program};
    snprintf(threads, sizeof threads, "OPENBLAS_NUM_THREADS=%u", b->threads);
    /* In a virtual machine OpenBLAS may not know a processor with AVX-512, and takes slow kernels. */
    const char *const core = has_avx512() ? "OPENBLAS_CORETYPE=SkylakeX" : threads;
    const char *environment[] = {threads, core, "LD_LIBRARY_PATH=/usr/lib/x86_64-linux-gnu/openblas-pthread", NULL};
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        const product *p = &products[i];
        snprintf(shapes[i], SHAPE_TEXT, "%s:%u:%u:%u", p->form, p->m, p->n, p->k);
        argv[i + 1] = shapes[i];
    }
    return peer_run(argv, environment, openblas_line, NULL) == 0;
}

static clonal_status measure_all(bench *b)
{
    char folder[] = "/tmp/clonal-bench-XXXXXX", program[sizeof folder + 16];
    const bool made = b->peers && mkdtemp(folder) != NULL;
    snprintf(program, sizeof program, "%s/gemm_openblas", folder);
    bool peer = made && build_openblas(b, program);
    clonal_status status = CLONAL_OK;
    for (int round = 0; round < BENCH_ROUNDS && status == CLONAL_OK; round++) {
        status = measure_round(b, round);
        peer = peer && status == CLONAL_OK && run_openblas(b, program);
    }
    if (made) {
        unlink(program);
        rmdir(folder);
    }
    return status;
}

int bench_products(bench *b)
{
    char room[3][32];
    const clonal_status status = measure_all(b);
    if (status != CLONAL_OK) return fail_status(status);
    bench_print(b, "\nGEMM, GFLOP/s (packing included)\n                 M     N     K    Clonal   CLBlast  OpenBLAS  "
                   "Clonal/OpenBLAS\n");
    for (int i = 0; i < PRODUCT_COUNT; i++) {
        const product *p = &products[i];
        const double own = bench_median(p->own, BENCH_ROUNDS), clblast = bench_median(p->clblast, p->clblasts);
        const double openblas = bench_median(p->openblas, p->openblases);
        bench_print(b, "%-10s %s %5u %5u %5u%s%s%s", p->what, p->form, p->m, p->n, p->k, bench_text(own, 1, room[0]),
                    bench_text(clblast, 1, room[1]), bench_text(openblas, 1, room[2]));
        bench_print(b, "%s\n", bench_text(openblas > 0 ? own / openblas : 0, 2, room[0]));
        bench_add(b, "gemm",
                  json_pack("{s:s, s:s, s:i, s:i, s:i, s:o, s:o, s:o}", "what", p->what, "form", p->form, "m",
                            (int)p->m, "n", (int)p->n, "k", (int)p->k, "clonal_gflops", bench_figure(own),
                            "clblast_gflops", bench_figure(clblast), "openblas_gflops", bench_figure(openblas)));
    }
    return output_flush();
}
