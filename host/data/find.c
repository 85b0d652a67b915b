/* find.c: which of a folder's files hold a split's samples and labels. */
#include "host/data/idx.h"
#include "host/data/numpy.h"

#include "host/base/file.h"
#include "host/base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* Whether an IDX file's name is one of the split and kind, with any prefix that ends in '-'. */
static bool fits_idx(const char *name, const char *split, const char *kind)
{
    size_t length = strlen(name);
    take_end(name, &length, ".gz");
    if (!take_end(name, &length, "-ubyte") || !take_rank(name, &length)) return false;
    if (!take_end(name, &length, kind) || !take_end(name, &length, "-")) return false;
    if (!take_end(name, &length, split) && !(strcmp(split, "t10k") == 0 && take_end(name, &length, "test")))
        return false;
    return length == 0 || name[length - 1] == '-';
}

static bool fits(const char *name, const char *split, const char *kind)
{
    return fits_idx(name, split, kind) || clonal__numpy_fits(name, split, kind);
}

/* Whether `name` is the gzipped file of `plain`. */
static bool is_zipped(const char *name, const char *plain)
{
    const size_t n = strlen(plain);
    return strncmp(name, plain, n) == 0 && strcmp(name + n, ".gz") == 0;
}

typedef struct listing {
    struct dirent **entries; /* sorted by name */
    int count;
} listing;

/* A folder that is not there has no entries. */
static clonal_status list_folder(const char *folder, listing *of)
{
    of->entries = NULL;
    of->count = scandir(folder, &of->entries, NULL, alphasort);
    if (of->count >= 0) return CLONAL_OK;
    const int cause = errno;
    of->count = 0;
    if (cause == ENOENT || cause == ENOTDIR || cause == ENAMETOOLONG) return CLONAL_OK;
    if (cause == ENOMEM) return clonal__fail_memory(0);
    return clonal__fail(CLONAL_E_IO, "cannot list the files of %s: %s", folder, strerror(cause));
}

static void listing_free(listing *of)
{
    for (int i = 0; i < of->count; i++) free(of->entries[i]);
    free(of->entries);
}

/* Whether it is there and no folder; links are followed. */
static bool is_file(const char *folder, const char *name)
{
    char path[4096];
    struct stat about;
    return clonal__path_join(folder, name, path, sizeof path) == CLONAL_OK && stat(path, &about) == 0 &&
           !S_ISDIR(about.st_mode);
}

/* Whether a folder holds a file of any split and kind. */
static clonal_status holds_any(const char *folder, bool *any)
{
    listing in;
    *any = false;
    CLONAL__TRY(list_folder(folder, &in));
    for (int i = 0; i < in.count && !*any; i++) {
        const char *name = in.entries[i]->d_name;
        for (int k = 0; k < 4 && !*any; k++)
            *any = fits(name, k & 1 ? "train" : "t10k", k & 2 ? "images" : "labels") && is_file(folder, name);
    }
    listing_free(&in);
    return CLONAL_OK;
}

/* Where the files are, all of them: in the folder, else in the one of torchvision's below it. */
static clonal_status choose_folder(const char *folder, char *chosen, size_t size)
{
    static const char *const below[] = {"MNIST/raw", "FashionMNIST/raw", "KMNIST/raw", "EMNIST/raw"};
    char inner[4096];
    const char *last = NULL;
    bool any;
    if ((size_t)snprintf(chosen, size, "%s", folder) >= size)
        return clonal__fail(CLONAL_E_ARGUMENT, "the name of the data's folder is too long: %.60s...", folder);
    CLONAL__TRY(holds_any(folder, &any));
    if (any) return CLONAL_OK;
    for (size_t i = 0; i < sizeof below / sizeof *below; i++) {
        CLONAL__TRY(clonal__path_join(folder, below[i], inner, sizeof inner));
        CLONAL__TRY(holds_any(inner, &any));
        if (!any) continue;
        if (last)
            return clonal__fail(CLONAL_E_IO, "%s holds several data sets, %s and %s: name the folder of one", folder,
                                last, below[i]);
        last = below[i];
        CLONAL__TRY(clonal__path_join(folder, last, chosen, size));
    }
    return CLONAL_OK;
}

