/* idx.c: an IDX file read through zlib, which takes plain files as they are. */
#include "host/data/idx.h"

#include "host/base/memory.h"
#include "host/base/number.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { FIRST_CHUNK = 1 << 20, MAX_READ = 1 << 26 };

typedef struct reader {
    const char *path;
    gzFile file;
} reader;

static clonal_status damaged(const char *path, const char *format, ...) CLONAL__PRINTF(2, 3);
static clonal_status damaged(const char *path, const char *format, ...)
{
    char cause[256];
    va_list list;
    va_start(list, format);
    clonal__number_format(cause, sizeof cause, format, list);
    va_end(list);
    return clonal__fail(CLONAL_E_FORMAT, "%s %s: fetch the file again", path, cause);
}

/* Bytes of an element; 0: the format has no such type. */
static size_t size_of(int type)
{
    switch (type) {
    case CLONAL__IDX_U8:
    case CLONAL__IDX_I8:
        return 1;
    case CLONAL__IDX_I16:
        return 2;
    case CLONAL__IDX_I32:
    case CLONAL__IDX_F32:
        return 4;
    case CLONAL__IDX_F64:
        return 8;
    default:
        return 0;
    }
}

static clonal_status open_reader(reader *r, const char *path)
{
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return clonal__fail(CLONAL_E_IO, "cannot open %s: %s: name an IDX file that can be read", path,
                            strerror(errno));
    if (fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode)) {
        close(descriptor);
        return clonal__fail(CLONAL_E_IO, "%s is a folder: name an IDX file", path);
    }
    r->path = path;
    r->file = gzdopen(descriptor, "rb");
    if (!r->file) {
        close(descriptor);
        return clonal__fail_memory(0);
    }
    gzbuffer(r->file, 1 << 17);
    return CLONAL_OK;
}

/* Reads up to `count` bytes; fewer only at the end of a sound file. */
static clonal_status read_some(const reader *r, void *bytes, size_t count, size_t *done)
{
    *done = 0;
    while (*done < count) {
        size_t wanted = count - *done < MAX_READ ? count - *done : MAX_READ;
        int got = gzread(r->file, (char *)bytes + *done, (unsigned)wanted);
        if (got <= 0) break;
        *done += (size_t)got;
    }
    int code;
    const char *text = gzerror(r->file, &code);
    if (code == Z_ERRNO) return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", r->path, strerror(errno));
    if (code == Z_MEM_ERROR) return clonal__fail_memory(0);
    if (code != Z_OK && code != Z_STREAM_END)
        return damaged(r->path, "is a damaged gzip file (%s)", code == Z_BUF_ERROR ? "truncated" : text);
    return CLONAL_OK;
}

static clonal_status read_header(const reader *r, size_t min_rank, size_t max_rank, clonal__idx *idx)
{
    uint8_t head[4], sizes[4 * CLONAL__IDX_MAX_RANK];
    size_t done;
    CLONAL__TRY(read_some(r, head, sizeof head, &done));
    if (done < sizeof head) return damaged(r->path, done ? "is too short for an IDX header" : "is empty");
    if (head[0] || head[1])
        return damaged(r->path, "is no IDX file (it starts with %02x %02x %02x %02x)", head[0], head[1], head[2],
                       head[3]);
    if (!size_of(head[2]))
        return damaged(r->path, "holds elements of type 0x%02x, which IDX files do not have", head[2]);
    if (head[3] < min_rank || head[3] > max_rank)
        return clonal__fail(CLONAL_E_FORMAT, "%s has %d dimensions, where %s are expected: name another file", r->path,
                            head[3], max_rank == 1 ? "labels (1)" : "images (2 to 5)");
    idx->type = (clonal__idx_type)head[2];
    idx->rank = head[3];
    CLONAL__TRY(read_some(r, sizes, 4 * idx->rank, &done));
    if (done < 4 * idx->rank) return damaged(r->path, "is truncated in its header");
    uint64_t bytes = size_of(head[2]);
    for (size_t i = 0; i < idx->rank; i++) {
        const uint8_t *b = sizes + 4 * i;
        idx->shape[i] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        if (idx->shape[i] == 0) return damaged(r->path, "holds nothing: its dimension %zu is 0", i);
        if (bytes > CLONAL__IDX_MAX_BYTES / idx->shape[i])
            return damaged(r->path, "promises more than the 4 GiB that Clonal reads");
        bytes *= idx->shape[i];
    }
    idx->bytes = (size_t)bytes;
    idx->count = idx->bytes / size_of(head[2]);
    return CLONAL_OK;
}

