#include "stored.h"

#include <pelrate/text.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *setting_of(const struct pel_catalogue *catalogue, const char *key)
{
    for (size_t k = 0; k < pel_catalogue_settings(catalogue); k++) {
        const struct pel_catalogue_setting setting = pel_catalogue_setting(catalogue, k);
        if (strcmp(setting.key, key) == 0) return setting.value;
    }
    return "";
}

double cli_stored_number(const struct pel_catalogue *catalogue, const char *key)
{
    double value = 0.0;
    pel_text_to_double(setting_of(catalogue, key), &value);
    return value;
}

pel_status cli_stored_open_like(const char *like, const char *path,
                                struct pel_catalogue **out, struct pel_error *err)
{
    struct pel_catalogue *reader = NULL;
    *out = NULL;
    pel_status status = pel_catalogue_read(like, &reader, err);
    if (status != PEL_OK) return status;
    const size_t n = pel_catalogue_settings(reader);
    struct pel_catalogue_setting *settings = calloc(n + 1, sizeof *settings);
    if (settings == NULL) status = pel_error_set(err, PEL_ENOMEM, "%zu settings", n);
    for (size_t k = 0; status == PEL_OK && k < n; k++)
        settings[k] = pel_catalogue_setting(reader, k);
    if (status == PEL_OK) status = pel_catalogue_open(path, n, settings, out, err);
    free(settings);
    pel_catalogue_close(reader);
    return status;
}

/* "Cu,Zr" into names; 0 where one does not fit. */
static size_t split(const char *text, char names[][PEL_ELEMENT_NAME], const char *list[])
{
    size_t n = 0;
    while (*text != '\0' && n < PEL_MAX_SPECIES) {
        const size_t length = strcspn(text, ",");
        if (length == 0 || length >= PEL_ELEMENT_NAME) return 0;
        memcpy(names[n], text, length);
        names[n][length] = '\0';
        list[n] = names[n];
        n++;
        text += length + (text[length] == ',');
    }
    return n;
}

pel_status cli_stored_potential(struct cli *cli, const struct pel_catalogue *catalogue,
                                const struct cli_interaction *it,
                                struct pel_potential **out, struct pel_error *err)
{
    *out = NULL;
    char names[PEL_MAX_SPECIES][PEL_ELEMENT_NAME];
    const char *list[PEL_MAX_SPECIES];
    const size_t n = split(setting_of(catalogue, "elements"), names, list);
    if (n == 0)
        return pel_error_set(err, PEL_EFORMAT, "the catalogue does not say its elements");
    pel_status status = cli_interaction_open(cli, it, n, list, out, err);
    if (status != PEL_OK) return status;
    const char *there = setting_of(catalogue, "potential_sha256");
    if (strcmp(there, pel_potential_identity(*out)) != 0) {
        status = pel_error_set(err, PEL_EMISMATCH,
                               "the catalogue was made with another potential: %s there, "
                               "%s here",
                               there, pel_potential_identity(*out));
        pel_potential_free(*out);
        *out = NULL;
    }
    return status;
}

static pel_status keep(void *context, const struct pel_catalogue_frequency *row,
                       struct pel_error *err)
{
    struct cli_frequencies *f = context;
    if (f->n == f->n_alloc) {
        const size_t wanted = 2 * f->n_alloc + 64;
        void *more = realloc(f->rows, wanted * sizeof *f->rows);
        if (more == NULL) return pel_error_set(err, PEL_ENOMEM, "%zu rows", wanted);
        f->rows = more;
        f->n_alloc = wanted;
    }
    f->rows[f->n++] = *row;
    return PEL_OK;
}

pel_status cli_frequencies_read(struct pel_catalogue *catalogue, size_t sample,
                                struct cli_frequencies *frequencies,
                                struct pel_error *err)
{
    *frequencies = (struct cli_frequencies){0};
    return pel_catalogue_walk_frequencies(catalogue, sample, keep, frequencies, err);
}

const struct pel_catalogue_frequency *
cli_frequencies_of(struct cli_frequencies *frequencies, size_t search)
{
    while (frequencies->at < frequencies->n &&
           frequencies->rows[frequencies->at].search < search)
        frequencies->at++;
    if (frequencies->at == frequencies->n ||
        frequencies->rows[frequencies->at].search != search)
        return NULL;
    return &frequencies->rows[frequencies->at];
}

void cli_frequencies_free(struct cli_frequencies *frequencies)
{
    free(frequencies->rows);
    *frequencies = (struct cli_frequencies){0};
}
