/* named_layers.c: tensors grouped by their names, and the numbers in these. */
#include "host/model/named_layers.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LISTED_BYTES = 1500 }; /* so that two lists and their cause fit a message */

/* How long the layer's part of a tensor's name is. */
static size_t layer_length(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? (size_t)(dot - name) : 0;
}

static const char *kind_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static clonal__layer *layer_named(const clonal__layers *layers, const char *name, size_t length)
{
    for (size_t i = layers->count; i-- > 0;) /* from behind, where a tensor's layer mostly is */
        if (layers->layers[i].length == length && memcmp(layers->layers[i].name, name, length) == 0)
            return &layers->layers[i];
    return NULL;
}

clonal_status clonal__layers_of(size_t count, const clonal__tensor *const *tensors, clonal__layers *layers)
{
    *layers = (clonal__layers){0};
    CLONAL__TRY(clonal__calloc(count + 1, sizeof *layers->layers, &layers->layers));
    for (size_t i = 0; i < count; i++) {
        const char *name = tensors[i]->name;
        const size_t length = layer_length(name);
        clonal__layer *layer = layer_named(layers, name, length);
        if (!layer) {
            layer = &layers->layers[layers->count++];
            *layer = (clonal__layer){.name = name, .length = length};
        }
        if (layer->count < CLONAL__MOST_PARAMETERS) layer->tensors[layer->count] = tensors[i];
        layer->count++;
    }
    return CLONAL_OK;
}

void clonal__layers_free(clonal__layers *layers)
{
    clonal__free(layers->layers);
    *layers = (clonal__layers){0};
}

const clonal__tensor *clonal__layer_tensor(const clonal__layer *layer, const char *name)
{
    for (size_t i = 0; i < layer->count && i < CLONAL__MOST_PARAMETERS; i++)
        if (strcmp(kind_of(layer->tensors[i]->name), kind_of(name)) == 0) return layer->tensors[i];
    return NULL;
}

bool clonal__layers_fit(const clonal__layer *a, const clonal__layer *b)
{
    if (a->count != b->count || a->count > CLONAL__MOST_PARAMETERS) return false;
    for (size_t i = 0; i < a->count; i++) {
        const clonal__tensor *x = a->tensors[i], *y = clonal__layer_tensor(b, x->name);
        if (!y || x->rank != y->rank || memcmp(x->shape, y->shape, x->rank * sizeof *x->shape) != 0) return false;
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits at *at, without zeros in front; *at moves behind them. */
static const char *take_digits(const char **at, const char *end, size_t *count)
{
    while (*at < end && **at == '0') (*at)++;
    const char *digits = *at;
    while (*at < end && is_digit(**at)) (*at)++;
    *count = (size_t)(*at - digits);
    return digits;
}

/* Compares the numbers that stand at *x and *y, of any length, and moves both behind them. */
static int compare_numbers(const char **x, const char *x_end, const char **y, const char *y_end)
{
    size_t m, n;
    const char *a = take_digits(x, x_end, &m), *b = take_digits(y, y_end, &n);
    if (m != n) return m < n ? -1 : 1;
    return memcmp(a, b, m);
}

bool clonal__layers_numbered(const clonal__layer *a, const clonal__layer *b, int *order)
{
    const char *x = a->name, *y = b->name, *x_end = x + a->length, *y_end = y + b->length;
    *order = 0;
    while (x < x_end && y < y_end) {
        if (is_digit(*x) && is_digit(*y)) {
            const int here = compare_numbers(&x, x_end, &y, y_end);
            if (*order == 0) *order = here;
        } else if (*x++ != *y++) {
            return false;
        }
    }
    return x == x_end && y == y_end;
}

void clonal__make_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f) *text = '?';
}

void clonal__append_tensors(clonal__string *text, size_t count, const clonal__tensor *const *tensors)
{
    char room[64], name[201];
    const size_t before = text->length;
    for (size_t i = 0; i < count; i++) {
        if (text->length - before > MOST_LISTED_BYTES) {
            clonal__string_append(text, " and %zu more", count - i);
            return;
        }
        snprintf(name, sizeof name, "%s", tensors[i]->name);
        clonal__make_one_line(name);
        clonal__string_append(text, "%s%s %s", i ? ", " : "", name,
                              tensors[i]->rank ? clonal__shape_text(tensors[i]->rank, tensors[i]->shape, room)
                                               : "(scalar)");
    }
}
