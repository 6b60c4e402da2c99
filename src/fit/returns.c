#include <pelrate/returns.h>

#include <pelrate/constants.h>
#include <pelrate/coverage.h>
#include <pelrate/statistics.h>
#include <pelrate/table.h>

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double temperatures[PEL_RETURNS_TEMPERATURES] = {300.0, 600.0, 900.0};

double pel_returns_temperature(size_t k)
{
    return k < PEL_RETURNS_TEMPERATURES ? temperatures[k] : NAN;
}

void pel_returns_free(struct pel_returns *returns)
{
    if (returns == NULL) return;
    free(returns->states);
    free(returns->levels);
    free(returns);
}

static pel_status no_memory(struct pel_error *err)
{
    return pel_error_set(err, PEL_ENOMEM, "statistics of a second generation");
}

static double boltzmann(double e, size_t k)
{
    return exp(-e / (PEL_KB * temperatures[k]));
}

/* --- one state --- */

static int is_of(const struct pel_successor *row, const struct pel_returns_state *state)
{
    return row->first_search == state->search &&
           strcmp(row->first_sample, state->sample) == 0;
}

/* Index among rows[n] of the first search with the same event, n where it is missing. */
static size_t original(size_t n, const struct pel_successor rows[], size_t k)
{
    const int64_t wanted = rows[k].event.duplicate_of;
    if (wanted < 0) return k;
    size_t i = 0;
    while (i < n && rows[i].event.search != wanted)
        i++;
    return i;
}

/* Count rows[n], all of one state. hits[n][2] is room for how often each was found. */
static pel_status count_state(size_t n, const struct pel_successor rows[],
                              size_t hits[][2], struct pel_returns_state *state,
                              struct pel_error *err)
{
    /* Energies from the lowest way back or onward on: the rest are factors of 1 or
     * less. */
    double lowest = state->e_r, back[PEL_RETURNS_TEMPERATURES],
           onward[PEL_RETURNS_TEMPERATURES] = {0};
    memset(hits, 0, n * sizeof *hits);
    for (size_t k = 0; k < n; k++) {
        state->searches++;
        if (rows[k].kind == PEL_SUCCESSOR_NONE) continue;
        const size_t i = original(n, rows, k);
        if (i == n || rows[i].kind == PEL_SUCCESSOR_NONE)
            return pel_error_set(err, PEL_EFORMAT,
                                 "state '%s': search %lld repeats search %lld, which is "
                                 "no valid one",
                                 rows[k].event.sample, (long long)rows[k].event.search,
                                 (long long)rows[k].event.duplicate_of);
        const enum pel_successor_kind kind = rows[i].kind;
        state->valid++;
        state->distinct += i == k;
        state->back += (size_t)pel_successor_is_back(kind);
        state->way_back_found |= kind == PEL_SUCCESSOR_BACK;
        state->z_found += i == k && kind == PEL_SUCCESSOR_ONWARD;
        state->elsewhere += i == k && kind == PEL_SUCCESSOR_ELSEWHERE;
        state->z_touching +=
            i == k && !pel_successor_is_back(kind) && rows[k].overlap > 0.0;
        if (kind == PEL_SUCCESSOR_ONWARD) hits[i][rows[k].event.search % 2 != 0]++;
        if (kind != PEL_SUCCESSOR_ELSEWHERE) lowest = fmin(lowest, rows[i].event.e_a);
    }
    struct pel_coverage coverage;
    pel_coverage_of(state->searches, n, (const size_t(*)[2])hits, &coverage);
    state->z_chao1 = coverage.chao1;
    state->z_chao1_sd = coverage.chao1_sd;
    state->back_share =
        state->valid > 0 ? (double)state->back / (double)state->valid : NAN;

