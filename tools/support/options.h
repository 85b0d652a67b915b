/* options.h: a verb's options as one table, which is parsed (by popt), checked and printed as its
 * help. */
#ifndef TOOLS_SUPPORT_OPTIONS_H
#define TOOLS_SUPPORT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option's value is, and the type of what `to` points to. */
typedef enum option_kind {
    OPTION_FLAG,   /* bool; takes no value */
    OPTION_TEXT,   /* const char *, as long as the command line */
    OPTION_U32,    /* uint32_t */
    OPTION_U64,    /* uint64_t */
    OPTION_SEED,   /* uint64_t; a negative number is its two's complement */
    OPTION_REAL,   /* double */
    OPTION_REAL32, /* float */
    OPTION_CHOICE, /* int: the index among the words of `label`, which '|' parts */
    OPTION_LIST    /* text_list: the values of an option that may be given several times */
} option_kind;

enum { MOST_LISTED = 64 };
typedef struct text_list {
    const char *texts[MOST_LISTED]; /* as long as the command line */
    size_t count;
} text_list;

typedef struct option {
    const char *name; /* long name */
    char letter;      /* short name, or 0 */
    option_kind kind;
    void *to;           /* keeps what it holds when the option is not given */
    const char *label;  /* what help calls the value: "N" */
    const char *help;   /* NULL: help does not list the option */
    double least, most; /* of numbers; most 0: no bound but the type's */
    bool required;
    bool given; /* out */
} option;

typedef struct command_line {
    const char *verb;
    const char *arguments; /* what stands behind "Usage: clonal VERB " */
    const char *summary;   /* help's text, lines of at most 80 columns */
    const char *notes;     /* more lines, behind the options; may be NULL */
    option *options;
    size_t option_count;
    size_t least, most;      /* number of positional arguments */
    bool uses_cache;         /* takes --cache, as every verb does that has --device */
    const char **positional; /* out, `most` long at most */
    size_t positional_count; /* out */
    char **owned;            /* strings that popt handed over */
    size_t owned_count;
} command_line;

/* Rows of an option table. A letter is the short name, 0 for none; [least, most] are a number's
 * bounds, both in. */
#define FLAG_OPTION(name_, letter_, to_, help_)                                                    \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = OPTION_FLAG, .to = (to_), .help = (help_)    \
    }
#define VALUE_OPTION(kind_, name_, letter_, to_, label_, help_)                                    \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = (kind_), .to = (to_), .label = (label_),     \
        .help = (help_)                                                                            \
    }
#define NUMBER_OPTION(kind_, name_, letter_, to_, label_, help_, least_, most_)                    \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = (kind_), .to = (to_), .label = (label_),     \
        .help = (help_), .least = (least_), .most = (most_)                                        \
    }
#define REQUIRED_NUMBER_OPTION(kind_, name_, letter_, to_, label_, help_, least_, most_)           \
    {                                                                                              \
        .name = (name_), .letter = (letter_), .kind = (kind_), .to = (to_), .label = (label_),     \
        .help = (help_), .least = (least_), .most = (most_), .required = true                      \
    }
#define OPTIONS(table) .options = (table), .option_count = sizeof(table) / sizeof((table)[0])

/* The exit code to leave with: 0 after --help, EXIT_USAGE after an error, which is printed;
 * CARRY_ON when there is none. */
#define CARRY_ON (-1)
int command_line_parse(command_line *line, int argc, const char **argv);
/* Takes the value of a --cache that stands before the verb: a verb that takes the option has it
 * from there unless its own says otherwise. CARRY_ON, or an exit code after an error, which is
 * printed. The folder itself is made, and set, when the verb's options have been parsed. */
int command_line_cache(const char *folder);
/* Frees what parsing made: the texts and positional arguments among it. */
void command_line_free(command_line *line);
/* Prints help on stdout. */
void command_line_help(const command_line *line);

#endif
