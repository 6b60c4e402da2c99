#ifndef PEL_CAMPAIGN_H
#define PEL_CAMPAIGN_H

#include <pelrate/catalogue.h>
#include <pelrate/potential.h>
#include <pelrate/progress.h>
#include <pelrate/ranks.h>
#include <pelrate/sampler.h>

/* How much to find in a sample. One of the two must be given. */
struct pel_campaign_goal {
    size_t events;   /* distinct valid events; 0: no such rule */
    size_t searches; /* at most; 0: no limit */
};

/* How far a sample is. */
struct pel_campaign_counts {
    size_t searches;    /* finished and stored */
    size_t valid;       /* of them */
    size_t distinct;    /* of them, as far as all lower searches are finished */
    size_t force_calls; /* of all the searches, local ones too */
    double work;        /* what they cost, in evaluations of the whole cell [1] */
    int finished;       /* its goal is reached, or its limit of searches */
};

/* A sampling campaign: ART searches from the minima of many glasses, on many threads or
 * many ranks, into one catalogue.
 *
 * Searches come in batches. The stop rule looks at a sample at the end of each batch (a
 * later batch may begin before, where it is certain to be needed), and search k of a sample
 * depends on the seed, the sample's hash, k and the stored minimum alone: the set of events
 * depends neither on the number of threads, nor on the order of the samples and what else
 * the catalogue holds, nor on when the campaign was interrupted and taken up again. */
struct pel_campaign {
    const struct pel_potential *potential;         /* borrowed */
    const struct pel_sampler_settings *settings;   /* borrowed */
    size_t n_samples;                              /* glasses */
    const struct pel_structure *const *structures; /* [n_samples]; borrowed */
    const char *const *names;                      /* [n_samples] unique; borrowed */
    const char *const *hashes; /* [n_samples] of their files; borrowed */
    /* Where pushes are centred: on one of centres[k][0 .. n_centres[k]), indices of atoms
     * of sample k. NULL, both: on any atom. The catalogue must tell (pel_campaign_open).
     */
    const size_t *n_centres;               /* [n_samples]; borrowed */
    const size_t *const *centres;          /* [n_samples]; borrowed */
    size_t events;                         /* goal of each sample, where goals is NULL */
    size_t searches;                       /* the same */
    const struct pel_campaign_goal *goals; /* [n_samples] goal of each; borrowed */
    struct pel_campaign_counts *counts;    /* [n_samples] kept up to date, to be looked at
                                              in progress and afterwards; NULL: not wanted;
                                              borrowed */
    size_t threads;                        /* 0: as many as OpenMP offers */
    /* That share the work: all of them call pel_campaign_run with the same campaign. NULL:
     * this process alone. Borrowed. */
    struct pel_ranks *ranks;
};

/* Open the catalogue of a campaign, made if there is none: its settings are those of the
 * sampler, row by row, and what else decides the events.
 *
 *   path             file of the catalogue
 *   potential_hash   pel_potential_identity of the potential
 *   elements         "Cu,Zr": which species of the potential the types are
 *   n_more, more     [n_more] settings of the caller that decide events too; none: 0, NULL
 *   out              receives the catalogue; release it with pel_catalogue_close()
 *
 * Errors: those of pel_catalogue_open(), PEL_EMISMATCH above all; PEL_EARG a setting out
 * of its range. On error *out is NULL. */
PEL_API pel_status pel_campaign_open(const char *path,
                                     const struct pel_sampler_settings *settings,
                                     const char *potential_hash, const char *elements,
                                     size_t n_more,
                                     const struct pel_catalogue_setting more[],
                                     struct pel_catalogue **out, struct pel_error *err);

/* What was done. */
struct pel_campaign_report {
    size_t searches;     /* in the catalogue for these samples */
    size_t valid;        /* of them */
    size_t distinct;     /* of them */
    size_t new_searches; /* done by this call */
    size_t force_calls;  /* of all the searches, local ones too */
    double work;         /* what they cost, in evaluations of the whole cell [1] */
    size_t short_of;     /* samples with fewer distinct events than their goal */
};

/* Run, or go on with, a campaign. Samples that the catalogue has (by hash) are taken from
 * there, the others are minimised and added in the given order.
 *
 *   catalogue  NULL in ranks above 0
 *   progress   may be NULL; done and total in distinct events (or searches, for a sample
 *              without a goal of events): a sample counts by the goal that it is nearer
 *              to; may be called from any thread, one at a time; not in ranks above 0
 *   report     receives the counts; may not be NULL; zeros in ranks above 0
 *
 * Errors: PEL_EARG      a setting out of its range, neither rule given, no glass, a glass
 *                       (name or hash) twice, a name that is too long or belongs to
 *                       another glass of the catalogue, fewer than 2 atoms, a number of
 *                       atoms other than the catalogue's, threads beside ranks
 *         PEL_ESTOPPED  progress asked to stop (what was finished is stored)
 *         PEL_ENOCONV   a glass that cannot be minimised
 *         PEL_ENOMEM
 * and those of the catalogue and the potential. */
PEL_API pel_status pel_campaign_run(const struct pel_campaign *campaign,
                                    struct pel_catalogue *catalogue,
                                    const struct pel_progress *progress,
                                    struct pel_campaign_report *report,
                                    struct pel_error *err);

#endif /* PEL_CAMPAIGN_H */
