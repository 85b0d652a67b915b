/* checkpoint.c: checkpoints as safetensors files with a digest of their own. */
#include "host/run/checkpoint.h"

#include "host/base/encode.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include "host/base/tensor_type.h"
#include "host/model/model.h"
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_ROOM 64
#define DIGEST_KEY "sha256"
enum { MOST_METADATA = 10 };

/* What is handed out is `public`; the rest is what it points at. */
typedef struct owned_checkpoint {
    clonal__checkpoint public;
    clonal__safetensors *file;
    const float **states;
    char names[CLONAL__MOST_CHECKPOINT_STATES][NAME_ROOM];
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

/* The parameters, then each state's buffers under their names. *names and *tensors: clonal__free. */
static clonal_status gather_tensors(const clonal__checkpoint *checkpoint, clonal__tensor **tensors, char **names,
                                    size_t *count)
{
    size_t n = checkpoint->count, length = 1, at = 0;
    *count = n * (1 + checkpoint->state_count);
    for (size_t i = n; i < *count; i++)
        length += strlen(checkpoint->state_names[i / n - 1]) + strlen(checkpoint->parameters[i % n].name) + 2;
    CLONAL__TRY(clonal__calloc(*count, sizeof **tensors, tensors));
    CLONAL__TRY(clonal__calloc(length, 1, names));
    for (size_t i = 0; i < *count; i++) {
        clonal__tensor *tensor = &(*tensors)[i];
        *tensor = checkpoint->parameters[i % n];
        if (i < n) continue;
        tensor->values = checkpoint->states[i - n];
        tensor->name = *names + at;
        at += (size_t)snprintf(*names + at, length - at, "%s.%s", checkpoint->state_names[i / n - 1],
                               checkpoint->parameters[i % n].name) +
              1;
    }
    return CLONAL_OK;
}

clonal_status clonal__checkpoint_write(const char *path, const clonal__checkpoint *checkpoint)
{
    char contract[16], seed[24], step[24], epoch[16], samples[24], loss_sum[CLONAL__NUMBER_ROOM], hex[65];
    clonal__tensor *tensors = NULL;
    char *names = NULL;
    size_t count;
    snprintf(contract, sizeof contract, "%d", clonal_contract_version());
    snprintf(seed, sizeof seed, "%" PRIu64, checkpoint->seed);
    snprintf(step, sizeof step, "%" PRIu64, checkpoint->step);
    snprintf(epoch, sizeof epoch, "%" PRIu32, checkpoint->epoch);
    snprintf(samples, sizeof samples, "%" PRIu64, checkpoint->samples);
    clonal__number_shortest(checkpoint->loss_sum, loss_sum);
    clonal__metadata metadata[MOST_METADATA] = {
        {"format", CLONAL__CHECKPOINT_FORMAT},
        {"contract", contract},
        {"seed", seed},
        {"step", step},
        {"epoch", epoch},
        {"graph", checkpoint->graph},
        {"settings", checkpoint->settings},
    };
    size_t keys = 7;
    if (checkpoint->samples) {
        metadata[keys++] = (clonal__metadata){"samples", samples};
        metadata[keys++] = (clonal__metadata){"loss_sum", loss_sum};
    }
    metadata[keys++] = (clonal__metadata){DIGEST_KEY, hex};
    clonal_status status = gather_tensors(checkpoint, &tensors, &names, &count);
    if (status == CLONAL_OK) status = digest_content(keys, metadata, count, tensors, hex);
    if (status == CLONAL_OK) status = clonal__safetensors_write(path, count, tensors, keys, metadata, NULL);
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
    if (!format || strcmp(format, CLONAL__CHECKPOINT_FORMAT))
        return damaged(path, "it is a safetensors file, but no checkpoint");
    CLONAL__TRY(digest_content(file->metadata_count, file->metadata, file->tensor_count, file->tensors, hex));
    if (!stored || strcmp(stored, hex)) return damaged(path, "its content does not have the digest that it names");
    return CLONAL_OK;
}

/* How far its epoch is: samples and their losses, or neither. */
static clonal_status parse_place(const char *path, const clonal__safetensors *file, clonal__checkpoint *checkpoint)
{
    const char *samples = clonal__safetensors_metadata(file, "samples");
    const char *loss_sum = clonal__safetensors_metadata(file, "loss_sum");
    if (!samples && !loss_sum) return CLONAL_OK;
    if (parse_number(samples, SIZE_MAX, &checkpoint->samples) && checkpoint->samples && loss_sum &&
        clonal__number_read(loss_sum, &checkpoint->loss_sum))
        return CLONAL_OK;
    return damaged(path, "how far its epoch is, samples and loss_sum, is missing or no number");
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
    return parse_place(path, file, checkpoint);
}

/* Parameters are named by their numbers (1.weight), states by words (momentum.1.weight). */
static bool is_state(const clonal__tensor *tensor)
{
    return tensor->name[0] < '0' || tensor->name[0] > '9';
}

/* A state's tensor must be of its parameter's name and shape, and the state's name that of its first tensor. */
static bool fits(const clonal__tensor *state, const clonal__tensor *parameter, const char *name)
{
    const size_t length = strlen(name);
    return is_state(state) && strncmp(state->name, name, length) == 0 && state->name[length] == '.' &&
           strcmp(state->name + length + 1, parameter->name) == 0 && state->rank == parameter->rank &&
           memcmp(state->shape, parameter->shape, sizeof state->shape) == 0;
}

/* The parameters are followed by whole states: of every parameter a buffer, in its shape and order. */
static clonal_status pair_states(const char *path, const clonal__safetensors *file, owned_checkpoint *checkpoint)
{
    clonal__checkpoint *c = &checkpoint->public;
    size_t n = 0;
    while (n < file->tensor_count && !is_state(&file->tensors[n])) n++;
    c->count = n;
    c->parameters = file->tensors;
    if (n == file->tensor_count) return CLONAL_OK;
    c->state_count = n ? file->tensor_count / n - 1 : 0;
    if (n == 0 || file->tensor_count % n != 0 || c->state_count > CLONAL__MOST_CHECKPOINT_STATES)
        return damaged(path, "it has an optimizer's states for some parameters only");
    CLONAL__TRY(clonal__calloc(n * c->state_count, sizeof *checkpoint->states, &checkpoint->states));
    for (size_t i = 0; i < n * c->state_count; i++) {
        const clonal__tensor *state = &file->tensors[n + i];
        char *name = checkpoint->names[i / n];
        if (i % n == 0) snprintf(name, NAME_ROOM, "%.*s", (int)strcspn(state->name, "."), state->name);
        if (!fits(state, &file->tensors[i % n], name))
            return damaged(path, "a state of its optimizer does not fit its parameters");
        c->state_names[i / n] = name;
        checkpoint->states[i] = state->values;
    }
    c->states = checkpoint->states;
    return CLONAL_OK;
}

static clonal_status read_content(const char *path, owned_checkpoint *checkpoint)
{
    CLONAL__TRY(clonal__safetensors_read(path, &checkpoint->file));
    for (size_t i = 0; i < checkpoint->file->tensor_count; i++)
        if (strcmp(checkpoint->file->types[i]->name, "F32") != 0)
            return damaged(path, "a tensor of it is not of type F32");
    CLONAL__TRY(check_digest(path, checkpoint->file));
    CLONAL__TRY(parse_metadata(path, checkpoint->file, &checkpoint->public));
    return pair_states(path, checkpoint->file, checkpoint);
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
    clonal__free(owned->states);
    clonal__free(owned);
}
