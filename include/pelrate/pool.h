#ifndef PEL_POOL_H
#define PEL_POOL_H

#include <pelrate/event.h>
#include <pelrate/status.h>
#include <stddef.h>
#include <stdint.h>

/* A pool: the distinct valid events of one or more event lists that belong together,
 * after an explicit selection, grouped into levels of inherent-structure energy E_IS.
 *
 * Three rules. Events found with different sampler settings do not belong to one spectrum
 * (sampler settings decide the spectrum). Only distinct valid events count. What a
 * selection removes is counted for every sample and every level: nothing is silent.
 *
 * E_IS of a level is the plain mean over its samples (each sample once, however many
 * events it gave): it is a property of the glasses, not of the effort spent on them. */

/* Which samples form a level. */
enum pel_pool_grouping {
    PEL_POOL_EACH_SAMPLE, /* every sample its own (exactly equal E_IS: one level) */
    PEL_POOL_GAP,         /* sorted by E_IS, a new level after each step wider than gap */
    PEL_POOL_EDGES,       /* boundaries between levels, given */
    PEL_POOL_GROUPS       /* given for each sample by name */
};

/* How events of samples in one level weigh against each other. */
enum pel_pool_weighting {
    PEL_POOL_EACH_EVENT, /* every event the same */
    PEL_POOL_PER_SAMPLE  /* every sample of a level the same, shared by its events */
};

/* A sample by name and the label of its group; equal labels form a level. Borrowed. */
struct pel_pool_group {
    const char *sample;
    const char *label;
};

struct pel_pool_settings {
    double min_e_a_eV; /* events with a smaller E_A are removed [eV]; 0: none */
    double min_e_r_eV; /* events with a smaller E_R are removed [eV]; 0: none */
    enum pel_pool_grouping grouping;     /* default PEL_POOL_EACH_SAMPLE */
    double gap_eV_per_atom;              /* for PEL_POOL_GAP [eV/atom]; > 0 */
    size_t n_edges;                      /* for PEL_POOL_EDGES */
    const double *edges_eV_per_atom;     /* [n_edges] increasing [eV/atom]; borrowed */
    size_t n_groups;                     /* for PEL_POOL_GROUPS */
    const struct pel_pool_group *groups; /* [n_groups]; borrowed */
    enum pel_pool_weighting weighting;   /* default PEL_POOL_EACH_EVENT */
    int other_settings; /* 1: pool files of different sampler settings too */
};

/* No selection, each sample a level, each event the same, one set of settings. */
PEL_API struct pel_pool_settings pel_pool_settings_defaults(void);

/* Where the searches of a sample or a level went.
 *   searches >= valid >= distinct = below_e_a + below_e_r + kept */
struct pel_pool_counts {
    size_t searches;     /* all of them, failures too */
    size_t valid;        /* searches that gave a valid event */
    size_t distinct;     /* valid events that repeat no earlier one */
    size_t below_e_a;    /* distinct, removed by min_e_a_eV */
    size_t below_e_r;    /* distinct, not removed by min_e_a_eV but by min_e_r_eV */
    size_t kept;         /* distinct, in the spectra */
    int64_t force_calls; /* of all searches, failures included */
};

struct pel_pool_sample {
    char name[PEL_EVENT_NAME];
    size_t list;  /* index of the list (file) it came from */
    double e_is;  /* [eV/atom] */
    size_t level; /* index of its level */
    size_t first; /* its kept events: [first, first + counts.kept) */
    int complete; /* whether every search of it is there, numbers from 0 on, and every
                     duplicate has its original */
    struct pel_pool_counts counts;
};

struct pel_pool_level {
    double e_is;               /* mean over its samples [eV/atom] */
    double e_is_min, e_is_max; /* over its samples [eV/atom] */
    size_t first_sample;       /* its samples: [first_sample, first_sample + n_samples) */
    size_t n_samples;
    size_t first;                  /* its kept events: [first, first + counts.kept) */
    struct pel_pool_counts counts; /* sums over its samples */
};

/* Samples stand level by level in order of E_IS; kept events sample by sample, in the
 * order of their file. Levels increase in e_is. Read only. */
struct pel_pool {
    size_t n_levels;
    struct pel_pool_level *levels; /* [n_levels] owned */
    size_t n_samples;
    struct pel_pool_sample *samples;   /* [n_samples] owned */
    size_t n;                          /* kept events */
    double *e_a;                       /* [n] activation energy [eV]; owned */
    double *e_r;                       /* [n] relaxation energy [eV]; owned */
    double *weight;                    /* [n] mean 1 within each level [1]; owned */
    double *attempt_frequency;         /* [n] measured [1/s], NaN: not; owned */
    int64_t *search;                   /* [n] the search that found it first; owned */
    size_t (*hits)[2];                 /* [n] searches that found it, of even and of odd
                                          number; owned */
    struct pel_pool_counts counts;     /* of everything */
    enum pel_pool_weighting weighting; /* how weight[] was made */
    double min_e_a_eV;                 /* the selection [eV] */
    double min_e_r_eV;                 /* the selection [eV] */
    double atoms;                      /* atoms of a sample */
    double molar_mass;                 /* mean of the atoms [g/mol] */
    size_t n_settings; /* different sampler settings among the lists: 1.. */
    char *settings;    /* the settings; of several " | " between; owned */
};

/* Pool lists that are in memory.
 *   n_lists, lists[n_lists]   the lists; copied from
 *   names[n_lists]            what to call each in a message: its path
 *   settings                  NULL: the defaults
 *   out                       receives the pool; release it with pel_pool_free()
 *
 * Errors: PEL_EMISMATCH lists of different sampler settings without other_settings (both
 *         files and the first difference are named); of different atoms or molar mass
 *         (always: barriers belong to a cell)
 *         PEL_EFORMAT   one sample with two E_IS in one list; the same sample (name and
 *                       E_IS) in two lists, whose events would count twice
 *         PEL_EARG      no list, a setting out of its range (NaN included), edges not
 *                       increasing, a sample without a group, no event left (the message
 *                       says what the selection removed)
 *         PEL_ENOMEM
 * On error *out is NULL. */
PEL_API pel_status pel_pool_create(size_t n_lists,
                                   const struct pel_event_list *const lists[],
                                   const char *const names[],
                                   const struct pel_pool_settings *settings,
                                   struct pel_pool **out, struct pel_error *err);

/* The same from the event files paths[n_paths]. Errors: also those of
 * pel_event_list_read. */
PEL_API pel_status pel_pool_read(size_t n_paths, const char *const paths[],
                                 const struct pel_pool_settings *settings,
                                 struct pel_pool **out, struct pel_error *err);

/* Release a pool. NULL is allowed. */
PEL_API void pel_pool_free(struct pel_pool *pool);

/* A pool drawn from another one for the bootstrap: in each level n_samples samples are
 * drawn with replacement, each with all its events: samples differ by the scatter of their
 * events already, which drawing these anew would count twice. Of a level of fewer than
 * PEL_BOOTSTRAP_LEAST samples the events are drawn too. Levels keep their e_is; counts are those of the samples that were drawn.
 *   seed, replicate   the key of the random stream
 * Errors: PEL_ENOMEM. */
PEL_API pel_status pel_pool_resample(const struct pel_pool *pool, uint64_t seed,
                                     uint64_t replicate, struct pel_pool **out,
                                     struct pel_error *err);

#endif /* PEL_POOL_H */
