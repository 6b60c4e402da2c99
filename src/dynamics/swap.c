#include <pelrate/swap.h>

#include <math.h>
#include <pelrate/constants.h>
#include <stdlib.h>
#include <string.h>

static pel_status check(const struct pel_md *md, const struct pel_exchange *exchange,
                        struct pel_error *err)
{
    const struct pel_structure *s = md->structure;
    if (!(md->settings.temperature_K > 0.0))
        return pel_error_set(err, PEL_EARG,
                             "exchanges need a temperature above 0 K, got %g K",
                             md->settings.temperature_K);
    if (pel_exchange_atoms(exchange) != s->n)
        return pel_error_set(err, PEL_EARG,
                             "exchanges of %zu atoms, the trajectory has %zu",
                             pel_exchange_atoms(exchange), s->n);
    for (size_t i = 1; i < s->n; i++)
        if (s->type[i] != s->type[0]) return PEL_OK;
    return pel_error_set(err, PEL_EARG, "exchanges need two species, all atoms are %s",
                         s->species[s->type[0]]);
}

/* Every atom to the place where it stands now; velocities go with the atoms. */
static pel_status move(struct pel_md *md, const struct pel_exchange *exchange,
                       struct pel_error *err)
{
    struct pel_structure *s = md->structure;
    double *places = malloc(3 * s->n * sizeof *places);
    if (places == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu places", s->n);
    memcpy(places, s->x, 3 * s->n * sizeof *places);
    for (size_t i = 0; i < s->n; i++)
        memcpy(&s->x[3 * pel_exchange_atom(exchange, i)], &places[3 * i],
               3 * sizeof *places);
    free(places);
    const double before = md->potential_energy;
    const pel_status status = pel_md_set_forces(md, md->source, err);
    md->work += md->potential_energy - before;
    return status;
}

pel_status pel_swap_run(struct pel_md *md, struct pel_exchange *exchange, size_t n_tries,
                        struct pel_random *random, struct pel_swap_count *count,
                        struct pel_error *err)
{
    pel_status status = check(md, exchange, err);
    if (status == PEL_OK)
        status =
            pel_exchange_place(exchange, &md->structure->cell, md->structure->x, err);
    if (status != PEL_OK) return status;
    const int *type = md->structure->type;
    const size_t n = md->structure->n;
    const double beta = 1.0 / (PEL_KB * md->settings.temperature_K);
    unsigned long long accepted = 0;
    for (size_t k = 0; k < n_tries; k++) {
        size_t i, j;
        do {
            i = (size_t)pel_random_below(random, n);
            j = (size_t)pel_random_below(random, n);
        } while (type[pel_exchange_atom(exchange, i)] ==
                 type[pel_exchange_atom(exchange, j)]);
        const double cost = pel_exchange_try(exchange, i, j);
        /* one number is drawn for every try: NaN is refused */
        if (!(pel_random_uniform(random) < exp(-beta * cost))) continue;
        pel_exchange_keep(exchange);
        accepted++;
    }
    count->tried += n_tries;
    count->accepted += accepted;
    return accepted > 0 ? move(md, exchange, err) : PEL_OK;
}
