"""Every public function, as the headers declare it, with each of its pointers NULL in turn: one that returns a status says CLONAL_E_ARGUMENT and
names itself, the others come back. Enumerations out of their range are wrong arguments too. A new function is in it by itself; what may be NULL
stands in OPTIONAL, from the headers' words."""
# ctest: PLATFORMS pocl TIMEOUT 300
import glob
import os
import re
import shutil
import subprocess
import sys

SOURCE = os.environ["CLONAL_SOURCE"]
TREE = os.environ["CLONAL_TEST_TREE"]

OPTIONAL = {
    "clonal_context_create": {"selector"},
    "clonal_device_select": {"selector"},
    "clonal_model_create": {"options"},
    "clonal_model_train_epoch": {"progress", "user", "loss"},
    "clonal_model_evaluate": {"accuracy"},
    "clonal_model_evaluate_pass": {"accuracy"},
    "clonal_model_predict_monte_carlo": {"uncertainty"},
    "clonal_model_save": {"digest"},
    "clonal_dataset_open": {"folder"},
    "clonal_dataset_open_files": {"labels"},
    "clonal_dataset_create_u8": {"labels"},
    "clonal_dataset_select": {"indices"},
    "clonal_dataset_create_f32": {"labels", "targets"},
    "clonal_model_load_mapped": {"map"},
    "clonal_graph_from_weights_mapped": {"map"},
    "clonal_run_open_mapped": {"map"},
    "clonal_run_train": {"listener", "result"},
    "clonal_run_reproduce": {"data", "out", "listener"},
    "clonal_run_diff": {"options"},
    "clonal_verify": {"options"},
    "clonal_tune": {"options", "progress", "user"},
    "clonal_sweep_plan_add": {"label"},
    "clonal_sweep_train": {"listener", "sweep"},
    "clonal_set_log": {"log", "user"},
    "clonal_cache_set_folder": {"folder"},
    "clonal_cache_visit": {"user"},
    "clonal_context_on_activity": {"activity", "user"},
    "clonal_free": {"memory"},
    "clonal_export": {"map", "format", "digest"},
    "clonal_import": {"map", "digest"},
    "clonal_run_settings_free": {"settings"},
    "clonal_data_ahead_begin": {"data"},
    "clonal_data_ahead_end": {"ahead"},
    "clonal_model_memory_need": {"options", "train", "test"},
}
# Objects for the other arguments, by type: made by the program's main.
OBJECTS = {
    "clonal_context *": "context", "clonal_graph *": "graph", "clonal_model *": "model", "clonal_dataset *": "data", "clonal_device_list *": "list",
    "clonal_context **": "&out_context", "clonal_graph **": "&out_graph", "clonal_model **": "&out_model", "clonal_dataset **": "&out_data",
    "clonal_device_list **": "&out_list", "clonal_data_ahead **": "&out_ahead", "clonal_data_ahead *": "NULL", "clonal_device_info *": "&info", "clonal_driver_cache *": "&cache", "clonal_model_options *": "&options", "clonal_run_settings *": "&settings", "clonal_mask_spec *": "&spec",
    "clonal_perceptron *": "&perceptron", "clonal_verification *": "&verification", "clonal_reproduction *": "&reproduction",
    "clonal_difference *": "&difference", "clonal_tuned *": "&tuned", "clonal_dropout_seconds *": "&dropout_seconds", "clonal_memory_need *": "&need", "clonal_run_result *": "&result", "char **": "&out_text", "char *": "text",
    "uint32_t *": "words", "uint64_t *": "&threshold", "size_t *": "&number", "float *": "floats", "double *": "&real", "uint8_t *": "bytes",
    "void *": "NULL", "clonal_progress_fn": "NULL", "clonal_tune_fn": "NULL", "clonal_log_fn": "NULL", "clonal_activity_fn": "NULL", "clonal_cache_fn": "NULL", "clonal_run_listener *": "NULL",
    "clonal_uncertainty *": "&uncertainty", "clonal_estimate *": "&estimate", "clonal_layer_statistics **": "&layers", "clonal_monte_carlo *": "&monte_carlo",
    "clonal_setting *": "&setting", "clonal_sweep_plan *": "plan", "clonal_sweep_plan **": "&out_plan", "clonal_sweep *": "NULL",
    "clonal_sweep **": "&out_sweep", "clonal_sweep_listener *": "NULL",
    "clonal_verify_options *": "NULL", "clonal_diff_options *": "NULL",
}
ENUMS = ("clonal_split", "clonal_gemm")
# Members of structs out of their range.
MEMBERS = [("perceptron.loss = (clonal_loss)77", "clonal_perceptron_graph(&perceptron, 1, words, 3, &out_graph)"),
           ("settings.perceptron.loss = (clonal_loss)2", "clonal_run_train(context, &settings, NULL, NULL)"),
           ("perceptron.dropout_kind = (clonal_dropout_kind)77", "clonal_perceptron_graph(&perceptron, 1, words, 3, &out_graph)"),
           ("perceptron.dropout_kind = CLONAL_DROPOUT_SPATIAL", "clonal_perceptron_graph(&perceptron, 1, words, 3, &out_graph)"),
           ("settings.perceptron.dropout_kind = (clonal_dropout_kind)-1", "clonal_run_train(context, &settings, NULL, NULL)"),
           ("perceptron.input_noise = (clonal_input_noise)3", "clonal_perceptron_graph(&perceptron, 1, words, 3, &out_graph)"),
           ("perceptron.input_noise = CLONAL_INPUT_NOISE_UNIFORM, perceptron.input_noise_size = -1", "clonal_perceptron_graph(&perceptron, 1, words, 3, &out_graph)"),
           ("settings.perceptron.input_noise_size = 1", "clonal_run_train(context, &settings, NULL, NULL)"),
           ("options.gemm = (clonal_gemm)77", "clonal_model_create(context, graph, &options, &out_model)"),
           ("number = 99", "clonal_context_create_listed(list, number, &out_context)"),
           ("options.gemm = (clonal_gemm)-1", "clonal_tune(context, graph, &options, 4, 0, 1, NULL, NULL)")]

