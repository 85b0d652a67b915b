/* clonal eval: loss and accuracy of a trained network. */
#include "support/device.h"
#include "support/message.h"
#include "support/options.h"
#include "support/output.h"
#include "support/samples.h"
#include "support/verbs.h"
#include <stdio.h>

static int evaluate(clonal_context *context, clonal_model *model, const clonal_dataset *data, const char *run,
                    const char *folder, const char *device, bool json)
{
    double loss, accuracy;
    clonal_status status = clonal_model_evaluate(model, data, &loss, &accuracy);
    if (status != CLONAL_OK) return fail_status(status);
    bool exact = clonal_model_is_exact(model);
    size_t samples = clonal_dataset_count(data);
    if (json)
        return output_json(json_pack("{s:o, s:o, s:s, s:o, s:I, s:o, s:f, s:b}", "run", json_text(run), "data",
                                     json_text(folder), "device", clonal_context_device(context)->selector,
                                     "device_name", json_text(clonal_context_device(context)->name), "samples",
                                     (json_int_t)samples, "loss", loss - loss == 0 ? json_real(loss) : json_null(),
                                     "accuracy", accuracy, "exact", exact),
                           JSON_INDENT(2));
    char description[512];
    device_describe(context, device, description, sizeof description);
    printf("device %s\n%s on %zu samples of %s%s\nloss %.6f  accuracy %.4f\n", description, run, samples, folder,
           exact ? "" : " (not contract)", loss, accuracy);
    return 0;
}

int cmd_eval(int argc, const char **argv)
{
    const char *folder = NULL, *map = NULL, *device = NULL;
    int split = 0;
    bool json = false;
    option options[] = {
        VALUE_OPTION(OPTION_TEXT, "data", 0, &folder, "DIR|FILE", "IDX files, or NumPy's .npz (the run's own)"),
        VALUE_OPTION(OPTION_CHOICE, "split", 0, &split, "test|train", "which part of the data (test)"),
        VALUE_OPTION(OPTION_TEXT, "map", 0, &map, "FILE", MAP_HELP),
        VALUE_OPTION(OPTION_TEXT, "device", 0, &device, "S", DEVICE_HELP),
        FLAG_OPTION("json", 0, &json, "print JSON"),
    };
    command_line line = {.verb = "eval",
                         .arguments = "RUN|FILE [options]",
                         .summary = "Mean loss and share of right classes, dropout off, of a run's folder or a file\n"
                                    "of weights (safetensors, PyTorch's too); the same figures on every device.",
                         .notes = "A map has a line \"OURS = THEIRS\" for each parameter (1.weight = a.weight), with\n"
                                  "\"transposed\" behind a matrix that is stored as (inputs, outputs); # comments.\n"
                                  "Without one, other names than ours are matched where there is only one way.",
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
    code = samples_open(run, folder, split == 0 ? CLONAL_SPLIT_TEST : CLONAL_SPLIT_TRAIN, name, &data);
    if (code == 0) code = trained_open(run, map, device, &context, &model);
    if (code == 0) code = evaluate(context, model, data, run, name, device, json);
    clonal_model_destroy(model);
    clonal_context_destroy(context);
    clonal_dataset_destroy(data);
    command_line_free(&line);
    return code;
}
