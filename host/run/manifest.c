/* manifest.c: see manifest.h. */
#include "host/run/manifest.h"

#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/base/float_environment.h"
#include "host/base/json.h"
#include "host/run/settings.h"
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static json_t *device_json(const clonal_context *context)
{
    const clonal_device_info *d = &context->info;
    static const char *const fma[] = {"built-in", "double", "integer"};
    json_t *object = json_object();
    clonal__json_set(&object, "selector", json_string(d->selector));
    clonal__json_set(&object, "platform", clonal__json_text(d->platform));
    clonal__json_set(&object, "name", clonal__json_text(d->name));
    clonal__json_set(&object, "vendor", clonal__json_text(d->vendor));
    clonal__json_set(&object, "driver", clonal__json_text(d->driver));
    clonal__json_set(&object, "version", clonal__json_text(d->version));
    clonal__json_set(&object, "compute_units", json_integer(d->compute_units));
    clonal__json_set(&object, "fma", json_string(fma[context->probe.fma]));
    clonal__json_set(&object, "contract", json_boolean(context->probe.contract));
    return object;
}

static json_t *environment_json(void)
{
    struct utsname name;
    if (uname(&name) != 0) memset(&name, 0, sizeof name);
    json_t *object = json_object();
    clonal__json_set(&object, "clonal", json_string(clonal_version()));
    clonal__json_set(&object, "gemm", json_string(clonal__clblast_version()));
    clonal__json_set(&object, "system", clonal__json_text(name.sysname));
    clonal__json_set(&object, "machine", clonal__json_text(name.machine));
    return object;
}

/* Of the data, of the weights at the end and after each epoch. */
static json_t *digests_json(const clonal__manifest *m)
{
    json_t *epochs = json_array();
    for (size_t i = 0; i < m->epochs_done; i++) clonal__json_append(&epochs, json_string(m->metrics[i].digest));
    json_t *digests = json_object();
    clonal__json_set(&digests, "train_data", json_string(m->train_digest));
    clonal__json_set(&digests, "test_data", json_string(m->test_digest));
    clonal__json_set(&digests, "weights", json_string(m->weights_digest));
    clonal__json_set(&digests, "epochs", epochs);
    return digests;
}

static json_t *manifest_json(const clonal__manifest *m)
{
    char *graph = NULL;
    if (clonal_graph_print(m->model->graph, &graph) != CLONAL_OK) return NULL; /* out of memory */
    json_t *object = json_object();
    clonal__json_set(&object, "format", json_string("clonal-run"));
    clonal__json_set(&object, "contract", json_integer(clonal_contract_version()));
    clonal__json_set(&object, "status", json_string(m->weights_digest[0] ? "finished" : "running"));
    clonal__json_set(&object, "exact", json_boolean(m->model->exact));
    clonal__json_set(&object, "settings", clonal__settings_json(m->settings));
    clonal__json_set(&object, "graph", clonal__json_text(graph));
    clonal__json_set(&object, "device", device_json(m->model->context));
    clonal__json_set(&object, "environment", environment_json());
    clonal__json_set(&object, "steps", json_integer((json_int_t)m->steps));
    clonal__json_set(&object, "epochs_done", json_integer((json_int_t)m->epochs_done));
    clonal__json_set(&object, "digests", digests_json(m));
    clonal__free(graph);
    return object;
}

clonal_status clonal__manifest_write(const char *path, const clonal__manifest *manifest)
{
    json_t *object = manifest_json(manifest);
    char *text;
    clonal_status status = clonal__json_print(object, JSON_INDENT(2), &text);
    json_decref(object);
    CLONAL__TRY(status);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the NUL: the file ends with a line feed */
    status = clonal__file_write(path, text, length + 1);
    clonal__free(text);
    return status;
}

/* Reads run.json as far as that it is one; path is its name. *object is the caller's: json_decref. */
static clonal_status load(const char *run, char path[4096], json_t **object_out)
{
    char *text;
    size_t size;
    CLONAL__TRY(clonal__path_join(run, "run.json", path, 4096));
    if (!clonal__file_exists(path))
        return clonal__fail(CLONAL_E_IO, "%s holds no run: there is no run.json in it", run);
    CLONAL__TRY(clonal__file_read(path, 16 << 20, &text, &size));
    json_error_t error;
    json_t *object;
    const clonal_status status = clonal__json_read(text, size, &object, &error);
    clonal__free(text);
    if (status == CLONAL_E_FORMAT) return clonal__fail(status, "%s, line %d: %s", path, error.line, error.text);
    CLONAL__TRY(status);
    const char *format = json_string_value(json_object_get(object, "format"));
    if (!format || strcmp(format, "clonal-run") != 0) {
        json_decref(object);
        return clonal__fail(CLONAL_E_FORMAT, "%s is not the manifest of a run of Clonal's", path);
    }
    int contract = (int)json_integer_value(json_object_get(object, "contract"));
    if (contract != clonal_contract_version()) {
        json_decref(object);
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s is of version %d of the numeric contract, this Clonal keeps version %d", path, contract,
                            clonal_contract_version());
    }
    *object_out = object;
    return CLONAL_OK;
}

