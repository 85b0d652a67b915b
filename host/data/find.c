/* find.c: which of a folder's files hold a split's samples and labels. */
#include "host/data/idx.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include <clonal/data.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Takes `word` off the text's end of length *length; false, and nothing taken, where it does not end so. */
static bool take_end(const char *text, size_t *length, const char *word)
{
    const size_t n = strlen(word);
    if (*length < n || memcmp(text + *length - n, word, n) != 0) return false;
    *length -= n;
    return true;
}

/* "-idx3" or ".idx3" */
static bool take_rank(const char *text, size_t *length)
{
    if (*length < 5 || text[*length - 1] < '1' || text[*length - 1] > '0' + CLONAL__IDX_MAX_RANK) return false;
    size_t rest = *length - 1;
    if (!take_end(text, &rest, "idx") || !(take_end(text, &rest, "-") || take_end(text, &rest, "."))) return false;
    *length = rest;
    return true;
}

/* Whether a file's name is one of the split and kind, with any prefix that ends in '-'. */
static bool fits(const char *name, const char *split, const char *kind)
{
    size_t length = strlen(name);
    take_end(name, &length, ".gz");
    if (!take_end(name, &length, "-ubyte") || !take_rank(name, &length)) return false;
    if (!take_end(name, &length, kind) || !take_end(name, &length, "-")) return false;
    if (!take_end(name, &length, split) && !(strcmp(split, "t10k") == 0 && take_end(name, &length, "test")))
        return false;
    return length == 0 || name[length - 1] == '-';
}

/* Whether `name` is the gzipped file of `plain`. */
static bool is_zipped(const char *name, const char *plain)
{
    const size_t n = strlen(plain);
    return strncmp(name, plain, n) == 0 && strcmp(name + n, ".gz") == 0;
}

/* What was found so far: the path of one, how many, and all their names for a message. */
typedef struct found {
    const char *split, *kind;
    char *path;
    size_t size, count;
    clonal__string names;
} found;

static clonal_status note(found *f, const char *folder, const char *name)
{
    if (f->count == 0) CLONAL__TRY(clonal__path_join(folder, name, f->path, f->size));
    clonal__string_append(&f->names, "%s%s", f->count++ ? ", " : "", name);
    return f->names.status;
}

/* Sorted, a plain file comes right before its gzipped one, which counts for nothing then. */
static clonal_status search(found *f, const char *folder)
{
    struct dirent **entries;
    const char *last = NULL;
    clonal_status status = CLONAL_OK;
    const int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count && status == CLONAL_OK; i++) {
        const char *name = entries[i]->d_name;
        if (!fits(name, f->split, f->kind) || (last && is_zipped(name, last))) continue;
        status = note(f, folder, name);
        last = name;
    }
    for (int i = 0; i < count; i++) free(entries[i]);
    if (count >= 0) free(entries);
    return status;
}

/* In the folder, else where torchvision puts the files below it. */
static clonal_status search_all(found *f, const char *folder)
{
    static const char *const below[] = {"MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "EMNIST/raw", "QMNIST/raw"};
    char inner[4096];
    CLONAL__TRY(search(f, folder));
    for (size_t i = 0; i < sizeof below / sizeof *below && f->count == 0; i++) {
        CLONAL__TRY(clonal__path_join(folder, below[i], inner, sizeof inner));
        CLONAL__TRY(search(f, inner));
    }
    return CLONAL_OK;
}

static clonal_status fail_to_find(const found *f, const char *folder)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%s-%s-ubyte", f->split, f->kind, strcmp(f->kind, "images") == 0 ? "idx3" : "idx1");
    if (!strcmp(folder, CLONAL_FASHION_MNIST))
        return clonal__fail(CLONAL_E_IO,
                            "Fashion-MNIST is not in %s (no %s.gz): apt-get install dataset-fashion-mnist, "
                            "or name a folder with --data",
                            folder, name);
    if (!clonal__file_exists(folder))
        return clonal__fail(CLONAL_E_IO, "there is no folder %s: name one that holds %s or %s.gz with --data", folder,
                            name, name);
    if (!clonal__is_folder(folder))
        return clonal__fail(CLONAL_E_IO, "%s is no folder: name the one that holds %s or %s.gz with --data", folder,
                            name, name);
    return clonal__fail(CLONAL_E_IO,
                        "%s holds neither %s nor %s.gz: name a folder of the MNIST family's files with --data, or "
                        "apt-get install dataset-fashion-mnist",
                        folder, name, name);
}

clonal_status clonal__idx_find(const char *folder, const char *split, const char *kind, char *path, size_t size)
{
    found f = {.split = split, .kind = kind, .path = path, .size = size};
    clonal_status status = search_all(&f, folder);
    if (status == CLONAL_OK && f.count == 0) status = fail_to_find(&f, folder);
    if (status == CLONAL_OK && f.count > 1)
        status =
            clonal__fail(CLONAL_E_IO, "%s holds several files of %s %s: %s: put those of one data set into a folder",
                         folder, split, kind, f.names.text);
    clonal__string_free(&f.names);
    return status;
}
