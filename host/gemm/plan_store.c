/* plan_store.c: see plan_store.h. The file of a device holds one decision a line, then "device <label>", for people. */
#include "host/gemm/plan_store.h"

#include "host/base/cache_folder.h"
#include "host/base/digest.h"
#include "host/base/file.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include "host/runtime/source.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct clonal__plan_store {
    clonal__gemm_decision *decisions;
    size_t count;
    char path[4096]; /* of the file; "" where nothing is kept on disk */
    char label[CLONAL__DEVICE_LABEL_ROOM];
};

static void store_free(void *memory)
{
    clonal__plan_store *all = memory;
    clonal__free(all->decisions);
    clonal__free(all);
}

/* Sets `path` to <cache>/plans/<digest of all that a decision depends on>.txt: device, driver, versions, CLBlast's
 * options, the native kernel's text and the table that numbers its variants; or to "" where nothing is to be kept. */
static clonal_status file_path(const clonal_context *context, char *path, size_t size)
{
    char folder[3900], hex[65], *device = NULL;
    clonal__string key = {0};
    path[0] = '\0';
    clonal__cache_folder(folder, sizeof folder);
    if (!folder[0] || getenv("CLONAL_KERNELS")) return CLONAL_OK;
    clonal_status status = clonal__device_key(context, &device);
    if (status == CLONAL_OK) {
        clonal__string_append(&key, "%sunits %u forms %d\n%s\nfma %d\nclblast options %s\nvariants %d format 2\n",
                              device, context->info.compute_units, context->gpu_forms, clonal__clblast_version(),
                              (int)context->probe.fma, clonal__clblast_options(), CLONAL__NATIVE_TABLE);
        status = clonal__kernel_source_load("gemm_native", &key);
    }
    if (status == CLONAL_OK) status = key.status;
    if (status == CLONAL_OK) status = clonal__digest_bytes(key.text, key.length, hex);
    if (status == CLONAL_OK) snprintf(path, size, "%s/plans/%s.txt", folder, hex);
    clonal__string_free(&key);
    clonal__free(device);
    return status;
}

/* m n k ta tb wanted kind variant seconds, and A's zeros where it has some. */
static bool read_line(const char *line, clonal__gemm_decision *d)
{
    int ta, tb, wanted, kind, used = 0, behind = 0;
    char seconds[CLONAL__NUMBER_ROOM];
    *d = (clonal__gemm_decision){0};
    if (sscanf(line, "%u %u %u %d %d %d %d %d %n", &d->shape.m, &d->shape.n, &d->shape.k, &ta, &tb, &wanted, &kind,
               &d->choice.variant, &used) != 8)
        return false;
    line += used;
    used = (int)strcspn(line, " ");
    snprintf(seconds, sizeof seconds, "%.*s", used, line);
    if (used >= (int)sizeof seconds || !clonal__number_read(seconds, &d->choice.seconds)) return false;
    if (line[used] && (sscanf(line + used, " %u%n", &d->shape.zeros, &behind) != 1 || line[used + behind]))
        return false;
    d->shape.ta = ta;
    d->shape.tb = tb;
    d->wanted = (clonal_gemm)wanted;
    d->choice.kind = (clonal__gemm_kind)kind;
    d->choice.exact = true;
    return true;
}

bool clonal__plan_store_check(const char *text, char label[CLONAL__DEVICE_LABEL_ROOM])
{
    static const char device[] = "device ";
    clonal__gemm_decision d;
    char line[256];
    size_t count = 0;
    label[0] = 0;
    for (; *text; text += strcspn(text, "\n") + 1, count++) {
        const size_t length = strcspn(text, "\n");
        if (!text[length]) return false; /* cut off: what is written ends in a line feed */
        if (strncmp(text, device, sizeof device - 1) == 0) {
            clonal__label_copy(text + sizeof device - 1, length - (sizeof device - 1), label);
            return count && !text[length + 1];
        }
        snprintf(line, sizeof line, "%.*s", length < sizeof line ? (int)length : 0, text);
        if (!read_line(line, &d)) return false;
    }
    return count > 0;
}

/* Reads the file's decisions up to the first line that is none. */
static void read_file(clonal__plan_store *all)
{
    char *text = NULL, *rest;
    size_t size;
    if (!all->path[0] || clonal__file_read(all->path, CLONAL__PLAN_STORE_MOST, &text, &size) != CLONAL_OK) return;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        clonal__gemm_decision d;
        if (!read_line(line, &d)) break;
        if (clonal__grow(&all->decisions, all->count + 1, sizeof d) != CLONAL_OK) break;
        all->decisions[all->count++] = d;
    }
    clonal__free(text);
}

/* The index of the decision for this shape, or the count. */
static size_t find(const clonal__plan_store *all, const clonal__gemm_shape *shape, clonal_gemm wanted)
{
    size_t i = 0;
    while (i < all->count &&
           !(all->decisions[i].wanted == wanted && clonal__gemm_same_shape(&all->decisions[i].shape, shape)))
        i++;
    return i;
}

/* Adds a copy of the decision, or puts it in the place of an earlier one for the same shape. */
static clonal_status put(clonal__plan_store *all, const clonal__gemm_decision *made)
{
    const size_t at = find(all, &made->shape, made->wanted);
    if (at == all->count) CLONAL__TRY(clonal__grow(&all->decisions, all->count + 1, sizeof *made));
    all->count += at == all->count;
    all->decisions[at] = *made;
    return CLONAL_OK;
}

