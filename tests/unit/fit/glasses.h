#ifndef PEL_TEST_GLASSES_H
#define PEL_TEST_GLASSES_H

/* Event lists in memory for tests. */

#include <pelrate/event.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GLASSES_MOST = 20000 };

struct glasses {
    struct pel_event events[GLASSES_MOST];
    struct pel_event_list list;
    char settings[128];
};

static inline void glasses_begin(struct glasses *g, const char *settings)
{
    snprintf(g->settings, sizeof g->settings, "%s", settings);
    g->list = (struct pel_event_list){.events = g->events,
                                      .atoms = 2000.0,
                                      .molar_mass = 75.72432,
                                      .settings = g->settings};
}

/* One search. */
static inline struct pel_event *glasses_add(struct glasses *g, const char *sample,
                                            double e_is, const char *status, double e_a,
                                            double e_r)
{
    struct pel_event *event = &g->events[g->list.n];
    *event = (struct pel_event){.e_is = e_is,
                                .search = (int64_t)g->list.n,
                                .e_a = e_a,
                                .e_r = e_r,
                                .eigenvalue = NAN,
                                .force_calls = 500 + (int64_t)g->list.n,
                                .displacement = NAN,
                                .moved_atoms = -1,
                                .duplicate_of = -1,
                                .attempt_frequency = NAN,
                                .reverse_attempt_frequency = NAN};
    snprintf(event->sample, sizeof event->sample, "%s", sample);
    snprintf(event->status, sizeof event->status, "%s", status);
    g->list.n++;
    return event;
}

#endif
