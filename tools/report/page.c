#include "page.h"
#include "support/output.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The words of a format, for the page p; free with text_free. */
#define WORDS(name, format)                                                                                            \
    text name = {0};                                                                                                   \
    do {                                                                                                               \
        va_list arguments_;                                                                                            \
        va_start(arguments_, format);                                                                                  \
        text_put_list(&name, format, arguments_);                                                                      \
        va_end(arguments_);                                                                                            \
        if (name.failed) p->body.failed = true;                                                                        \
    } while (0)

/* Markdown's own signs among words are escaped with a backslash. */
static void put_markdown(text *to, const char *words)
{
    for (; *words; words++) {
        if (strchr("\\`*_{}[]<>#|&~", *words)) text_put(to, "\\");
        text_put(to, "%c", *words == '\n' || *words == '\r' ? ' ' : *words);
    }
}

/* Backquotes around code: one more than there are in its longest run of them, at least `least`. */
static void put_fence(text *to, const char *code, size_t least)
{
    size_t most = 0;
    for (const char *at = code; *at; at++) {
        const size_t run = strspn(at, "`");
        if (run > most) most = run;
    }
    for (size_t i = 0; i < (most + 1 > least ? most + 1 : least); i++) text_put(to, "`");
}

/* Code in a table's cell: Markdown takes all between its backquotes as it is, but a table's rules come first, so that a
 * bar needs a backslash (an odd number of them, where there are some before it), and a line must be one. */
static void put_markdown_code(text *to, const char *code)
{
    const size_t length = strlen(code);
    const bool apart = code[0] == '`' || code[length - 1] == '`';
    put_fence(to, code, 1);
    text_put(to, apart ? " " : "");
    size_t backslashes = 0; /* just before */
    for (const char *at = code; *at; at++) {
        if (*at == '|')
            text_put(to, "%s", backslashes % 2 ? "\\\\|" : "\\|");
        else
            text_put(to, "%c", *at == '\n' || *at == '\r' ? ' ' : *at);
        backslashes = *at == '\\' ? backslashes + 1 : 0;
    }
    text_put(to, apart ? " " : "");
    put_fence(to, code, 1);
}

/* A path in a link: what is not plain in a URL's path (RFC 3986's unreserved characters) as its code. */
static void put_link(text *to, const char *path)
{
    for (; *path; path++) {
        const unsigned char c = (unsigned char)*path;
        text_put(to, c < 0x80 && (isalnum(c) || strchr("-._~/", c)) ? "%c" : "%%%02X", c);
    }
}

static void put(page *p, const char *words)
{
    if (p->markdown)
        put_markdown(&p->body, words);
    else
        text_escape(&p->body, words);
}

void page_title(page *p, const char *format, ...)
{
    WORDS(words, format);
    snprintf(p->title, sizeof p->title, "%s", text_words(&words));
    text_put(&p->body, p->markdown ? "# " : "<h1>");
    put(p, text_words(&words));
    text_put(&p->body, p->markdown ? "\n\n" : "</h1>\n");
    text_free(&words);
}

void page_heading(page *p, int level, const char *format, ...)
{
    WORDS(words, format);
    if (p->markdown) {
        text_put(&p->body, "\n%s ", level == 2 ? "##" : "###");
        put(p, text_words(&words));
        text_put(&p->body, "\n\n");
    } else {
        const int anchor = level == 2 ? ++p->anchors : 0;
        text_put(&p->body, "<h%d", level);
        if (anchor) text_put(&p->body, " id=\"s%d\"", anchor);
        text_put(&p->body, ">");
        put(p, text_words(&words));
        text_put(&p->body, "</h%d>\n", level);
        if (anchor) {
            text_put(&p->contents, "<li><a href=\"#s%d\">", anchor);
            text_escape(&p->contents, text_words(&words));
            text_put(&p->contents, "</a></li>\n");
        }
    }
    text_free(&words);
}

static void block(page *p, const char *open, const char *close, const char *words)
{
    text_put(&p->body, "%s", open);
    put(p, words);
    text_put(&p->body, "%s", close);
}

void page_paragraph(page *p, const char *format, ...)
{
    WORDS(words, format);
    block(p, p->markdown ? "" : "<p>", p->markdown ? "\n\n" : "</p>\n", text_words(&words));
    text_free(&words);
}