static clonal_status read_values(const reader *r, clonal__idx *idx)
{
    size_t have = 0, room = idx->bytes < FIRST_CHUNK ? idx->bytes : FIRST_CHUNK, done;
    for (;;) {
        CLONAL__TRY(clonal__grow(&idx->values, room, 1));
        CLONAL__TRY(read_some(r, idx->values + have, room - have, &done));
        have += done;
        if (have < room)
            return damaged(r->path, "is truncated: %zu bytes of the %zu that its header promises", have, idx->bytes);
        if (have == idx->bytes) break;
        room = room < idx->bytes - room ? 2 * room : idx->bytes;
    }
    /* Reading on also makes zlib check the sum at the end of a gzip file. */
    uint8_t surplus;
    CLONAL__TRY(read_some(r, &surplus, 1, &done));
    if (done) return damaged(r->path, "goes on after the %zu bytes that its header promises", idx->bytes);
    return CLONAL_OK;
}

clonal_status clonal__idx_head(const char *path, size_t min_rank, size_t max_rank, clonal__idx *idx)
{
    reader r;
    *idx = (clonal__idx){0};
    CLONAL__TRY(open_reader(&r, path));
    const clonal_status status = read_header(&r, min_rank, max_rank, idx);
    gzclose_r(r.file);
    if (status != CLONAL_OK) *idx = (clonal__idx){0};
    return status;
}

clonal_status clonal__idx_read(const char *path, size_t min_rank, size_t max_rank, clonal__idx *idx)
{
    reader r;
    *idx = (clonal__idx){0};
    CLONAL__TRY(open_reader(&r, path));
    clonal_status status = read_header(&r, min_rank, max_rank, idx);
    if (status == CLONAL_OK) status = read_values(&r, idx);
    gzclose_r(r.file);
    if (status != CLONAL_OK) {
        clonal__free(idx->values);
        *idx = (clonal__idx){0};
    }
    return status;
}

/* Element i of whole numbers, or the bits of a float. */
static uint64_t raw(const clonal__idx *idx, size_t i)
{
    const size_t size = size_of(idx->type);
    uint64_t bits = 0;
    for (size_t k = 0; k < size; k++) bits = bits << 8 | idx->values[i * size + k];
    return bits;
}

static int32_t whole(const clonal__idx *idx, size_t i)
{
    switch (idx->type) {
    case CLONAL__IDX_I8:
        return (int8_t)raw(idx, i);
    case CLONAL__IDX_I16:
        return (int16_t)raw(idx, i);
    default:
        return (int32_t)raw(idx, i);
    }
}

static float number(const clonal__idx *idx, size_t i)
{
    const uint64_t bits = raw(idx, i);
    const uint32_t half = (uint32_t)bits;
    float single;
    double wide;
    switch (idx->type) {
    case CLONAL__IDX_F32:
        memcpy(&single, &half, sizeof single);
        return single;
    case CLONAL__IDX_F64:
        memcpy(&wide, &bits, sizeof wide);
        return (float)wide;
    default:
        return (float)whole(idx, i);
    }
}

clonal_status clonal__idx_floats(const clonal__idx *idx, float **values)
{
    CLONAL__TRY(clonal__calloc(idx->count, sizeof **values, values));
    for (size_t i = 0; i < idx->count; i++) (*values)[i] = number(idx, i);
    return CLONAL_OK;
}

clonal_status clonal__idx_labels(const clonal__idx *idx, const char *path, uint32_t **labels)
{
    *labels = NULL;
    if (idx->type == CLONAL__IDX_F32 || idx->type == CLONAL__IDX_F64)
        return clonal__fail(CLONAL_E_FORMAT, "%s holds floats, where labels are whole numbers: name another file",
                            path);
    for (size_t i = 0; i < idx->count; i++)
        if (whole(idx, i) < 0)
            return clonal__fail(CLONAL_E_FORMAT, "%s: label %zu is %d, where labels are 0 or more", path, i,
                                (int)whole(idx, i));
    CLONAL__TRY(clonal__calloc(idx->count, sizeof **labels, labels));
    for (size_t i = 0; i < idx->count; i++) (*labels)[i] = (uint32_t)whole(idx, i);
    return CLONAL_OK;
}
