#include "figure.h"
#include "message.h"
#include <errno.h>
#include <math.h>
#include <string.h>
#include <strings.h>

const char *const figure_colours[FIGURE_COLOURS] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                    "#e69f00", "#56b4e9", "#7f7f7f", "#000000"};

static bool ends_in(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcasecmp(text + length - end_length, end) == 0;
}

int figure_check_name(const char *option, const char *path)
{
    if (ends_in(path, ".svg") || ends_in(path, ".png")) return 0;
    return fail(EXIT_USAGE, "%s '%s': the name must end in .svg or .png", option, path);
}

FILE *figure_begin(void)
{
    FILE *script = tmpfile();
    if (!script) fail(CLONAL_E_IO, "a temporary file cannot be made: %s", strerror(errno));
    return script;
}

void figure_string(FILE *script, const char *text)
{
    fputc('\'', script);
    for (; *text; text++) {
        if (*text == '\'') fputc('\'', script);
        fputc((unsigned char)*text < ' ' ? '?' : *text, script);
    }
    fputc('\'', script);
}

void figure_number(FILE *script, double value)
{
    if (isfinite(value))
        fprintf(script, " %.9g", value);
    else
        fputs(" NaN", script);
}

void figure_style(FILE *script, const char *path, int width, int height)
{
    if (ends_in(path, ".svg"))
        fprintf(script, "set terminal svg size %d,%d dynamic enhanced font 'sans,14' background '#ffffff'\n", width,
                height);
    else
        fprintf(script,
                "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) { set terminal pngcairo size %d,%d fontscale 1 "
                "linewidth 2 font 'sans,24' background '#ffffff' } else { set terminal png size %d,%d }\n",
                2 * width, 2 * height, 2 * width, 2 * height);
    fputs("set encoding utf8\n"
          "set border 3 linecolor '#555555'\n"
          "set tics nomirror out scale 0.5 textcolor '#333333'\n"
          "set grid ytics linetype 1 linecolor '#e4e4e4' linewidth 1\n"
          "set xlabel 'epoch' offset 0,0.2 textcolor '#333333'\n"
          "set format x '%.0f'\n"
          "set format y '%g'\n"
          "set key noenhanced samplen 3 spacing 1.1 textcolor '#333333'\n",
          script);
}

void figure_epochs(FILE *script, double first, double last)
{
    if (first == last)
        fprintf(script, "set xrange [%g:%g]\nset xtics 1\n", first - 0.5, last + 0.5);
    else
        fprintf(script, "set xrange [%g:%g]\n%s", first, last, last - first <= 20 ? "set xtics 1\n" : "");
}