PROGRAM = r"""
#include <clonal/clonal.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static sigjmp_buf back;
static int bad;
static void caught(int signal) { siglongjmp(back, signal); }

static void judge(const char *call, int signal, int has_status, int status)
{
    const char *message = clonal_last_error()->message;
    if (signal)
        printf("%s: signal %d\n", call, signal), bad++;
    else if (has_status && (status != CLONAL_E_ARGUMENT || clonal_last_error()->status != CLONAL_E_ARGUMENT || !message[0]))
        printf("%s: status %d, \"%s\"\n", call, status, message), bad++;
}

/* Of what a call may have made: for the leak checker. */
#define FREE(out, destroy) destroy(out), out = NULL
#define CLEAN() FREE(out_model, clonal_model_destroy), FREE(out_graph, clonal_graph_destroy), FREE(out_data, clonal_dataset_destroy), \
    FREE(out_list, clonal_device_list_destroy), FREE(out_ahead, clonal_data_ahead_end), FREE(out_context, clonal_context_destroy), FREE(layers, clonal_free), \
    FREE(out_plan, clonal_sweep_plan_destroy), FREE(out_sweep, clonal_sweep_destroy)

int main(void)
{
    static const uint32_t shape[] = {4};
    static uint8_t pixels[16];
    static uint32_t labels[4];
    clonal_context *context = NULL, *out_context = NULL;
    clonal_graph *graph = NULL, *out_graph = NULL;
    clonal_model *model = NULL, *out_model = NULL;
    clonal_dataset *data = NULL, *out_data = NULL;
    clonal_device_list *list = NULL, *out_list = NULL;
    clonal_data_ahead *out_ahead = NULL;
    clonal_device_info info = {.platform = "Portable Computing Language"};
    clonal_driver_cache cache;
    clonal_uncertainty uncertainty;
    clonal_layer_statistics *layers = NULL;
    clonal_estimate estimate;
    clonal_monte_carlo monte_carlo;
    clonal_model_options options = clonal_model_options_default();
    clonal_run_settings settings;
    clonal_mask_spec spec = {.p = 0.5};
    clonal_perceptron perceptron = {.hidden = shape, .hidden_count = 1};
    clonal_verification verification;
    clonal_reproduction reproduction;
    clonal_difference difference;
    clonal_tuned tuned;
    clonal_dropout_seconds dropout_seconds;
    clonal_run_result result;
    clonal_setting setting = {0};
    clonal_sweep_plan *plan = NULL, *out_plan = NULL;
    clonal_sweep *out_sweep = NULL;
    clonal_memory_need need;
    char *out_text, text[4096] = "no such file";
    uint32_t words[64] = {4};
    uint64_t threshold;
    size_t number;
    float floats[64] = {0};
    double real;
    uint8_t bytes[64] = {0};
    options.batch = 2;
    clonal_run_settings_default(&settings);
    settings.out = "no such folder/run";
    if (clonal_sweep_plan_create(&plan) || clonal_context_create(NULL, &context) || clonal_device_list_create(&list) ||
        clonal_graph_parse("0 input 4\n1 linear 0 3\n2 softmax_cross_entropy 1\n", &graph) ||
        clonal_dataset_create_u8(4, 1, shape, pixels, labels, &data) || clonal_model_create(context, graph, &options, &model))
        return printf("%s\n", clonal_last_error()->message), 1;
    signal(SIGSEGV, caught);
    signal(SIGABRT, caught);
    signal(SIGBUS, caught);
    signal(SIGFPE, caught);
    int code;
    volatile int status;
CALLS
    printf("%d calls, %d wrong\n", COUNT, bad);
    clonal_model_destroy(model);
    clonal_graph_destroy(graph);
    clonal_dataset_destroy(data);
    clonal_device_list_destroy(list);
    clonal_context_destroy(context);
    clonal_sweep_plan_destroy(plan);
    return bad != 0;
}
"""


