#include "reliability.h"
#include "gnuplot.h"
#include "message.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int reliability_check(const char *path)
{
    const size_t length = strlen(path);
    if (length > 4 && strcasecmp(path + length - 4, ".svg") == 0) return 0;
    return fail(EXIT_USAGE, "--reliability '%s': the name must end in .svg", path);
}

#define BAR (0.92 / CLONAL_CALIBRATION_BINS) /* a bar's width */

/* Columns: the bin's middle, accuracy, confidence. */
static void put_bins(FILE *script, const clonal_monte_carlo *m)
{
    fputs("$bins << EOD\n", script);
    for (int b = 0; b < CLONAL_CALIBRATION_BINS; b++) {
        const clonal_calibration_bin *bin = &m->bins[b];
        if (bin->count)
            fprintf(script, "%.9f %.9f %.9f\n", (b + 0.5) / CLONAL_CALIBRATION_BINS, bin->accuracy, bin->confidence);
    }
    fputs("EOD\n", script);
}

static void put_script(FILE *script, const clonal_monte_carlo *m)
{
    fprintf(script,
            "set terminal svg size 560,560 dynamic enhanced font 'sans,14' background '#ffffff'\n"
            "set encoding utf8\n"
            "set border 3 linecolor '#555555'\n"
            "set tics nomirror out scale 0.5 textcolor '#333333'\n"
            "set grid ytics linetype 1 linecolor '#e4e4e4' linewidth 1\n"
            "set xlabel 'confidence' textcolor '#333333'\n"
            "set ylabel 'accuracy' textcolor '#333333'\n"
            "set xrange [0:1]\nset yrange [0:1]\nset size square\n"
            "set boxwidth %.9f absolute\n"
            "set key top left reverse Left samplen 2 spacing 1.1 textcolor '#333333'\n"
            "set title 'calibration error %.4f' textcolor '#333333'\n",
            BAR, m->calibration_error);
    put_bins(script, m);
    fprintf(script,
            "plot $bins using 1:2 with boxes fillstyle solid noborder linecolor '#8fb8de' title 'accuracy', "
            "$bins using ($1-%.9f):3:(%.9f):(0) with vectors nohead linewidth 2.5 linecolor '#d62728' "
            "title 'mean confidence', x with lines dashtype 2 linecolor '#555555' notitle\n",
            BAR / 2, BAR);
}

int reliability_draw(const clonal_monte_carlo *figures, const char *path)
{
    FILE *script = tmpfile();
    if (!script) return fail(CLONAL_E_IO, "a temporary file cannot be made: %s", strerror(errno));
    put_script(script, figures);
    const int code = gnuplot_run(script, path);
    fclose(script);
    return code;
}
