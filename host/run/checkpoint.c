/* checkpoint.c: checkpoints as safetensors files with a digest of their own. */
#include "host/run/checkpoint.h"

#include "host/base/encode.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "clonal-checkpoint"
#define MOMENTUM "momentum."
#define DIGEST_KEY "sha256"
enum { METADATA_COUNT = 8 };

/* What is handed out is `public`; the rest is what it points at. */
typedef struct owned_checkpoint {
    clonal__checkpoint public;
    clonal__safetensors *file;
    const float **momentum;
} owned_checkpoint;

static void digest_text(clonal__digest *sum, const char *text)
{
    clonal__digest_update(sum, text, strlen(text) + 1);
}

/* Over key NUL value NUL for each pair but the digest's own, then name NUL, rank, shape and values for each
 * tensor. */
static clonal_status digest_content(size_t metadata_count, const clonal__metadata *metadata, size_t tensor_count,
                                    const clonal__tensor *tensors, char hex[65])
{
    clonal__digest *sum;
    CLONAL__TRY(clonal__digest_create(&sum));
    for (size_t i = 0; i < metadata_count; i++) {
        if (!strcmp(metadata[i].key, DIGEST_KEY)) continue;
        digest_text(sum, metadata[i].key);
        digest_text(sum, metadata[i].value);
    }
    for (size_t i = 0; i < tensor_count; i++) {
        uint32_t rank = (uint32_t)tensors[i].rank;
        digest_text(sum, tensors[i].name);
        clonal__digest_u32(sum, &rank, 1);
        clonal__digest_u32(sum, tensors[i].shape, rank);
        clonal__digest_f32(sum, tensors[i].values, clonal__tensor_elements(&tensors[i]));
    }
    clonal_status status = clonal__digest_finish(sum, hex);
    clonal__digest_destroy(sum);
    return status;
}

/* ---- writing ---- */

/* The parameters, then the momentum buffers under their names. *names and *tensors: clonal__free. */
static clonal_status gather_tensors(const clonal__checkpoint *checkpoint, clonal__tensor **tensors, char **names,
                                    size_t *count)
{
    size_t n = checkpoint->count, length = 0, at = 0;
    *count = checkpoint->momentum ? 2 * n : n;
    for (size_t i = 0; i < n; i++) length += sizeof MOMENTUM + strlen(checkpoint->parameters[i].name);
    CLONAL__TRY(clonal__calloc(*count, sizeof **tensors, tensors));
    CLONAL__TRY(clonal__calloc(length, 1, names));
    for (size_t i = 0; i < n; i++) {
        (*tensors)[i] = checkpoint->parameters[i];
        if (!checkpoint->momentum) continue;
        clonal__tensor *buffer = &(*tensors)[n + i];
        *buffer = checkpoint->parameters[i];
        buffer->values = checkpoint->momentum[i];
        buffer->name = *names + at;
        at += (size_t)snprintf(*names + at, length - at, MOMENTUM "%s", checkpoint->parameters[i].name) + 1;
    }
    return CLONAL_OK;
}

clonal_status clonal__checkpoint_write(const char *path, const clonal__checkpoint *checkpoint)
{
    char contract[16], seed[24], step[24], epoch[16], hex[65];
    clonal__tensor *tensors = NULL;
    char *names = NULL;
    size_t count;
    snprintf(contract, sizeof contract, "%d", clonal_contract_version());
    snprintf(seed, sizeof seed, "%" PRIu64, checkpoint->seed);
    snprintf(step, sizeof step, "%" PRIu64, checkpoint->step);
    snprintf(epoch, sizeof epoch, "%" PRIu32, checkpoint->epoch);
    const clonal__metadata metadata[METADATA_COUNT] = {
        {"format", FORMAT},
        {"contract", contract},
        {"seed", seed},
        {"step", step},
        {"epoch", epoch},
        {"graph", checkpoint->graph},
        {"settings", checkpoint->settings},
        {DIGEST_KEY, hex},
    };
    clonal_status status = gather_tensors(checkpoint, &tensors, &names, &count);
    if (status == CLONAL_OK) status = digest_content(METADATA_COUNT, metadata, count, tensors, hex);
    if (status == CLONAL_OK) status = clonal__safetensors_write(path, count, tensors, METADATA_COUNT, metadata, NULL);
    clonal__free(names);
    clonal__free(tensors);
    return status;
}

/* ---- reading ---- */

static clonal_status damaged(const char *path, const char *cause)
{
    return clonal__fail(CLONAL_E_FORMAT, "%s: %s", path, cause);
}

