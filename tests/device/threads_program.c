/* threads_program: four threads, each with contexts, data and models of its own, from a process's first use of OpenCL
 * on. Prints a digest a line: all are the same.
 * threads_program clblast: the same through CLBlast, a smaller network and once a thread, since it compiles for long.
 * threads_program sweep: a sweep over three contexts, and over one; a digest of all its runs for each.
 * threads_program fork-before|fork-after: a child of a process that did not use OpenCL, or did, does so; prints what
 * comes of it, and what of the parent. */
#include <clonal/clonal.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 3, SAMPLES = 64, PIXELS = 12 };

static void check(clonal_status status, const char *what)
{
    if (status == CLONAL_OK) return;
    printf("%s: %s: %s\n", what, clonal_status_name(status), clonal_last_error()->message);
    fflush(stdout);
    _exit(1);
}
#define CHECK(call) check(call, #call)

static bool by_clblast;
static const char network[] =
    "0 input 12\n1 linear 0 9\n2 relu 1\n3 dropout 2 0.5\n4 linear 3 3\n5 softmax_cross_entropy 4\n";
static const char small_network[] = "0 input 12\n1 linear 0 3\n2 softmax_cross_entropy 1\n";

static void train_once(char digest[72], const char *path)
{
    static const uint32_t shape[] = {PIXELS};
    uint8_t pixels[SAMPLES * PIXELS];
    uint32_t labels[SAMPLES];
    clonal_dataset *data;
    clonal_context *context;
    clonal_graph *graph;
    clonal_model *model;
    clonal_model_options options = clonal_model_options_default();
    double loss;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37 % 251);
    for (size_t i = 0; i < SAMPLES; i++) labels[i] = (uint32_t)(i % 3);
    options.batch = 16;
    if (by_clblast) options.gemm = CLONAL_GEMM_CLBLAST;
    CHECK(clonal_dataset_create_u8(SAMPLES, 1, shape, pixels, labels, &data));
    CHECK(clonal_context_create(NULL, &context));
    CHECK(clonal_graph_parse(by_clblast ? small_network : network, &graph));
    CHECK(clonal_model_create(context, graph, &options, &model));
    CHECK(clonal_model_train_epoch(model, data, 0, NULL, NULL, &loss));
    CHECK(clonal_model_save(model, path, digest));
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_context_destroy(context);
    clonal_dataset_destroy(data);
}

static void *thread(void *number)
{
    char digest[72], path[64];
    snprintf(path, sizeof path, "thread-%d.safetensors", *(const int *)number);
    for (int i = 0; i < (by_clblast ? 1 : ROUNDS); i++) {
        train_once(digest, path);
        printf("%s\n", digest);
    }
    return NULL;
}

static int run_threads(void)
{
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, thread, &numbers[i])) return 1;
    }
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return 0;
}

static void put_idx(const char *path, const uint8_t *head, size_t head_bytes, const uint8_t *values, size_t count)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(head, 1, head_bytes, file) != head_bytes || fwrite(values, 1, count, file) != count ||
        fclose(file) != 0)
        check(CLONAL_E_IO, path);
}

/* A data set of the MNIST family in this folder. */
static void make_data(void)
{
    uint8_t pixels[SAMPLES * PIXELS], labels[SAMPLES];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 37 % 251);
    for (size_t i = 0; i < SAMPLES; i++) labels[i] = (uint8_t)(i % 3);
    static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, SAMPLES, 0, 0, 0, 3, 0, 0, 0, PIXELS / 3};
    static const uint8_t classes[] = {0, 0, 8, 1, 0, 0, 0, SAMPLES};
    put_idx("train-images-idx3-ubyte", images, sizeof images, pixels, sizeof pixels);
    put_idx("train-labels-idx1-ubyte", classes, sizeof classes, labels, sizeof labels);
    put_idx("t10k-images-idx3-ubyte", images, sizeof images, pixels, sizeof pixels);
    put_idx("t10k-labels-idx1-ubyte", classes, sizeof classes, labels, sizeof labels);
}

/* Prints the digests of a sweep's runs, folded into the form of one. */
static void print_runs(const clonal_sweep *sweep)
{
    char folded[72] = "sha256:";
    for (size_t k = 7; k < 71; k++) {
        unsigned sum = 0;
        for (size_t i = 0; i < sweep->setting_count * sweep->seed_count; i++)
            sum = sum * 31 + (unsigned char)sweep->runs[i].digest[k];
        folded[k] = "0123456789abcdef"[sum % 16];
    }
    printf("%s\n", folded);
}

static int run_sweep(void)
{
    clonal_context *contexts[3];
    clonal_sweep_plan *plan;
    clonal_sweep *sweep;
    char folder[64];
    make_data();
    CHECK(clonal_sweep_plan_create(&plan));
    CHECK(clonal_sweep_plan_base(plan, "data", "."));
    CHECK(clonal_sweep_plan_base(plan, "hidden", "5"));
    CHECK(clonal_sweep_plan_base(plan, "batch", "16"));
    CHECK(clonal_sweep_plan_base(plan, "epochs", "2"));
    CHECK(clonal_sweep_plan_base(plan, "validate", "0.25"));
    CHECK(clonal_sweep_plan_grid(plan, "lr", "0.1,0.2,0.3,0.4"));
    for (size_t i = 0; i < 3; i++) CHECK(clonal_context_create(NULL, &contexts[i]));
    for (size_t count = 3; count <= 3; count -= 2) { /* 3, then 1 */
        snprintf(folder, sizeof folder, "sweep-%ld-%zu", (long)getpid(), count);
        CHECK(clonal_sweep_train(count, contexts, plan, folder, NULL, &sweep));
        print_runs(sweep);
        clonal_sweep_destroy(sweep);
    }
    for (size_t i = 0; i < 3; i++) clonal_context_destroy(contexts[i]);
    clonal_sweep_plan_destroy(plan);
    return 0;
}

static int run_fork(int after)
{
    char digest[72];
    clonal_context *context = NULL;
    int status;
    if (after) CHECK(clonal_context_create(NULL, &context));
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        clonal_context *own = NULL;
        alarm(60);
        if (context) { /* the parent's: an error, and no wait that never ends */
            const clonal_mask_spec spec = {.p = 0.5};
            uint8_t keep[8];
            if (clonal_dropout_mask(context, &spec, 1, 8, keep) == CLONAL_OK) _exit(9);
            if (clonal_context_finish(context) == CLONAL_OK) _exit(8);
            clonal_context_destroy(context);
        }
        CHECK(clonal_context_create(NULL, &own));
        clonal_context_destroy(own);
        train_once(digest, "child.safetensors");
        printf("child %s\n", digest);
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    printf("child's status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status));
    clonal_context_destroy(context);
    train_once(digest, "parent.safetensors");
    printf("parent %s\n", digest);
    return 0;
}

int main(int argc, char **argv)
{
    by_clblast = argc > 1 && strcmp(argv[1], "clblast") == 0;
    if (argc > 1 && strcmp(argv[1], "sweep") == 0) return run_sweep();
    return argc == 1 || by_clblast ? run_threads() : run_fork(strcmp(argv[1], "fork-after") == 0);
}
