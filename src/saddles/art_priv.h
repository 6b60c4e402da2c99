#ifndef PEL_ART_PRIV_H
#define PEL_ART_PRIV_H

#include <pelrate/art.h>
#include <pelrate/lanczos.h>
#include <pelrate/secant.h>

/* One ART search under way: what its stages (climb.c: out of the basin and up; art.c: the
 * verdict) share. */
struct art_search {
    struct pel_surface surface; /* counts and limits the evaluations of the one below */
    const struct pel_surface *below; /* the caller's, borrowed */
    double share;                    /* cost of one evaluation, of the whole [1] */
    int is_local;                    /* whether only some coordinates move */
    const struct pel_art_settings *settings; /* borrowed */
    struct pel_art_result *result;           /* borrowed; status is the verdict so far */
    size_t n;                                /* coordinates */
    const double *initial;                   /* [n] initial minimum [A], borrowed */
    double initial_energy;                   /* [eV] */
    int is_home;      /* the saddle in x was seen to lead to the initial minimum */
    int out_of_calls; /* the limit of evaluations was reached */
    struct pel_secant *secant;          /* of the hyperplane; owned */
    double *x;                          /* [n] where the search is [A] */
    double *gradient;                   /* [n] there [eV/A] */
    double energy;                      /* there [eV] */
    double *mode;                       /* [n] lowest mode, or the push before it [1] */
    double *perp, *step, *change, *old; /* [n] scratch */
    double eigenvalue;                  /* of the mode [eV/A^2] */
    double stiffness; /* highest curvature seen in the last Lanczos run [eV/A^2] */
};

/* Set up a search on a surface: everything zero, evaluations charged to result at share
 * each. n is that of the surface. Release with pel_art_end(), also after an error; must
 * not move in between. Errors: PEL_ENOMEM. */
pel_status pel_art_begin(struct art_search *search, const struct pel_surface *below,
                         double share, const struct pel_art_settings *settings,
                         struct pel_art_result *result, struct pel_error *err);
void pel_art_end(struct art_search *search);

/* Whether settings and result suit the surface. Errors: PEL_EARG. */
pel_status pel_art_check(const struct pel_surface *surface,
                         const struct pel_art_settings *s,
                         const struct pel_art_result *result, struct pel_error *err);
/* Everything NaN or 0, the verdict valid so far. */
void pel_art_blank(struct pel_art_result *result);
/* The verdict where a stage returned an error; returns what is left of that. */
pel_status pel_art_verdict(const struct art_search *search, pel_status status,
                           struct pel_error *err);

/* The stages return PEL_OK also when they end the search by setting result->status. */

/* Evaluate at x. */
pel_status pel_art_evaluate(struct art_search *search, struct pel_error *err);
/* Push along the unit vector push[n] until the lowest eigenvalue is
 * below the threshold. */
pel_status pel_art_leave(struct art_search *search, const double push[],
                         struct pel_error *err);
/* The lowest mode and its eigenvalue at x, from the mode there is. */
pel_status pel_art_renew(struct art_search *search, struct pel_error *err);
/* The same without any guess of it. */
pel_status pel_art_first_mode(struct art_search *search, struct pel_error *err);
/* Follow the mode to a converged saddle. */
pel_status pel_art_climb(struct art_search *search, struct pel_error *err);

/* Leave the basin of the initial minimum, in search->x, along unit[n] and climb to a
 * saddle that leads back to it. unit is changed; x[n] is scratch. */
pel_status pel_art_climb_from_home(struct art_search *search, double unit[], double x[],
                                   struct pel_error *err);
/* The same on the near surface, from the initial minimum of search; then set search at the
 * point that was reached, with its mode. */
pel_status pel_art_climb_near(struct art_search *search, const struct pel_art_near *near,
                              const double push[], struct pel_error *err);
/* Minimise x[n] on the near surface, the others standing where they are in x. */
pel_status pel_art_relax_near(struct art_search *search, const struct pel_art_near *near,
                              double x[], struct pel_error *err);

/* Whether the converged point, still in search->x, is a saddle of first order. */
pel_status pel_art_judge_order(struct art_search *search, struct pel_error *err);

/* Where a side of a saddle leads. */
struct pel_art_side {
    double distance; /* from the initial minimum [A]; 0: recognised as that */
    double energy;   /* [eV] */
};
/* Minimise x[n] on the surface of the search, or until it can only lead to the initial
 * minimum, which x then is. Uses search->change. */
pel_status pel_art_relax(struct art_search *search, double tolerance, double x[],
                         struct pel_art_side *side, struct pel_error *err);
/* push_over_A, with the sign that leads from the saddle along the mode towards the initial
 * minimum. */
double pel_art_back(const struct art_search *search, const double saddle[]);
/* Whether a minimiser comes home from the side that points back, the atoms near the push
 * first. Most saddles fail here, and it is quick to say so. */
pel_status pel_art_judge_home(struct art_search *search, const struct pel_art_near *near,
                              struct pel_error *err);
/* Follow both sides down the steepest path and judge the event: home, because a minimiser
 * may jump into the initial basin from another, and into result->final. The mode has to be
 * a good one. */
pel_status pel_art_judge_sides(struct art_search *search, struct pel_error *err);
/* b - a, with atoms without translation, into d. */
void pel_art_difference(size_t n, const double a[], const double b[], int atoms,
                        double d[]);

#endif /* PEL_ART_PRIV_H */
