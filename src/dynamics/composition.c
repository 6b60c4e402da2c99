#include <pelrate/composition.h>

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far an atom may start from its site, in units of the distance of sites: enough to
 * break the symmetry, little enough that no two atoms come close. */
static const double displacement = 0.1;

pel_status pel_composition_parse(const char *text, struct pel_composition *out,
                                 struct pel_error *err)
{
    *out = (struct pel_composition){0};
    struct pel_composition c = {0};
    double sum = 0.0;
    const char *at = text;
    while (*at != '\0') {
        char name[PEL_ELEMENT_NAME] = "";
        if (!isupper((unsigned char)*at))
            return pel_error_set(err, PEL_EARG,
                                 "composition '%.40s': expected an element at '%.20s', "
                                 "as in Cu56Zr44",
                                 text, at);
        name[0] = *at++;
        if (islower((unsigned char)*at)) name[1] = *at++;
        for (size_t k = 0; k < c.n; k++)
            if (strcmp(c.element[k], name) == 0)
                return pel_error_set(
                    err, PEL_EARG, "composition '%.40s': %s is there twice", text, name);
        if (c.n == PEL_MAX_SPECIES)
            return pel_error_set(err, PEL_EARG,
                                 "composition '%.40s': more than %d elements", text,
                                 PEL_MAX_SPECIES);

        double amount = 1.0;
        if (isdigit((unsigned char)*at) || *at == '.') {
            /* Only digits and a point: strtod would take the e of an element for an
             * exponent. */
            const size_t length = strspn(at, "0123456789.");
            char number[32], *end;
            if (length >= sizeof number)
                return pel_error_set(err, PEL_EARG,
                                     "composition '%.40s': the amount of %s is too long",
                                     text, name);
            memcpy(number, at, length);
            number[length] = '\0';
            amount = strtod(number, &end);
            if (*end != '\0')
                return pel_error_set(err, PEL_EARG,
                                     "composition '%.40s': '%s' is not a number", text,
                                     number);
            if (!(amount > 0.0 && isfinite(amount)))
                return pel_error_set(err, PEL_EARG,
                                     "composition '%.40s': the amount of %s must be "
                                     "positive",
                                     text, name);
            at += length;
        }
        strcpy(c.element[c.n], name);
        c.fraction[c.n] = amount;
        sum += amount;
        c.n++;
    }
    if (c.n == 0)
        return pel_error_set(
            err, PEL_EARG, "the composition is empty, expected something like Cu56Zr44");
    for (size_t k = 0; k < c.n; k++)
        c.fraction[k] /= sum;
    *out = c;
    return PEL_OK;
}

pel_status pel_composition_counts(const struct pel_composition *composition,
                                  size_t n_atoms, size_t counts[], struct pel_error *err)
{
    double rest[PEL_MAX_SPECIES];
    size_t given = 0;
    for (size_t k = 0; k < composition->n; k++) {
        const double share = composition->fraction[k] * (double)n_atoms;
        /* 0.56 * 1000 may be 559.9999...: what is an integer but for rounding is one */
        const double whole = fabs(share - round(share)) < 1e-9 * (double)n_atoms
                                 ? round(share)
                                 : floor(share);
        counts[k] = (size_t)whole;
        rest[k] = share - whole;
        given += counts[k];
    }
    for (; given < n_atoms; given++) {
        size_t largest = 0;
        for (size_t k = 1; k < composition->n; k++)
            if (rest[k] > rest[largest]) largest = k;
        counts[largest]++;
        rest[largest] -= 1.0;
    }
    for (size_t k = 0; k < composition->n; k++)
        if (counts[k] == 0)
            return pel_error_set(
                err, PEL_EARG, "%zu atoms are too few: %s (%.3g %%) would have none",
                n_atoms, composition->element[k], 100.0 * composition->fraction[k]);
    return PEL_OK;
}

/* Random order of 0 ... n-1 (Fisher and Yates). */
static void shuffle(size_t n, size_t order[], struct pel_random *random)
{
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        const size_t j = (size_t)pel_random_below(random, i);
        const size_t keep = order[i - 1];
        order[i - 1] = order[j];
        order[j] = keep;
    }
}

static pel_status fill_species(const struct pel_composition *composition,
                               const struct pel_potential *potential,
                               struct pel_structure *s, struct pel_error *err)
{
    s->n_species = composition->n;
    for (size_t k = 0; k < composition->n; k++) {
        strcpy(s->species[k], composition->element[k]);
        for (size_t p = 0; p < pel_potential_species(potential); p++)
            if (strcmp(pel_potential_element(potential, p), s->species[k]) == 0)
                s->mass[k] = pel_potential_mass(potential, p);
        if (!(s->mass[k] > 0.0))
            return pel_error_set(err, PEL_EARG, "the potential knows no %s",
                                 s->species[k]);
    }
    return PEL_OK;
}

pel_status pel_composition_structure(const struct pel_composition *composition,
                                     size_t n_atoms, double volume_A3,
                                     const struct pel_potential *potential,
                                     struct pel_random *random,
                                     struct pel_structure **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_structure *s = NULL;
    size_t *site = NULL;
    size_t counts[PEL_MAX_SPECIES] = {0};
    if (!(volume_A3 > 0.0 && isfinite(volume_A3)))
        return pel_error_set(err, PEL_EARG,
                             "volume of an atom must be positive, got %g A^3", volume_A3);
    pel_status status = pel_composition_counts(composition, n_atoms, counts, err);
    if (status != PEL_OK) return status;
    status = pel_structure_create(n_atoms, &s, err);
    if (status != PEL_OK) return status;
    status = fill_species(composition, potential, s, err);
    if (status != PEL_OK) goto fail;

    const double edge = cbrt(volume_A3 * (double)n_atoms);
    const double h[3][3] = {{edge, 0.0, 0.0}, {0.0, edge, 0.0}, {0.0, 0.0, edge}};
    status = pel_cell_init(&s->cell, h, NULL, err);
    if (status != PEL_OK) goto fail;

    /* The smallest grid with enough sites; surplus sites stay empty at random. */
    size_t grid[3] = {1, 1, 1};
    for (int a = 0; grid[0] * grid[1] * grid[2] < n_atoms; a = (a + 1) % 3)
        grid[a]++;
    const size_t n_sites = grid[0] * grid[1] * grid[2];
    site = malloc(n_sites * sizeof *site);
    if (site == NULL) {
        status = pel_error_set(err, PEL_ENOMEM, "a random alloy of %zu atoms", n_atoms);
        goto fail;
    }
    shuffle(n_sites, site, random);

    size_t type = 0, left = counts[0];
    for (size_t i = 0; i < n_atoms; i++) {
        while (left == 0)
            left = counts[++type];
        left--;
        s->id[i] = (int64_t)i + 1;
        s->type[i] = (int)type;
        size_t index = site[i];
        for (int a = 0; a < 3; a++) {
            const double off = displacement * (2.0 * pel_random_uniform(random) - 1.0);
            const double at = (double)(index % grid[a]) + 0.5 + off;
            s->x[3 * i + (size_t)a] = edge * at / (double)grid[a];
            index /= grid[a];
        }
    }
    free(site);
    *out = s;
    return PEL_OK;

fail:
    free(site);
    pel_structure_free(s);
    return status;
}
