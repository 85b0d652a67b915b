/* spell.c: the layers of a weights file in the order of a perceptron. */
#include "host/model/spell.h"

#include "host/base/number.h"
#include "host/model/match.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_LAYERS = 1024,  /* the search for an order goes as deep */
    MOST_STEPS = 1 << 17 /* that it takes; then there are too many orders to tell one */
};

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* How long the wrappers' prefix is that all names share. */
static size_t wrapped_length(const clonal__safetensors *file)
{
    static const char *const wrappers[] = {"module.", "_orig_mod."};
    size_t length = 0;
    for (size_t w = 0; w < 2 && file->tensor_count;) {
        size_t count = 0;
        while (count < file->tensor_count && starts_with(file->tensors[count].name + length, wrappers[w])) count++;
        if (count == file->tensor_count) {
            length += strlen(wrappers[w]);
            w = 0;
        } else {
            w++;
        }
    }
    return length;
}

/* "12.weight" */
static bool is_sequential(const char *name)
{
    const size_t digits = strspn(name, "0123456789");
    return digits && strcmp(name + digits, ".weight") == 0;
}

clonal_status clonal__unwrapped(const clonal__safetensors *file, clonal__safetensors *view)
{
    const size_t length = wrapped_length(file);
    size_t sequential = 0;
    *view = (clonal__safetensors){0};
    for (size_t i = 0; i < file->tensor_count; i++) sequential += is_sequential(file->tensors[i].name + length);
    if (!sequential) return CLONAL_OK;
    CLONAL__TRY(clonal__calloc(file->tensor_count, sizeof *view->tensors, &view->tensors));
    for (; view->tensor_count < file->tensor_count; view->tensor_count++) {
        view->tensors[view->tensor_count] = file->tensors[view->tensor_count];
        view->tensors[view->tensor_count].name += length;
    }
    return CLONAL_OK;
}

/* The search: classes are layers of the same shape, which the order of shapes need not tell apart. */
typedef struct search {
    const char *path;
    size_t count, tensor_count;
    const clonal__tensor **tensors, **weights; /* weights: by layer */
    clonal__layers layers;
    size_t *left;  /* by layer: of the class that it is the first of, how many are not in the order yet; others 0 */
    size_t *trail; /* the order tried: layers, each the first of its class */
    size_t *found; /* the first whole one */
    size_t orders, steps;
} search;

static void search_free(search *s)
{
    clonal__free(s->tensors);
    clonal__free(s->weights);
    clonal__free(s->left);
    clonal__free(s->trail);
    clonal__free(s->found);
    clonal__layers_free(&s->layers);
}

static clonal_status refuse(const search *s, const char *format, ...) CLONAL__PRINTF(2, 3);

static clonal_status refuse(const search *s, const char *format, ...)
{
    char cause[600];
    clonal__string text = {0};
    va_list list;
    va_start(list, format);
    clonal__number_format(cause, sizeof cause, format, list);
    va_end(list);
    clonal__make_one_line(cause);
    clonal__append_tensors(&text, s->tensor_count, s->tensors);
    const clonal_status status = clonal__fail(
        CLONAL_E_FORMAT,
        "it names no graph, its names are not those of an nn.Sequential (\"1.weight\", ...), and its tensors spell no "
        "perceptron: %s; it has %s. If it is one, give a map (--map FILE) with a line for each weight and bias, as "
        "\"1.weight = NAME IN THE FILE\", the layers being 1, 4, 7, ...",
        cause, text.text ? text.text : "nothing");
    clonal__string_free(&text);
    return status;
}

static clonal_status take_layers(search *s)
{
    if (s->tensor_count == 0) return refuse(s, "it has no tensors of floats");
    if (s->tensor_count > 2 * (size_t)MOST_LAYERS)
        return refuse(s, "it has more than %d tensors of floats", 2 * MOST_LAYERS);
    CLONAL__TRY(clonal__layers_of(s->tensor_count, s->tensors, &s->layers));
    s->count = s->layers.count;
    CLONAL__TRY(clonal__calloc(s->count, sizeof *s->weights, &s->weights));
    CLONAL__TRY(clonal__calloc(s->count, sizeof *s->left, &s->left));
    CLONAL__TRY(clonal__calloc(s->count, sizeof *s->trail, &s->trail));
    CLONAL__TRY(clonal__calloc(s->count, sizeof *s->found, &s->found));
    for (size_t i = 0; i < s->count; i++) {
        const clonal__layer *layer = &s->layers.layers[i];
        const clonal__tensor *w = clonal__layer_tensor(layer, "weight"), *b = clonal__layer_tensor(layer, "bias");
        if (layer->count != 2 || !w || !b || w->rank != 2 || b->rank != 1 || b->shape[0] != w->shape[0])
            return refuse(s, "\"%.*s\" is not a weight (outputs, inputs) and a bias (outputs)",
                          layer->length < 200 ? (int)layer->length : 200, layer->name);
        s->weights[i] = w;
    }
    return CLONAL_OK;
}