void page_conclusion(page *p, const char *format, ...)
{
    WORDS(words, format);
    text_put(&p->conclusions, "%s\n", text_words(&words));
    block(p, p->markdown ? "**" : "<p class=\"conclusion\">", p->markdown ? "**\n\n" : "</p>\n", text_words(&words));
    text_free(&words);
}

void page_code(page *p, const char *format, ...)
{
    WORDS(words, format);
    if (p->markdown) {
        put_fence(&p->body, text_words(&words), 3);
        text_put(&p->body, "sh\n%s\n", text_words(&words));
        put_fence(&p->body, text_words(&words), 3);
        text_put(&p->body, "\n\n");
    } else {
        block(p, "<pre>", "</pre>\n", text_words(&words));
    }
    text_free(&words);
}

void page_table(page *p, const char *caption, size_t columns, const char *const *names)
{
    p->columns = columns;
    p->column = 0;
    if (p->markdown) {
        if (*caption) page_paragraph(p, "%s:", caption);
    } else {
        if (*caption) block(p, "<p class=\"caption\">", "</p>\n", caption);
        text_put(&p->body, "<div class=\"wide\"><table>\n");
        text_put(&p->body, "<thead><tr>");
    }
    for (size_t i = 0; i < columns; i++) block(p, p->markdown ? "| " : "<th>", p->markdown ? " " : "</th>", names[i]);
    text_put(&p->body, p->markdown ? "|\n" : "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; p->markdown && i < columns; i++) text_put(&p->body, i + 1 < columns ? "|---" : "|---|\n");
}

static bool is_number(const char *words)
{
    if (strcmp(words, "-") == 0) return true; /* none of a column of numbers */
    if (*words == '+' || *words == '-') words++;
    return isdigit((unsigned char)*words) || strncmp(words, "nan", 3) == 0 || strncmp(words, "inf", 3) == 0;
}

static void put_cell(page *p, const char *words, bool code)
{
    if (p->column == 0 && !p->markdown) text_put(&p->body, "<tr>");
    if (p->markdown) {
        text_put(&p->body, "| ");
        if (code && *words)
            put_markdown_code(&p->body, words);
        else
            put(p, words);
        text_put(&p->body, " ");
    } else {
        block(p,
              code                                 ? "<td><code>"
              : is_number(words) && p->columns > 2 ? "<td class=\"n\">"
                                                   : "<td>",
              code ? "</code></td>" : "</td>", words);
    }
    if (++p->column == p->columns) {
        text_put(&p->body, p->markdown ? "|\n" : "</tr>\n");
        p->column = 0;
    }
}

void page_cell(page *p, const char *format, ...)
{
    WORDS(words, format);
    put_cell(p, text_words(&words), false);
    text_free(&words);
}

void page_code_cell(page *p, const char *format, ...)
{
    WORDS(words, format);
    put_cell(p, text_words(&words), true);
    text_free(&words);
}

void page_table_end(page *p)
{
    while (p->column) put_cell(p, "", false);
    text_put(&p->body, p->markdown ? "\n" : "</tbody></table></div>\n");
}

void page_fold(page *p, const char *summary)
{
    text_put(&p->body, "<details><summary>");
    text_escape(&p->body, summary);
    text_put(&p->body, "</summary>\n%s", p->markdown ? "\n" : "");
}

void page_fold_end(page *p)
{
    text_put(&p->body, "</details>\n%s", p->markdown ? "\n" : "");
}

/* Room for one more figure; NULL, and the page is lost, where there is none. */
static text *next_figure(page *p)
{
    if (p->figure_count == p->figure_room) {
        const size_t room = 2 * p->figure_room + 16;
        text *grown = realloc(p->figures, room * sizeof *grown);
        if (!grown) {
            p->body.failed = true;
            return NULL;
        }
        p->figures = grown;
        p->figure_room = room;
    }
    text *figure = &p->figures[p->figure_count++];
    *figure = (text){0};
    return figure;
}

void page_figure(page *p, const chart *figure)
{
    if (!p->markdown) {
        text_put(&p->body, "<figure>\n");
        chart_put(&p->body, figure, false);
        text_put(&p->body, "</figure>\n");
        return;
    }
    text *file = next_figure(p);
    if (!file) return;
    chart_put(file, figure, true);
    text_put(&p->body, "![");
    put(p, figure->title);
    text_put(&p->body, "](");
    put_link(&p->body, p->figure_folder ? p->figure_folder : ".");
    text_put(&p->body, "/%zu.svg)\n\n", p->figure_count);
}

static void put_html(text *to, const page *p)
{
    text_put(
        to,
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n<title>");
    text_escape(to, p->title);
    text_put(to, "</title>\n<style>\n");
    chart_style(to);
    text_put(
        to,
        "*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 "
        "system-ui,sans-serif}\n"
        "main{max-width:1060px;margin:0 auto;padding:16px 16px 48px}\n"
        "h1{font-size:1.7rem;line-height:1.2;margin:.5em 0}h2{font-size:1.3rem;margin:2em 0 .5em;border-top:1px "
        "solid var(--rule);padding-top:.8em}"
        "h3{font-size:1.05rem;margin:1.4em 0 .4em}p{max-width:46em;margin:.6em 0;overflow-wrap:anywhere}\n"
        ".conclusion{border-left:4px solid var(--c0);background:var(--panel);padding:.6em .9em;font-weight:500}\n"
        ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%%,400px),1fr));gap:16px}\n"
        "figure{margin:1em 0;max-width:500px}.wide{overflow-x:auto;margin:.3em 0 1em}\n"
        "table{border-collapse:collapse;font-size:.88rem}.caption{font-weight:600;font-size:.88rem;margin:1.2em 0 0}\n"
        "th,td{border-bottom:1px solid var(--rule);padding:.3em 1.3em .3em 0;text-align:left;vertical-align:top}"
        "th{color:var(--soft);font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:"
        "nowrap}\n"
        "code,pre{font:.82rem ui-monospace,monospace}pre{background:var(--panel);padding:.6em;overflow-x:auto}"
        "a{color:var(--c0)}summary{cursor:pointer;color:var(--soft)}nav ul{padding-left:1.2em}\n"
        "</style></head><body><main>\n");
}

