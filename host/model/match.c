/* match.c: parameters and tensors paired by name, or by order and shape where no other pairing would do as well. */
#include "host/model/match.h"

#include "host/base/number.h"
#include "host/base/tensor_type.h"
#include <stdarg.h>
#include <string.h>

clonal_status clonal__float_tensors(const clonal__safetensors *file, size_t *count, const clonal__tensor ***tensors)
{
    *count = 0;
    CLONAL__TRY(clonal__calloc(file->tensor_count + 1, sizeof **tensors, tensors));
    for (size_t i = 0; i < file->tensor_count; i++)
        if (file->types[i]->floats) (*tensors)[(*count)++] = &file->tensors[i];
    return CLONAL_OK;
}

/* Both sides of a matching. The model's parameters as tensors without values. */
typedef struct sides {
    const char *path;
    size_t wanted_count, had_count;
    clonal__tensor *parameters;
    const clonal__tensor **wanted, **had;
    clonal__layers model, file;
    size_t *pair; /* by layer of the model: the file's */
} sides;

static void sides_free(sides *s)
{
    clonal__free(s->parameters);
    clonal__free(s->wanted);
    clonal__free(s->had);
    clonal__free(s->pair);
    clonal__layers_free(&s->model);
    clonal__layers_free(&s->file);
}

static clonal_status sides_of(const char *path, const clonal__safetensors *file, size_t count,
                              const clonal__parameter *parameters, sides *s)
{
    *s = (sides){.path = path, .wanted_count = count};
    CLONAL__TRY(clonal__float_tensors(file, &s->had_count, &s->had));
    CLONAL__TRY(clonal__calloc(count + 1, sizeof *s->parameters, &s->parameters));
    CLONAL__TRY(clonal__calloc(count + 1, sizeof *s->wanted, &s->wanted));
    CLONAL__TRY(clonal__calloc(count + 1, sizeof *s->pair, &s->pair));
    for (size_t i = 0; i < count; i++) {
        s->parameters[i] = (clonal__tensor){.name = parameters[i].name, .rank = parameters[i].rank};
        memcpy(s->parameters[i].shape, parameters[i].shape, parameters[i].rank * sizeof *parameters[i].shape);
        s->wanted[i] = &s->parameters[i];
    }
    return clonal__layers_of(count, s->wanted, &s->model);
}

static clonal_status refuse(const sides *s, const char *format, ...) CLONAL__PRINTF(2, 3);

/* Fails for the cause that `format` tells, with all that is needed to write a map. */
static clonal_status refuse(const sides *s, const char *format, ...)
{
    char cause[600];
    clonal__string text = {0};
    va_list list;
    va_start(list, format);
    clonal__number_format(cause, sizeof cause, format, list);
    va_end(list);
    clonal__make_one_line(cause);
    clonal__string_append(&text, "; the file has ");
    clonal__append_tensors(&text, s->had_count, s->had);
    clonal__string_append(&text, "; the model wants ");
    clonal__append_tensors(&text, s->wanted_count, s->wanted);
    const clonal_status status =
        clonal__fail(CLONAL_E_SHAPE,
                     "%s does not have the model's names, and cannot be matched by order and shape: %s%s. If it is of "
                     "this network, give a map (--map FILE) with a line for each parameter: \"%s = NAME IN THE FILE\"",
                     s->path, cause, text.text ? text.text : "", s->wanted_count ? s->wanted[0]->name : "1.weight");
    clonal__string_free(&text);
    return status;
}

/* How many layers of `layers` fit one. */
static size_t count_fitting(const clonal__layers *layers, const clonal__layer *one)
{
    size_t count = 0;
    for (size_t i = 0; i < layers->count; i++) count += clonal__layers_fit(&layers->layers[i], one);
    return count;
}

static clonal_status check_counts(const sides *s)
{
    if (s->had_count != s->wanted_count)
        return refuse(s, "it has %zu tensors of floats for %zu parameters", s->had_count, s->wanted_count);
    for (size_t i = 0; i < s->model.count; i++) {
        const clonal__layer *layer = &s->model.layers[i];
        const size_t needed = count_fitting(&s->model, layer), there = count_fitting(&s->file, layer);
        if (needed != there)
            return refuse(s, "%zu of its layers have the kinds and shapes of %.*s, of which the model has %zu", there,
                          (int)layer->length, layer->name, needed);
    }
    return CLONAL_OK;
}