    for (size_t t = 0; t < PEL_RETURNS_TEMPERATURES; t++) {
        back[t] = boltzmann(state->e_r - lowest, t);
        for (size_t k = 0; k < n; k++) {
            if (original(n, rows, k) != k) continue;
            const double rate = boltzmann(rows[k].event.e_a - lowest, t);
            if (rows[k].kind == PEL_SUCCESSOR_ONWARD)
                onward[t] += rate;
            else if (rows[k].kind == PEL_SUCCESSOR_BACK_OTHER ||
                     rows[k].kind == PEL_SUCCESSOR_BACK_LOCAL)
                back[t] += rate;
        }
        state->back_rate_share[t] = back[t] / (back[t] + onward[t]);
    }
    return PEL_OK;
}

static pel_status count_states(const struct pel_successor_list *list,
                               struct pel_returns *returns, struct pel_error *err)
{
    size_t(*hits)[2] = calloc(list->n, sizeof *hits);
    returns->states = calloc(list->n, sizeof *returns->states);
    pel_status status = hits != NULL && returns->states != NULL ? PEL_OK : no_memory(err);
    for (size_t from = 0; status == PEL_OK && from < list->n;) {
        const struct pel_successor *row = &list->rows[from];
        struct pel_returns_state *state = &returns->states[returns->n++];
        memcpy(state->sample, row->first_sample, sizeof state->sample);
        state->search = row->first_search;
        state->e_is = row->first_e_is;
        state->e_a = row->first_e_a;
        state->e_r = row->first_e_r;
        state->drift = row->drift;
        for (size_t k = 0; status == PEL_OK && k + 1 < returns->n; k++)
            if (is_of(row, &returns->states[k]))
                status =
                    pel_error_set(err, PEL_EFORMAT,
                                  "state '%s' comes twice, expected its rows together",
                                  row->event.sample);
        size_t to = from;
        for (; status == PEL_OK && to < list->n && is_of(&list->rows[to], state); to++)
            if (list->rows[to].first_e_is != state->e_is ||
                list->rows[to].first_e_a != state->e_a ||
                list->rows[to].first_e_r != state->e_r)
                status = pel_error_set(err, PEL_EFORMAT,
                                       "state '%s': another hop than in its first row",
                                       row->event.sample);
        if (status == PEL_OK) status = count_state(to - from, row, hits, state, err);
        from = to;
    }
    free(hits);
    return status;
}

/* --- levels --- */

/* A sample in one piece with others: by its E_IS, or by its name. */
static size_t label_of(const struct pel_returns *returns, size_t k, size_t n_edges,
                       const double edges[])
{
    size_t label = 0;
    if (n_edges > 0) {
        while (label < n_edges && returns->states[k].e_is >= edges[label])
            label++;
        return label;
    }
    while (strcmp(returns->states[label].sample, returns->states[k].sample) != 0)
        label++;
    return label;
}

/* Whether state k is the first of its sample. */
static int is_new_sample(const struct pel_returns *returns, size_t k)
{
    size_t i = 0;
    while (strcmp(returns->states[i].sample, returns->states[k].sample) != 0)
        i++;
    return i == k;
}

static double error_of_mean(size_t n, const double x[])
{
    return pel_statistics_sd(n, x, NULL) / sqrt((double)n);
}

/* Means over the states of one level. x[4][n] is room. */
static void average_level(const struct pel_returns *returns, size_t l, double *x[4],
                          struct pel_returns_level *level)
{
    size_t n = 0, back = 0, found = 0;
    *level = (struct pel_returns_level){0};
    for (size_t k = 0; k < returns->n; k++) {
        const struct pel_returns_state *s = &returns->states[k];
        if (s->level != l) continue;
        if (is_new_sample(returns, k)) {
            level->samples++;
            level->e_is += s->e_is;
        }
        level->states++;
        level->searches += s->searches;
        level->valid += s->valid;
        back += s->back;
        found += (size_t)s->way_back_found;
        x[0][n] = (double)s->z_found;
        x[1][n] = s->z_chao1;
        x[2][n] = (double)s->z_touching;
        n++;
    }
    level->e_is /= (double)level->samples;
    level->way_back_found = (double)found / (double)n;
    level->z_found = pel_statistics_mean(n, x[0], NULL);
    level->z_found_error = error_of_mean(n, x[0]);
    level->z_chao1 = pel_statistics_mean(n, x[1], NULL);
    level->z_chao1_error = error_of_mean(n, x[1]);
    level->z_touching = pel_statistics_mean(n, x[2], NULL);
    level->z_touching_error = error_of_mean(n, x[2]);