/* The folder is there; an archive in it is not opened unasked, since it need not be the only one. */
static clonal_status fail_in_folder(const char *folder, const char *name, const char *arrays)
{
    listing in;
    CLONAL__TRY(list_folder(folder, &in));
    const char *archive = NULL;
    for (int i = 0; i < in.count && !archive; i++) {
        size_t length = strlen(in.entries[i]->d_name);
        if (take_end(in.entries[i]->d_name, &length, ".npz")) archive = in.entries[i]->d_name;
    }
    const clonal_status status =
        archive
            ? clonal__fail(CLONAL_E_IO, "%s holds neither %s nor %s.gz, but an archive: name that, %s/%s, with --data",
                           folder, name, name, folder, archive)
            : clonal__fail(CLONAL_E_IO,
                           "%s holds neither %s nor %s.gz, nor one of %s: name a folder of the MNIST family's "
                           "files, or a NumPy archive (.npz), with --data, or apt-get install "
                           "dataset-fashion-mnist",
                           folder, name, name, arrays);
    listing_free(&in);
    return status;
}

static clonal_status fail_to_find(const char *folder, const char *split, const char *kind)
{
    char name[64], arrays[CLONAL__NUMPY_NAMES_ROOM];
    snprintf(name, sizeof name, "%s-%s-%s-ubyte", split, kind, strcmp(kind, "images") == 0 ? "idx3" : "idx1");
    if (!strcmp(folder, CLONAL_FASHION_MNIST))
        return clonal__fail(CLONAL_E_IO,
                            "Fashion-MNIST is not in %s (no %s.gz): apt-get install dataset-fashion-mnist, "
                            "or name a folder with --data",
                            folder, name);
    if (!clonal__file_exists(folder))
        return clonal__fail(CLONAL_E_IO,
                            "there is no folder %s, nor such a file: name a folder that holds %s or %s.gz, or a "
                            "NumPy archive (.npz), with --data",
                            folder, name, name);
    if (!clonal__is_folder(folder))
        return clonal__fail(CLONAL_E_IO,
                            "%s is no folder, nor a NumPy archive (.npz): name the folder that holds %s or %s.gz, or "
                            "such an archive, with --data",
                            folder, name, name);
    return fail_in_folder(folder, name, clonal__numpy_names(split, kind, arrays));
}

/* The one file of a split and kind. Sorted, a plain file comes right before its gzipped one, which counts for nothing
 * then. */
static clonal_status find_one(const char *given, const char *folder, const char *split, const char *kind, char *path,
                              size_t size)
{
    listing in;
    size_t count = 0;
    const char *last = NULL;
    clonal__string names = {0};
    CLONAL__TRY(list_folder(folder, &in));
    clonal_status status = CLONAL_OK;
    for (int i = 0; i < in.count && status == CLONAL_OK; i++) {
        const char *name = in.entries[i]->d_name;
        if (!fits(name, split, kind) || (last && is_zipped(name, last)) || !is_file(folder, name)) continue;
        if (count == 0) status = clonal__path_join(folder, name, path, size);
        clonal__string_append(&names, "%s%s", count++ ? ", " : "", name);
        last = name;
    }
    if (status == CLONAL_OK) status = names.status;
    if (status == CLONAL_OK && count == 0) status = fail_to_find(given, split, kind);
    if (status == CLONAL_OK && count > 1)
        status =
            clonal__fail(CLONAL_E_IO, "%s holds several files of %s %s: %s: put those of one data set into a folder",
                         folder, split, kind, names.text);
    clonal__string_free(&names);
    listing_free(&in);
    return status;
}

clonal_status clonal__idx_find(const char *folder, const char *split, char *images, char *labels, size_t size)
{
    char chosen[4096];
    if (!folder[0])
        return clonal__fail(CLONAL_E_IO, "the name of the data's folder is empty: name one, or none for Fashion-MNIST");
    CLONAL__TRY(choose_folder(folder, chosen, sizeof chosen));
    CLONAL__TRY(find_one(folder, chosen, split, "images", images, size));
    return find_one(folder, chosen, split, "labels", labels, size);
}
