/* page.h: a document of headings, tables and figures, as one HTML page or as Markdown with its
 * figures beside it. Words are plain text; they are escaped where they are put. */
#ifndef TOOLS_REPORT_PAGE_H
#define TOOLS_REPORT_PAGE_H

#include "chart.h"

typedef struct page {
    bool markdown;
    text body;
    text contents;    /* links to the headings of level 2 */
    text conclusions; /* as plain lines */
    text *figures;    /* Markdown: files of their own, in order (figure_count) */
    size_t figure_count, figure_room;
    const char *figure_folder; /* Markdown: what stands before their names in links; borrowed */
    size_t columns, column;    /* of the table that is open, and how far its row is */
    int anchors;
    char title[256];
} page;

/* Starts as {.markdown = ...}; a page whose memory ran out is empty, which page_write tells. */
void page_title(page *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* level 2 or 3 */
void page_heading(page *p, int level, const char *format, ...) PRINTF_LIKE(3, 4);
void page_paragraph(page *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* The sentence that says what the numbers show. */
void page_conclusion(page *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* A command or a digest by itself. */
void page_code(page *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* A table: its columns' names, then cells row by row; the last cell of a row ends it. Numbers and
 * what begins with one stand at the right, but in a table of names and values. */
void page_table(page *p, const char *caption, size_t columns, const char *const *names);
void page_cell(page *p, const char *format, ...) PRINTF_LIKE(2, 3);
/* A cell in a font of equal widths. */
void page_code_cell(page *p, const char *format, ...) PRINTF_LIKE(2, 3);
void page_table_end(page *p);
/* What is folded away until asked for. */
void page_fold(page *p, const char *summary);
void page_fold_end(page *p);
void page_figure(page *p, const chart *figure);

/* Writes it to `path`, whole or not at all; Markdown's figures to files in a folder
 * <path without .md>-figures beside it, which page_figure_folder named before. 0, or an exit code
 * after a message. */
int page_write(page *p, const char *path);
/* The folder of a Markdown page's figures, as its links name it: to be called before the first
 * figure, with room that lives as long as the page. */
void page_figure_folder(page *p, const char *path, char *room, size_t size);
void page_free(page *p);

#endif
