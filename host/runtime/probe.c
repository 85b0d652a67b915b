/* probe.c: running the probe when a device is opened, and remembering what it found. */
#include "host/runtime/probe.h"

#include "host/base/cache_folder.h"
#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/runtime/program_cache.h"
#include "host/runtime/source.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIPLES = 4096, VERSION = 3 };

/* Sets `path` to <cache>/probes/<digest of device, driver, versions and the probe's own text>, or to "" where
 * nothing is to be remembered: there is no cache folder, or the kernels come from elsewhere. */
static clonal_status remembered_path(const clonal_context *context, char path[CLONAL__CACHE_PATH_ROOM])
{
    char folder[CLONAL__CACHE_PATH_ROOM - 128], file[96], hex[65], *key;
    path[0] = '\0';
    clonal__cache_folder(folder, sizeof folder);
    if (!folder[0] || getenv("CLONAL_KERNELS")) return CLONAL_OK;
    CLONAL__TRY(clonal__device_key(context, &key));
    clonal__string text = {0};
    clonal__string_append(&text, "%s", key);
    clonal__free(key);
    clonal_status status = clonal__kernel_source_load("probe", &text);
    if (status == CLONAL_OK) status = clonal__digest_bytes(text.text, text.length, hex);
    clonal__string_free(&text);
    CLONAL__TRY(status);
    snprintf(file, sizeof file, "probes/%s", hex);
    return clonal__path_join(folder, file, path, CLONAL__CACHE_PATH_ROOM);
}

/* The record is one line; another may follow, which tells people of the device. */
bool clonal__probe_parse(const char *text, clonal_probe *probe, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    static const char end[] = " end\n", device[] = "device ";
    int version, flags[8], used = 0;
    label[0] = 0;
    bool good = sscanf(text, "clonal-probe %d %d %d %d %d %d %d %d %d%n", &version, &flags[0], &flags[1], &flags[2],
                       &flags[3], &flags[4], &flags[5], &flags[6], &flags[7], &used) == 9 &&
                version == VERSION && strncmp(text + used, end, sizeof end - 1) == 0;
    if (!good) return false;
    const char *rest = text + used + sizeof end - 1;
    if (rest[0] && strncmp(rest, device, sizeof device - 1) != 0) return false;
    if (rest[0]) clonal__label_copy(rest + sizeof device - 1, strlen(rest + sizeof device - 1), label);
    *probe = (clonal_probe){.builtin_fma = flags[0],
                            .double_fma = flags[1],
                            .integer_fma = flags[2],
                            .no_contraction = flags[3],
                            .subnormals = flags[4],
                            .rounding = flags[5],
                            .mul_hi = flags[6],
                            .conversions = flags[7]};
    clonal__probe_conclude(probe);
    const int bodies = probe->builtin_fma + probe->double_fma + probe->integer_fma;
    return probe->contract && bodies == 1; /* nothing else is written: trying ends with the first right one */
}

static bool recall(const char *path, clonal_probe *probe)
{
    char *text, label[CLONAL__DEVICE_LABEL_ROOM];
    size_t size;
    if (!path[0] || !clonal__file_exists(path) || clonal__file_read(path, 4096, &text, &size) != CLONAL_OK)
        return false;
    const bool good = clonal__probe_parse(text, probe, label);
    clonal__free(text);
    return good;
}

static void remember(const clonal_context *context, const char *path)
{
    const clonal_probe *p = &context->probe;
    char folder[CLONAL__CACHE_PATH_ROOM], label[CLONAL__DEVICE_LABEL_ROOM], text[128 + CLONAL__DEVICE_LABEL_ROOM];
    if (!path[0]) return;
    clonal__device_label(context, label);
    snprintf(folder, sizeof folder, "%s", path);
    *strrchr(folder, '/') = '\0';
    int length = snprintf(text, sizeof text, "clonal-probe %d %d %d %d %d %d %d %d %d end\ndevice %s\n", VERSION,
                          p->builtin_fma, p->double_fma, p->integer_fma, p->no_contraction, p->subnormals, p->rounding,
                          p->mul_hi, p->conversions, label);
    if (clonal__make_folders(folder) != CLONAL_OK || clonal__file_write(path, text, (size_t)length) != CLONAL_OK)
        clonal__log(CLONAL_LOG_DEBUG, "the probe's result is not kept: %s", clonal_last_error()->message);
}

typedef struct trial {
    float *triples, *host;
    cl_mem device, results;
    bool unsure; /* a body did not run, maybe by a fault that passes */
} trial;

/* Runs one kernel of the probe, built with the body of fma that context->probe.fma names, and copies what it made to
 * `results`, which is poisoned before. */