/* Decimal digits alone, at most `limit`. */
static bool parse_number(const char *text, uint64_t limit, uint64_t *number)
{
    *number = 0;
    if (!text || !*text || strlen(text) > 20) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (*number > (limit - digit) / 10) return false;
        *number = 10 * *number + digit;
    }
    return true;
}

static clonal_status check_digest(const char *path, const clonal__safetensors *file)
{
    char hex[65];
    const char *format = clonal__safetensors_metadata(file, "format");
    const char *stored = clonal__safetensors_metadata(file, DIGEST_KEY);
    if (!format || strcmp(format, FORMAT)) return damaged(path, "it is a safetensors file, but no checkpoint");
    CLONAL__TRY(digest_content(file->metadata_count, file->metadata, file->tensor_count, file->tensors, hex));
    if (!stored || strcmp(stored, hex)) return damaged(path, "its content does not have the digest that it names");
    return CLONAL_OK;
}

static clonal_status parse_metadata(const char *path, const clonal__safetensors *file, clonal__checkpoint *checkpoint)
{
    uint64_t epoch;
    checkpoint->graph = clonal__safetensors_metadata(file, "graph");
    checkpoint->settings = clonal__safetensors_metadata(file, "settings");
    if (!parse_number(clonal__safetensors_metadata(file, "seed"), UINT64_MAX, &checkpoint->seed) ||
        !parse_number(clonal__safetensors_metadata(file, "step"), UINT64_MAX, &checkpoint->step) ||
        !parse_number(clonal__safetensors_metadata(file, "epoch"), UINT32_MAX, &epoch) || !checkpoint->graph ||
        !checkpoint->settings)
        return damaged(path, "its seed, step, epoch, graph or settings are missing");
    checkpoint->epoch = (uint32_t)epoch;
    return CLONAL_OK;
}

static bool is_momentum(const clonal__tensor *tensor)
{
    return !strncmp(tensor->name, MOMENTUM, strlen(MOMENTUM));
}

/* Each parameter must have its buffer, in its shape and order, or none has one. */
static clonal_status pair_momentum(const char *path, const clonal__safetensors *file, owned_checkpoint *checkpoint)
{
    size_t n = 0;
    while (n < file->tensor_count && !is_momentum(&file->tensors[n])) n++;
    checkpoint->public.count = n;
    checkpoint->public.parameters = file->tensors;
    if (n == file->tensor_count) return CLONAL_OK;
    if (file->tensor_count != 2 * n) return damaged(path, "it has momentum for some parameters only");
    CLONAL__TRY(clonal__calloc(n, sizeof *checkpoint->momentum, &checkpoint->momentum));
    for (size_t i = 0; i < n; i++) {
        const clonal__tensor *parameter = &file->tensors[i], *buffer = &file->tensors[n + i];
        if (!is_momentum(buffer) || strcmp(buffer->name + strlen(MOMENTUM), parameter->name) ||
            buffer->rank != parameter->rank || memcmp(buffer->shape, parameter->shape, sizeof buffer->shape))
            return damaged(path, "its momentum does not fit its parameters");
        checkpoint->momentum[i] = buffer->values;
    }
    checkpoint->public.momentum = checkpoint->momentum;
    return CLONAL_OK;
}

static clonal_status read_content(const char *path, owned_checkpoint *checkpoint)
{
    CLONAL__TRY(clonal__safetensors_read(path, &checkpoint->file));
    CLONAL__TRY(check_digest(path, checkpoint->file));
    CLONAL__TRY(parse_metadata(path, checkpoint->file, &checkpoint->public));
    return pair_momentum(path, checkpoint->file, checkpoint);
}

static clonal_status check_contract(const char *path, const clonal__safetensors *file)
{
    uint64_t version;
    const char *text = clonal__safetensors_metadata(file, "contract");
    if (parse_number(text, INT_MAX, &version) && (int)version == clonal_contract_version()) return CLONAL_OK;
    return clonal__fail(CLONAL_E_FORMAT,
                        "checkpoint %s is of version %.16s of the contract, this Clonal of %d: resume it with the "
                        "Clonal that made it, or train anew",
                        path, text ? text : "?", clonal_contract_version());
}

clonal_status clonal__checkpoint_read(const char *path, clonal__checkpoint **checkpoint)
{
    owned_checkpoint *read;
    *checkpoint = NULL;
    CLONAL__TRY(clonal__calloc(1, sizeof *read, &read));
    clonal_status status = read_content(path, read);
    if (status == CLONAL_E_FORMAT)
        clonal__fail_context("damaged checkpoint (delete it, and --resume uses the one before it)");
    if (status == CLONAL_OK) status = check_contract(path, read->file);
    if (status == CLONAL_OK)
        *checkpoint = &read->public;
    else
        clonal__checkpoint_destroy(&read->public);
    return status;
}