/* Of more decisions the oldest are left out, for the file to stay one that is read. */
enum {
    LINE = 100 /* bytes: eight numbers of up to 11, their spaces, a time */,
    MOST_LINES = CLONAL__PLAN_STORE_MOST / LINE
};

/* Writes all decisions but those of products that nobody makes exactly: that may be this process's doing, and is tried
 * again by the next. The file is a cache, so a failure is only logged. */
static void write_file(const clonal__plan_store *all)
{
    char folder[4096], number[CLONAL__NUMBER_ROOM];
    clonal__string text = {0};
    snprintf(folder, sizeof folder, "%s", all->path);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    for (size_t i = all->count > MOST_LINES ? all->count - MOST_LINES : 0; i < all->count; i++) {
        const clonal__gemm_decision *d = &all->decisions[i];
        if (!d->choice.exact) continue;
        clonal__string_append(&text, "%u %u %u %d %d %d %d %d %s", d->shape.m, d->shape.n, d->shape.k, d->shape.ta,
                              d->shape.tb, d->wanted, d->choice.kind, d->choice.variant,
                              clonal__number_text(d->choice.seconds, 9, number));
        if (d->shape.zeros) clonal__string_append(&text, " %u", d->shape.zeros);
        clonal__string_append(&text, "\n");
    }
    if (text.status == CLONAL_OK && !text.length) {
        (void)remove(all->path); /* a file of no decisions would be a damaged one */
        return;
    }
    clonal__string_append(&text, "device %s\n", all->label);
    if (text.status == CLONAL_OK && clonal__make_folders(folder) == CLONAL_OK &&
        clonal__file_write(all->path, text.text, text.length) != CLONAL_OK)
        clonal__log(CLONAL_LOG_DEBUG, "the GEMM plan is not kept: %s", clonal_last_error()->message);
    clonal__string_free(&text);
}

/* Writes this decision among those that the file holds by now: other processes decide too. Where it holds none, or none
 * that can be read, this process's are all there are. Of two that write at the same moment the file is the later one's:
 * then a decision is made once more by some later run. */
static void add_to_file(const clonal__plan_store *all, const clonal__gemm_decision *made)
{
    clonal__plan_store file = {0};
    if (!all->path[0]) return;
    memcpy(file.path, all->path, sizeof file.path);
    memcpy(file.label, all->label, sizeof file.label);
    read_file(&file);
    if (!file.count)
        write_file(all);
    else if (put(&file, made) == CLONAL_OK)
        write_file(&file);
    clonal__free(file.decisions);
}

clonal_status clonal__plan_store_of(clonal_context *context, clonal__plan_store **all)
{
    static const char key[] = "GEMM plans";
    clonal__plan_store *made;
    *all = clonal__attached(context, key);
    if (*all) return CLONAL_OK;
    CLONAL__TRY(clonal__calloc(1, sizeof *made, &made));
    clonal_status status = file_path(context, made->path, sizeof made->path);
    if (status != CLONAL_OK) {
        store_free(made);
        return status;
    }
    clonal__device_label(context, made->label);
    read_file(made);
    CLONAL__TRY(clonal__attach(context, key, made, store_free));
    *all = made;
    return CLONAL_OK;
}

const clonal__gemm_decision *clonal__plan_store_find(const clonal__plan_store *all, const clonal__gemm_shape *shape,
                                                     clonal_gemm wanted)
{
    size_t i = find(all, shape, wanted);
    return i < all->count ? &all->decisions[i] : NULL;
}

void clonal__plan_store_take(clonal__plan_store *all, const clonal__gemm_decision *decision)
{
    all->decisions[decision - all->decisions].used = true;
}

/* By which factor two batches differ. */
static double apart(uint32_t a, uint32_t b)
{
    return a > b ? (double)a / b : (double)b / a;
}

const clonal__gemm_choice *clonal__plan_store_related(const clonal__plan_store *all, const clonal__gemm_shape *s,
                                                      clonal_gemm wanted)
{
    enum { FAR = 16 };
    const clonal__gemm_decision *best = NULL;
    double least = FAR;
    for (size_t i = 0; i < all->count; i++) {
        const clonal__gemm_decision *d = &all->decisions[i];
        const bool same = d->wanted == wanted && d->shape.ta == s->ta && d->shape.tb == s->tb && d->shape.n == s->n &&
                          d->shape.zeros == s->zeros;
        if (!same || !d->used || !d->choice.exact || (s->ta ? d->shape.m != s->m : d->shape.k != s->k)) continue;
        const double factor = s->ta ? apart(d->shape.k, s->k) : apart(d->shape.m, s->m);
        if (factor > least || (best && factor == least)) continue;
        best = d;
        least = factor;
    }
    return best ? &best->choice : NULL;
}

clonal_status clonal__plan_store_keep(clonal__plan_store *all, const clonal__gemm_decision *made)
{
    clonal__gemm_decision kept = *made;
    kept.used = true;
    CLONAL__TRY(put(all, &kept));
    add_to_file(all, &kept);
    return CLONAL_OK;
}

clonal_status clonal__gemm_forget(clonal_context *context, const clonal__gemm_shape *shape, clonal_gemm wanted)
{
    clonal__plan_store *all;
    CLONAL__TRY(clonal__plan_store_of(context, &all));
    size_t i = find(all, shape, wanted);
    if (i < all->count) all->decisions[i] = all->decisions[--all->count];
    return CLONAL_OK;
}
