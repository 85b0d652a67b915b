/* name_map.c: the map from a model's names to a file's. */
#include "host/model/name_map.h"

#include "host/base/file.h"
#include "host/base/tensor_type.h"
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 16 << 20 };

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The text without white space around it; cut in place. */
static char *trimmed(char *text)
{
    while (is_space(*text)) text++;
    char *end = text + strlen(text);
    while (end > text && is_space(end[-1])) end--;
    *end = '\0';
    return text;
}

static void cut_comment(char *text)
{
    for (char *c = text; *c; c++)
        if (*c == '#' && (c == text || is_space(c[-1]))) {
            *c = '\0';
            return;
        }
}

/* Whether the word "transposed" stands behind the name, which is cut off there. */
static bool cut_transposed(char *theirs)
{
    static const char word[] = "transposed";
    const size_t length = strlen(theirs), behind = sizeof word - 1;
    if (length <= behind || strcmp(theirs + length - behind, word) != 0 || !is_space(theirs[length - behind - 1]))
        return false;
    theirs[length - behind] = '\0';
    trimmed(theirs);
    return true;
}

static clonal_status parse_line(clonal__name_map *map, char *text, size_t number)
{
    cut_comment(text);
    text = trimmed(text);
    if (!*text) return CLONAL_OK;
    char *equals = strchr(text, '=');
    if (equals) *equals = '\0';
    char *ours = trimmed(text), *theirs = equals ? trimmed(equals + 1) : NULL;
    if (!theirs || !*ours || !*theirs)
        return clonal__fail(CLONAL_E_FORMAT,
                            "%s, line %zu: a line is of the form \"OURS = THEIRS\", as \"1.weight = fc1.weight\", with "
                            "\"transposed\" behind it for a matrix that is stored as (inputs, outputs)",
                            map->path, number);
    const bool transposed = cut_transposed(theirs);
    map->lines[map->count++] =
        (clonal__name_line){.ours = ours, .theirs = theirs, .transposed = transposed, .line = number};
    return CLONAL_OK;
}

