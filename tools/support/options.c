#include "options.h"
#include "message.h"
#include "parse.h"
#include "suggest.h"
#include <clonal/cache.h>
#include <popt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP = 1, FIRST_OPTION = 2, LONGEST_WORD = 64, MOST_OPTIONS = 96 };

/* The one option that belongs to no verb's table. */
static const char *cache_folder;
static option cache_option = VALUE_OPTION(OPTION_TEXT, "cache", 0, &cache_folder, "DIR",
                                          "folder of compiled kernels and plans (~/.cache/clonal)");

static bool uses_cache(const command_line *line)
{
    for (size_t i = 0; i < line->option_count; i++)
        if (strcmp(line->options[i].name, "device") == 0) return true;
    return line->uses_cache;
}

/* A verb's options are its table's, and --cache behind them. */
static size_t count_options(const command_line *line)
{
    return line->option_count + uses_cache(line);
}

static option *option_at(const command_line *line, size_t i)
{
    return i < line->option_count ? &line->options[i] : &cache_option;
}

void command_line_help(const command_line *line)
{
    printf("Usage: clonal %s %s\n%s\n\n", line->verb, line->arguments, line->summary);
    for (size_t i = 0; i < count_options(line); i++) {
        const option *o = option_at(line, i);
        char left[LONGEST_WORD];
        if (!o->help) continue;
        int at = o->letter ? snprintf(left, sizeof left, "-%c, ", o->letter) : 0;
        snprintf(left + at, sizeof left - (size_t)at, "--%s%s%s", o->name, o->label ? " " : "",
                 o->label ? o->label : "");
        printf("  %-20s  %s\n", left, o->help); /* a long left side moves its own text alone */
    }
    printf("  %-20s  %s\n", "-h, --help", "this text");
    if (line->notes) printf("\n%s\n", line->notes);
}

static int bad_option(const command_line *line, const char *option_text)
{
    const char *names[MOST_OPTIONS];
    char word[LONGEST_WORD];
    size_t count = 0;
    const char *name = option_text + strspn(option_text, "-");
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "="), name);
    for (; count < count_options(line); count++) names[count] = option_at(line, count)->name;
    names[count++] = "help";
    const char *near = suggest(word, names, count);
    if (near)
        return fail(EXIT_USAGE, "unknown option '%s' of 'clonal %s'; did you mean '--%s'?", option_text, line->verb,
                    near);
    return fail(EXIT_USAGE, "unknown option '%s'; see 'clonal %s --help'", option_text, line->verb);
}

static bool in_range(const option *o, double value)
{
    return value >= o->least && (o->most == 0 || value <= o->most);
}

static int bad_number(const option *o, const char *what, const char *text)
{
    if (o->most != 0)
        return fail(EXIT_USAGE, "--%s '%s': give %s from %g to %.10g", o->name, text, what, o->least, o->most);
    if (o->least != 0) return fail(EXIT_USAGE, "--%s '%s': give %s that is %g or more", o->name, text, what, o->least);
    return fail(EXIT_USAGE, "--%s '%s': give %s", o->name, text, what);
}

static int take_choice(option *o, const char *text)
{
    const char *words[8];
    char room[LONGEST_WORD];
    size_t count = 0;
    snprintf(room, sizeof room, "%s", o->label);
    for (char *word = strtok(room, "|"); word && count < 8; word = strtok(NULL, "|")) words[count++] = word;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], text) == 0) {
            *(int *)o->to = (int)i;
            return CARRY_ON;
        }
    }
    const char *near = suggest(text, words, count);
    if (near) return fail(EXIT_USAGE, "--%s '%s': did you mean '%s'? (%s)", o->name, text, near, o->label);
    return fail(EXIT_USAGE, "--%s '%s': give one of %s", o->name, text, o->label);
}

static int take_text(const option *o, const char *text, const char **to)
{
    if (!text[strspn(text, " \t")])
        return fail(EXIT_USAGE, "--%s '%s' is empty: give %s, or leave the option out for its default", o->name, text,
                    o->label);
    *to = text;
    return CARRY_ON;
}

static int take_listed(const option *o, const char *text)
{
    text_list *list = o->to;
    if (list->count == MOST_LISTED) return fail(EXIT_USAGE, "--%s is given more than %d times", o->name, MOST_LISTED);
    const int code = take_text(o, text, &list->texts[list->count]);
    if (code == CARRY_ON) list->count++;
    return code;
}

