#include "landscape_priv.h"

#include <pelrate/table.h>

#include <math.h>

static void put_key(FILE *stream, const char *key, double value)
{
    fprintf(stream, "# %s: ", key);
    pel_table_put_number(stream, value);
    fputc('\n', stream);
}

static void put_list(FILE *stream, const char *key, size_t n, const double values[])
{
    fprintf(stream, "# %s:", key);
    for (size_t i = 0; i < n; i++) {
        fputc(' ', stream);
        pel_table_put_number(stream, values[i]);
    }
    fputc('\n', stream);
}

static void put_line(const struct pel_equilibrium *line, FILE *stream)
{
    const size_t n = pel_equilibrium_points(line);
    fprintf(stream, "# equilibrium_closure: %s\n",
            pel_equilibrium_closure_name(pel_equilibrium_closure(line)));
    put_list(stream, "equilibrium_temperature_K", n, pel_equilibrium_temperatures(line));
    put_list(stream, "equilibrium_e_is_eV_per_atom", n, pel_equilibrium_energies(line));
}

/* Empty cells are not written. */
static void put_cells(const struct level *level, FILE *stream)
{
    const struct pel_histogram *a = &level->histogram[PEL_ACTIVATION];
    const struct pel_histogram *r = &level->histogram[PEL_RELAXATION];
    for (size_t i = 0; i < a->n; i++)
        for (size_t j = 0; j < r->n; j++) {
            const double density = level->cells[i * r->n + j];
            if (!(density > 0.0)) continue;
            fputs(PEL_LANDSCAPE_JOINT ",", stream);
            pel_table_put_row(stream, 8,
                              (const double[]){level->e_is, a->lo_eV[i], a->hi_eV[i], NAN,
                                               level->cells[(a->n + i) * r->n + j],
                                               r->lo_eV[j], r->hi_eV[j], density});
        }
}

static void put_histograms(const struct pel_landscape *l, FILE *stream)
{
    fprintf(stream, "spectrum,e_is_eV_per_atom,e_lo_eV,e_hi_eV,density_per_eV,count%s\n",
            l->pairs ? ",e_r_lo_eV,e_r_hi_eV,density_per_eV2" : "");
    for (size_t k = 0; k < l->n_levels; k++)
        for (int s = 0; s < 2; s++) {
            const struct pel_histogram *h = &l->levels[k].histogram[s];
            for (size_t i = 0; i < h->n; i++) {
                fprintf(stream, "%s,", pel_landscape_spectrum_names[s]);
                pel_table_put_row(stream, l->pairs ? 8 : 5,
                                  (const double[]){l->levels[k].e_is, h->lo_eV[i],
                                                   h->hi_eV[i], h->density[i],
                                                   h->count[i], NAN, NAN, NAN});
            }
        }
    for (size_t k = 0; l->pairs && k < l->n_levels; k++)
        put_cells(&l->levels[k], stream);
}

static void put_families(const struct pel_landscape *l, FILE *stream)
{
    fputs("spectrum,family,parameter,unit,c0,c1,c2\n", stream);
    for (int s = 0; s < 2; s++) {
        const struct pel_family *family = l->conditional[s].family;
        for (size_t k = 0; k < family->n_parameters; k++) {
            fprintf(stream, "%s,%s,%s,%s,", pel_landscape_spectrum_names[s], family->name,
                    family->parameter[k].name, family->parameter[k].unit);
            pel_table_put_row(stream, 3, l->conditional[s].c[k]);
        }
    }
}

static void put_events(const struct pel_landscape *l, FILE *stream)
{
    fputs("sample,e_is_eV_per_atom,e_a_eV,e_r_eV\n", stream);
    for (size_t k = 0; k < l->n_levels; k++) {
        const struct level *level = &l->levels[k];
        for (size_t i = level->first; i < level->first + level->n_events; i++) {
            pel_table_put_text(stream, l->sample[i]);
            fputc(',', stream);
            pel_table_put_row(stream, 3,
                              (const double[]){level->e_is, l->e_a[i], l->e_r[i]});
        }
    }
}

pel_status pel_landscape_write(const struct pel_landscape *landscape, FILE *stream,
                               struct pel_error *err)
{
    const struct pel_landscape_head *head = &landscape->head;
    fprintf(stream, "# kind: %s\n", pel_landscape_kind_name(landscape->kind));
    if (head->name[0] != '\0') fprintf(stream, "# name: %s\n", head->name);
    put_key(stream, "atoms", head->atoms);
    put_key(stream, "paths", head->paths);
    put_key(stream, "attempt_frequency_Hz", head->attempt_frequency_Hz);
    put_key(stream, "molar_mass_g_per_mol", head->molar_mass_g_per_mol);
    pel_landscape_put_treatment(&head->treatment, stream);
    if (head->equilibrium != NULL) put_line(head->equilibrium, stream);
    switch (landscape->kind) {
    case PEL_LANDSCAPE_HISTOGRAM:
        put_histograms(landscape, stream);
        break;
    case PEL_LANDSCAPE_PARAMETRIC:
        put_key(stream, "reference_e_is_eV_per_atom", landscape->reference);
        put_key(stream, "e_is_min_eV_per_atom", landscape->e_is_min);
        put_key(stream, "e_is_max_eV_per_atom", landscape->e_is_max);
        put_families(landscape, stream);
        break;
    case PEL_LANDSCAPE_EVENTS:
        put_events(landscape, stream);
        break;
    }
    if (ferror(stream))
        return pel_error_set(err, PEL_EIO, "a landscape cannot be written");
    return PEL_OK;
}
