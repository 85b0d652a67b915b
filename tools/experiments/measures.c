#include "measures.h"
#include "report/text.h"
#include "support/message.h"
#include "support/output.h"
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 40 };

static const char header[] = "setting,seed,name,value";

typedef struct measure {
    size_t setting;
    uint64_t seed;
    char name[NAME];
    double value;
} measure;

struct measures {
    measure *rows;
    size_t count, room;
};

measures *measures_create(void)
{
    return calloc(1, sizeof(measures));
}

void measures_free(measures *m)
{
    if (m) free(m->rows);
    free(m);
}

bool measures_add(measures *m, size_t setting, uint64_t seed, const char *name, double value)
{
    if (m->count == m->room) {
        const size_t room = m->room ? 2 * m->room : 64;
        measure *grown = realloc(m->rows, room * sizeof *grown);
        if (!grown) return false;
        m->rows = grown;
        m->room = room;
    }
    measure *row = &m->rows[m->count++];
    *row = (measure){.setting = setting, .seed = seed, .value = value};
    snprintf(row->name, sizeof row->name, "%s", name);
    return true;
}

double measures_get(const measures *m, size_t setting, uint64_t seed, const char *name)
{
    for (size_t i = 0; i < m->count; i++) {
        const measure *row = &m->rows[i];
        if (row->setting == setting && row->seed == seed && strcmp(row->name, name) == 0) return row->value;
    }
    return NAN;
}

clonal_estimate measures_estimate(const measures *m, const clonal_sweep *sweep, size_t setting, const char *a,
                                  double weight_a, const char *b, double weight_b, double confidence)
{
    clonal_estimate e = {0, NAN, NAN, NAN, NAN, NAN, NAN};
    double *values = malloc((sweep->seed_count ? sweep->seed_count : 1) * sizeof *values);
    for (size_t i = 0; values && i < sweep->seed_count; i++)
        values[i] = weight_a * measures_get(m, setting, sweep->seeds[i], a) +
                    (b ? weight_b * measures_get(m, setting, sweep->seeds[i], b) : 0);
    if (values && clonal_estimate_mean(values, sweep->seed_count, confidence, &e) != CLONAL_OK) e.mean = NAN;
    free(values);
    return e;
}

int measures_write(const measures *m, const char *path)
{
    text all = {0};
    text_put(&all, "%s\n", header);
    for (size_t i = 0; i < m->count; i++) {
        const measure *row = &m->rows[i];
        text_put(&all, "%zu,%" PRIu64 ",%s,%.17g\n", row->setting, row->seed, row->name, row->value);
    }
    const int code =
        all.failed ? fail(CLONAL_E_MEMORY, "out of memory") : output_file(path, all.bytes, all.length, NULL, 0);
    text_free(&all);
    return code;
}

/* Whether the line is a row, which then is added; *no_memory where it cannot be. */
static bool read_row(measures *m, const char *line, bool *no_memory)
{
    char *end;
    errno = 0;
    const unsigned long setting = strtoul(line, &end, 10);
    if (errno || *end != ',' || *line < '0' || *line > '9') return false;
    const char *seed_words = end + 1;
    const unsigned long long seed = strtoull(seed_words, &end, 10);
    if (errno || *end != ',' || *seed_words < '0' || *seed_words > '9') return false;
    const char *name = end + 1, *comma = strchr(name, ',');
    char room[NAME];
    if (!comma || comma == name || comma - name >= NAME) return false;
    memcpy(room, name, (size_t)(comma - name));
    room[comma - name] = '\0';
    const double value = strtod(comma + 1, &end);
    if (end == comma + 1 || *end) return false;
    *no_memory = !measures_add(m, setting, seed, room, value);
    return true;
}

static int read_rows(FILE *file, const char *path, measures *m)
{
    char line[256];
    for (unsigned long number = 1; fgets(line, sizeof line, file); number++) {
        bool no_memory = false;
        line[strcspn(line, "\r\n")] = '\0';
        if (number == 1 ? strcmp(line, header) != 0 : !read_row(m, line, &no_memory))
            return fail(CLONAL_E_FORMAT, "%s: line %lu is not '%s'", path, number, header);
        if (no_memory) return fail(CLONAL_E_MEMORY, "out of memory");
    }
    return ferror(file) ? fail(CLONAL_E_IO, "%s: cannot be read: %s", path, strerror(errno)) : 0;
}

int measures_read(const char *path, measures **m)
{
    FILE *file = fopen(path, "r");
    *m = NULL;
    if (!file) return fail(CLONAL_E_IO, "%s: cannot be read: %s", path, strerror(errno));
    *m = measures_create();
    const int code = *m ? read_rows(file, path, *m) : fail(CLONAL_E_MEMORY, "out of memory");
    fclose(file);
    if (code != 0) {
        measures_free(*m);
        *m = NULL;
    }
    return code;
}
