#ifndef PEL_SAMPLER_H
#define PEL_SAMPLER_H

#include <pelrate/art.h>
#include <stdint.h>

/* Everything that decides which events a campaign finds, and the one table of these
 * settings: names for files, options and messages are made from it. */
struct pel_sampler_settings {
    uint64_t seed;         /* of all pushes */
    size_t batch;          /* searches of a sample between two looks at the stop rule */
    double push_radius_A;  /* neighbours pushed together with the atom [A] */
    double local_radius_A; /* atoms this close to the pushed one move before the others do
                              [A]; 0: all move at once */
    /* A share of the searches, drawn at random, follows the soft modes at the atom instead
     * of the push itself, to their first inflection: the low barriers that strong pushes
     * pass by. */
    double soft_share;               /* of all searches, 0 to 1 [1] */
    size_t soft_vectors;             /* art.soft_vectors of theirs */
    double soft_threshold_eV_per_A2; /* art.climb_threshold of theirs */
    double soft_radius_A;            /* local_radius of theirs: soft modes are wide [A] */
    /* Another share moves all atoms at once: strained anywhere, a glass flips at its soft
     * spots, and their low barriers are found from far away. */
    double whole_share;      /* of all searches; soft_share + whole_share <= 1 [1] */
    size_t whole_lost_limit; /* art.lost_limit of theirs: low barriers are found late */
    double start_force_eV_per_A; /* samples are minimised to this before the first search
                                    [eV/A] */
    double same_energy_eV;       /* events are the same when e_a and e_r differ by less
                                    [eV], */
    double same_distance_A;      /* and final minima are closer, whole vector; saddles:
                                    PEL_DISTINCT_SADDLES times this [A] */
    struct pel_art_settings art; /* of each search */
};
/* The defaults, art included. */
PEL_API struct pel_sampler_settings pel_sampler_defaults(void);

/* One row of the table. */
struct pel_sampler_setting {
    const char *key;  /* "push_step_A": name and unit, as in files; '-' for '_' makes the
                         option */
    const char *unit; /* "A", "eV/A"; "N" for a whole number, "1" for a bare one */
    const char *help; /* one line, without the unit */
    int is_count;     /* 1: a whole number, 0: a real one */
    double lowest;    /* smallest value allowed */
    double highest;   /* largest value allowed */
};

/* Number of settings; row k of the table, NULL past its end; row of a key, or
 * pel_sampler_count() where there is none. */
PEL_API size_t pel_sampler_count(void);
PEL_API const struct pel_sampler_setting *pel_sampler_setting(size_t k);
PEL_API size_t pel_sampler_find(const char *key);

enum { PEL_SAMPLER_VALUE = 40 };
/* Value of setting k as text that reads back as the same number. Returns buffer. */
PEL_API const char *pel_sampler_value(const struct pel_sampler_settings *settings,
                                      size_t k, char buffer[PEL_SAMPLER_VALUE]);
/* Set setting k from text.
 * Errors: PEL_EARG no such setting, no number, outside what the row allows (the message
 * names key, value and what was expected). */
PEL_API pel_status pel_sampler_set(struct pel_sampler_settings *settings, size_t k,
                                   const char *value, struct pel_error *err);

/* Whether each setting is within its row, and all agree with each other.
 * Errors: PEL_EARG, naming the first that does not. */
PEL_API pel_status pel_sampler_check(const struct pel_sampler_settings *settings,
                                     struct pel_error *err);

#endif /* PEL_SAMPLER_H */