static clonal_status parse_lines(clonal__name_map *map)
{
    char *const begin = map->text + (strncmp(map->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0); /* an editor's mark */
    size_t number = 1;
    for (const char *c = begin; *c; c++) number += *c == '\n';
    CLONAL__TRY(clonal__calloc(number, sizeof *map->lines, &map->lines));
    number = 1;
    for (char *line = begin, *next; line; line = next, number++) {
        next = strchr(line, '\n');
        if (next) *next++ = '\0';
        CLONAL__TRY(parse_line(map, line, number));
    }
    if (map->count) return CLONAL_OK;
    return clonal__fail(CLONAL_E_FORMAT, "%s: the map has no lines: give one for each parameter, as \"%s\"", map->path,
                        "1.weight = fc1.weight");
}

static int by_line(const clonal__name_line *a, const clonal__name_line *b)
{
    return a->line < b->line ? -1 : a->line > b->line;
}

static int by_ours(const void *a, const void *b)
{
    const clonal__name_line *const *x = a, *const *y = b;
    const int order = strcmp((*x)->ours, (*y)->ours);
    return order ? order : by_line(*x, *y);
}

static int by_theirs(const void *a, const void *b)
{
    const clonal__name_line *const *x = a, *const *y = b;
    const int order = strcmp((*x)->theirs, (*y)->theirs);
    return order ? order : by_line(*x, *y);
}

/* Fails at the line whose name is another's, too; of several, at one of them. */
static clonal_status check_twice(const clonal__name_map *map)
{
    const clonal__name_line **sorted;
    clonal_status status = CLONAL_OK;
    CLONAL__TRY(clonal__calloc(map->count, sizeof *sorted, &sorted));
    for (size_t i = 0; i < map->count; i++) sorted[i] = &map->lines[i];
    for (int side = 0; side < 2 && status == CLONAL_OK; side++) {
        qsort(sorted, map->count, sizeof *sorted, side ? by_theirs : by_ours);
        for (size_t i = 1; i < map->count && status == CLONAL_OK; i++) {
            const clonal__name_line *a = sorted[i - 1], *b = sorted[i];
            const char *name = side ? b->theirs : b->ours;
            if (strcmp(side ? a->theirs : a->ours, name) == 0)
                status =
                    clonal__fail(CLONAL_E_FORMAT, "%s, line %zu: \"%.200s\" stands in line %zu already: name it once",
                                 map->path, b->line, name, a->line);
        }
    }
    clonal__free(sorted);
    return status;
}

clonal_status clonal__name_map_read(const char *path, clonal__name_map *map)
{
    size_t bytes;
    *map = (clonal__name_map){.path = path};
    CLONAL__TRY(clonal__file_read(path, MOST_BYTES, &map->text, &bytes));
    if (strlen(map->text) != bytes)
        return clonal__fail(CLONAL_E_FORMAT, "%s is no text: a map has lines as \"1.weight = fc1.weight\"", path);
    CLONAL__TRY(parse_lines(map));
    return check_twice(map);
}

void clonal__name_map_free(clonal__name_map *map)
{
    clonal__free(map->text);
    clonal__free(map->lines);
    *map = (clonal__name_map){0};
}

static clonal_status find_tensor(const clonal__name_map *map, const clonal__name_line *line, const char *file_path,
                                 const clonal__safetensors *file, const clonal__tensor **tensor)
{
    *tensor = clonal__safetensors_tensor(file, line->theirs);
    if (!*tensor) {
        const clonal__tensor **had;
        size_t count;
        clonal__string text = {0};
        CLONAL__TRY(clonal__float_tensors(file, &count, &had));
        clonal__append_tensors(&text, count, had);
        const clonal_status status =
            clonal__fail(CLONAL_E_FORMAT, "%s, line %zu: %s has no tensor \"%.200s\"; it has %s", map->path, line->line,
                         file_path, line->theirs, text.text ? text.text : "none");
        clonal__string_free(&text);
        clonal__free(had);
        return status;
    }
    if (!(*tensor)->values)
        return clonal__fail(
            CLONAL_E_FORMAT,
            "%s, line %zu: \"%.200s\" is of type %s, where the graph needs floats: F32, F64, F16 or BF16", map->path,
            line->line, line->theirs, file->types[*tensor - file->tensors]->name);
    if (line->transposed && (*tensor)->rank != 2)
        return clonal__fail(CLONAL_E_FORMAT, "%s, line %zu: \"%.200s\" is no matrix: it cannot be transposed",
                            map->path, line->line, line->theirs);
    return CLONAL_OK;
}

static bool has_shape(const clonal__tensor *tensor, bool transposed, const clonal__parameter *p)
{
    if (tensor->rank != p->rank) return false;
    if (transposed) return tensor->shape[0] == p->shape[1] && tensor->shape[1] == p->shape[0];
    return memcmp(tensor->shape, p->shape, p->rank * sizeof *p->shape) == 0;
}

static clonal_status check_shape(const clonal__name_map *map, const clonal__name_line *line,
                                 const clonal__tensor *tensor, const clonal__parameter *p)
{
    char have[64], want[64];
    if (has_shape(tensor, line->transposed, p)) return CLONAL_OK;
    const char *help = "is it of another network, or another layer?";
    if (tensor->rank == 2 && has_shape(tensor, !line->transposed, p))
        help = line->transposed ? "it fits without \"transposed\"" : "it fits with \"transposed\" behind its name";
    return clonal__fail(CLONAL_E_SHAPE, "%s, line %zu: \"%.200s\" has the shape %s%s, %s of the model %s: %s",
                        map->path, line->line, line->theirs, clonal__shape_text(tensor->rank, tensor->shape, have),
                        line->transposed ? ", transposed" : "", p->name, clonal__shape_text(p->rank, p->shape, want),
                        help);
}

static clonal_status check_missing(const clonal__name_map *map, size_t count, const clonal__parameter *parameters,
                                   const clonal__taken *taken)
{
    clonal__string text = {0};
    size_t missing = 0;
    char room[64];
    for (size_t i = 0; i < count; i++) {
        if (taken[i].tensor) continue;
        if (missing++ < 32)
            clonal__string_append(&text, "%s%s %s", missing > 1 ? ", " : "", parameters[i].name,
                                  clonal__shape_text(parameters[i].rank, parameters[i].shape, room));
    }
    if (missing == 0) return CLONAL_OK;
    const clonal_status status = clonal__fail(
        CLONAL_E_FORMAT, "%s has no line for %zu of the model's parameters: %s%s; add \"NAME = THEIRS\" for each",
        map->path, missing, text.text ? text.text : "", missing > 32 ? ", ..." : "");
    clonal__string_free(&text);
    return status;
}

static clonal_status unknown_parameter(const clonal__name_map *map, const clonal__name_line *line, size_t count,
                                       const clonal__parameter *parameters)
{
    clonal__string text = {0};
    for (size_t i = 0; i < count && i < 32; i++)
        clonal__string_append(&text, "%s%s", i ? ", " : "", parameters[i].name);
    const clonal_status status =
        clonal__fail(CLONAL_E_FORMAT, "%s, line %zu: the model has no parameter \"%.200s\"; it has %s%s", map->path,
                     line->line, line->ours, text.text ? text.text : "none", count > 32 ? ", ..." : "");
    clonal__string_free(&text);
    return status;
}

static void log_passed_over(const clonal__name_map *map, const char *file_path, const clonal__safetensors *file)
{
    size_t others = 0;
    for (size_t i = 0; i < file->tensor_count; i++) others += file->types[i]->floats;
    if (others > map->count)
        clonal__log(CLONAL_LOG_WARNING, "%.500s: %zu tensors of floats that %.500s does not name are passed over",
                    file_path, others - map->count, map->path);
}

clonal_status clonal__name_map_take(const clonal__name_map *map, const char *file_path, const clonal__safetensors *file,
                                    size_t count, const clonal__parameter *parameters, clonal__taken *taken)
{
    memset(taken, 0, count * sizeof *taken);
    for (size_t i = 0; i < map->count; i++) {
        const clonal__name_line *line = &map->lines[i];
        const clonal__tensor *tensor;
        size_t p = 0;
        while (p < count && strcmp(parameters[p].name, line->ours) != 0) p++;
        if (p == count) return unknown_parameter(map, line, count, parameters);
        CLONAL__TRY(find_tensor(map, line, file_path, file, &tensor));
        CLONAL__TRY(check_shape(map, line, tensor, &parameters[p]));
        taken[p] = (clonal__taken){.tensor = tensor, .transposed = line->transposed};
    }
    CLONAL__TRY(check_missing(map, count, parameters, taken));
    log_passed_over(map, file_path, file);
    return CLONAL_OK;
}

clonal_status clonal__name_map_view(const clonal__name_map *map, const char *file_path, const clonal__safetensors *file,
                                    clonal__safetensors *view)
{
    *view = (clonal__safetensors){0};
    CLONAL__TRY(clonal__calloc(map->count + 1, sizeof *view->tensors, &view->tensors));
    for (size_t i = 0; i < map->count; i++) {
        const clonal__name_line *line = &map->lines[i];
        const clonal__tensor *tensor;
        CLONAL__TRY(find_tensor(map, line, file_path, file, &tensor));
        clonal__tensor *ours = &view->tensors[view->tensor_count++];
        *ours = *tensor;
        ours->name = line->ours;
        ours->values = NULL;
        if (line->transposed) ours->shape[0] = tensor->shape[1], ours->shape[1] = tensor->shape[0];
    }
    return CLONAL_OK;
}
