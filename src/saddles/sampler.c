#include <pelrate/sampler.h>
#include <pelrate/text.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The table: kind, member, key, unit, lowest, highest, help. Whole numbers are bounded by
 * what a double holds exactly, lengths and energies by what makes sense for atoms. */
#define COUNT_MOST 9007199254740992.0
#define SETTING_LIST(X)                                                                  \
    X(SEED, seed, "seed", "N", 0, COUNT_MOST, "seed of all pushes")                      \
    X(COUNT, batch, "batch", "N", 1, 1e6,                                                \
      "searches of a sample between two looks at the stop rule")                         \
    X(REAL, push_radius_A, "push_radius_A", "A", DBL_MIN, 1e3,                           \
      "neighbours pushed together with the atom")                                        \
    X(REAL, local_radius_A, "local_radius_A", "A", 0, 1e3,                               \
      "atoms this close to the pushed one move before the others do (0: all at once)")   \
    X(REAL, soft_share, "soft_share", "1", 0, 1,                                         \
      "share of searches that follow soft modes: low barriers")                          \
    X(COUNT, soft_vectors, "soft_vectors", "N", 1, 1e4,                                  \
      "vectors that turn their pushes towards the soft modes")                           \
    X(REAL, soft_threshold_eV_per_A2, "soft_threshold_eV_per_A2", "eV/A^2", -1e6,        \
      -DBL_MIN, "lowest eigenvalue that ends their pushes")                              \
    X(REAL, soft_radius_A, "soft_radius_A", "A", 0, 1e3,                                 \
      "local_radius_A of theirs: soft modes are wide")                                   \
    X(REAL, whole_share, "whole_share", "1", 0, 1,                                       \
      "share of searches in which all atoms move at once: soft spots anywhere")          \
    X(COUNT, whole_lost_limit, "whole_lost_limit", "N", 0, 1e6,                          \
      "lost_limit of theirs: low barriers are found late")                               \
    X(REAL, start_force_eV_per_A, "start_force_eV_per_A", "eV/A", DBL_MIN, 1,            \
      "samples are minimised to this largest force component first")                     \
    X(REAL, same_energy_eV, "same_energy_eV", "eV", DBL_MIN, 1e3,                        \
      "events are the same when e_a and e_r differ by less and ...")                     \
    X(REAL, same_distance_A, "same_distance_A", "A", DBL_MIN, 1e3,                       \
      "... final minima are closer (whole vector; saddles 2.5 times)")                   \
    X(REAL, art.push_step_A, "push_step_A", "A", DBL_MIN, 1e3,                           \
      "one push along the direction (whole vector)")                                     \
    X(COUNT, art.push_relax_steps, "push_relax_steps", "N", 0, 1e6,                      \
      "relaxation steps perpendicular to it after each push")                            \
    X(REAL, art.push_growth, "push_growth", "1", 0, 1e6,                                 \
      "mode sought once the slope grows by this share of the most")                      \
    X(COUNT, art.max_pushes, "max_pushes", "N", 1, 1e6,                                  \
      "pushes before the basin counts as not left")                                      \
    X(REAL, art.climb_threshold_eV_per_A2, "climb_threshold_eV_per_A2", "eV/A^2", -1e6,  \
      -DBL_MIN, "lowest eigenvalue that ends the pushes")                                \
    X(REAL, art.climb_step_A, "climb_step_A", "A", DBL_MIN, 1e3,                         \
      "longest way along the mode before it is renewed (whole vector)")                  \
    X(REAL, art.perp_step_A, "perp_step_A", "A", DBL_MIN, 1e3,                           \
      "longest step perpendicular to it (whole vector)")                                 \
    X(COUNT, art.hold_steps_first, "hold_steps_first", "N", 1, 1e6,                      \
      "steps with the mode held when the climb begins")                                  \
    X(COUNT, art.hold_steps_last, "hold_steps_last", "N", 1, 1e6,                        \
      "most steps with the mode held (one more at each renewal)")                        \
    X(REAL, art.hold_ratio, "hold_ratio", "1", 0, 1e6,                                   \
      "renew once |gradient| across the mode < this times along it")                     \
    X(COUNT, art.lost_limit, "lost_limit", "N", 0, 1e6,                                  \
      "renewals with positive eigenvalue before the mode is lost")                       \
    X(COUNT, art.max_climbs, "max_climbs", "N", 1, 1e6,                                  \
      "renewals before the saddle is not converged")                                     \
    X(REAL, art.saddle_force_eV_per_A, "saddle_force_eV_per_A", "eV/A", DBL_MIN, 1,      \
      "largest force component at a saddle")                                             \
    X(REAL, art.max_barrier_eV, "max_barrier_eV", "eV", DBL_MIN, 1e6,                    \
      "a search that rises above this is given up")                                      \
    X(REAL, art.local_force_eV_per_A, "local_force_eV_per_A", "eV/A", DBL_MIN, 1e3,      \
      "largest force component that ends a climb of the atoms near the push alone")      \
    X(COUNT, art.return_tries, "return_tries", "N", 0, 1e3,                              \
      "searches back from where a saddle leads that does not lead home")                 \
    X(REAL, art.back_threshold_eV_per_A2, "back_threshold_eV_per_A2", "eV/A^2", -1e6,    \
      -DBL_MIN, "lowest eigenvalue that ends the pushes on the way back")                \
    X(REAL, art.lanczos_step_A, "lanczos_step_A", "A", DBL_MIN, 1,                       \
      "difference step of the lowest mode (whole vector)")                               \
    X(COUNT, art.lanczos_min_vectors, "lanczos_min_vectors", "N", 1, 1e4,                \
      "fewest vectors while the basin is left")                                          \
    X(COUNT, art.lanczos_max_vectors, "lanczos_max_vectors", "N", 1, 1e4,                \
      "most vectors")                                                                    \
    X(REAL, art.lanczos_tolerance, "lanczos_tolerance", "1", DBL_MIN, 1,                 \
      "relative change of the eigenvalue that ends them")                                \
    X(COUNT, art.climb_min_vectors, "climb_min_vectors", "N", 1, 1e4,                    \
      "fewest vectors on the climb")                                                     \
    X(COUNT, art.climb_max_vectors, "climb_max_vectors", "N", 1, 1e4,                    \
      "most vectors on the climb")                                                       \
    X(REAL, art.climb_tolerance, "climb_tolerance", "1", DBL_MIN, 1,                     \
      "relative change of the eigenvalue that ends them there")                          \
    X(COUNT, art.order_vectors, "order_vectors", "N", 1, 1e4,                            \
      "vectors for the two lowest eigenvalues at the saddle")                            \
    X(REAL, art.rough_force_eV_per_A, "rough_force_eV_per_A", "eV/A", DBL_MIN, 1e3,      \
      "force component that ends a relaxation which looks where a side leads")           \
    X(REAL, art.push_over_A, "push_over_A", "A", DBL_MIN, 1e3,                           \
      "step off the saddle before both sides are followed (whole vector)")               \
    X(REAL, art.descent_error_A, "descent_error_A", "A", 0, 1e3,                         \
      "error of a step down the steepest paths to both minima (0: minimise)")            \
    X(REAL, art.descent_force_eV_per_A, "descent_force_eV_per_A", "eV/A", DBL_MIN, 1e3,  \
      "largest force component at which a minimiser takes over from there")              \
    X(REAL, art.minimum_force_eV_per_A, "minimum_force_eV_per_A", "eV/A", DBL_MIN, 1,    \
      "largest force component at a minimum")                                            \
    X(REAL, art.relax_step_A, "relax_step_A", "A", DBL_MIN, 1e3,                         \
      "longest move of a coordinate in one relaxation step")                             \
    X(REAL, art.home_recognised_A, "home_recognised_A", "A", 0, 1e3,                     \
      "closer to the initial minimum, on its parabola, a side has arrived (0: never)")   \
    X(REAL, art.connect_distance_A, "connect_distance_A", "A", DBL_MIN, 1e3,             \
      "closer than this is the initial minimum (whole vector)")                          \
    X(REAL, art.moved_distance_A, "moved_distance_A", "A", DBL_MIN, 1e3,                 \
      "an atom that moved more is counted in moved_atoms")                               \
    X(COUNT, art.max_force_calls, "max_force_calls", "N", 1, 1e9,                        \
      "force calls of one search, everything charged")