/* The settings of a manifest; those that hold no perceptron are of its graph. */
static clonal_status read_settings(const json_t *object, const char *path, clonal_run_settings *settings,
                                   char data[4096], const char **graph)
{
    const json_t *inner = json_object_get(object, "settings");
    const char *text = json_string_value(json_object_get(object, "graph"));
    *graph = NULL;
    clonal_status status = clonal__settings_from_json(inner, settings, data);
    if (status == CLONAL_OK && !json_object_get(inner, "hidden") && (!text || !text[0])) {
        clonal_run_settings_free(settings);
        status = clonal__fail(CLONAL_E_FORMAT, "the graph is missing");
    }
    if (status != CLONAL_OK) return clonal__fail_context("%s", path);
    settings->owned->graph = clonal__strdup(text ? text : "");
    *graph = settings->owned->graph;
    if (!*graph) {
        clonal_run_settings_free(settings);
        return CLONAL_E_MEMORY;
    }
    if (!json_object_get(inner, "hidden")) settings->graph = *graph;
    return CLONAL_OK;
}

clonal_status clonal__manifest_settings(const char *run, clonal_run_settings *settings, char data[4096])
{
    char path[4096];
    const char *graph;
    json_t *object;
    memset(settings, 0, sizeof *settings);
    CLONAL__TRY(load(run, path, &object));
    const clonal_status status = read_settings(object, path, settings, data, &graph);
    json_decref(object);
    return status;
}

static void copy_text(const json_t *object, const char *key, char *room, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    snprintf(room, size, "%s", text ? text : "");
}

clonal_status clonal__manifest_read(const char *run, clonal__manifest_facts *facts)
{
    char path[4096];
    json_t *object;
    memset(facts, 0, sizeof *facts);
    CLONAL__TRY(load(run, path, &object));
    clonal_status status = read_settings(object, path, &facts->settings, facts->data, &facts->graph);
    const json_t *digests = json_object_get(object, "digests"), *epochs = json_object_get(digests, "epochs"),
                 *device = json_object_get(object, "device");
    facts->exact = json_is_true(json_object_get(object, "exact"));
    const json_t *done = json_object_get(object, "epochs_done"), *steps = json_object_get(object, "steps");
    bool counted = json_is_integer(done) && json_integer_value(done) >= 0 && json_integer_value(done) <= 9999;
    if (status == CLONAL_OK && !counted)
        status =
            clonal__fail(CLONAL_E_FORMAT, "%s: \"epochs_done\" is missing, or no whole number from 0 to 9999", path);
    facts->epochs_done = counted ? (uint32_t)json_integer_value(done) : 0;
    facts->steps = json_is_integer(steps) && json_integer_value(steps) > 0 ? (uint64_t)json_integer_value(steps) : 0;
    copy_text(digests, "train_data", facts->train_digest, sizeof facts->train_digest);
    copy_text(digests, "test_data", facts->test_digest, sizeof facts->test_digest);
    copy_text(digests, "weights", facts->weights_digest, sizeof facts->weights_digest);
    copy_text(device, "platform", facts->platform, sizeof facts->platform);
    copy_text(device, "name", facts->device, sizeof facts->device);
    if (status == CLONAL_OK) status = clonal__calloc(facts->epochs_done, sizeof *facts->epochs, &facts->epochs);
    for (uint32_t i = 0; i < facts->epochs_done && status == CLONAL_OK; i++) {
        const char *digest = json_string_value(json_array_get(epochs, i));
        if (digest) snprintf(facts->epochs[i], sizeof facts->epochs[i], "%s", digest);
    }
    json_decref(object);
    if (status != CLONAL_OK) clonal__manifest_facts_free(facts);
    return status;
}

void clonal__manifest_facts_free(clonal__manifest_facts *facts)
{
    clonal__free(facts->epochs);
    clonal_run_settings_free(&facts->settings);
    facts->graph = NULL;
    facts->epochs = NULL;
    facts->epochs_done = 0;
}

clonal_status clonal__manifest_check_data(const char *run, const clonal__manifest_facts *facts, clonal_split split,
                                          const char *folder, const char *digest)
{
    bool test = split == CLONAL_SPLIT_TEST;
    const char *recorded = test ? facts->test_digest : facts->train_digest;
    if (!recorded[0] || strcmp(digest, recorded) == 0) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT,
                        "the %s data in %s are not those of %s (%.19s..., not %.19s...): give its own (--data)",
                        test ? "test" : "training", folder ? folder : CLONAL_FASHION_MNIST, run, digest, recorded);
}

static clonal_status file_digest(const char *path, char digest[72])
{
    char *bytes;
    size_t size;
    clonal__digest *d;
    CLONAL__TRY(clonal__file_read(path, SIZE_MAX / 2, &bytes, &size));
    clonal_status status = clonal__digest_create(&d);
    if (status == CLONAL_OK) {
        clonal__digest_update(d, bytes, size);
        status = clonal__digest_finish_text(d, digest);
        clonal__digest_destroy(d);
    }
    clonal__free(bytes);
    return status;
}

clonal_status clonal__manifest_check_weights(const char *run, const clonal__manifest_facts *facts)
{
    char path[4096], digest[72];
    CLONAL__TRY(clonal__path_join(run, "weights.safetensors", path, sizeof path));
    if (!facts->weights_digest[0] || !clonal__file_exists(path)) return CLONAL_OK;
    CLONAL__TRY(file_digest(path, digest));
    if (strcmp(digest, facts->weights_digest) == 0) return CLONAL_OK;
    return clonal__fail(
        CLONAL_E_FORMAT,
        "%s is not the file that the run's run.json names (%.19s..., not %.19s...): it was changed or damaged since",
        path, digest, facts->weights_digest);
}

clonal_status clonal_run_settings_load(const char *run, clonal_run_settings *settings, char data[4096])
{
    CLONAL__FLOATS;
    if (settings) memset(settings, 0, sizeof *settings);
    if (data) data[0] = '\0';
    CLONAL__NEEDS(run && settings && data);
    CLONAL__TRY(clonal__manifest_settings(run, settings, data));
    settings->out = run;
    settings->resume = true;
    return CLONAL_OK;
}