static int take_value(option *o, const char *text)
{
    double real = 0;
    float real32 = 0;
    uint64_t u64 = 0;
    uint32_t u32 = 0;
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)o->to = true;
        break;
    case OPTION_TEXT:
        return take_text(o, text, o->to);
    case OPTION_U32:
        if (!parse_u32(text, &u32) || !in_range(o, u32))
            return o->most != 0 ? bad_number(o, "a whole number", text)
                                : fail(EXIT_USAGE, "--%s '%s': give a whole number from %g to 4294967295", o->name,
                                       text, o->least);
        *(uint32_t *)o->to = u32;
        break;
    case OPTION_U64:
        if (!parse_u64(text, &u64) || !in_range(o, (double)u64))
            return bad_number(o, "a whole number below 2^64, decimal or 0x hexadecimal", text);
        *(uint64_t *)o->to = u64;
        break;
    case OPTION_SEED:
        if (!parse_seed(text, &u64))
            return fail(EXIT_USAGE,
                        "--%s '%s': give a whole number from -2^63 to below 2^64, or 0x and hexadecimal digits",
                        o->name, text);
        *(uint64_t *)o->to = u64;
        break;
    case OPTION_REAL:
        if (!parse_real(text, &real) || !in_range(o, real)) return bad_number(o, "a number", text);
        *(double *)o->to = real;
        break;
    case OPTION_REAL32:
        if (!parse_real32(text, &real32) || !in_range(o, (double)real32))
            return bad_number(o, "a finite number, 0 or more", text);
        *(float *)o->to = real32;
        break;
    case OPTION_CHOICE:
        return take_choice(o, text);
    case OPTION_LIST:
        return take_listed(o, text);
    }
    return CARRY_ON;
}

/* Keeps a copy of `text` (NULL: of nothing) until command_line_free. NULL when out of memory. */
static const char *own(command_line *line, char *text)
{
    char **grown = text ? realloc(line->owned, (line->owned_count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(text);
        return NULL;
    }
    line->owned = grown;
    line->owned[line->owned_count++] = text;
    return text;
}

static int take_positional(command_line *line, const char **rest)
{
    size_t count = 0;
    while (rest && rest[count]) count++;
    if (count > line->most)
        return fail(EXIT_USAGE, "'%s' is one argument too many; see 'clonal %s --help'", rest[line->most], line->verb);
    if (count < line->least)
        return fail(EXIT_USAGE, "an argument is missing: clonal %s %s", line->verb, line->arguments);
    line->positional = calloc(count + 1, sizeof *line->positional);
    for (size_t i = 0; line->positional && i < count; i++) {
        line->positional[i] = own(line, strdup(rest[i]));
        if (!line->positional[i]) return fail(CLONAL_E_MEMORY, "out of memory");
    }
    line->positional_count = count;
    return line->positional ? CARRY_ON : fail(CLONAL_E_MEMORY, "out of memory");
}

static int take_options(command_line *line, poptContext context)
{
    int got;
    while ((got = poptGetNextOpt(context)) > 0) {
        if (got == HELP) {
            command_line_help(line);
            return 0;
        }
        option *o = option_at(line, (size_t)(got - FIRST_OPTION));
        const char *text = NULL;
        if (o->kind != OPTION_FLAG && !(text = own(line, poptGetOptArg(context))))
            return fail(CLONAL_E_MEMORY, "out of memory");
        int code = take_value(o, text);
        if (code != CARRY_ON) return code;
        o->given = true;
    }
    if (got == POPT_ERROR_BADOPT) return bad_option(line, poptBadOption(context, POPT_BADOPTION_NOALIAS));
    if (got == POPT_ERROR_NOARG)
        return fail(EXIT_USAGE, "'%s' needs a value; see 'clonal %s --help'",
                    poptBadOption(context, POPT_BADOPTION_NOALIAS), line->verb);
    if (got < -1)
        return fail(EXIT_USAGE, "'%s': %s", poptBadOption(context, POPT_BADOPTION_NOALIAS), poptStrerror(got));
    for (size_t i = 0; i < line->option_count; i++) {
        if (line->options[i].required && !line->options[i].given)
            return fail(EXIT_USAGE, "'--%s %s' is missing; see 'clonal %s --help'", line->options[i].name,
                        line->options[i].label, line->verb);
    }
    return take_positional(line, poptGetArgs(context));
}

int command_line_cache(const char *folder)
{
    return take_value(&cache_option, folder);
}

/* Sets the folder that was given, once: a second parse of the same line finds it set. */
static int set_cache(void)
{
    const char *folder = cache_folder;
    cache_folder = NULL;
    return folder && clonal_cache_set_folder(folder) != CLONAL_OK ? fail_status(clonal_last_error()->status) : CARRY_ON;
}

int command_line_parse(command_line *line, int argc, const char **argv)
{
    const size_t count = count_options(line);
    struct poptOption table[MOST_OPTIONS + 2];
    memset(table, 0, sizeof table);
    for (size_t i = 0; i < count; i++) {
        const option *o = option_at(line, i);
        table[i].longName = o->name;
        table[i].shortName = o->letter;
        table[i].argInfo = o->kind == OPTION_FLAG ? POPT_ARG_NONE : POPT_ARG_STRING;
        table[i].val = FIRST_OPTION + (int)i;
    }
    table[count] = (struct poptOption){.longName = "help", .shortName = 'h', .argInfo = POPT_ARG_NONE, .val = HELP};
    poptContext context = poptGetContext("clonal", argc, argv, table, 0);
    if (!context) return fail(CLONAL_E_MEMORY, "out of memory");
    int code = take_options(line, context);
    poptFreeContext(context);
    if (code == CARRY_ON && uses_cache(line)) code = set_cache();
    if (code != CARRY_ON) command_line_free(line);
    return code;
}

void command_line_free(command_line *line)
{
    for (size_t i = 0; i < line->owned_count; i++) free(line->owned[i]);
    free(line->owned);
    free((void *)line->positional);
    line->owned = NULL;
    line->positional = NULL;
    line->owned_count = line->positional_count = 0;
}
