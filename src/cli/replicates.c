#include "replicates.h"

#include <pelrate/provenance.h>
#include <stdlib.h>

struct cli_replicates cli_replicates_defaults(void)
{
    return (struct cli_replicates){.share = pel_spread_settings_defaults().share};
}

int cli_replicates_check(const struct cli *cli, const struct cli_replicates *r)
{
    if (r->n != 0 && (r->n < 2 || r->n > 100000))
        return cli_usage(cli, "--bands: %lld, expected 2 to 100000", r->n);
    if (!(r->share > 0.0 && r->share < 1.0))
        return cli_usage(cli, "--band-share: %g, expected a number between 0 and 1",
                         r->share);
    if (r->n == 0 && r->share != cli_replicates_defaults().share)
        return cli_usage(cli, "--band-share belongs to --bands");
    return CLI_DONE;
}

pel_status cli_replicates_run(struct cli *cli, const struct cli_theory *theory,
                              struct cli_replicates *r, size_t n,
                              pel_spread_function function, void *context,
                              struct pel_error *err)
{
    if (r->n == 0) return PEL_OK;
    const struct pel_spread_settings settings = {
        .replicates = (size_t)r->n, .seed = (uint64_t)cli->seed, .share = r->share};
    r->lo = cli_own(cli, calloc(n + 1, sizeof *r->lo));
    r->hi = cli_own(cli, calloc(n + 1, sizeof *r->hi));
    if (r->lo == NULL || r->hi == NULL) return pel_error_set(err, PEL_ENOMEM, "bands");
    cli_progress_start(cli, "bands");
    const pel_status status =
        pel_spread_run(theory->rate, &settings, n, function, context, &cli->progress,
                       r->lo, r->hi, &r->report, err);
    cli_progress_end(cli);
    return status;
}

void cli_replicates_keys(const struct cli_replicates *r, const struct cli_theory *theory,
                         FILE *stream)
{
    if (r->n == 0) return;
    pel_provenance_put(stream, "bands_replicates", "%zu", r->report.replicates);
    pel_provenance_put(stream, "bands_replicates_failed", "%zu", r->report.failed);
    pel_provenance_put(stream, "bands_share", "%.17g", r->share);
    if (r->report.samples > 0) /* what the quantiles allow for */
        pel_provenance_put(stream, "bands_samples", "%zu", r->report.samples);
    pel_provenance_put(
        stream, "bands_drawn", "%s",
        pel_landscape_kind(theory->landscape) == PEL_LANDSCAPE_EVENTS
            ? (r->report.samples > 0
                   ? "whole samples with replacement, of one or two their events too"
                   : "samples, and events in each, with replacement")
            : "counts of each bin; the spread between samples is not in the file");
}

void cli_replicates_note(const struct cli *cli, const struct cli_replicates *r)
{
    if (r->n > 0 && r->report.failed > 0)
        cli_note(cli, "%zu of %zu bootstrap replicates have no result, left out",
                 r->report.failed, r->report.replicates);
}

const char *cli_replicates_title(const struct cli_replicates *r, char buffer[64])
{
    buffer[0] = '\0';
    if (r->n > 0)
        snprintf(buffer, 64, "bands: %.3g %% of %lld replicates", 100.0 * r->share, r->n);
    return buffer;
}