def declarations():
    """[(return type, name, [(type, name)])] of every function that the headers declare."""
    found = []
    for header in sorted(glob.glob(f"{SOURCE}/include/clonal/*.h")):
        with open(header, encoding="utf-8") as file:
            text = re.sub(r"/\*.*?\*/", " ", file.read(), flags=re.S)
        for returns, name, inside in re.findall(r"CLONAL_API\s+([^;()]*?)\b(clonal_\w+)\(([^;]*?)\);", text, re.S):
            parameters = []
            for part in [] if inside.strip() == "void" else inside.split(","):
                part = " ".join(part.split())
                array = re.sub(r"\[\w*\]$", "", part)
                kind, parameter = re.fullmatch(r"(.*?[\s*])(\w+)", array).groups()
                kind = kind.replace("const ", "").strip() + (" *" if array != part else "")
                parameters.append((re.sub(r"\s*\*", " *", kind).replace("* *", "**"), parameter))
            found.append((" ".join(returns.split()), name, parameters))
    return found


def is_pointer(kind):
    return kind.endswith("*") or kind.endswith("_fn")


def value_of(kind):
    if is_pointer(kind):
        return OBJECTS[kind]
    return {"double": "0.5", "bool": "0"}.get(kind, f"({kind})1")


def calls():
    for returns, name, parameters in declarations():
        values = [value_of(kind) for kind, _ in parameters]
        for at, (kind, parameter) in enumerate(parameters):
            if is_pointer(kind) and parameter not in OPTIONAL.get(name, ()) and not name.endswith("_destroy"):
                wrong = "NULL"
            elif is_pointer(kind) and name not in ("clonal_run_reproduce", "clonal_run_diff", "clonal_verify", "clonal_tune"):
                wrong = None  # what may be NULL: only that it comes back
            elif kind in ENUMS:
                wrong = f"({kind})77"
            else:
                continue
            given = values[:at] + [wrong or "NULL"] + values[at + 1:]
            yield returns, f"{name}({', '.join(given)})", wrong is not None and returns == "clonal_status"


def main():
    compiler = shutil.which("cc") or shutil.which("gcc")
    library = next(iter(glob.glob(f"{TREE}/libclonal.so")), None)
    if not compiler or not library:
        print("skipped: no C compiler, or no shared library")
        return 77
    lines, count = [], 0
    for returns, call, judged in calls():
        count += 1
        run = f"status = {call}" if returns == "clonal_status" else f"(void){call}" if returns != "void" else call
        lines.append(f'    status = 0, code = sigsetjmp(back, 1);\n    if (!code) {run};\n    judge("{call}", code, {int(judged)}, status), CLEAN();')
    for change, call in MEMBERS:
        count += 1
        lines.append(f'    {change}, status = 0, code = sigsetjmp(back, 1);\n    if (!code) status = {call};\n    judge("{change}: {call}", code, 1, status), CLEAN();')
    if count < 100:
        print(f"the headers have only {count} calls to try")
        return 1
    with open("program.c", "w", encoding="utf-8") as file:
        file.write(PROGRAM.replace("COUNT", str(count)).replace("CALLS", "\n".join(lines)))
    exports = {os.path.dirname(os.path.dirname(path)) for path in glob.glob(f"{TREE}/**/clonal/export.h", recursive=True)}
    includes = [f"-I{folder}" for folder in [f"{SOURCE}/include", *exports]]
    subprocess.run([compiler, "-std=gnu11", "-w", *includes, "program.c", library, f"-Wl,-rpath,{TREE}", "-o", "program"], check=True)
    return subprocess.run(["./program"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