static size_t inputs_of(const search *s, size_t layer)
{
    return s->weights[layer]->shape[1];
}

static size_t outputs_of(const search *s, size_t layer)
{
    return s->weights[layer]->shape[0];
}

/* Fills found[] with the numbers' order; false where the names give none. */
static bool by_number(search *s)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t place = 0;
        for (size_t k = 0; k < s->count; k++) {
            int order;
            if (k == i) continue;
            if (!clonal__layers_numbered(&s->layers.layers[k], &s->layers.layers[i], &order) || order == 0)
                return false;
            place += order < 0;
        }
        s->found[place] = i;
    }
    return true;
}

static clonal_status check_chain(const search *s)
{
    for (size_t i = 1; i < s->count; i++) {
        const size_t before = s->found[i - 1], here = s->found[i];
        if (outputs_of(s, before) != inputs_of(s, here))
            return refuse(s, "\"%.200s\" takes %zu values, \"%.200s\" before it gives %zu", s->weights[here]->name,
                          inputs_of(s, here), s->weights[before]->name, outputs_of(s, before));
    }
    return CLONAL_OK;
}

/* Tries every order that goes on from `depth` layers, the last of which gives `width` values, until two were found. */
static void try_orders(search *s, size_t depth, size_t width)
{
    if (depth == s->count) {
        if (s->orders++ == 0) memcpy(s->found, s->trail, s->count * sizeof *s->trail);
        return;
    }
    for (size_t i = 0; i < s->count && s->orders < 2; i++) {
        if (s->left[i] == 0 || (depth && inputs_of(s, i) != width)) continue;
        if (++s->steps > MOST_STEPS) {
            s->orders = 2;
            return;
        }
        s->left[i]--;
        s->trail[depth] = i;
        try_orders(s, depth + 1, outputs_of(s, i));
        s->left[i]++;
    }
}

static clonal_status by_shape(search *s)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t first = 0;
        while (!clonal__layers_fit(&s->layers.layers[first], &s->layers.layers[i])) first++;
        s->left[first]++;
    }
    try_orders(s, 0, 0);
    if (s->orders == 0) return refuse(s, "its layers do not follow one another: no order has each take what one gives");
    if (s->steps > MOST_STEPS)
        return refuse(s, "its layers can follow one another in too many ways to tell their order");
    if (s->orders > 1) return refuse(s, "its layers can follow one another in several orders");
    return CLONAL_OK;
}

static clonal_status build(const search *s, clonal_graph *graph)
{
    const uint32_t inputs = (uint32_t)inputs_of(s, s->found[0]);
    clonal__string widths = {0};
    clonal__string_append(&widths, "%u", inputs);
    clonal_node x = clonal_flatten(graph, clonal_input(graph, 1, &inputs));
    for (size_t i = 0; i < s->count; i++) {
        if (i) x = clonal_dropout(graph, clonal_relu(graph, x), 0);
        x = clonal_linear(graph, x, (uint32_t)outputs_of(s, s->found[i]));
        clonal__string_append(&widths, "-%zu", outputs_of(s, s->found[i]));
    }
    clonal_softmax_cross_entropy(graph, x);
    const clonal_status status = clonal_graph_status(graph);
    if (status == CLONAL_OK && widths.text)
        clonal__log(CLONAL_LOG_WARNING, "%.500s names no graph: taken as the perceptron %.1000s with relu", s->path,
                    widths.text);
    clonal__string_free(&widths);
    return status;
}

clonal_status clonal__spell_perceptron(const char *path, const clonal__safetensors *file, clonal_graph *graph)
{
    search s = {.path = path};
    clonal_status status;
    CLONAL__TRY_GOTO(clonal__float_tensors(file, &s.tensor_count, &s.tensors), done);
    CLONAL__TRY_GOTO(take_layers(&s), done);
    CLONAL__TRY_GOTO(by_number(&s) ? check_chain(&s) : by_shape(&s), done);
    status = build(&s, graph);
done:
    search_free(&s);
    return status;
}
