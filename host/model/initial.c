/* initial.c: initial parameters (cl/CONTRACT.md, section 5, "Parameters"), and the rules for a linear node's. */
#include "host/model/initial.h"

#include "host/base/normal.h"
#include "host/optim/optimizer.h"
#include <clonal/random.h>
#include <math.h>
#include <string.h>

/* What a rule scales by: one number, or one that shrinks with the layer's inputs, or inputs and outputs. */
typedef enum fan { FAN_NONE, FAN_IN, FAN_BOTH } fan;
/* What is scaled, made of a Philox word. */
typedef enum distribution { UNIFORM, NORMAL, TRUNCATED_NORMAL } distribution;

struct clonal__initial_rule {
    const char *name;
    distribution distribution;
    fan fan;
    double scale; /* FAN_NONE: the factor itself; otherwise scale / fan is its square */
    bool bias;    /* drawn likewise, and not 0 */
};

/* Of PyTorch's nn.Linear; of MXNet Gluon; of the book's earlier editions; LeCun et al. 1998, Glorot and Bengio 2010, He
 * et al. 2015, as Flax and Keras have them. */
#define RULES(ROW)                                                                                                     \
    ROW("fan-in-uniform", UNIFORM, FAN_IN, 1, true)                                                                    \
    ROW("uniform", UNIFORM, FAN_NONE, 0.07, false)                                                                     \
    ROW("normal", NORMAL, FAN_NONE, 0.01, false)                                                                       \
    ROW("lecun-uniform", UNIFORM, FAN_IN, 3, false)                                                                    \
    ROW("lecun-normal", TRUNCATED_NORMAL, FAN_IN, 1, false)                                                            \
    ROW("glorot-uniform", UNIFORM, FAN_BOTH, 6, false)                                                                 \
    ROW("glorot-normal", TRUNCATED_NORMAL, FAN_BOTH, 2, false)                                                         \
    ROW("he-uniform", UNIFORM, FAN_IN, 6, false)                                                                       \
    ROW("he-normal", TRUNCATED_NORMAL, FAN_IN, 2, false)
#define RULE(...) {__VA_ARGS__},
#define NAME(name, ...) name,

static const clonal__initial_rule rules[] = {RULES(RULE)};
static const char *const names[] = {RULES(NAME) NULL};
enum { COUNT = sizeof rules / sizeof *rules };

const clonal__initial_rule *clonal__initial_named(const char *name)
{
    if (!name) return rules;
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(rules[i].name, name) == 0) return &rules[i];
    return NULL;
}

const char *clonal__initial_name(const clonal__initial_rule *rule)
{
    return rule->name;
}

const char *const *clonal_initial_names(void)
{
    return names;
}

clonal_status clonal__initial_check(const char *name)
{
    char room[200];
    if (clonal__initial_named(name)) return CLONAL_OK;
    return clonal__fail(CLONAL_E_ARGUMENT, "there is no rule '%s' for initial weights: give one of %s", name,
                        clonal__joined(names, room));
}

/* What a value that was drawn is multiplied by. fan-in-uniform keeps its binary32 steps; the others are binary64. */
static double factor(const clonal__initial_rule *rule, const clonal__parameter *p)
{
    if (rule->bias) return (double)(1.0f / sqrtf((float)p->fan_in)); /* both correctly rounded */
    if (rule->fan == FAN_NONE) return rule->scale;
    const double n = rule->fan == FAN_IN ? (double)p->fan_in : (double)p->fan_in + (double)p->rows;
    const double root = sqrt(rule->scale / n);
    return rule->distribution == UNIFORM ? root : root / 0.87962566103423978;
}

static float draw_uniform(uint32_t word, double factor)
{
    const float u = (float)((int32_t)(word >> 8) - (1 << 23)) * 0x1p-23f;
    return u * (float)factor;
}

static float draw(distribution of, uint32_t word, double factor)
{
    const double p = ((double)word + 0.5) * 0x1p-32;
    const double t = p * 0.95449973610364159;
    switch (of) {
    case UNIFORM:
        return draw_uniform(word, factor);
    case NORMAL:
        return (float)(clonal__normal_quantile(p) * factor);
    case TRUNCATED_NORMAL:
        return (float)(clonal__normal_quantile(0.022750131948179207 + t) * factor);
    }
    return 0;
}

static void fill_drawn(const clonal__initial_rule *rule, uint64_t seed, const clonal__parameter *p, float *values)
{
    const double scale = factor(rule, p);
    const uint32_t stream = CLONAL_STREAM(CLONAL_STREAM_WEIGHTS, p->node), columns = p->columns;
    for (uint32_t row = 0; row < p->rows; row++)
        for (uint32_t column = 0; column < columns; column += 4) {
            const uint32_t counter[4] = {column / 4, row, stream, p->index};
            uint32_t words[4];
            clonal_philox_host(seed, counter, 1, words);
            for (uint32_t c = column; c < columns && c < column + 4; c++)
                values[(size_t)row * columns + c] = draw(rule->distribution, words[c - column], scale);
        }
}

static void fill(size_t count, float value, float *values)
{
    for (size_t i = 0; i < count; i++) values[i] = value;
}

void clonal__initial_values(const clonal__initial_rule *rule, uint64_t seed, const clonal__parameter *p, float *values)
{
    const size_t count = (size_t)p->rows * p->columns;
    switch (p->initial) {
    case CLONAL__INITIAL_WEIGHT:
        fill_drawn(rule, seed, p, values);
        break;
    case CLONAL__INITIAL_BIAS:
        if (rule->bias)
            fill_drawn(rule, seed, p, values);
        else
            fill(count, 0, values);
        break;
    case CLONAL__INITIAL_ONES:
        fill(count, 1, values);
        break;
    case CLONAL__INITIAL_ZEROS:
        fill(count, 0, values);
        break;
    }
}