static void put_page(text *to, const page *p)
{
    if (p->markdown) {
        text_put(to, "%s", text_words(&p->body));
        return;
    }
    /* The contents stand behind the title, which is the body's first line. */
    const char *body = text_words(&p->body), *rest = strchr(body, '\n');
    const bool contents = p->anchors > 3 && rest;
    put_html(to, p);
    text_put(to, "%.*s", contents ? (int)(rest - body + 1) : 0, body);
    if (contents) text_put(to, "<nav><ul>\n%s</ul></nav>\n", text_words(&p->contents));
    text_put(to, "%s</main></body></html>\n", contents ? rest + 1 : body);
}

void page_figure_folder(page *p, const char *path, char *room, size_t size)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    snprintf(room, size, "%.*s-figures", (int)(dot && dot > base ? dot - base : (long)strlen(base)), base);
    p->figure_folder = room;
}

static int write_figures(const page *p, const char *path)
{
    const char *slash = strrchr(path, '/');
    char folder[4096];
    snprintf(folder, sizeof folder, "%.*s%s", (int)(slash ? slash + 1 - path : 0), path, p->figure_folder);
    if (p->figure_count && mkdir(folder, 0777) != 0 && errno != EEXIST)
        return fail(CLONAL_E_IO, "%s: cannot be made: %s", folder, strerror(errno));
    int code = 0;
    for (size_t i = 0; code == 0 && i < p->figure_count; i++) {
        char name[4200];
        snprintf(name, sizeof name, "%s/%zu.svg", folder, i + 1);
        code = output_file(name, text_words(&p->figures[i]), p->figures[i].length, NULL, 0);
    }
    return code;
}

int page_write(page *p, const char *path)
{
    bool failed = p->body.failed || p->contents.failed;
    for (size_t i = 0; i < p->figure_count; i++) failed = failed || p->figures[i].failed;
    text whole = {0};
    if (!failed) put_page(&whole, p);
    int code = 0;
    if (failed || whole.failed)
        code = fail(CLONAL_E_MEMORY, "out of memory");
    else if (p->markdown && p->figure_folder)
        code = write_figures(p, path);
    if (code == 0) code = output_file(path, whole.bytes, whole.length, NULL, 0);
    text_free(&whole);
    return code;
}

void page_free(page *p)
{
    text_free(&p->body);
    text_free(&p->contents);
    text_free(&p->conclusions);
    for (size_t i = 0; i < p->figure_count; i++) text_free(&p->figures[i]);
    free(p->figures);
    p->figures = NULL;
    p->figure_count = p->figure_room = 0;
}