enum kind { SEED, COUNT, REAL };

static const struct row {
    enum kind kind;
    size_t offset; /* of the member in struct pel_sampler_settings */
    struct pel_sampler_setting setting;
} rows[] = {
#define SETTING_ROW(kind, member, key, unit, lowest, highest, help)                      \
    {kind,                                                                               \
     offsetof(struct pel_sampler_settings, member),                                      \
     {key, unit, help, kind != REAL, lowest, highest}},
    SETTING_LIST(SETTING_ROW)
#undef SETTING_ROW
};
enum { n_rows = sizeof rows / sizeof *rows };

struct pel_sampler_settings pel_sampler_defaults(void)
{
    struct pel_sampler_settings settings = {.seed = 1,
                                            .batch = 24,
                                            .push_radius_A = 3.7,
                                            .local_radius_A = 8.0,
                                            .soft_share = 0.2,
                                            .soft_vectors = 20,
                                            .soft_threshold_eV_per_A2 = -0.03,
                                            .soft_radius_A = 12.0,
                                            .whole_share = 0.15,
                                            .whole_lost_limit = 25,
                                            .start_force_eV_per_A = 1e-5,
                                            .same_energy_eV = 5e-3,
                                            .same_distance_A = 0.2,
                                            .art = pel_art_defaults()};
    settings.art.atoms = 1;
    return settings;
}

