/* npy.c: an array read from wherever its bytes are. */
#include "host/data/npy.h"

#include "host/base/memory.h"
#include "host/base/number.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* NumPy writes headers of more than 64 KiB for records alone. */
enum { FIRST_CHUNK = 1 << 20, MAGIC_BYTES = 8, MAX_HEADER = 65535 };

clonal_status clonal__npy_damaged(const char *name, const char *format, ...)
{
    char cause[256];
    va_list list;
    va_start(list, format);
    clonal__number_format(cause, sizeof cause, format, list);
    va_end(list);
    return clonal__fail(CLONAL_E_FORMAT, "%s %s: fetch or save it again", name, cause);
}

static clonal_status read_some(const clonal__npy_source *s, void *bytes, size_t count, size_t *done)
{
    return s->read(s->from, s->name, bytes, count, done);
}

/* The length that stands behind the magic text and the version. */
static clonal_status read_length(const clonal__npy_source *s, size_t *length)
{
    uint8_t head[MAGIC_BYTES], size[4] = {0};
    size_t done;
    CLONAL__TRY(read_some(s, head, sizeof head, &done));
    if (done == 0) return clonal__npy_damaged(s->name, "is empty");
    if (memcmp(head, "\x93NUMPY", done < 6 ? done : 6) != 0)
        return clonal__npy_damaged(s->name, "is no array of NumPy's");
    if (done < sizeof head) return clonal__npy_damaged(s->name, "is truncated in its header");
    if (head[6] < 1 || head[6] > 3 || head[7] != 0)
        return clonal__npy_damaged(s->name, "is of version %d.%d of the format, where 1.0, 2.0 and 3.0 are read",
                                   head[6], head[7]);
    const size_t bytes = head[6] == 1 ? 2 : 4;
    CLONAL__TRY(read_some(s, size, bytes, &done));
    if (done < bytes) return clonal__npy_damaged(s->name, "is truncated in its header");
    const uint32_t told = size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 | (uint32_t)size[3] << 24;
    if (told > MAX_HEADER)
        return clonal__npy_damaged(s->name, "promises a header of %u bytes, where one of numbers has at most 65535",
                                   told);
    *length = told;
    return CLONAL_OK;
}

static clonal_status read_header(const clonal__npy_source *s, clonal__npy *npy, bool *fortran)
{
    size_t length = 0, done;
    char *text;
    CLONAL__TRY(read_length(s, &length));
    CLONAL__TRY(clonal__calloc(length + 1, 1, &text));
    clonal_status status = read_some(s, text, length, &done);
    if (status == CLONAL_OK && done < length) status = clonal__npy_damaged(s->name, "is truncated in its header");
    if (status == CLONAL_OK) status = clonal__npy_header(s->name, text, length, npy, fortran);
    clonal__free(text);
    return status;
}

static clonal_status read_values(const clonal__npy_source *s, clonal__npy *npy)
{
    if (npy->count > SIZE_MAX / 2 / npy->size) return clonal__fail_memory(SIZE_MAX);
    const size_t bytes = npy->count * npy->size;
    size_t have = 0, room = bytes < FIRST_CHUNK ? bytes : FIRST_CHUNK, done;
    for (;;) {
        CLONAL__TRY(clonal__grow(&npy->values, room, 1));
        CLONAL__TRY(read_some(s, npy->values + have, room - have, &done));
        have += done;
        if (have < room)
            return clonal__npy_damaged(s->name, "is truncated: %zu bytes of the %zu that its header promises", have,
                                       bytes);
        if (have == bytes) break;
        room = room < bytes - room ? 2 * room : bytes;
    }
    /* Reading on also makes an archive check the member's sum. */
    uint8_t surplus;
    CLONAL__TRY(read_some(s, &surplus, 1, &done));
    if (done) return clonal__npy_damaged(s->name, "goes on after the %zu bytes that its header promises", bytes);
    return CLONAL_OK;
}

/* From Fortran's order, the first dimension's elements side by side, to C's. */
static clonal_status reorder(clonal__npy *npy)
{
    size_t at[CLONAL__NPY_MAX_RANK] = {0}, stride[CLONAL__NPY_MAX_RANK], step = 1, from = 0;
    uint8_t *values;
    CLONAL__TRY(clonal__calloc(npy->count, npy->size, &values));
    for (size_t d = 0; d < npy->rank; d++) {
        stride[d] = step;
        step *= npy->shape[d];
    }
    for (size_t i = 0; i < npy->count; i++) {
        memcpy(values + i * npy->size, npy->values + from * npy->size, npy->size);
        for (size_t d = npy->rank; d-- > 0;) {
            from += stride[d];
            if (++at[d] < npy->shape[d]) break;
            from -= stride[d] * npy->shape[d];
            at[d] = 0;
        }
    }
    clonal__free(npy->values);
    npy->values = values;
    return CLONAL_OK;
}

clonal_status clonal__npy_read(const clonal__npy_source *source, clonal__npy *npy)
{
    bool fortran = false;
    *npy = (clonal__npy){0};
    clonal_status status = read_header(source, npy, &fortran);
    if (status == CLONAL_OK) status = read_values(source, npy);
    if (status == CLONAL_OK && fortran) status = reorder(npy);
    if (status != CLONAL_OK) {
        clonal__free(npy->values);
        *npy = (clonal__npy){0};
    }
    return status;
}

static clonal_status file_read(void *from, const char *name, void *bytes, size_t count, size_t *done)
{
    FILE *file = from;
    *done = fread(bytes, 1, count, file);
    if (*done < count && ferror(file)) return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", name, strerror(errno));
    return CLONAL_OK;
}

clonal_status clonal__npy_read_file(const char *path, clonal__npy *npy)
{
    *npy = (clonal__npy){0};
    FILE *file = fopen(path, "rb");
    if (!file)
        return clonal__fail(CLONAL_E_IO, "cannot open %s: %s: name an array that can be read", path, strerror(errno));
    const clonal_status status = clonal__npy_read(&(clonal__npy_source){path, file, file_read}, npy);
    fclose(file);
    return status;
}

typedef struct memory {
    const uint8_t *at;
    size_t left;
} memory;

static clonal_status memory_read(void *from, const char *name, void *bytes, size_t count, size_t *done)
{
    memory *m = from;
    (void)name;
    *done = count < m->left ? count : m->left;
    if (*done) memcpy(bytes, m->at, *done);
    m->at += *done;
    m->left -= *done;
    return CLONAL_OK;
}

clonal_status clonal__npy_read_bytes(const char *name, const void *bytes, size_t count, clonal__npy *npy)
{
    memory m = {bytes, count};
    return clonal__npy_read(&(clonal__npy_source){name, &m, memory_read}, npy);
}
