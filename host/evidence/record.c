/* record.c: see record.h. */
#define _POSIX_C_SOURCE 200809L
#include "host/evidence/record.h"

#include "host/base/file.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HEADER "# clonal record, contract %d: step, tensor, digest (cl/CONTRACT.md, section 8)\n"

struct clonal__record {
    FILE *file;
    char *path;
};

struct clonal__record_reader {
    FILE *file;
    char *path;
    unsigned long line;
};

static clonal_status fail_io(const char *what, const char *path)
{
    return clonal__fail(CLONAL_E_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

/* A whole line, of a record's form. */
static bool parse(const char *text, clonal__record_line *line)
{
    int end = 0;
    return sscanf(text, "%" SCNu64 " %63s %64s%n", &line->step, line->name, line->digest, &end) == 3 &&
           text[end] == '\n';
}

static clonal_status fail_damaged(const char *path, unsigned long line)
{
    return clonal__fail(
        CLONAL_E_FORMAT,
        "%s, line %lu: not \"step tensor digest\": the record is damaged; mend the line, or remove the file", path,
        line);
}

/* A line that its writer did not end, since it was killed. */
static bool cut_short(const char *text, FILE *file)
{
    return !strchr(text, '\n') && feof(file);
}

/* Where the lines of steps from `step` on begin; one that is cut short counts among them. */
static clonal_status end_of_steps_before(const clonal__record *record, uint64_t step, long *at)
{
    char text[256];
    clonal__record_line line;
    *at = 0;
    for (unsigned long number = 1; fgets(text, sizeof text, record->file); number++) {
        bool whole = text[0] == '#' || parse(text, &line);
        if (!whole && !cut_short(text, record->file)) return fail_damaged(record->path, number);
        if (!whole || (text[0] != '#' && line.step >= step)) return CLONAL_OK;
        *at = ftell(record->file);
    }
    return CLONAL_OK;
}

static clonal_status open_file(clonal__record *record, uint64_t step)
{
    record->file = fopen(record->path, clonal__file_exists(record->path) ? "r+" : "w+");
    if (!record->file) return fail_io("write", record->path);
    long at;
    CLONAL__TRY(end_of_steps_before(record, step, &at));
    if (ftruncate(fileno(record->file), at) != 0 || fseek(record->file, at, SEEK_SET) != 0)
        return fail_io("write", record->path);
    if (at == 0 && fprintf(record->file, HEADER, clonal_contract_version()) < 0) return fail_io("write", record->path);
    return CLONAL_OK;
}

clonal_status clonal__record_open(const char *path, uint64_t step, clonal__record **out)
{
    clonal__record *record;
    *out = NULL;
    CLONAL__TRY(clonal__calloc(1, sizeof *record, &record));
    record->path = clonal__strdup(path);
    clonal_status status = record->path ? open_file(record, step) : CLONAL_E_MEMORY;
    if (status == CLONAL_OK)
        *out = record;
    else
        clonal__record_close(record);
    return status;
}

typedef struct writing {
    clonal__record *record;
    uint64_t step;
} writing;

static clonal_status write_line(const clonal__tensor_seen *tensor, void *user)
{
    const writing *w = user;
    char digest[CLONAL__SHORT_DIGEST];
    CLONAL__TRY(clonal__tensor_digest(tensor, digest));
    if (fprintf(w->record->file, "%" PRIu64 " %s %s\n", w->step, tensor->name, digest) < 0)
        return fail_io("write", w->record->path);
    return CLONAL_OK;
}

clonal_status clonal__record_step(clonal__record *record, clonal_model *model, const clonal__device_copy *data,
                                  uint32_t rows, uint32_t first)
{
    writing w = {record, model->step};
    return clonal__model_observe(model, data, rows, first, write_line, &w);
}

clonal_status clonal__record_hook(clonal_model *model, const clonal__device_copy *data, uint32_t rows, uint32_t first,
                                  void *record)
{
    return clonal__record_step(record, model, data, rows, first);
}

clonal_status clonal__record_flush(clonal__record *record)
{
    if (fflush(record->file) != 0 || fsync(fileno(record->file)) != 0) return fail_io("write", record->path);
    return CLONAL_OK;
}

void clonal__record_close(clonal__record *record)
{
    if (!record) return;
    if (record->file) fclose(record->file);
    clonal__free(record->path);
    clonal__free(record);
}

clonal_status clonal__record_reader_open(const char *path, clonal__record_reader **reader)
{
    *reader = NULL;
    FILE *file = fopen(path, "r");
    if (!file) return fail_io("open", path);
    clonal_status status = clonal__calloc(1, sizeof **reader, reader);
    if (status != CLONAL_OK) {
        fclose(file);
        return status;
    }
    (*reader)->file = file;
    (*reader)->path = clonal__strdup(path);
    if ((*reader)->path) return CLONAL_OK;
    clonal__record_reader_close(*reader);
    *reader = NULL;
    return CLONAL_E_MEMORY;
}

clonal_status clonal__record_read(clonal__record_reader *reader, clonal__record_line *line, bool *more)
{
    char text[256];
    *more = false;
    while (fgets(text, sizeof text, reader->file)) {
        reader->line++;
        if (text[0] == '#') continue;
        *more = parse(text, line);
        if (*more || cut_short(text, reader->file)) break;
        return fail_damaged(reader->path, reader->line);
    }
    return ferror(reader->file) ? clonal__fail(CLONAL_E_IO, "cannot read a record: %s", strerror(errno)) : CLONAL_OK;
}

void clonal__record_reader_close(clonal__record_reader *reader)
{
    if (!reader) return;
    fclose(reader->file);
    clonal__free(reader->path);
    clonal__free(reader);
}