    /* A ratio of sums: the error by its residuals, state by state. */
    level->back_share = level->back_share_error = NAN;
    if (level->valid > 0) {
        double squares = 0.0;
        level->back_share = (double)back / (double)level->valid;
        for (size_t k = 0; k < returns->n; k++) {
            const struct pel_returns_state *s = &returns->states[k];
            if (s->level != l) continue;
            const double r = (double)s->back - level->back_share * (double)s->valid;
            squares += r * r;
        }
        if (n > 1)
            level->back_share_error =
                sqrt(squares * (double)n / (double)(n - 1)) / (double)level->valid;
    }

    for (size_t t = 0; t < PEL_RETURNS_TEMPERATURES; t++) {
        double lowest = INFINITY, sum = 0.0, squares = 0.0;
        for (size_t k = 0, i = 0; k < returns->n; k++) {
            const struct pel_returns_state *s = &returns->states[k];
            if (s->level != l) continue;
            x[0][i] = s->back_rate_share[t];
            x[1][i] = s->e_a;
            lowest = fmin(lowest, s->e_a);
            i++;
        }
        for (size_t i = 0; i < n; i++) {
            x[2][i] = boltzmann(x[1][i] - lowest, t);
            x[3][i] = -(x[1][i] - lowest) / (PEL_KB * temperatures[t]);
            sum += x[2][i];
        }
        level->back[t] = pel_statistics_mean(n, x[0], NULL);
        level->back_error[t] = error_of_mean(n, x[0]);
        level->hops_back[t] = pel_statistics_mean(n, x[0], x[2]);
        level->n_eff[t] = pel_statistics_n_eff(n, x[3]);
        for (size_t i = 0; i < n; i++) {
            const double r = x[2][i] * (x[0][i] - level->hops_back[t]);
            squares += r * r;
        }
        level->hops_back_error[t] = n > 1 ? sqrt(squares) / sum : NAN;
    }
}

static int by_e_is(const void *a, const void *b)
{
    const double x = ((const struct pel_returns_level *)a)->e_is;
    const double y = ((const struct pel_returns_level *)b)->e_is;
    return (x > y) - (x < y);
}

/* Levels get numbers as they come; their order is known when they are averaged. */
static pel_status make_levels(struct pel_returns *returns, size_t n_edges,
                              const double edges[], struct pel_error *err)
{
    const size_t n = returns->n;
    size_t *labels = calloc(n, sizeof *labels);
    double *room = calloc(4 * n, sizeof *room);
    returns->levels = calloc(n, sizeof *returns->levels);
    pel_status status = PEL_OK;
    if (labels == NULL || room == NULL || returns->levels == NULL) {
        status = no_memory(err);
        goto done;
    }
    for (size_t k = 0; k < n; k++) {
        const size_t label = label_of(returns, k, n_edges, edges);
        size_t l = 0;
        while (l < returns->n_levels && labels[l] != label)
            l++;
        if (l == returns->n_levels) labels[returns->n_levels++] = label;
        returns->states[k].level = l;
    }
    double *x[4] = {room, room + n, room + 2 * n, room + 3 * n};
    for (size_t l = 0; l < returns->n_levels; l++)
        average_level(returns, l, x, &returns->levels[l]);

    /* Sort them, and tell the states: the rank of a level is how many lie below. */
    for (size_t l = 0; l < returns->n_levels; l++) {
        labels[l] = 0;
        for (size_t m = 0; m < returns->n_levels; m++) {
            const int order = by_e_is(&returns->levels[m], &returns->levels[l]);
            labels[l] += order < 0 || (order == 0 && m < l);
        }
    }
    for (size_t k = 0; k < n; k++)
        returns->states[k].level = labels[returns->states[k].level];
    qsort(returns->levels, returns->n_levels, sizeof *returns->levels, by_e_is);

done:
    free(labels);
    free(room);
    return status;
}

