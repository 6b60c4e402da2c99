#ifndef PEL_MINE_H
#define PEL_MINE_H

#include <pelrate/curve.h>
#include <pelrate/status.h>
#include <stddef.h>

/* Mining: ageing rates out of annealing curves (Liu et al. (2020), inset of Fig. 2 and
 * Appendix A2). The slope between neighbouring points of a curve is a rate at the curve's
 * temperature and at the E_IS half-way between them; slopes that fall on one place are
 * averaged.
 *
 * What the slope of a chord costs. With de/dt = f(e), a chord over a time D differs from f
 * at its middle E_IS by
 *
 *     D^2 f (f f'' - 2 f'^2) / 24 + O(D^4)
 *
 * (expand both around the middle time): -(k D)^2 / 12 of the rate where it relaxes as
 * exp(-k t), -(f D / s)^2 / 24 where f ~ exp(e / s). D = 50 ps is short for the first and
 * not for a glass that relaxes in less.
 *
 * Where a system is in equilibrium, forward and backward are alike, so that chords booked
 * half-way average to 0 at every E_IS that it visits: the middle of the fluctuations is
 * the steady state, the restoring drift beside it cannot be seen in this way.
 *
 * Errors. E_IS(t) = smooth trend + noise of two kinds, at each temperature: a variance
 * s^2 of each point by itself (snapshots of a fluctuating system), and a random walk whose
 * variance grows by g per time. Neighbouring chords share a point: the first kind makes
 * them anticorrelated (-s^2 / D^2), and the mean of a run of them telescopes to one chord
 * over the whole. s^2 and g are found from the residuals of each chord against the line
 * through its neighbours, next and next but one, which a trend that bends evenly leaves
 * alone; those beyond four standard deviations are taken for a trend that bends sharply, as
 * just after heating, and left out. The standard error of a mean takes all variances and
 * covariances of what went into it. Means at different places are correlated too, through
 * the points they share; that is not in the table. */

enum pel_mine_method {
    PEL_MINE_ENDS, /* slope between the ends of a window, booked half-way */
    PEL_MINE_LINE  /* slope of the least-squares line through all points of a window,
                      booked at their mean; needs three points */
};

struct pel_mine_settings {
    enum pel_mine_method method;
    double window_ps; /* length of a window; 0: from each point to the next (to the next
                         but one for a line). Windows follow each other and share their
                         ends; what is left at the end of a curve is not used [ps] */
    double from_ps;   /* points before are not used [ps] */
    double bin; /* rates whose E_IS falls within one bin of this width are one place;
                         0: those of the same E_IS alone [eV/atom] */
};

/* Ends, neighbouring points, from 0 ps, bins of 2e-4 eV/atom. */
PEL_API struct pel_mine_settings pel_mine_settings_defaults(void);

/* A rate at a place: a row of the table. */
struct pel_mined {
    double e_is;           /* mean of what was averaged [eV/atom] */
    double temperature_K;  /* [K] */
    double rate;           /* mean [eV/atom/s] */
    double standard_error; /* of the mean [eV/atom/s]; NaN: not known */
    size_t count;          /* slopes averaged */
};

/* The noise of the curves at one temperature. */
struct pel_mine_noise {
    double temperature_K; /* [K] */
    double point;         /* s: of each point by itself [eV/atom] */
    double walk;          /* sqrt(g): of the random walk [eV/atom/sqrt(ps)] */
    size_t residuals;     /* it rests on so many */
    int borrowed;         /* 1: too few; that of all temperatures together */
};

struct pel_mine {
    size_t n;               /* rates */
    struct pel_mined *rows; /* [n] by temperature, then E_IS; owned */
    size_t slopes;          /* before averaging */
    size_t unused;          /* points that no window took in */
    size_t n_noises;        /* temperatures */
    struct pel_mine_noise
        *noise; /* [n_noises] rising temperature; owned; NaN: not known */
};

/* Mine.
 *   settings   NULL: the defaults
 *   out        receives the rates; release them with pel_mine_free()
 * Errors: PEL_EARG settings out of their range; PEL_ERANGE no curve is as long as a
 * window; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_mine_run(const struct pel_curves *curves,
                                const struct pel_mine_settings *settings,
                                struct pel_mine **out, struct pel_error *err);
/* Release. NULL is allowed. */
PEL_API void pel_mine_free(struct pel_mine *mine);

/* A method by its name, "ends" or "line". Errors: PEL_EARG, the message lists them. */
PEL_API pel_status pel_mine_method_find(const char *name, enum pel_mine_method *method,
                                        struct pel_error *err);
PEL_API const char *pel_mine_method_name(enum pel_mine_method method);

#endif /* PEL_MINE_H */
