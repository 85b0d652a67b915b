/* npz.c: see npz.h. */
#include "host/data/npz.h"

#include "host/base/memory.h"
#include "host/data/numpy.h"
#include <stdio.h>
#include <string.h>
#include <zip.h>

enum { MOST_NAMES = 12 }; /* of members that a message lists */

struct clonal__npz {
    const char *path;
    zip_t *zip;
};

static clonal_status fail_zip(const char *name, zip_error_t *error)
{
    switch (zip_error_code_zip(error)) {
    case ZIP_ER_MEMORY:
        return clonal__fail_memory(0);
    case ZIP_ER_OPEN:
    case ZIP_ER_NOENT:
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
        return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", name, zip_error_strerror(error));
    case ZIP_ER_NOPASSWD:
    case ZIP_ER_ENCRNOTSUPP:
        return clonal__fail(CLONAL_E_FORMAT, "%s is encrypted: save it without a password", name);
    case ZIP_ER_COMPNOTSUPP:
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s is compressed in a way that libzip does not know here: save it by "
                            "numpy.savez_compressed",
                            name);
    default:
        return clonal__npy_damaged(name, "is damaged (%s)", zip_error_strerror(error));
    }
}

/* Takes the source over, whatever comes of it; NULL: it could not be made, and error tells why. */
static clonal_status open_source(const char *path, zip_source_t *source, zip_error_t *error, clonal__npz **npz)
{
    clonal_status status = source ? clonal__calloc(1, sizeof **npz, npz) : fail_zip(path, error);
    if (status == CLONAL_OK) {
        (*npz)->path = path;
        (*npz)->zip = zip_open_from_source(source, ZIP_RDONLY, error);
        if ((*npz)->zip) return CLONAL_OK;
        status = fail_zip(path, error);
        clonal__free(*npz);
        *npz = NULL;
    }
    if (source) zip_source_free(source);
    return status;
}

clonal_status clonal__npz_open(const char *path, clonal__npz **npz)
{
    zip_error_t error;
    *npz = NULL;
    zip_error_init(&error);
    const clonal_status status = open_source(path, zip_source_file_create(path, 0, -1, &error), &error, npz);
    zip_error_fini(&error);
    return status;
}

clonal_status clonal__npz_open_bytes(const char *name, const void *bytes, size_t count, clonal__npz **npz)
{
    zip_error_t error;
    *npz = NULL;
    zip_error_init(&error);
    const clonal_status status = open_source(name, zip_source_buffer_create(bytes, count, 0, &error), &error, npz);
    zip_error_fini(&error);
    return status;
}

void clonal__npz_close(clonal__npz *npz)
{
    if (!npz) return;
    zip_discard(npz->zip);
    clonal__free(npz);
}

static const char *member_name(const clonal__npz *npz, zip_uint64_t index)
{
    const char *name = zip_get_name(npz->zip, index, ZIP_FL_ENC_RAW);
    return name ? name : "";
}

/* Appends a name to a list of them, as far as the list is short. */
static void list_name(clonal__string *names, size_t before, const char *name)
{
    if (before < MOST_NAMES) clonal__string_append(names, "%s%.60s", before ? ", " : "", name);
    if (before == MOST_NAMES) clonal__string_append(names, ", ...");
}

static clonal_status fail_to_find(const clonal__npz *npz, const char *split, const char *kind)
{
    const zip_int64_t members = zip_get_num_entries(npz->zip, 0);
    clonal__string names = {0};
    char wanted[CLONAL__NUMPY_NAMES_ROOM];
    for (zip_int64_t i = 0; i < members; i++) list_name(&names, (size_t)i, member_name(npz, (zip_uint64_t)i));
    const clonal_status status =
        clonal__fail(CLONAL_E_IO, "%s holds none of %s, but %s: save the arrays by these names", npz->path,
                     clonal__numpy_names(split, kind, wanted), names.text ? names.text : "nothing");
    clonal__string_free(&names);
    return status;
}

/* A name that is there twice is as bad as two names. */
static clonal_status find_member(const clonal__npz *npz, const char *split, const char *kind, zip_uint64_t *index)
{
    const zip_int64_t members = zip_get_num_entries(npz->zip, 0);
    size_t count = 0;
    clonal__string names = {0};
    for (zip_int64_t i = 0; i < members; i++) {
        const char *name = member_name(npz, (zip_uint64_t)i);
        if (!clonal__numpy_fits(name, split, kind)) continue;
        if (count == 0) *index = (zip_uint64_t)i;
        list_name(&names, count++, name);
    }
    clonal_status status = names.status;
    if (status == CLONAL_OK && count == 0) status = fail_to_find(npz, split, kind);
    if (status == CLONAL_OK && count > 1)
        status = clonal__fail(CLONAL_E_IO, "%s holds several arrays of %s %s: %s: save those of one data set",
                              npz->path, clonal__numpy_split(split), kind, names.text);
    clonal__string_free(&names);
    return status;
}

typedef struct member {
    zip_file_t *file;
    uint64_t read; /* bytes, unpacked */
} member;

static clonal_status member_read(void *from, const char *name, void *bytes, size_t count, size_t *done)
{
    member *m = from;
    *done = 0;
    while (*done < count) {
        const zip_int64_t got = zip_fread(m->file, (char *)bytes + *done, count - *done);
        if (got < 0) return fail_zip(name, zip_file_get_error(m->file));
        if (got == 0) break;
        *done += (size_t)got;
        m->read += (uint64_t)got;
    }
    return CLONAL_OK;
}

/* libzip does not hold the size of a deflated member against what came out of it. */
static clonal_status check_size(const clonal__npz *npz, zip_uint64_t index, const char *name, uint64_t read)
{
    zip_stat_t about;
    if (zip_stat_index(npz->zip, index, 0, &about) == 0 && about.valid & ZIP_STAT_SIZE && about.size == read)
        return CLONAL_OK;
    return clonal__npy_damaged(name, "is not of the size that the archive tells");
}

clonal_status clonal__npz_read(const clonal__npz *npz, const char *split, const char *kind, char *name, size_t size,
                               clonal__npy *npy)
{
    zip_uint64_t index = 0;
    *npy = (clonal__npy){0};
    CLONAL__TRY(find_member(npz, split, kind, &index));
    snprintf(name, size, "%s: %s", npz->path, member_name(npz, index));
    member m = {.file = zip_fopen_index(npz->zip, index, 0)};
    if (!m.file) return fail_zip(name, zip_get_error(npz->zip));
    clonal_status status = clonal__npy_read(&(clonal__npy_source){name, &m, member_read}, npy);
    if (status == CLONAL_OK) status = check_size(npz, index, name, m.read);
    if (status != CLONAL_OK) {
        clonal__free(npy->values);
        *npy = (clonal__npy){0};
    }
    zip_fclose(m.file);
    return status;
}
