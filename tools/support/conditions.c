#include "conditions.h"
#include "message.h"
#include "monte_carlo_report.h"
#include "output.h"
#include "parse.h"
#include <clonal/data.h>
#include <stdio.h>
#include <string.h>

typedef bool parse_list_fn(const char *text, size_t room, double *values, size_t *count);

static int read_list(const char *option, const char *text, parse_list_fn *parse, double *values, size_t *count)
{
    if (!text) {
        values[0] = 0;
        *count = 1;
        return 0;
    }
    if (parse(text, MOST_CONDITIONS, values, count) && *count > 0) return 0;
    return fail(EXIT_USAGE, "%s '%s': give %s with commas between, 64 at most", option, text,
                parse == parse_real_list ? "numbers from 0 up" : "numbers");
}

int conditions_read(conditions *c, const char *rotate, const char *noise)
{
    memset(c, 0, sizeof *c);
    if (!rotate && !noise) return 0;
    const int code = read_list("--rotate", rotate, parse_signed_real_list, c->degrees, &c->degree_count);
    return code ? code : read_list("--noise", noise, parse_real_list, c->deviations, &c->deviation_count);
}

size_t conditions_count(const conditions *c)
{
    return c->degree_count * c->deviation_count;
}

static double degrees_of(const conditions *c, size_t row)
{
    return c->degrees[row / c->deviation_count];
}

static double deviation_of(const conditions *c, size_t row)
{
    return c->deviations[row % c->deviation_count];
}

clonal_status conditions_data(const conditions *c, size_t row, const clonal_dataset *data, uint64_t seed,
                              clonal_dataset **changed)
{
    const double degrees = degrees_of(c, row), deviation = deviation_of(c, row);
    clonal_dataset *rotated;
    *changed = NULL;
    if (degrees == 0) return clonal_dataset_add_noise(data, deviation, seed, changed); /* of any shape */
    const clonal_status status = clonal_dataset_rotate(data, degrees, &rotated);
    if (status != CLONAL_OK) return status;
    const clonal_status added = clonal_dataset_add_noise(rotated, deviation, seed, changed);
    clonal_dataset_destroy(rotated);
    return added;
}

void conditions_print(const conditions *c, const clonal_monte_carlo *figures, bool passes)
{
    printf("rotate  noise  accuracy      loss%s\n", passes ? "  entropy  information  calibration error" : "");
    for (size_t row = 0; row < conditions_count(c); row++) {
        const clonal_monte_carlo *m = &figures[row];
        printf("%6g  %5g  %8.4f  %8.4f", degrees_of(c, row), deviation_of(c, row), m->accuracy, m->loss);
        if (passes) printf("  %7.4f  %11.4f  %17.4f", m->entropy, m->information, m->calibration_error);
        putchar('\n');
    }
}

json_t *conditions_json(const conditions *c, const clonal_monte_carlo *figures, bool passes)
{
    json_t *rows = json_array();
    for (size_t row = 0; rows && row < conditions_count(c); row++) {
        const clonal_monte_carlo *m = &figures[row];
        json_t *object = json_pack("{s:f, s:f, s:o, s:f}", "rotate", degrees_of(c, row), "noise", deviation_of(c, row),
                                   "loss", json_finite(m->loss), "accuracy", m->accuracy);
        if (object && passes) monte_carlo_json(m, object);
        if (json_array_append_new(rows, object) == 0) continue;
        json_decref(rows);
        return NULL;
    }
    return rows;
}
