#ifndef PEL_ART_PRIV_H
#define PEL_ART_PRIV_H

#include <pelrate/art.h>
#include <pelrate/lanczos.h>
#include <pelrate/secant.h>

/* One ART search under way: what its stages (climb.c: out of the basin and up; art.c: the
 * verdict) share. */
struct art_search {
    struct pel_surface surface; /* counts and limits the evaluations of the one below */
    const struct pel_surface *below;         /* the caller's, borrowed */
    const struct pel_art_settings *settings; /* borrowed */
    struct pel_art_result *result;           /* borrowed; status is the verdict so far */
    size_t n;                                /* coordinates */
    const double *initial;                   /* [n] initial minimum [A], borrowed */
    double initial_energy;                   /* [eV] */
    int out_of_calls;                        /* the limit of evaluations was reached */
    struct pel_secant *secant;               /* of the hyperplane; owned */
    double *x;                               /* [n] where the search is [A] */
    double *gradient;                        /* [n] there [eV/A] */
    double energy;                           /* there [eV] */
    double *mode;                       /* [n] lowest mode, or the push before it [1] */
    double *perp, *step, *change, *old; /* [n] scratch */
    double eigenvalue;                  /* of the mode [eV/A^2] */
    double stiffness; /* highest curvature seen in the last Lanczos run [eV/A^2] */
};

/* The stages return PEL_OK also when they end the search by setting result->status. */

/* Evaluate at x. */
pel_status pel_art_evaluate(struct art_search *search, struct pel_error *err);
/* Push along the unit vector push[n] until the lowest eigenvalue is
 * below the threshold. */
pel_status pel_art_leave(struct art_search *search, const double push[],
                         struct pel_error *err);
/* Follow the mode to a converged saddle. */
pel_status pel_art_climb(struct art_search *search, struct pel_error *err);

#endif /* PEL_ART_PRIV_H */
