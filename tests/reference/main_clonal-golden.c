/* clonal-golden CASES: the golden digests of cl/CONTRACT.md, section 8, for a file of cases, on stdout. */
#define _POSIX_C_SOURCE 200809L
#include "ref_cases.h"
#include "ref_files.h"
#include "ref_fused.h"
#include "ref_math.h"
#include "ref_noise.h"
#include "ref_philox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 16 }; /* of a digest that are kept */

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "clonal-golden: %s: %s\n", what, why);
    exit(2);
}

static void print_digest(const char *name, const char *hex)
{
    printf("%s %.*s\n", name, DIGITS, hex);
}

static void print_floats(const char *name, const float *values, size_t count)
{
    char hex[REF_SHA256_HEX];
    ref_sha256_floats(values, count, hex);
    print_digest(name, hex);
}

static void functions(const char *line)
{
    static const struct {
        const char *name;
        float (*f)(float);
    } all[] = {{"recip", ref_recip}, {"sqrt", ref_sqrt},       {"exp", ref_exp},
               {"log", ref_log},     {"sigmoid", ref_sigmoid}, {"tanh", ref_tanh}};
    uint32_t first, stride, count;
    if (sscanf(line, "functions %*s %" SCNx32 " %" SCNu32 " %" SCNu32, &first, &stride, &count) != 3)
        fail("not a line of functions", line);
    float *y = ref_alloc(count, sizeof *y);
    for (size_t f = 0; f < sizeof all / sizeof all[0]; f++) {
        for (uint32_t i = 0; i < count; i++) y[i] = all[f].f(ref_float(first + i * stride));
        print_floats(all[f].name, y, count);
    }
    free(y);
}

static void erf_line(const char *line)
{
    uint32_t first, stride, count;
    if (sscanf(line, "erf %*s %" SCNx32 " %" SCNu32 " %" SCNu32, &first, &stride, &count) != 3)
        fail("not a line of erf", line);
    float *y = ref_alloc(count, sizeof *y);
    for (uint32_t i = 0; i < count; i++) y[i] = ref_erf(ref_float(first + i * stride));
    print_floats("erf", y, count);
    free(y);
}

static void normal32_line(const char *line)
{
    uint32_t first, stride, count;
    if (sscanf(line, "normal32 %*s %" SCNx32 " %" SCNu32 " %" SCNu32, &first, &stride, &count) != 3)
        fail("not a line of normal32", line);
    float *z = ref_alloc(count, sizeof *z);
    for (uint32_t i = 0; i < count; i++) z[i] = ref_normal32(first + i * stride);
    print_floats("normal32", z, count);
    free(z);
}

static void print_fused(void *user, const char *name, const float *values, size_t count)
{
    (void)user;
    print_floats(name, values, count);
}

/* Operands that are any bits; in every other triple c is within 7 units of -a*b, so that the sum cancels. */
static void arithmetic(const char *line)
{
    uint32_t count, stream = ref_stream(REF_PURPOSE_NOISE, 0);
    if (sscanf(line, "arithmetic %*s %" SCNu32, &count) != 1) fail("not a line of arithmetic", line);
    float *quotients = ref_alloc(count, sizeof *quotients), *sums = ref_alloc(count, sizeof *sums);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t word = ref_word(0, stream, 2, 2, i);
        float a = ref_float(ref_word(0, stream, 2, 0, i)), b = ref_float(ref_word(0, stream, 2, 1, i));
        float product = a * b;
        float c = ref_float(i % 2 == 0 && product == product ? ref_bits(-product) ^ (word & 7) : word);
        quotients[i] = ref_div(a, b);
        sums[i] = ref_fma(a, b, c);
    }
    print_floats("div", quotients, count);
    print_floats("fma", sums, count);
    free(quotients);
    free(sums);
}

static void print_tensor(void *user, uint64_t t, const struct ref_named *tensor)
{
    uint64_t *next = user;
    char hex[REF_SHA256_HEX];
    if (t == *next) printf("step %" PRIu64 "\n", (*next)++);
    if (tensor->keep != NULL)
        ref_sha256(tensor->keep, tensor->rows * tensor->columns, hex);
    else
        ref_sha256_floats(tensor->values, tensor->rows * tensor->columns, hex);
    print_digest(tensor->name, hex);
}

static void print_double(const char *name, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    if (value != value) bits = UINT64_C(0x7ff8000000000000);
    printf("%s %016" PRIx64 "\n", name, bits);
}

static void train(const struct ref_case *c)
{
    struct ref_data data;
    double loss, accuracy;
    uint64_t next = c->first_step;
    struct ref_trainer *trainer = ref_trainer_create(&c->graph, &c->settings);
    ref_case_data(c, &data);
    trainer->t = c->first_step;
    trainer->observer = print_tensor;
    trainer->observer_user = &next;
    for (uint64_t epoch = 0; epoch < c->epochs; epoch++) loss = ref_epoch(trainer, &data, (uint32_t)epoch, UINT64_MAX);
    puts("result");
    print_double("train_loss", loss);
    ref_evaluate(trainer, &data, &loss, &accuracy);
    print_double("val_loss", loss);
    print_double("val_accuracy", accuracy);
    ref_data_free(&data);
    ref_trainer_destroy(trainer);
}

int main(int argc, char **argv)
{
    static struct ref_case c;
    char line[512], message[REF_MAX_MESSAGE], *graph;
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    if (file == NULL) fail("usage", "clonal-golden CASES");
    puts("# Made by clonal-golden from verify-cases.txt, whose lines it repeats; see CONTRACT.md, section 8.");
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#' || line[0] == '\n') continue;
        fputs(line, stdout);
        if (strncmp(line, "functions ", 10) == 0) {
            functions(line);
        } else if (strncmp(line, "arithmetic ", 11) == 0) {
            arithmetic(line);
        } else if (strncmp(line, "erf ", 4) == 0) {
            erf_line(line);
        } else if (strncmp(line, "normal32 ", 9) == 0) {
            normal32_line(line);
        } else if (strncmp(line, "fused", 5) == 0) {
            if (ref_fused(line, print_fused, NULL) != 0) fail("not a line of fused or fused_update", line);
        } else {
            if (ref_case_read(&c, line, file, message) != 0) fail(argv[1], message);
            graph = ref_graph_print(&c.graph);
            printf("%send\n", graph);
            free(graph);
            train(&c);
        }
    }
    fclose(file);
    return 0;
}