void clonal__checkpoint_destroy(clonal__checkpoint *checkpoint)
{
    if (!checkpoint) return;
    owned_checkpoint *owned = (owned_checkpoint *)checkpoint; /* its first member */
    clonal__safetensors_destroy(owned->file);
    clonal__free(owned->momentum);
    clonal__free(owned);
}

/* ---- a folder of them ---- */

static void file_name(uint32_t epoch, char name[40])
{
    snprintf(name, 40, "epoch-%04" PRIu32 ".safetensors", epoch);
}

clonal_status clonal__checkpoint_path(const char *folder, uint32_t epoch, char *path, size_t size)
{
    char name[40];
    file_name(epoch, name);
    return clonal__path_join(folder, name, path, size);
}

/* The epoch that a checkpoint's name tells; false for every other file, temporary ones too. */
static bool parse_name(const char *name, uint32_t *epoch)
{
    char digits[16], again[40];
    uint64_t number;
    if (sscanf(name, "epoch-%10[0-9].safetensors", digits) != 1 || !parse_number(digits, UINT32_MAX, &number))
        return false;
    *epoch = (uint32_t)number;
    file_name(*epoch, again);
    return !strcmp(name, again);
}

static int newest_first(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x < y) - (x > y);
}

/* The epochs of the folder's checkpoints, newest first; *epochs: clonal__free. */
static clonal_status list_epochs(const char *folder, uint32_t **epochs, size_t *count)
{
    DIR *entries = opendir(folder);
    clonal_status status = CLONAL_OK;
    *epochs = NULL;
    *count = 0;
    if (!entries)
        return errno == ENOENT ? CLONAL_OK
                               : clonal__fail(CLONAL_E_IO, "cannot read folder %s: %s", folder, strerror(errno));
    for (struct dirent *entry; status == CLONAL_OK && (entry = readdir(entries));) {
        uint32_t epoch;
        if (!parse_name(entry->d_name, &epoch)) continue;
        status = clonal__grow(epochs, *count + 1, sizeof **epochs);
        if (status == CLONAL_OK) (*epochs)[(*count)++] = epoch;
    }
    closedir(entries);
    if (status != CLONAL_OK) {
        clonal__free(*epochs);
        *epochs = NULL;
        *count = 0;
    } else if (*count) {
        qsort(*epochs, *count, sizeof **epochs, newest_first);
    }
    return status;
}

static clonal_status read_epoch(const char *path, uint32_t epoch, clonal__checkpoint **checkpoint)
{
    CLONAL__TRY(clonal__checkpoint_read(path, checkpoint));
    if ((*checkpoint)->epoch == epoch) return CLONAL_OK;
    clonal_status status =
        clonal__fail(CLONAL_E_FORMAT, "checkpoint %s is of epoch %" PRIu32 ", not of the one in its name: delete it",
                     path, (*checkpoint)->epoch);
    clonal__checkpoint_destroy(*checkpoint);
    *checkpoint = NULL;
    return status;
}

clonal_status clonal__checkpoint_count(const char *folder, size_t *count)
{
    uint32_t *epochs;
    CLONAL__TRY(list_epochs(folder, &epochs, count));
    clonal__free(epochs);
    return CLONAL_OK;
}

clonal_status clonal__checkpoint_latest(const char *folder, char *path, size_t size, clonal__checkpoint **checkpoint)
{
    uint32_t *epochs;
    size_t count;
    char candidate[PATH_MAX];
    *checkpoint = NULL;
    if (path && size) path[0] = 0;
    CLONAL__TRY(list_epochs(folder, &epochs, &count));
    clonal_status status = CLONAL_OK;
    for (size_t i = 0; i < count; i++) {
        status = clonal__checkpoint_path(folder, epochs[i], candidate, sizeof candidate);
        if (status == CLONAL_OK) status = read_epoch(candidate, epochs[i], checkpoint);
        if (status != CLONAL_E_FORMAT) break;
        clonal__log(CLONAL_LOG_WARNING, "%s; going on from the one before", clonal_last_error()->message);
    }
    clonal__free(epochs);
    if (status == CLONAL_OK && *checkpoint && path && strlen(candidate) >= size) {
        clonal__checkpoint_destroy(*checkpoint);
        *checkpoint = NULL;
        return clonal__fail(CLONAL_E_ARGUMENT, "the path of checkpoint %s is too long", candidate);
    }
    if (status == CLONAL_OK && *checkpoint && path) strcpy(path, candidate);
    return status;
}