static clonal_status run(clonal_context *context, const trial *t, const char *name, size_t bytes, void *results)
{
    cl_kernel kernel;
    memset(results, 0xa5, bytes);
    CLONAL__TRY(clonal__buffer_write(context, t->results, 0, bytes, results));
    CLONAL__TRY(clonal__kernel_create(context, "probe", NULL, name, &kernel));
    clonal_status status =
        CLONAL__SET_ARGS(kernel, 0, CLONAL__MEM(t->device), CLONAL__MEM(t->results), CLONAL__U32(TRIPLES));
    const clonal__launch launch = {.kernel = kernel, .dimensions = 1, .global = {TRIPLES}, .local = {64}};
    if (status == CLONAL_OK) status = clonal__launch_enqueue(context, &launch);
    if (status == CLONAL_OK) status = clonal__buffer_read(context, t->results, 0, bytes, results);
    clReleaseKernel(kernel);
    return status;
}

/* Whether a body of clonal_fma is right on this device. One that does not even build is not. */
static bool is_right(clonal_context *context, trial *t, clonal_fma_body body)
{
    context->probe.fma = body;
    for (size_t i = 0; i < 2; i++) {
        if (run(context, t, i ? "probe_fma16" : "probe_fma", TRIPLES * sizeof(float), t->host) != CLONAL_OK) {
            clonal__log(CLONAL_LOG_DEBUG, "fma body %d does not run: %s", (int)body, clonal_last_error()->message);
            t->unsure = true;
            return false;
        }
        if (!clonal__probe_fma_right(TRIPLES, t->triples, t->host)) return false;
    }
    return true;
}

/* Plain arithmetic, with the body of fma that context->probe has. */
static clonal_status try_arithmetic(clonal_context *context, const trial *t)
{
    CLONAL__TRY(run(context, t, "probe_arithmetic", TRIPLES * 8 * sizeof(uint32_t), t->host));
    clonal__probe_judge(TRIPLES, t->triples, (const uint32_t *)t->host, &context->probe);
    clonal__probe_conclude(&context->probe);
    return CLONAL_OK;
}

/* The bodies are tried until one is right: the built-in, double precision, integers. */
static clonal_status try_device(clonal_context *context, trial *t)
{
    clonal_probe *p = &context->probe;
    memset(p, 0, sizeof *p);
    p->builtin_fma = is_right(context, t, CLONAL_FMA_BUILTIN);
    if (!p->builtin_fma && context->info.fp64) p->double_fma = is_right(context, t, CLONAL_FMA_DOUBLE);
    if (!p->builtin_fma && !p->double_fma) p->integer_fma = is_right(context, t, CLONAL_FMA_INTEGER);
    clonal__probe_conclude(p);
    return try_arithmetic(context, t);
}

/* Sets *sure to whether each body that was tried did run: only then is the result worth remembering. known: what the
 * probe found in an earlier process stands in context->probe. */
static clonal_status probe_device(clonal_context *context, bool known, bool *sure)
{
    trial t = {0};
    size_t in = 3 * TRIPLES * sizeof(float), out = 8 * TRIPLES * sizeof(uint32_t);
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__calloc(1, in, &t.triples), done);
    CLONAL__TRY_GOTO(clonal__calloc(1, out, &t.host), done);
    clonal__probe_triples(TRIPLES, t.triples);
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_READ_WRITE, in, NULL, &t.device), done);
    CLONAL__TRY_GOTO(clonal__buffer_create(context, CL_MEM_READ_WRITE, out, NULL, &t.results), done);
    CLONAL__TRY_GOTO(clonal__buffer_write(context, t.device, 0, in, t.triples), done);
    /* What is remembered is the device's; the floating-point environment of its driver's threads is this process's, and
     * another one shows in plain arithmetic. */
    if (known) status = try_arithmetic(context, &t);
    if (status == CLONAL_OK && !(known && context->probe.contract)) status = try_device(context, &t);
    *sure = !t.unsure;
done:
    clonal__free(t.triples);
    clonal__free(t.host);
    clonal__buffer_free(&t.device);
    clonal__buffer_free(&t.results);
    return status;
}

static void warn(const clonal_context *context)
{
    const clonal_probe *p = &context->probe;
    const bool environment = context->info.type == CLONAL_DEVICE_CPU && !(p->subnormals && p->rounding);
    clonal__log(CLONAL_LOG_WARNING, "%s, %s, does not keep the numeric contract: %s; its results are marked%s",
                context->info.selector, context->info.name, p->failed,
                environment ? ". If it does elsewhere, this process started the driver's threads in another "
                              "floating-point environment (-ffast-math, FTZ, DAZ, a rounding mode): let Clonal be the "
                              "first to use OpenCL, or set the standard environment before"
                            : "");
}

clonal_status clonal__probe_run(clonal_context *context)
{
    char path[CLONAL__CACHE_PATH_ROOM];
    memset(&context->probe, 0, sizeof context->probe);
    CLONAL__TRY(remembered_path(context, path));
    bool known = recall(path, &context->probe), sure = true;
    CLONAL__TRY(probe_device(context, known, &sure));
    /* What fails today may be the process's doing: only what holds is remembered. */
    if (!known && sure && context->probe.contract) remember(context, path);
    if (!context->probe.contract) warn(context);
    return CLONAL_OK;
}
