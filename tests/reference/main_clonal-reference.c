/* clonal-reference: trains by cl/CONTRACT.md alone, without OpenCL. The chapter's network and settings unless
 * told otherwise. */
#define _POSIX_C_SOURCE 200809L
#include "ref_files.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LAYERS = 32, MAX_TEXT = 1 << 20 };

static const char usage[] =
    "usage: clonal-reference [options]\n"
    "  --hidden 256,256         widths of the hidden layers; none for no hidden layer\n"
    "  --dropout .5,.5          p for each hidden layer, or one for all; none for no dropout nodes\n"
    "  --activation relu        relu, sigmoid, tanh, gelu or silu\n"
    "  --loss NAME              softmax_cross_entropy or mean_squared_error\n"
    "  --classes 10             width of the last layer\n"
    "  --graph FILE             a graph as text, instead of the five options above\n"
    "  --seed 0 --batch 256 --lr .1 --momentum 0 --weight-decay 0 --epochs 10\n"
    "  --optimizer sgd          sgd, adam or adamw, with --beta1 .9 --beta2 .999 --eps 1e-8\n"
    "  --schedule constant      constant, step (--every 1 --gamma .1) or cosine (--schedule-steps N)\n"
    "  --warmup 0               steps that the rate grows over first\n"
    "  --dropout-schedule NAME  constant (so by default), linear or exponential, with --dropout-steps N\n"
    "  --steps N                stop after N steps\n"
    "  --data DIR               IDX files (default /usr/share/datasets/fashion-mnist)\n"
    "  --limit N                the first N training samples only\n"
    "  --out FILE               write weights.safetensors there\n"
    "  --record FILE            write a line `step name sha256` for every tensor of every step\n";

struct options {
    const char *hidden, *dropout, *activation, *loss, *classes, *graph, *data, *out, *record;
    struct ref_settings settings;
    uint64_t epochs, steps, limit;
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "clonal-reference: %s: %s\n", what, why);
    exit(2);
}

static uint64_t read_count(const char *name, const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoumax(text, &end, 0);
    if (end == text || *end != '\0' || errno != 0 || strchr(text, '-') != NULL) fail(name, "not a whole number");
    return value;
}

static double read_number(const char *name, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0') fail(name, "not a number");
    return value;
}

/* An option's key in a line of cases. */
static const char *key_of(const char *option)
{
    if (!strcmp(option, "schedule-steps")) return "steps";
    if (!strcmp(option, "dropout-schedule")) return "dropout_schedule";
    return strcmp(option, "dropout-steps") ? option : "dropout_steps";
}

