#include "command.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The only state that a signal can reach. */
static volatile sig_atomic_t stop_is_wanted = 0;

static void on_signal(int number)
{
    (void)number;
    stop_is_wanted = 1;
}

/* One bar at a time: what is done, when it began, when it was drawn last. */
static struct {
    const char *what;
    struct timespec start;
    double drawn; /* seconds after start */
    double first; /* what was done before: the first that was told, NaN until then */
    int visible;
} bar;

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static int report(void *context, double done, double total, const char *text)
{
    (void)context;
    if (!bar.visible) return stop_is_wanted;
    if (isnan(bar.first) && total > 0.0) bar.first = done;
    const double elapsed = seconds_since(&bar.start);
    /* Six times a second are enough for eyes and cheap for everything else. */
    if (elapsed - bar.drawn < 1.0 / 6.0 && done < total) return stop_is_wanted;
    bar.drawn = elapsed;
    if (total > 0.0) {
        /* By the rate of this run: one that was taken up again began further on. */
        const double here = done - bar.first;
        const double left = here > 0.0 ? elapsed * (total - done) / here : 0.0;
        fprintf(stderr, "\r%s %3.0f %%, %.0f s left  %-40.40s", bar.what,
                100.0 * done / total, left, text != NULL ? text : "");
    } else {
        fprintf(stderr, "\r%s %.6g  %-40.40s", bar.what, done, text != NULL ? text : "");
    }
    fflush(stderr);
    return stop_is_wanted;
}

void cli_progress_start(struct cli *cli, const char *what)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    bar.what = what;
    bar.drawn = -1.0;
    bar.first = NAN;
    bar.visible = !cli->quiet && isatty(STDERR_FILENO);
    clock_gettime(CLOCK_MONOTONIC, &bar.start);
    cli->progress = (struct pel_progress){.report = report};
}

void cli_progress_end(struct cli *cli)
{
    if (bar.visible) fprintf(stderr, "\r%-78s\r", "");
    bar.visible = 0;
    cli->progress = (struct pel_progress){0};
}
