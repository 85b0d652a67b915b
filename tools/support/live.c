#include "live.h"
#include "curves.h"
#include "figure.h"
#include "interrupt.h"
#include "message.h"
#include "output.h"
#include <stdlib.h>

int live_check(const char *path)
{
    if (!path) return 0;
    const int code = figure_check_name("--live", path);
    return code == 0 ? output_check("--live", path) : code;
}

static int draw(const char *path, const char *run)
{
    curves figures = {.name = ""};
    int code = metrics_file_read(run, &figures.rows, &figures.count);
    if (code == 0) code = curves_draw(&figures, 1, path);
    free(figures.rows);
    return code;
}

void live_draw(live *l, const char *run)
{
    if (!l->path || interrupt_signal()) return;
    const message_mode before = message_set_mode(l->told ? MESSAGE_SILENT : MESSAGE_WARNING);
    /* A Ctrl-C reaches gnuplot too, which is no news then. */
    if (draw(l->path, run) != 0 && !interrupt_signal()) l->told = true;
    message_set_mode(before);
}
