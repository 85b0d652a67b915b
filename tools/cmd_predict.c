/* clonal predict: classes and probabilities for images. */
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/parse.h"
#include "support/samples.h"
#include "support/verbs.h"
#include <clonal/monte_carlo.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct prediction {
    const clonal_dataset *data;
    uint64_t first, count;
    uint32_t columns;
    const float *outputs;                  /* (count,columns) */
    const clonal_uncertainty *uncertainty; /* (count); NULL: of one pass without dropout */
    uint64_t seed;                         /* of masks */
    uint32_t passes;                       /* of Monte Carlo dropout; 0: none */
    bool fashion;
} prediction;

static const char *class_name(const prediction *p, uint32_t class)
{
    const char *name = p->fashion ? clonal_fashion_mnist_class(class) : NULL;
    return name ? name : "";
}

static void print_text(const prediction *p)
{
    printf("index label class%s%s outputs\n", p->fashion ? " name       " : "",
           p->uncertainty ? " entropy information" : "");
    for (uint64_t i = 0; i < p->count && !ferror(stdout); i++) {
        const float *row = p->outputs + i * p->columns;
        uint32_t class = class_of_outputs(row, p->columns),
                 label = clonal_dataset_label(p->data, (size_t)(p->first + i));
        printf("%5" PRIu64 " ", p->first + i);
        if (label == UINT32_MAX)
            printf("    -");
        else
            printf("%5" PRIu32, label);
        printf(" %5" PRIu32, class);
        if (p->fashion) printf(" %-11s", class_name(p, class));
        if (p->uncertainty) printf(" %7.4f %11.4f", p->uncertainty[i].entropy, p->uncertainty[i].information);
        for (uint32_t c = 0; c < p->columns; c++) printf(" %.4f", (double)row[c]);
        putchar('\n');
    }
}

static int print_json(const prediction *p)
{
    json_t *all = json_array();
    for (uint64_t i = 0; i < p->count; i++) {
        const float *row = p->outputs + i * p->columns;
        uint32_t class = class_of_outputs(row, p->columns),
                 label = clonal_dataset_label(p->data, (size_t)(p->first + i));
        json_t *outputs = json_array();
        for (uint32_t c = 0; c < p->columns; c++) json_array_append_new(outputs, json_float(row[c]));
        json_t *one = json_pack("{s:I, s:I, s:o}", "index", (json_int_t)(p->first + i), "class", (json_int_t) class,
                                "outputs", outputs);
        if (p->uncertainty) {
            json_object_set_new(one, "entropy", json_finite(p->uncertainty[i].entropy));
            json_object_set_new(one, "mutual_information", json_finite(p->uncertainty[i].information));
        }
        if (p->fashion) json_object_set_new(one, "name", json_string(class_name(p, class)));
        if (label != UINT32_MAX) json_object_set_new(one, "label", json_integer(label));
        json_array_append_new(all, one);
    }
    return output_json(json_pack("{s:o}", "predictions", all), JSON_REAL_PRECISION(9));
}

static clonal_status run(clonal_model *model, const prediction *p, float *outputs, clonal_uncertainty *uncertainty)
{
    const size_t first = (size_t)p->first, count = (size_t)p->count;
    return p->passes ? clonal_model_predict_monte_carlo(model, p->data, first, count, p->seed, p->passes, outputs,
                                                        uncertainty)
                     : clonal_model_predict(model, p->data, first, count, outputs);
}

static int predict(clonal_model *model, prediction *p, bool json)
{
    p->columns = clonal_model_outputs(model);
    clonal_uncertainty *uncertainty = p->passes ? calloc((size_t)p->count, sizeof *uncertainty) : NULL;
    float *outputs = p->count <= SIZE_MAX / sizeof *outputs / p->columns
                         ? malloc((size_t)p->count * p->columns * sizeof *outputs)
                         : NULL;
    if (!outputs || (p->passes && !uncertainty)) {
        free(outputs);
        free(uncertainty);
        return fail(CLONAL_E_MEMORY, "out of memory for %" PRIu64 " predictions; give --first and --count", p->count);
    }
    p->outputs = outputs;
    p->uncertainty = uncertainty;
    clonal_status status = run(model, p, outputs, uncertainty);
    int code = 0;
    if (status != CLONAL_OK)
        code = fail_status(status);
    else if (json)
        code = print_json(p);
    else
        print_text(p);
    free(outputs);
    free(uncertainty);
    return code;
}

/* Checks first and count against the data; count_text "all" goes to the end. */
static int take_range(prediction *p, const char *count_text)
{
    uint64_t samples = clonal_dataset_count(p->data);
    if (p->first >= samples)
        return fail(EXIT_USAGE, "--first %" PRIu64 ": the data have samples 0 to %" PRIu64, p->first, samples - 1);
    uint64_t rest = samples - p->first;
    if (strcmp(count_text, "all") == 0)
        p->count = rest;
    else if (!parse_u64(count_text, &p->count) || p->count == 0)
        return fail(EXIT_USAGE, "--count '%s': give a whole number from 1, or all", count_text);
    if (p->count > rest) p->count = rest;
    return 0;
}

int cmd_predict(int argc, const char **argv)
{
    const char *folder = NULL, *images = NULL, *map = NULL, *device = NULL, *count = "10";
    bool json = false;
    prediction p = {0};
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "data", 0, &folder, "DIR|FILE",
                     "test images of IDX files or an .npz (the run's own)"),
        VALUE_OPTION(OPTION_TEXT, "images", 0, &images, "FILE", "images alone: an IDX file, .gz of one, or an .npy"),
        VALUE_OPTION(OPTION_U64, "first", 0, &p.first, "N", "the first image (0)"),
        VALUE_OPTION(OPTION_TEXT, "count", 0, &count, "N|all", "how many images (10)"),
        NUMBER_OPTION(OPTION_U32, "mc", 0, &p.passes, "N", "Monte Carlo dropout: the mean of N passes with it", 1, 0),
        VALUE_OPTION(OPTION_SEED, "seed", 0, &p.seed, "N", "of their masks (0)"),
        VALUE_OPTION(OPTION_TEXT, "map", 0, &map, "FILE", MAP_HELP),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &device, "S", DEVICE_HELP),
        FLAG_OPTION("json", 0, &json, "print JSON"),
    };
    command_line line = {.verb = "predict",
                         .arguments = "RUN|FILE [options]",
                         .summary = "For each image its number, its label where it has one, the class that a run's\n"
                                    "folder or a file of weights gives it, and the probabilities of all classes.",
                         .least = 1,
                         .most = 1,
                         OPTIONS(options)};
    int code = command_line_parse(&line, argc, argv);
    if (code != CARRY_ON) return code;
    char name[4096];
    const char *run = line.positional[0];
    clonal_dataset *data = NULL;
    clonal_context *context = NULL;
    clonal_model *model = NULL;
    if (folder && images) {
        code = fail(EXIT_USAGE, "give either --data or --images");
    } else if (images) {
        clonal_status status = clonal_dataset_open_files(images, NULL, &data);
        code = status == CLONAL_OK ? 0 : fail_status(status);
    } else {
        code = samples_open(run, folder, CLONAL_SPLIT_TEST, name, &data);
    }
    p.data = data;
    p.fashion = samples_are_fashion(images ? images : name);
    if (code == 0) code = take_range(&p, count);
    if (code == 0) code = trained_open(run, map, device, &context, &model);
    if (code == 0) code = predict(model, &p, json);
    clonal_model_destroy(model);
    clonal_context_destroy(context);
    clonal_dataset_destroy(data);
    command_line_free(&line);
    return code;
}
