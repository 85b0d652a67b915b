/* selector.c: from the text of a selector to one device of a list. */
#include "host/runtime/devices.h"

#include "host/base/memory.h"
#include <stdlib.h>
#include <string.h>

enum { MAX_PARTS = 8, PART_ROOM = 128 };

typedef struct selector {
    size_t names; /* parts that are a type or a piece of a name */
    char name[MAX_PARTS][PART_ROOM];
    size_t numbers;
    unsigned long number[2];
    char number_text[PART_ROOM]; /* of a lone number, which may be a piece of a name after all, as in "4090" */
} selector;

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(const char *text, const char *part)
{
    for (; *text; text++) {
        size_t i = 0;
        while (part[i] && lower(text[i]) == lower(part[i])) i++;
        if (!part[i]) return true;
    }
    return false;
}

static bool equals(const char *text, const char *word)
{
    return strlen(text) == strlen(word) && contains(text, word);
}

static const char *type_word(clonal_device_type type)
{
    static const char *const words[] = {"CPU", "GPU", "accelerator", "other"};
    return words[type];
}

/* Whether one part of a selector fits a device. A type's word means the type alone, since a "GPU" in the name of a
 * CPU's device must not make it one. */
static bool part_fits(const clonal_device_info *info, const char *part)
{
    static const clonal_device_type types[] = {CLONAL_DEVICE_CPU, CLONAL_DEVICE_GPU, CLONAL_DEVICE_ACCELERATOR};
    for (size_t i = 0; i < 3; i++)
        if (equals(part, type_word(types[i]))) return info->type == types[i];
    /* PoCL says this in none of its names */
    if (equals(part, "pocl")) return contains(info->platform, "Portable Computing Language");
    return contains(info->platform, part) || contains(info->vendor, part) || contains(info->name, part);
}

static clonal_status parse(const char *text, selector *s)
{
    *s = (selector){0};
    for (const char *at = text;;) {
        size_t length = strcspn(at, ":");
        if (length == 0 || length >= PART_ROOM || s->names + s->numbers == MAX_PARTS)
            return clonal__fail(CLONAL_E_SELECTOR,
                                "the device selector '%s' has a part that is empty or too long, or too many parts",
                                text);
        if (strspn(at, "0123456789") >= length && length < 10) {
            if (s->numbers == 2)
                return clonal__fail(CLONAL_E_SELECTOR,
                                    "the device selector '%s' has more than two numbers (platform:device)", text);
            s->number[s->numbers++] = strtoul(at, NULL, 10);
            memcpy(s->number_text, at, length);
            s->number_text[length] = 0;
        } else {
            memcpy(s->name[s->names], at, length);
            s->name[s->names++][length] = 0;
        }
        if (!at[length]) return CLONAL_OK;
        at += length + 1;
    }
}

static void append_device(clonal__string *text, const clonal_device_info *info)
{
    clonal__string_append(text, "\n  %-5s %s, %s (%s)", info->selector, type_word(info->type), info->name,
                          info->platform);
}

static clonal_status fail_select(const clonal_device_info *infos, const size_t *fits, size_t count, const char *text,
                                 bool several)
{
    clonal__string devices = {0};
    for (size_t i = 0; i < count; i++) append_device(&devices, &infos[fits ? fits[i] : i]);
    clonal_status status = devices.status;
    if (!status)
        status = clonal__fail(CLONAL_E_SELECTOR,
                              several ? "the device selector '%s' fits several devices; add a part, or take one of:%s"
                                      : "the device selector '%s' fits no device; there is:%s",
                              text, devices.text);
    clonal__string_free(&devices);
    return status;
}

static int type_rank(clonal_device_type type)
{
    static const int ranks[] = {1, 3, 2, 0}; /* CPU, GPU, accelerator, other */
    return ranks[type];
}

uint32_t clonal__unit_lanes(const clonal_device_info *info)
{
    enum { INTEL = 8, NVIDIA = 128, OTHERS = 64 };
    if (info->type != CLONAL_DEVICE_GPU) return info->native_float_width ? info->native_float_width : 1;
    if (contains(info->platform, "rusticl")) return OTHERS; /* Mesa counts Intel's subslices */
    if (contains(info->vendor, "intel")) return INTEL;
    return contains(info->vendor, "nvidia") ? NVIDIA : OTHERS;
}

/* Whether a is to be taken rather than b: by its type; a GPU of its own memory before one of the host's; then the one
 * that makes more at once. */
static bool is_better(const clonal_device_info *a, const clonal_device_info *b)
{
    if (type_rank(a->type) != type_rank(b->type)) return type_rank(a->type) > type_rank(b->type);
    if (a->type == CLONAL_DEVICE_GPU && a->unified_memory != b->unified_memory) return b->unified_memory;
    return (uint64_t)a->compute_units * clonal__unit_lanes(a) * a->clock_mhz >
           (uint64_t)b->compute_units * clonal__unit_lanes(b) * b->clock_mhz;
}

static size_t best(const clonal_device_info *infos, size_t count)
{
    size_t best_index = 0;
    for (size_t i = 1; i < count; i++)
        if (is_better(&infos[i], &infos[best_index])) best_index = i;
    return best_index;
}

/* Keeps in fits[0..count-1] those that `part` fits; returns how many. */
static size_t keep(const clonal_device_info *infos, size_t *fits, size_t count, const char *part)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (part_fits(&infos[fits[i]], part)) fits[kept++] = fits[i];
    return kept;
}

static size_t narrow(const clonal_device_info *infos, size_t *fits, size_t count, const selector *s)
{
    for (size_t i = 0; i < s->names; i++) count = keep(infos, fits, count, s->name[i]);
    if (s->numbers == 1) {
        /* A number beyond the devices is a part of a name when it is as long as "770", else an index that is wrong. */
        if (s->number[0] >= count) return strlen(s->number_text) > 2 ? keep(infos, fits, count, s->number_text) : 0;
        fits[0] = fits[s->number[0]];
        return 1;
    }
    if (s->numbers == 2) {
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            const clonal_device_info *info = &infos[fits[i]];
            if (info->platform_index == s->number[0] && info->device_index == s->number[1]) fits[kept++] = fits[i];
        }
        return kept;
    }
    return count;
}

clonal_status clonal__select(const clonal_device_info *infos, size_t count, const char *text, size_t *index)
{
    *index = 0;
    if (count == 0) return clonal__fail(CLONAL_E_NO_DEVICE, "there is no OpenCL device to select from");
    if (!text || !*text) {
        *index = best(infos, count);
        return CLONAL_OK;
    }
    selector s;
    size_t *fits;
    CLONAL__TRY(parse(text, &s));
    CLONAL__TRY(clonal__calloc(count, sizeof *fits, &fits));
    for (size_t i = 0; i < count; i++) fits[i] = i;
    size_t left = narrow(infos, fits, count, &s);
    clonal_status status = CLONAL_OK;
    if (left == 1)
        *index = fits[0];
    else
        status = left ? fail_select(infos, fits, left, text, true) : fail_select(infos, NULL, count, text, false);
    clonal__free(fits);
    return status;
}

clonal_status clonal_device_select(const clonal_device_list *list, const char *text, size_t *index)
{
    if (index) *index = 0;
    CLONAL__NEEDS(list && index);
    if (!text || !*text) text = getenv("CLONAL_DEVICE");
    return clonal__select(list->infos, list->count, text, index);
}