pel_status pel_returns_create(const struct pel_successor_list *list, size_t n_edges,
                              const double edges[], struct pel_returns **out,
                              struct pel_error *err)
{
    *out = NULL;
    if (list->n == 0)
        return pel_error_set(err, PEL_EARG, "no searches of a second generation");
    for (size_t i = 0; i < n_edges; i++)
        if (!isfinite(edges[i]) || (i > 0 && !(edges[i] > edges[i - 1])))
            return pel_error_set(err, PEL_EARG,
                                 "level edge %zu is %g eV/atom, expected increasing "
                                 "numbers",
                                 i + 1, edges[i]);
    struct pel_returns *returns = calloc(1, sizeof *returns);
    if (returns == NULL) return no_memory(err);
    pel_status status = count_states(list, returns, err);
    if (status == PEL_OK) status = make_levels(returns, n_edges, edges, err);
    if (status != PEL_OK) {
        pel_returns_free(returns);
        return status;
    }
    *out = returns;
    return PEL_OK;
}

/* --- files --- */

void pel_returns_write_states(const struct pel_returns *returns, FILE *stream)
{
    fputs(
        "sample,search,level,e_is_eV_per_atom,e_a_eV,e_r_eV,drift_A,searches,valid,"
        "distinct,back,back_share,way_back_found,z_found,z_chao1,z_chao1_sd,elsewhere,z_touching,"
        "back_rate_share_300K,back_rate_share_600K,back_rate_share_900K\n",
        stream);
    for (size_t k = 0; k < returns->n; k++) {
        const struct pel_returns_state *s = &returns->states[k];
        pel_table_put_text(stream, s->sample);
        fprintf(stream, ",%" PRId64 ",", s->search);
        const double row[] = {(double)(s->level + 1),
                              s->e_is,
                              s->e_a,
                              s->e_r,
                              s->drift,
                              (double)s->searches,
                              (double)s->valid,
                              (double)s->distinct,
                              (double)s->back,
                              s->back_share,
                              (double)s->way_back_found,
                              (double)s->z_found,
                              s->z_chao1,
                              s->z_chao1_sd,
                              (double)s->elsewhere,
                              (double)s->z_touching,
                              s->back_rate_share[0],
                              s->back_rate_share[1],
                              s->back_rate_share[2]};
        pel_table_put_row(stream, sizeof row / sizeof *row, row);
    }
}

void pel_returns_write_levels(const struct pel_returns *returns, FILE *stream)
{
    fputs("level,e_is_eV_per_atom,samples,states,searches,valid,back_share,"
          "back_share_error,way_back_found,z_found,z_found_error,z_chao1,z_chao1_error,"
          "z_touching,z_touching_error",
          stream);
    for (size_t t = 0; t < PEL_RETURNS_TEMPERATURES; t++)
        fprintf(stream,
                ",back_rate_share_%gK,back_rate_share_error_%gK,hops_back_%gK,"
                "hops_back_error_%gK,n_eff_%gK",
                temperatures[t], temperatures[t], temperatures[t], temperatures[t],
                temperatures[t]);
    fputc('\n', stream);
    for (size_t l = 0; l < returns->n_levels; l++) {
        const struct pel_returns_level *v = &returns->levels[l];
        double row[15 + 5 * PEL_RETURNS_TEMPERATURES] = {
            (double)(l + 1),     v->e_is,
            (double)v->samples,  (double)v->states,
            (double)v->searches, (double)v->valid,
            v->back_share,       v->back_share_error,
            v->way_back_found,   v->z_found,
            v->z_found_error,    v->z_chao1,
            v->z_chao1_error,    v->z_touching,
            v->z_touching_error};
        for (size_t t = 0; t < PEL_RETURNS_TEMPERATURES; t++) {
            const double more[5] = {v->back[t], v->back_error[t], v->hops_back[t],
                                    v->hops_back_error[t], v->n_eff[t]};
            memcpy(row + 15 + 5 * t, more, sizeof more);
        }
        pel_table_put_row(stream, sizeof row / sizeof *row, row);
    }
}