/* The place of a layer of the file among those that fit it, by the numbers in their names. */
static clonal_status place_by_number(const sides *s, const clonal__layer *layer, size_t *place)
{
    *place = 0;
    for (size_t i = 0; i < s->file.count; i++) {
        const clonal__layer *other = &s->file.layers[i];
        int order;
        if (other == layer || !clonal__layers_fit(other, layer)) continue;
        if (!clonal__layers_numbered(other, layer, &order) || order == 0)
            return refuse(s, "\"%.*s\" and \"%.*s\" have the same shapes, and their names give no order",
                          (int)layer->length, layer->name, (int)other->length, other->name);
        *place += order < 0;
    }
    return CLONAL_OK;
}

/* Pairs a layer of the file with the layer of the model that has its place among those that fit. */
static clonal_status pair_layer(sides *s, size_t at)
{
    size_t place;
    CLONAL__TRY(place_by_number(s, &s->file.layers[at], &place));
    for (size_t i = 0; i < s->model.count; i++)
        if (clonal__layers_fit(&s->model.layers[i], &s->file.layers[at]) && place-- == 0) {
            s->pair[i] = at;
            break;
        }
    return CLONAL_OK;
}

/* Where the numbers have decided about layer i, they must tell the order of the layers that shapes decided too: or else
 * they count something other than the layers. */
static clonal_status check_numbers(const sides *s, size_t i)
{
    const clonal__layer *layer = &s->file.layers[s->pair[i]];
    if (count_fitting(&s->file, layer) == 1) return CLONAL_OK;
    for (size_t k = 0; k < s->model.count; k++) {
        const clonal__layer *other = &s->file.layers[s->pair[k]];
        int order;
        if (k == i || !clonal__layers_numbered(other, layer, &order)) continue;
        if (order == 0 || (order < 0) != (k < i))
            return refuse(s, "the numbers of \"%.*s\" and \"%.*s\" are not in the order of the shapes",
                          (int)layer->length, layer->name, (int)other->length, other->name);
    }
    return CLONAL_OK;
}

/* A log's line has room for so many pairs. */
static void log_pairs(const char *path, size_t count, const clonal__parameter *parameters, const clonal__taken *taken)
{
    enum { LINE = 1200 };
    clonal__string pairs = {0};
    for (size_t i = 0; i < count; i++) {
        clonal__string_append(&pairs, "%s%.200s -> %s", pairs.length ? ", " : "", taken[i].tensor->name,
                              parameters[i].name);
        if (!pairs.text || (pairs.length < LINE && i + 1 < count)) continue;
        clonal__make_one_line(pairs.text);
        clonal__log(CLONAL_LOG_WARNING, "%.500s: matched by order and shape: %s", path, pairs.text);
        clonal__string_free(&pairs);
        pairs = (clonal__string){0};
    }
    clonal__string_free(&pairs);
}

static clonal_status match_layers(sides *s, size_t count, const clonal__parameter *parameters, clonal__taken *taken)
{
    if (s->had_count == s->wanted_count) CLONAL__TRY(clonal__layers_of(s->had_count, s->had, &s->file));
    CLONAL__TRY(check_counts(s));
    for (size_t i = 0; i < s->file.count; i++) CLONAL__TRY(pair_layer(s, i));
    for (size_t i = 0; i < s->model.count; i++) CLONAL__TRY(check_numbers(s, i));
    for (size_t i = 0, p = 0; i < s->model.count; i++)
        for (size_t k = 0; k < s->model.layers[i].count; k++, p++)
            taken[p] = (clonal__taken){.tensor = clonal__layer_tensor(&s->file.layers[s->pair[i]], parameters[p].name)};
    log_pairs(s->path, count, parameters, taken);
    return CLONAL_OK;
}

clonal_status clonal__match(const char *path, const clonal__safetensors *file, size_t count,
                            const clonal__parameter *parameters, clonal__taken *taken)
{
    sides s;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        taken[i] = (clonal__taken){.tensor = clonal__safetensors_tensor(file, parameters[i].name)};
        found += taken[i].tensor != NULL;
    }
    if (found == count) return CLONAL_OK;
    clonal_status status = sides_of(path, file, count, parameters, &s);
    if (status == CLONAL_OK) status = match_layers(&s, count, parameters, taken);
    sides_free(&s);
    return status;
}
