/* reader.c: see reader.h. */
#include "host/exchange/reader.h"

#include "host/base/json.h"
#include "host/base/memory.h"
#include "host/base/number.h"
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CHUNK_BYTES = 1 << 16 }; /* a multiple of every type's size */

clonal_status clonal__reader_open(const char *path, const char *kind, clonal__reader *reader)
{
    struct stat about;
    *reader = (clonal__reader){.path = path, .kind = kind};
    /* Looked at before it is opened, since a pipe that nobody writes to would never open. */
    if (stat(path, &about)) return clonal__fail(CLONAL_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode)) return clonal__fail(CLONAL_E_IO, "%s is no regular file: name %s", path, kind);
    reader->stream = fopen(path, "rb");
    if (!reader->stream) return clonal__fail(CLONAL_E_IO, "cannot open %s: %s", path, strerror(errno));
    if (fstat(fileno(reader->stream), &about))
        return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", path, strerror(errno));
    reader->size = (uint64_t)about.st_size;
    return CLONAL_OK;
}

void clonal__reader_close(clonal__reader *reader)
{
    if (reader->stream) fclose(reader->stream);
    reader->stream = NULL;
}

clonal_status clonal__reader_damaged(const clonal__reader *reader, const char *format, ...)
{
    char cause[CLONAL__MOST_NAME_BYTES + 256];
    va_list arguments;
    va_start(arguments, format);
    clonal__number_format(cause, sizeof cause, format, arguments);
    va_end(arguments);
    const bool text = clonal__is_utf8(cause);
    for (char *c = cause; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || (!text && (unsigned char)*c > 0x7f)) *c = '?';
    return clonal__fail(CLONAL_E_FORMAT, "%s: %s: not %s that Clonal can read; write or fetch it again", reader->path,
                        cause, reader->kind);
}

clonal_status clonal__reader_needs(const clonal__reader *reader, uint64_t count)
{
    if (count <= reader->size - reader->at) return CLONAL_OK;
    if (reader->size == 0) return clonal__reader_damaged(reader, "it is empty");
    return clonal__reader_damaged(
        reader, "it is cut, or a length in it is wrong: at byte %llu it needs %llu more of %llu",
        (unsigned long long)reader->at, (unsigned long long)count, (unsigned long long)(reader->size - reader->at));
}

clonal_status clonal__reader_read(clonal__reader *reader, void *bytes, size_t count)
{
    CLONAL__TRY(clonal__reader_needs(reader, count));
    if (fread(bytes, 1, count, reader->stream) != count) {
        if (ferror(reader->stream))
            return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", reader->path, strerror(errno));
        return clonal__reader_damaged(reader, "it ended while it was read");
    }
    reader->at += count;
    return CLONAL_OK;
}

clonal_status clonal__reader_rewind(clonal__reader *reader, uint64_t at)
{
    if (fseeko(reader->stream, (off_t)at, SEEK_SET))
        return clonal__fail(CLONAL_E_IO, "cannot read %s: %s", reader->path, strerror(errno));
    reader->at = at;
    return CLONAL_OK;
}

clonal_status clonal__reader_skip(clonal__reader *reader, uint64_t count)
{
    CLONAL__TRY(clonal__reader_needs(reader, count));
    return count ? clonal__reader_rewind(reader, reader->at + count) : CLONAL_OK;
}

clonal_status clonal__reader_number(clonal__reader *reader, size_t bytes, bool big_endian, uint64_t *number)
{
    uint8_t room[8];
    *number = 0;
    CLONAL__TRY(clonal__reader_read(reader, room, bytes));
    for (size_t i = 0; i < bytes; i++) *number = *number << 8 | room[big_endian ? i : bytes - 1 - i];
    return CLONAL_OK;
}

clonal_status clonal__reader_text(clonal__reader *reader, uint64_t length, char text[CLONAL__MOST_NAME_BYTES + 1])
{
    text[0] = 0;
    CLONAL__TRY(clonal__reader_needs(reader, length));
    if (length > CLONAL__MOST_NAME_BYTES)
        return clonal__reader_damaged(reader, "at byte %llu it has a name of more than %d bytes",
                                      (unsigned long long)reader->at, CLONAL__MOST_NAME_BYTES);
    CLONAL__TRY(clonal__reader_read(reader, text, (size_t)length));
    text[length] = 0;
    if (strlen(text) == length && clonal__is_utf8(text)) return CLONAL_OK;
    return clonal__reader_damaged(reader, "a name that ends at byte %llu is no text of UTF-8",
                                  (unsigned long long)reader->at);
}

clonal_status clonal__reader_elements(const clonal__reader *reader, const char *name, size_t rank,
                                      const uint32_t *shape, const clonal__tensor_type *type, size_t *elements)
{
    clonal__tensor tensor = {.rank = rank};
    if (rank) memcpy(tensor.shape, shape, rank * sizeof *shape);
    *elements = clonal__tensor_elements(&tensor);
    if (*elements > (reader->size - reader->at) / type->bytes)
        return clonal__reader_damaged(reader, "the shape of the tensor '%s' needs more bytes than are left", name);
    return CLONAL_OK;
}

clonal_status clonal__reader_values(clonal__reader *reader, const clonal__tensor_type *type, size_t count,
                                    float *values)
{
    uint8_t bytes[CHUNK_BYTES];
    const size_t most = sizeof bytes / type->bytes;
    for (size_t done = 0; done < count;) {
        const size_t n = count - done < most ? count - done : most;
        CLONAL__TRY(clonal__reader_read(reader, bytes, n * type->bytes));
        for (size_t i = 0; i < n; i++) values[done++] = type->decode(bytes + i * type->bytes);
    }
    return CLONAL_OK;
}

clonal_status clonal__reader_tensor(clonal__reader *reader, const char *name, size_t rank, const uint32_t *shape,
                                    const clonal__tensor_type *type, clonal__network *network)
{
    size_t elements;
    float *values;
    CLONAL__TRY(clonal__reader_elements(reader, name, rank, shape, type, &elements));
    if (!type->floats) return clonal__reader_skip(reader, (uint64_t)elements * type->bytes);
    if (!type->decode)
        return clonal__reader_damaged(reader, "the tensor '%s' is of type %s, whose numbers Clonal does not read", name,
                                      type->name);
    CLONAL__TRY(clonal__network_add(network, name, rank, shape, &values));
    return clonal__reader_values(reader, type, elements, values);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static clonal_status check_names(const clonal__reader *reader, const clonal__network *network)
{
    const char **names, *twice = NULL;
    CLONAL__TRY(clonal__calloc(network->count + 1, sizeof *names, &names));
    for (size_t i = 0; i < network->count; i++) names[i] = network->tensors[i].name;
    qsort(names, network->count, sizeof *names, by_text);
    for (size_t i = 1; i < network->count && !twice; i++)
        if (strcmp(names[i - 1], names[i]) == 0) twice = names[i];
    clonal__free(names);
    return twice ? clonal__reader_damaged(reader, "two tensors are called '%s'", twice) : CLONAL_OK;
}

clonal_status clonal__reader_finish(const clonal__reader *reader, const clonal__network *network)
{
    if (reader->at < reader->size)
        return clonal__reader_damaged(reader, "%llu bytes follow its end",
                                      (unsigned long long)(reader->size - reader->at));
    return check_names(reader, network);
}
