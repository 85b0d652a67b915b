#include "progress.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { WIDEST = 200, BAR_MOST = 40, BAR_LEAST = 8 };
#define REDRAW_SECONDS 0.1

/* Rates count from the first update on: what came before it, kernels that had to be compiled, does not come again. */
static struct {
    bool active;
    uint32_t first_epoch, epochs, epoch;
    size_t samples;
    double run_started, run_done_then;     /* seconds, samples of the run, at its first update */
    double epoch_started, epoch_done_then; /* the same of the epoch */
    double drawn_at;
    int drawn;   /* columns on the screen */
    size_t runs; /* of a bar of runs */
} bar;

/* Of the bar and of the line that it stands on: a sweep's lanes and the library's log draw and print from threads of
 * their own. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

double now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void format_duration(double seconds, char room[24])
{
    if (!(seconds >= 0 && seconds < 3.6e8)) {
        snprintf(room, 24, "-:--");
        return;
    }
    unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600)
        snprintf(room, 24, "%lu:%02lu:%02lu", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(room, 24, "%lu:%02lu", whole / 60, whole % 60);
}

void format_rate(double per_second, char room[24])
{
    if (!(per_second >= 0 && per_second < 1e15))
        snprintf(room, 24, "-");
    else if (per_second < 9999.5)
        snprintf(room, 24, "%.0f", per_second);
    else if (per_second < 999950)
        snprintf(room, 24, "%.1fk", per_second / 1e3);
    else
        snprintf(room, 24, "%.1fM", per_second / 1e6);
}

static int terminal_columns(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col < WIDEST ? size.ws_col : WIDEST;
    return 80;
}

static bool is_terminal(void)
{
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0);
}

/* Puts `text` over what stands on the line, without escape sequences: blanks wipe the rest. */
static void put(const char *text)
{
    char line[2 * WIDEST + 8];
    int length = (int)strlen(text), wipe = bar.drawn > length ? bar.drawn - length : 0;
    int at = snprintf(line, sizeof line, "\r%s%*s", text, wipe, "");
    if (wipe) at += snprintf(line + at, sizeof line - (size_t)at, "\r%s", text);
    fwrite(line, 1, (size_t)at, stderr);
    fflush(stderr);
    bar.drawn = length;
}

/* The line: `left`, the share of the bar as far as there is room for one, `right`. */
static void put_bar(const char *left, double share, const char *right)
{
    char text[WIDEST + 1];
    int columns = terminal_columns() - 1; /* a full line would wrap on some terminals */
    int room = columns - (int)strlen(left) - (int)strlen(right) - 3;
    int cells = room > BAR_MOST ? BAR_MOST : room;
    if (cells < BAR_LEAST) {
        snprintf(text, sizeof text, "%s%s", left, right);
    } else {
        char inner[BAR_MOST + 1];
        int full = (int)(share * cells);
        for (int i = 0; i < cells; i++) inner[i] = i < full ? '=' : i == full ? '>' : ' ';
        inner[cells] = 0;
        snprintf(text, sizeof text, "%s[%s] %s", left, inner, right);
    }
    if (columns < (int)sizeof text) text[columns > 0 ? columns : 0] = 0;
    put(text);
}

static void clear(void)
{
    if (!bar.drawn) return;
    put("");
    fputc('\r', stderr);
    fflush(stderr);
    bar.drawn_at = 0;
}

static void start(uint32_t first_epoch, uint32_t epochs, size_t samples, size_t runs)
{
    clear();
    memset(&bar, 0, sizeof bar);
    bar.active = is_terminal();
    bar.first_epoch = first_epoch;
    bar.epochs = epochs;
    bar.samples = samples;
    bar.runs = runs;
    bar.run_started = -1;
    bar.drawn_at = now_seconds() - REDRAW_SECONDS;
}

void progress_start(uint32_t first_epoch, uint32_t epochs, size_t samples)
{
    pthread_mutex_lock(&lock);
    start(first_epoch, epochs, samples, 0);
    pthread_mutex_unlock(&lock);
}

static void update(uint32_t epoch, size_t done, double loss)
{
    double now = now_seconds();
    double before = (double)(epoch - bar.first_epoch) * (double)bar.samples, in_run = before + (double)done;
    if (bar.run_started < 0) {
        bar.run_started = now;
        bar.run_done_then = in_run;
    }
    if (epoch != bar.epoch) {
        bar.epoch = epoch;
        bar.epoch_started = now;
        bar.epoch_done_then = (double)done;
    }
    if (!bar.active || now - bar.drawn_at < REDRAW_SECONDS) return;
    bar.drawn_at = now;

    double all = (double)(bar.epochs - bar.first_epoch + 1) * (double)bar.samples;
    char left_time[24], rate[24], left[40], right[96], loss_text[16] = "-";
    format_duration((now - bar.run_started) * (all - in_run) / (in_run - bar.run_done_then), left_time);
    format_rate(((double)done - bar.epoch_done_then) / (now - bar.epoch_started), rate);
    if (loss == loss) snprintf(loss_text, sizeof loss_text, "%.4f", loss);
    double share = bar.samples ? (double)done / (double)bar.samples : 0;
    snprintf(left, sizeof left, "epoch %*u/%u ", (int)snprintf(NULL, 0, "%u", bar.epochs), epoch, bar.epochs);
    snprintf(right, sizeof right, "%3.0f%%  loss %s  %s samples/s  %s left", 100 * share, loss_text, rate, left_time);

    put_bar(left, share, right);
}

void progress_update(uint32_t epoch, size_t done, double loss)
{
    pthread_mutex_lock(&lock);
    update(epoch, done, loss);
    pthread_mutex_unlock(&lock);
}

void progress_start_runs(size_t runs)
{
    pthread_mutex_lock(&lock);
    start(1, 1, 0, runs);
    pthread_mutex_unlock(&lock);
}

static void update_runs(size_t done, double parts)
{
    const double now = now_seconds(), in_all = (double)done + parts, all = (double)bar.runs;
    if (bar.run_started < 0) {
        bar.run_started = now;
        bar.run_done_then = in_all;
    }
    if (!bar.active || now - bar.drawn_at < REDRAW_SECONDS) return;
    bar.drawn_at = now;

    char left_time[24], left[64], right[64];
    format_duration((now - bar.run_started) * (all - in_all) / (in_all - bar.run_done_then), left_time);
    snprintf(left, sizeof left, "runs %zu/%zu ", done, bar.runs);
    snprintf(right, sizeof right, "%zu to go  %s left", bar.runs - done, left_time);
    put_bar(left, all > 0 ? in_all / all : 1, right);
}

void progress_update_runs(size_t done, double parts)
{
    pthread_mutex_lock(&lock);
    update_runs(done, parts);
    pthread_mutex_unlock(&lock);
}

void progress_say(const char *text)
{
    char line[WIDEST + 1];
    snprintf(line, sizeof line, "%.*s", terminal_columns() - 1, text);
    if (!is_terminal()) return;
    pthread_mutex_lock(&lock);
    put(line);
    pthread_mutex_unlock(&lock);
}

void progress_hold(void)
{
    pthread_mutex_lock(&lock);
    clear();
}

void progress_release(void)
{
    pthread_mutex_unlock(&lock);
}

void progress_clear(void)
{
    progress_hold();
    progress_release();
}

void progress_stop(void)
{
    progress_hold();
    bar.active = false;
    progress_release();
}
