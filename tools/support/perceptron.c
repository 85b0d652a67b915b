#include "perceptron.h"

#include "message.h"
#include "parse.h"
#include <stdlib.h>
#include <string.h>

#define DEFAULT_DROPOUT 0.5

void perceptron_begin(perceptron_request *request, const clonal_perceptron *perceptron)
{
    *request = (perceptron_request){.loss = (int)perceptron->loss, .dropout_kind = (int)perceptron->dropout_kind};
}

bool perceptron_given(const perceptron_request *r, const clonal_perceptron *p)
{
    return r->hidden || r->dropout || r->activation || r->input_noise || r->loss != (int)p->loss ||
           r->dropout_kind != (int)p->dropout_kind;
}

static int no_memory(void)
{
    return fail(CLONAL_E_MEMORY, "out of memory");
}

/* Room for p of as many layers, in the place of what was there: those that it had, then the default. */
static int make_rates(perceptron_request *r, size_t count, clonal_perceptron *p, size_t had)
{
    double *rates = malloc((count ? count : 1) * sizeof *rates);
    if (!rates) return no_memory();
    for (size_t i = 0; i < count; i++) rates[i] = i < had ? p->dropout ? p->dropout[i] : 0 : DEFAULT_DROPOUT;
    free(r->rates);
    p->dropout = r->rates = rates;
    return 0;
}

int perceptron_take_hidden(perceptron_request *r, const char *text, clonal_perceptron *p)
{
    const size_t room = parse_list_room(text), had = p->hidden_count;
    uint32_t *widths = malloc(room * sizeof *widths);
    size_t count = 0;
    if (!widths) return no_memory();
    bool good = parse_u32_list(text, room, widths, &count);
    for (size_t i = 0; good && i < count; i++) good = widths[i] > 0;
    if (!good) {
        free(widths);
        return fail(EXIT_USAGE, "--hidden '%.400s': give widths from 1 with commas between, or none", text);
    }
    free(r->widths);
    p->hidden = r->widths = widths;
    p->hidden_count = count;
    return make_rates(r, count, p, had);
}

/* The library knows the names. */
static int take_activation(const char *name, clonal_perceptron *p)
{
    const clonal_perceptron small = {.hidden = (const uint32_t[]){1}, .hidden_count = 1, .activation = name};
    clonal_graph *graph;
    if (clonal_perceptron_graph(&small, 1, (const uint32_t[]){1}, 2, &graph) != CLONAL_OK)
        return fail(EXIT_USAGE, "--activation: %s", clonal_last_error()->message);
    clonal_graph_destroy(graph);
    p->activation = name;
    return 0;
}

/* The rates that the text gives: one for each layer, or one for all. */
static int check_dropout(const char *text, const double *given, size_t count, const clonal_perceptron *p)
{
    bool good = count > 0;
    for (size_t i = 0; good && i < count; i++) good = given[i] <= 1;
    if (!good) return fail(EXIT_USAGE, "--dropout '%.400s': give numbers from 0 to 1 with commas between", text);
    if (count == 1 || count == p->hidden_count) return 0;
    return fail(EXIT_USAGE,
                "--dropout '%.400s' has %zu numbers for %zu hidden layers; give one for each, or one for all", text,
                count, p->hidden_count);
}

static int take_dropout(perceptron_request *r, const char *text, clonal_perceptron *p)
{
    const size_t room = parse_list_room(text);
    double *given = malloc(room * sizeof *given);
    size_t count = 0;
    if (!given) return no_memory();
    if (!parse_real_list(text, room, given, &count)) count = 0;
    int code = check_dropout(text, given, count, p);
    if (code == 0) code = make_rates(r, p->hidden_count, p, 0);
    for (size_t i = 0; code == 0 && i < p->hidden_count; i++) r->rates[i] = given[count == 1 ? 0 : i];
    free(given);
    return code;
}

/* "gaussian:0.1" or "uniform:0.5". */
static int take_input_noise(const char *text, clonal_perceptron *p)
{
    static const char *const names[] = {"gaussian:", "uniform:"};
    static const clonal_input_noise kinds[] = {CLONAL_INPUT_NOISE_GAUSSIAN, CLONAL_INPUT_NOISE_UNIFORM};
    for (size_t i = 0; i < 2; i++) {
        const size_t length = strlen(names[i]);
        if (strncmp(text, names[i], length) != 0 || !parse_real(text + length, &p->input_noise_size)) continue;
        p->input_noise = kinds[i];
        return 0;
    }
    return fail(EXIT_USAGE,
                "--input-noise '%.400s': give gaussian:S, S being the deviation, or uniform:W for -W to W, from 0",
                text);
}

/* What the kind of dropout asks of p and of the layers. */
static int check_kind(const clonal_perceptron *p)
{
    if (p->dropout_kind == CLONAL_DROPOUT_SPATIAL)
        return fail(EXIT_USAGE,
                    "--dropout-kind spatial drops whole channels, and a perceptron's hidden layers have none: "
                    "write spatial_dropout into a --graph");
    for (size_t i = 0; p->dropout_kind == CLONAL_DROPOUT_GAUSSIAN && p->dropout && i < p->hidden_count; i++)
        if (p->dropout[i] == 1)
            return fail(EXIT_USAGE, "--dropout 1 of --dropout-kind gaussian is noise without bound: give less than 1");
    return 0;
}

void perceptron_free(perceptron_request *r)
{
    free(r->widths);
    free(r->rates);
    r->widths = NULL;
    r->rates = NULL;
}

int perceptron_take(perceptron_request *r, clonal_perceptron *p)
{
    int code = r->hidden ? perceptron_take_hidden(r, r->hidden, p) : 0;
    if (code == 0 && r->activation) code = take_activation(r->activation, p);
    if (code == 0 && r->dropout) code = take_dropout(r, r->dropout, p);
    if (code == 0 && r->input_noise) code = take_input_noise(r->input_noise, p);
    p->loss = (clonal_loss)r->loss;
    p->dropout_kind = (clonal_dropout_kind)r->dropout_kind;
    return code == 0 ? check_kind(p) : code;
}