size_t pel_sampler_count(void)
{
    return n_rows;
}

const struct pel_sampler_setting *pel_sampler_setting(size_t k)
{
    return k < n_rows ? &rows[k].setting : NULL;
}

size_t pel_sampler_find(const char *key)
{
    size_t k = 0;
    while (k < n_rows && strcmp(rows[k].setting.key, key) != 0)
        k++;
    return k;
}

/* The members are read and written through their own types. */
static double value_of(const struct pel_sampler_settings *settings, size_t k)
{
    const char *member = (const char *)settings + rows[k].offset;
    switch (rows[k].kind) {
    case SEED:
        return (double)*(const uint64_t *)(const void *)member;
    case COUNT:
        return (double)*(const size_t *)(const void *)member;
    case REAL:
        break;
    }
    return *(const double *)(const void *)member;
}

const char *pel_sampler_value(const struct pel_sampler_settings *settings, size_t k,
                              char buffer[PEL_SAMPLER_VALUE])
{
    buffer[0] = '\0';
    if (k >= n_rows) return buffer;
    if (rows[k].kind == SEED)
        snprintf(buffer, PEL_SAMPLER_VALUE, "%" PRIu64, settings->seed);
    else
        pel_text_double(buffer, value_of(settings, k));
    return buffer;
}

static int is_allowed(const struct row *row, double value)
{
    return value >= row->setting.lowest && value <= row->setting.highest &&
           (row->kind == REAL || value == floor(value));
}

static pel_status refuse(const struct row *row, const char *value, struct pel_error *err)
{
    if (row->setting.lowest == DBL_MIN)
        return pel_error_set(err, PEL_EARG, "%s = %s: expected a number > 0 and <= %g",
                             row->setting.key, value, row->setting.highest);
    if (row->setting.highest == -DBL_MIN)
        return pel_error_set(err, PEL_EARG, "%s = %s: expected a number < 0",
                             row->setting.key, value);
    return pel_error_set(err, PEL_EARG, "%s = %s: expected %s from %g to %g",
                         row->setting.key, value,
                         row->kind == REAL ? "a number" : "a whole number",
                         row->setting.lowest, row->setting.highest);
}

pel_status pel_sampler_set(struct pel_sampler_settings *settings, size_t k,
                           const char *value, struct pel_error *err)
{
    if (k >= n_rows)
        return pel_error_set(err, PEL_EARG, "the sampler has no setting %zu", k);
    double number;
    if (pel_text_to_double(value, &number) != 0 || !is_allowed(&rows[k], number))
        return refuse(&rows[k], value, err);
    void *member = (char *)settings + rows[k].offset;
    switch (rows[k].kind) {
    case SEED:
        *(uint64_t *)member = (uint64_t)number;
        break;
    case COUNT:
        *(size_t *)member = (size_t)number;
        break;
    case REAL:
        *(double *)member = number;
        break;
    }
    return PEL_OK;
}

pel_status pel_sampler_check(const struct pel_sampler_settings *settings,
                             struct pel_error *err)
{
    for (size_t k = 0; k < n_rows; k++) {
        char buffer[PEL_SAMPLER_VALUE];
        if (!is_allowed(&rows[k], value_of(settings, k)))
            return refuse(&rows[k], pel_sampler_value(settings, k, buffer), err);
    }
    if (settings->art.lanczos_max_vectors < settings->art.lanczos_min_vectors)
        return pel_error_set(
            err, PEL_EARG, "lanczos_max_vectors = %zu is below lanczos_min_vectors = %zu",
            settings->art.lanczos_max_vectors, settings->art.lanczos_min_vectors);
    if (settings->art.climb_max_vectors < settings->art.climb_min_vectors)
        return pel_error_set(
            err, PEL_EARG, "climb_max_vectors = %zu is below climb_min_vectors = %zu",
            settings->art.climb_max_vectors, settings->art.climb_min_vectors);
    if (!(settings->soft_share + settings->whole_share <= 1.0))
        return pel_error_set(err, PEL_EARG,
                             "soft_share + whole_share = %g: expected 1 at most",
                             settings->soft_share + settings->whole_share);
    return PEL_OK;
}