static void read_options(struct options *o, int argc, char **argv)
{
    static const char *const names[] = {
        "hidden",       "dropout",        "activation", "loss",  "classes", "graph",    "data",
        "out",          "record",         "seed",       "batch", "lr",      "momentum", "weight-decay",
        "epochs",       "steps",          "limit",      "help",  "beta1",   "beta2",    "eps",
        "optimizer",    "schedule-steps", "warmup",     "every", "gamma",   "schedule", "dropout-schedule",
        "dropout-steps"};
    enum { COUNT = sizeof names / sizeof names[0] };
    struct option table[COUNT + 1] = {{0}};
    const char **texts[] = {&o->hidden, &o->dropout, &o->activation, &o->loss,  &o->classes,
                            &o->graph,  &o->data,    &o->out,        &o->record};
    enum { TEXTS = sizeof texts / sizeof texts[0] };
    for (int i = 0; i < COUNT; i++)
        table[i] = (struct option){names[i], strcmp(names[i], "help") ? required_argument : no_argument, NULL, 256 + i};
    for (int code; (code = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (code < 256) exit(2);
        const char *name = names[code - 256];
        if (code - 256 < TEXTS)
            *texts[code - 256] = optarg;
        else if (!strcmp(name, "seed"))
            o->settings.seed = read_count(name, optarg);
        else if (!strcmp(name, "batch"))
            o->settings.batch = (size_t)read_count(name, optarg);
        else if (!strcmp(name, "lr"))
            o->settings.lr = read_number(name, optarg);
        else if (!strcmp(name, "momentum"))
            o->settings.momentum = read_number(name, optarg);
        else if (!strcmp(name, "weight-decay"))
            o->settings.weight_decay = read_number(name, optarg);
        else if (!strcmp(name, "epochs"))
            o->epochs = read_count(name, optarg);
        else if (!strcmp(name, "steps"))
            o->steps = read_count(name, optarg);
        else if (!strcmp(name, "limit"))
            o->limit = read_count(name, optarg);
        else if (!strcmp(name, "help")) {
            fputs(usage, stdout);
            exit(0);
        } else if (ref_settings_set(&o->settings, key_of(name), optarg) != 0) {
            fail(name, "no such value");
        }
    }
    if (ref_settings_check(&o->settings) != 0) fail("the optimizer or schedule", "settings that do not go together");
    if (optind != argc) fail(argv[optind], "not an option");
    if (o->settings.batch == 0) fail("--batch", "0 samples");
}

/* Splits "a,b,c" in place; "none" is an empty list. */
static size_t split(char *text, char **parts, const char *name)
{
    size_t count = 0;
    if (!strcmp(text, "none")) return 0;
    for (char *part = strtok(text, ","); part != NULL; part = strtok(NULL, ",")) {
        if (count == MAX_LAYERS) fail(name, "too many layers");
        parts[count++] = part;
    }
    return count;
}

/* The text of a multilayer perceptron: each hidden layer linear, activation, dropout. */
static void write_network(const struct options *o, char text[MAX_TEXT])
{
    char *widths[MAX_LAYERS], *p[MAX_LAYERS], *hidden = strdup(o->hidden), *dropout = strdup(o->dropout);
    size_t layers = split(hidden, widths, "--hidden"), dropouts = split(dropout, p, "--dropout"), node = 2;
    int at = snprintf(text, MAX_TEXT, "0 input 28,28\n1 flatten 0\n");
    if (dropouts > 1 && dropouts != layers) fail("--dropout", "as many as hidden layers, or one");
    for (size_t i = 0; i < layers; i++, node += 2) {
        at += snprintf(text + at, MAX_TEXT - (size_t)at, "%zu linear %zu %.20s\n%zu %.20s %zu\n", node, node - 1,
                       widths[i], node + 1, o->activation, node);
        if (dropouts > 0) {
            at += snprintf(text + at, MAX_TEXT - (size_t)at, "%zu dropout %zu %.40s\n", node + 2, node + 1,
                           p[dropouts == 1 ? 0 : i]);
            node++;
        }
    }
    snprintf(text + at, MAX_TEXT - (size_t)at, "%zu linear %zu %.20s\n%zu %.40s %zu\n", node, node - 1, o->classes,
             node + 1, o->loss, node);
    free(hidden);
    free(dropout);
}

static void read_graph(const struct options *o, struct ref_graph *graph)
{
    static char text[MAX_TEXT];
    char message[REF_MAX_MESSAGE];
    if (o->graph == NULL) {
        write_network(o, text);
    } else {
        FILE *file = fopen(o->graph, "rb");
        if (file == NULL) fail(o->graph, strerror(errno));
        text[fread(text, 1, MAX_TEXT - 1, file)] = '\0';
        fclose(file);
    }
    if (ref_graph_parse(graph, text, message) != 0) fail("the network", message);
}

static void read_data(struct ref_data *data, const struct options *o, const struct ref_trainer *trainer,
                      const char *prefix, size_t limit)
{
    char message[REF_MAX_MESSAGE];
    if (ref_data_read(data, o->data, prefix, limit, message) != 0) fail("--data", message);
    if (data->columns != trainer->graph.nodes[0].columns)
        fail("--data", "samples of another size than the network's input");
    for (size_t i = 0; i < data->count; i++) {
        if (data->labels[i] >= ref_classes(trainer)) fail("--data", "a label that the network has no output for");
    }
}

static void record(void *user, uint64_t t, const struct ref_named *tensor)
{
    char hex[REF_SHA256_HEX];
    if (tensor->keep != NULL)
        ref_sha256(tensor->keep, tensor->rows * tensor->columns, hex);
    else
        ref_sha256_floats(tensor->values, tensor->rows * tensor->columns, hex);
    fprintf(user, "%" PRIu64 " %s %s\n", t, tensor->name, hex);
}

static void train(struct ref_trainer *trainer, const struct options *o)
{
    struct ref_data training, validation;
    char hex[REF_SHA256_HEX];
    read_data(&training, o, trainer, "train", o->limit);
    read_data(&validation, o, trainer, "t10k", 0);
    for (uint64_t epoch = 0; epoch < o->epochs && trainer->t < o->steps; epoch++) {
        double val_loss, val_accuracy;
        double train_loss = ref_epoch(trainer, &training, (uint32_t)epoch, o->steps - trainer->t);
        ref_evaluate(trainer, &validation, &val_loss, &val_accuracy);
        ref_digest(trainer, hex);
        printf("epoch %" PRIu64 " train_loss %.9g val_loss %.9g val_accuracy %.9g digest %s\n", epoch, train_loss,
               val_loss, val_accuracy, hex);
        fflush(stdout);
    }
    ref_data_free(&training);
    ref_data_free(&validation);
}

static void write_weights(const struct ref_trainer *trainer, const char *path)
{
    size_t size;
    uint8_t *bytes = ref_safetensors(&trainer->graph, trainer->parameters, trainer->parameter_count, &size);
    FILE *file = fopen(path, "wb");
    if (file == NULL) fail(path, strerror(errno));
    size_t written = fwrite(bytes, 1, size, file);
    if (fclose(file) != 0 || written != size) fail(path, "not written");
    free(bytes);
}

int main(int argc, char **argv)
{
    struct options o = {"256,256",
                        ".5,.5",
                        "relu",
                        "softmax_cross_entropy",
                        "10",
                        NULL,
                        "/usr/share/datasets/fashion-mnist",
                        NULL,
                        NULL,
                        {.batch = 256, .lr = 0.1},
                        10,
                        UINT64_MAX,
                        0};
    static struct ref_graph graph;
    char hex[REF_SHA256_HEX];
    FILE *records = NULL;
    ref_settings_defaults(&o.settings);
    read_options(&o, argc, argv);
    read_graph(&o, &graph);
    struct ref_trainer *trainer = ref_trainer_create(&graph, &o.settings);
    if (o.record != NULL) {
        if ((records = fopen(o.record, "w")) == NULL) fail(o.record, strerror(errno));
        trainer->observer = record;
        trainer->observer_user = records;
    }
    train(trainer, &o);
    if (o.out != NULL) write_weights(trainer, o.out);
    ref_digest(trainer, hex);
    printf("digest sha256:%s\n", hex);
    ref_trainer_destroy(trainer);
    if (records != NULL && fclose(records) != 0) fail(o.record, "not written");
    return 0;
}
