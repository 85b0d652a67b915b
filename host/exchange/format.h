/* format.h: a format of files that hold networks: one descriptor, one line in table.h. Reading
 * weights, `clonal export` and `clonal import` loop over these; nothing else knows a format by
 * name. How to add one: host/README.md. */
#ifndef CLONAL_EXCHANGE_FORMAT_H
#define CLONAL_EXCHANGE_FORMAT_H

#include "host/exchange/network.h"
#include <clonal/exchange.h>

/* The bytes of a file's begin that recognising is given, fewer of a shorter file. */
enum { CLONAL__RECOGNISED_BYTES = 4096 };

typedef struct clonal__exchange_format {
    clonal_format about; /* name, suffix, words */
    /* Whether a file that begins so is of this format, as cheaply as can be told from all others of
     * the table; a damaged file may be, and is then refused by read. `path` is for those whose mark
     * lies further in. Never fails. */
    bool (*recognise)(const char *path, const uint8_t *head, size_t count);
    /* The reader gives tensors other names or another layout than the file has: such a file is not
     * read so where a map names its tensors, but by the first format in the table that recognises
     * it and does not rename. */
    bool renames;
    /* Reads a file, of which nothing is trusted, through clonal__network_file or as
     * clonal__safetensors_read does. Errors, with path and cause in one line: CLONAL_E_IO,
     * CLONAL_E_FORMAT, CLONAL_E_SHAPE, CLONAL_E_MEMORY. */
    clonal_status (*read)(const char *path, clonal__safetensors **file);
    /* Writes a network that has a graph, whole or not at all; the bytes are a function of the
     * network alone. What the format cannot hold is refused by its name: CLONAL_E_ARGUMENT. digest,
     * if not NULL, receives "sha256:<hex>" of the file. */
    clonal_status (*write)(const char *path, const clonal__network *network, char digest[72]);
} clonal__exchange_format;

/* In table.h's order, and NULL behind the last. */
extern const clonal__exchange_format *const clonal__exchange_formats[];
/* The format of this name, or, where that is NULL, of the longest suffix that `path` has.
 * CLONAL_E_ARGUMENT names all formats. */
clonal_status clonal__exchange_format_of(const char *name, const char *path,
                                         const clonal__exchange_format **format);
/* Reads a weights file of any format; mapped: its tensors under their own names and in their own
 * layout, for a map. Free with clonal__safetensors_destroy. Errors: those of the readers; what no
 * format recognises is read as safetensors, whose reader says what is wrong. */
clonal_status clonal__exchange_read(const char *path, bool mapped, clonal__safetensors **file);

/* safetensors.c: Clonal's own weights file of these parameters and a graph as text; with path NULL
 * its digest alone. */
clonal_status clonal__weights_write(const char *path, const char *graph, size_t count,
                                    const clonal__tensor *tensors, char digest[72]);
/* Writes bytes made in memory as a whole file, for writers: the same digest. */
clonal_status clonal__exchange_write(const char *path, const void *bytes, size_t count,
                                     char digest[72]);

#endif
