#define _POSIX_C_SOURCE 200809L
#include "ref_cases.h"

#include "ref_philox.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int read_settings(struct ref_case *c, const char *line)
{
    char size[8];
    int end = 0;
    int count = sscanf(line,
                       "case %31s %7s seed %" SCNu64 " samples %zu batch %zu epochs %" SCNu64
                       " lr %lf momentum %lf weight_decay %lf%n",
                       c->name, size, &c->settings.seed, &c->samples, &c->settings.batch, &c->epochs, &c->settings.lr,
                       &c->settings.momentum, &c->settings.weight_decay, &end);
    const char *rest = line + (count == 9 ? end : 0);
    if (sscanf(rest, " step %" SCNu64 "%n", &c->first_step, &end) == 1) rest += end;
    if (count != 9 || (strcmp(size, "small") != 0 && strcmp(size, "large") != 0)) return -1;
    ref_settings_defaults(&c->settings);
    if (ref_settings_read(&c->settings, rest) != 0) return -1;
    c->small = size[0] == 's';
    return c->samples > 0 && c->settings.batch > 0 ? 0 : -1;
}

int ref_case_read(struct ref_case *c, const char *line, FILE *file, char message[REF_MAX_MESSAGE])
{
    char text[8192] = "", next[256];
    memset(c, 0, sizeof *c);
    if (read_settings(c, line) != 0) {
        snprintf(message, REF_MAX_MESSAGE, "not a case: %.100s", line);
        return -1;
    }
    while (fgets(next, sizeof next, file) != NULL) {
        if (strcmp(next, "end\n") == 0) return ref_graph_parse(&c->graph, text, message);
        if (strlen(text) + strlen(next) + 1 > sizeof text) break;
        strcat(text, next);
    }
    snprintf(message, REF_MAX_MESSAGE, "the graph of case %s has no end", c->name);
    return -1;
}

void ref_case_data(const struct ref_case *c, struct ref_data *data)
{
    size_t columns = c->graph.nodes[0].columns;
    uint32_t classes = (uint32_t)c->graph.nodes[c->graph.nodes[c->graph.count - 1].inputs[0]].columns;
    uint32_t stream = ref_stream(REF_PURPOSE_NOISE, 0);
    float *x = ref_alloc(c->samples * columns, sizeof *x);
    uint32_t *labels = ref_alloc(c->samples, sizeof *labels);
    for (size_t i = 0; i < c->samples; i++) {
        for (size_t j = 0; j < columns; j++) {
            uint32_t pixel = ref_word(c->settings.seed, stream, 0, (uint32_t)i, (uint32_t)j) & 0xff;
            x[i * columns + j] = (float)pixel / 255.0f;
        }
        labels[i] = ref_word(c->settings.seed, stream, 1, (uint32_t)i, 0) % classes;
    }
    *data = (struct ref_data){c->samples, columns, x, labels, NULL};
}
