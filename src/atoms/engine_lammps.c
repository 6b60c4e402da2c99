/* LAMMPS as an engine: each struct pel_forces has a worker process that holds its atoms
 * (lammps_worker.c says why a process). Here are the frame that LAMMPS wants its cells in,
 * the identity of what its commands make, and the workers that wait for work. */

#include "potential_priv.h"

#include "lammps_link_priv.h"
#include "lammps_wire.h"

#include <math.h>
#include <pelrate/element.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#ifndef PEL_LAMMPS_WORKER
#define PEL_LAMMPS_WORKER "pelrate-lammps"
#endif

/* Edge of the cell in which the commands are tried [A], and the distance of its atoms. */
static const double TRIAL_CELL = 60.0, TRIAL_APART = 15.0;

enum { IDLE = 64 }; /* workers that are kept waiting, at most */

struct lammps {
    struct pel_potential base;
    char *commands, *launch, *worker; /* owned; launch may be NULL */
    /* Workers without work: what a search has used is there for the next one. */
    struct pool {
        pthread_mutex_t lock;
        size_t n;
        struct pel_lammps_link *link[IDLE]; /* owned */
    } * pool; /* owned; apart, because it changes and the potential does not */
};

struct lammps_work {
    const struct lammps *lammps;  /* borrowed */
    struct pel_lammps_link *link; /* owned; NULL: not there any more */
    size_t n;
    double skin;
    int32_t *type; /* [n] from 1; owned */
    double *x;     /* [3n] positions in LAMMPS's frame, then forces; owned */
    int fresh;     /* whether the next evaluation starts anew */
    int sent;      /* whether the worker has the structure */
    int64_t builds,
        builds_before; /* neighbour lists of this worker, of its predecessors */
};

/* ---- what the commands are ---- */

/* Length of the next word of a command, from *at on; 0: none left. */
static size_t next_word(const char **at)
{
    *at += strspn(*at, " \t\r");
    return strcspn(*at, " \t\r\n;");
}

static int is_end(char c)
{
    return c == '\n' || c == ';' || c == '\r';
}

/* The commands in one line: blanks and comments as if they were not there; a word that
 * names a file loses its folder and gets its hash. Another folder is the same potential,
 * another file of the same name is not. */
static pel_status identify(struct lammps *l, struct pel_error *err)
{
    static const char head[] = "lammps: ";
    const char *at = l->commands;
    size_t used = 0, room = 256;
    char *text = malloc(room);
    if (text != NULL) used = (size_t)snprintf(text, room, "%s", head);
    int n_commands = 0, n_words = 0;
    while (text != NULL && *at != '\0') {
        const size_t length = next_word(&at);
        if (length > 0 && at[0] == '#' && n_words == 0) {
            at += strcspn(at, "\n;\r");
            continue;
        }
        if (length == 0) {
            if (is_end(*at)) at++;
            n_words = 0;
            continue;
        }
        char word[1024], hash[PEL_HASH];
        struct stat info;
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        const int is_file = length < sizeof word && n_words > 0 &&
                            stat(word, &info) == 0 && S_ISREG(info.st_mode);
        if (is_file) {
            const pel_status status = pel_provenance_hash_file(word, hash, err);
            if (status != PEL_OK) {
                free(text);
                return status;
            }
        }
        const char *base =
            is_file && strrchr(word, '/') != NULL ? strrchr(word, '/') + 1 : word;
        if (used + length + PEL_HASH + 16 > room) {
            room = 2 * (room + length + PEL_HASH + 16);
            char *more = realloc(text, room);
            if (more == NULL) break;
            text = more;
        }
        const char *gap = n_words > 0 ? " " : n_commands > 0 ? "; " : "";
        if (length >= sizeof word)
            used += (size_t)snprintf(text + used, room - used, "%s%.*s", gap, (int)length,
                                     at);
        else
            used += (size_t)snprintf(text + used, room - used, "%s%s%s%s", gap, base,
                                     is_file ? " sha256:" : "", is_file ? hash : "");
        if (n_words++ == 0) n_commands++;
        at += length;
    }
    if (text == NULL || *at != '\0') {
        free(text);
        return pel_error_set(err, PEL_ENOMEM, "commands for LAMMPS");
    }
    l->base.identity = text;
    if (n_commands == 0)
        return pel_error_set(err, PEL_EARG,
                             "the engine lammps needs commands such as "
                             "\"pair_style ...; pair_coeff ...\"");
    return PEL_OK;
}

/* ---- workers ---- */

static pel_status take_link(const struct lammps *l, struct pel_lammps_link **out,
                            struct pel_error *err)
{
    *out = NULL;
    pthread_mutex_lock(&l->pool->lock);
    if (l->pool->n > 0) *out = l->pool->link[--l->pool->n];
    pthread_mutex_unlock(&l->pool->lock);
    if (*out != NULL) return PEL_OK;
    return pel_lammps_link_open(l->worker, l->launch, out, err);
}

static void give_link(const struct lammps *l, struct pel_lammps_link *link)
{
    if (link == NULL) return;
    pthread_mutex_lock(&l->pool->lock);
    const int kept = l->pool->n < IDLE;
    if (kept) l->pool->link[l->pool->n++] = link;
    pthread_mutex_unlock(&l->pool->lock);
    if (!kept) pel_lammps_link_close(link);
}

static int send_structure(struct lammps_work *w)
{
    const struct pel_potential *base = &w->lammps->base;
    const size_t text = strlen(w->lammps->commands) + 1;
    const struct pel_wire_request request = {.what = PEL_WIRE_STRUCTURE,
                                             .n = (int64_t)w->n,
                                             .types = (int32_t)base->n,
                                             .text = (int32_t)text,
                                             .skin = w->skin};
    return pel_lammps_link_put(w->link, &request, sizeof request) &&
           pel_lammps_link_put(w->link, w->type, w->n * sizeof *w->type) &&
           pel_lammps_link_put(w->link, base->mass, base->n * sizeof *base->mass) &&
           pel_lammps_link_put(w->link, w->lammps->commands, text);
}

/* ---- the frame: a along x, b in the xy plane, tilts of half a cell at most ---- */

struct frame {
    double axis[3][3]; /* rows: LAMMPS's x, y, z in ours */
    double cell[6];    /* lx ly lz xy xz yz [A] */
};

static double dot(const double a[3], const double b[3])
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void frame_of(const struct pel_cell *cell, struct frame *f)
{
    static const double identity[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const double(*h)[3] = cell->h;
    memcpy(f->axis, identity, sizeof identity);
    /* A cell that is as LAMMPS wants it keeps its bits. */
    if (h[0][1] != 0.0 || h[0][2] != 0.0 || h[1][2] != 0.0) {
        double *x = f->axis[0], *y = f->axis[1], *z = f->axis[2];
        const double a = sqrt(dot(h[0], h[0]));
        for (int d = 0; d < 3; d++)
            x[d] = h[0][d] / a;
        const double along = dot(h[1], x);
        for (int d = 0; d < 3; d++)
            y[d] = h[1][d] - along * x[d];
        const double b = sqrt(dot(y, y));
        for (int d = 0; d < 3; d++)
            y[d] /= b;
        z[0] = x[1] * y[2] - x[2] * y[1];
        z[1] = x[2] * y[0] - x[0] * y[2];
        z[2] = x[0] * y[1] - x[1] * y[0];
    }
    double *c = f->cell;
    c[0] = dot(h[0], f->axis[0]);
    c[1] = dot(h[1], f->axis[1]);
    c[2] = dot(h[2], f->axis[2]);
    c[3] = dot(h[1], f->axis[0]);
    c[4] = dot(h[2], f->axis[0]);
    c[5] = dot(h[2], f->axis[1]);
    const double k = nearbyint(c[5] / c[1]); /* c less k times b */
    c[5] -= k * c[1];
    c[4] -= k * c[3];
    c[4] -= nearbyint(c[4] / c[0]) * c[0];
    c[3] -= nearbyint(c[3] / c[0]) * c[0];
}

/* W of ours from that of the frame: W_ab = sum_cd axis_ca W'_cd axis_db. */
static void turn_virial(const struct frame *f, const double w[6], double out[6])
{
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    const double full[3][3] = {
        {w[0], w[3], w[4]}, {w[3], w[1], w[5]}, {w[4], w[5], w[2]}};
    for (int k = 0; k < 6; k++) {
        double sum = 0.0;
        for (int c = 0; c < 3; c++)
            for (int d = 0; d < 3; d++)
                sum += f->axis[c][row[k]] * full[c][d] * f->axis[d][column[k]];
        out[k] = sum;
    }
}

/* ---- one struct pel_forces ---- */

static void work_free(void *work)
{
    struct lammps_work *w = work;
    if (w == NULL) return;
    give_link(w->lammps, w->link);
    free(w->type);
    free(w->x);
    free(w);
}

static pel_status work_create(const struct pel_potential *potential, size_t n,
                              const int type[], double skin_A, void **work,
                              struct pel_error *err)
{
    *work = NULL;
    if (n > INT32_MAX / 4)
        return pel_error_set(err, PEL_EARG, "%zu atoms are too many for one LAMMPS", n);
    struct lammps_work *w = calloc(1, sizeof *w);
    if (w == NULL) goto nomem;
    w->lammps = (const struct lammps *)potential;
    w->n = n;
    w->skin = skin_A;
    w->fresh = 1;
    w->type = malloc(n * sizeof *w->type);
    w->x = malloc(3 * n * sizeof *w->x);
    if (w->type == NULL || w->x == NULL) goto nomem;
    for (size_t i = 0; i < n; i++)
        w->type[i] = type[i] + 1;
    const pel_status status = take_link(w->lammps, &w->link, err);
    if (status != PEL_OK) {
        work_free(w);
        return status;
    }
    *work = w;
    return PEL_OK;

nomem:
    work_free(w);
    return pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", n);
}

/* Ask and receive; forces come into w->x, which held the positions. 0: the worker has
 * gone. */
static int exchange(struct lammps_work *w, const struct frame *frame, int flags,
                    struct pel_wire_answer *answer, double atom_energy[])
{
    struct pel_wire_request request = {.what = PEL_WIRE_EVALUATE,
                                       .flags = flags | (w->fresh ? PEL_WIRE_FRESH : 0),
                                       .n = (int64_t)w->n};
    memcpy(request.cell, frame->cell, sizeof request.cell);
    if (!w->sent && !send_structure(w)) return 0;
    w->sent = 1;
    return pel_lammps_link_put(w->link, &request, sizeof request) &&
           pel_lammps_link_put(w->link, w->x, 3 * w->n * sizeof *w->x) &&
           pel_lammps_link_get(w->link, answer, sizeof *answer) &&
           pel_lammps_link_get(w->link, w->x, 3 * w->n * sizeof *w->x) &&
           (atom_energy == NULL ||
            pel_lammps_link_get(w->link, atom_energy, w->n * sizeof *atom_energy));
}

static void drop_link(struct lammps_work *w)
{
    pel_lammps_link_close(w->link);
    w->link = NULL;
    w->sent = 0;
    w->fresh = 1;
    w->builds_before += w->builds;
    w->builds = 0;
}

/* Positions in LAMMPS's frame. The index of one that is not finite; n: none. */
static size_t turn_positions(struct lammps_work *w, const struct frame *frame,
                             const struct pel_cell *cell, const double x[])
{
    for (size_t i = 0; i < w->n; i++) {
        double d[3];
        for (size_t c = 0; c < 3; c++) {
            d[c] = x[3 * i + c] - cell->origin[c];
            if (!isfinite(d[c])) return i;
        }
        for (size_t c = 0; c < 3; c++)
            w->x[3 * i + c] = dot(frame->axis[c], d);
    }
    return w->n;
}

/* The evaluation, in LAMMPS's frame. A worker that was ended from outside (a machine
 * short of memory kills the largest) is replaced once. */
static pel_status ask(struct lammps_work *w, const struct frame *frame,
                      const struct pel_cell *cell, const double x[], const int64_t id[],
                      struct pel_wire_answer *answer, double atom_energy[],
                      struct pel_error *err)
{
    const int flags = atom_energy != NULL ? PEL_WIRE_ATOM_ENERGY : 0;
    char why[PEL_ERROR_TEXT / 2 + 200] = "";
    for (int attempt = 0; attempt < 2; attempt++) {
        if (w->link == NULL) {
            const pel_status status = take_link(w->lammps, &w->link, err);
            /* No verdict on the structure: nothing can be had any more. */
            if (status != PEL_OK) {
                if (err != NULL) err->status = PEL_ENOMEM;
                return PEL_ENOMEM;
            }
        }
        const size_t bad = turn_positions(w, frame, cell, x);
        if (bad < w->n)
            return pel_error_set(err, PEL_EARG, "position of atom %lld is not finite",
                                 (long long)id[bad]);
        if (exchange(w, frame, flags, answer, atom_energy)) {
            pel_lammps_link_forget(w->link);
            w->fresh = 0;
            w->builds = answer->builds;
            return PEL_OK;
        }
        const int said = pel_lammps_link_why(w->link, why, sizeof why);
        drop_link(w);
        if (said) return pel_error_set(err, PEL_EARG, "%s", why);
    }
    return pel_error_set(err, PEL_ENOMEM, "the worker of LAMMPS: %s, twice", why);
}

static pel_status evaluate(void *work, const struct pel_cell *cell, const double x[],
                           const int64_t id[], struct pel_forces_result *result,
                           struct pel_error *err)
{
    struct lammps_work *w = work;
    struct frame frame;
    struct pel_wire_answer answer = {0};
    frame_of(cell, &frame);
    const pel_status status =
        ask(w, &frame, cell, x, id, &answer, result->atom_energy, err);
    if (status != PEL_OK) return status;
    double sum = answer.energy;
    for (size_t i = 0; i < 3 * w->n; i++)
        sum += fabs(w->x[i]);
    if (!isfinite(sum))
        return pel_error_set(err, PEL_EARG,
                             "LAMMPS gives a number that is not finite (atoms on top of "
                             "each other?)");
    result->energy = answer.energy;
    turn_virial(&frame, answer.virial, result->virial);
    for (size_t i = 0; result->force != NULL && i < w->n; i++)
        for (size_t c = 0; c < 3; c++)
            result->force[3 * i + c] = frame.axis[0][c] * w->x[3 * i] +
                                       frame.axis[1][c] * w->x[3 * i + 1] +
                                       frame.axis[2][c] * w->x[3 * i + 2];
    return PEL_OK;
}

static void reset(void *work)
{
    ((struct lammps_work *)work)->fresh = 1;
}

static size_t builds(const void *work)
{
    const struct lammps_work *w = work;
    return (size_t)(w->builds_before + w->builds);
}

static const struct pel_engine_method engine_method = {.work_create = work_create,
                                                       .work_free = work_free,
                                                       .evaluate = evaluate,
                                                       .reset = reset,
                                                       .builds = builds};

/* ---- the potential ---- */

static void lammps_free(struct pel_potential *potential)
{
    struct lammps *l = (struct lammps *)potential;
    if (l->pool != NULL) {
        for (size_t k = 0; k < l->pool->n; k++)
            pel_lammps_link_close(l->pool->link[k]);
        pthread_mutex_destroy(&l->pool->lock);
        free(l->pool);
    }
    free(l->commands);
    free(l->launch);
    free(l->worker);
    free(l);
}

static const struct pel_potential_method lammps_method = {
    .name = "lammps",
    .doc = "A pair style of LAMMPS.",
    .reference = "Thompson et al., Comput. Phys. Commun. 271:108171 (2022)",
    .free = lammps_free,
    .engine = &engine_method,
};

/* One atom of each type in a large cell: what LAMMPS refuses shows now, not in the first
 * search. The masses that the commands set come back. */
static pel_status try_commands(struct lammps *l, struct pel_error *err)
{
    int type[PEL_MAX_SPECIES];
    int64_t id[PEL_MAX_SPECIES];
    double x[3 * PEL_MAX_SPECIES];
    const double h[3][3] = {{TRIAL_CELL, 0, 0}, {0, TRIAL_CELL, 0}, {0, 0, TRIAL_CELL}};
    struct pel_cell cell;
    pel_status status = pel_cell_init(&cell, h, NULL, err);
    if (status != PEL_OK) return status;
    for (size_t k = 0; k < l->base.n; k++) {
        const size_t place[3] = {k % 3, k / 3 % 3, k / 9};
        type[k] = (int)k;
        id[k] = (int64_t)k + 1;
        for (size_t d = 0; d < 3; d++)
            x[3 * k + d] = TRIAL_APART * ((double)place[d] + 0.5);
    }
    void *work = NULL;
    status = work_create(&l->base, l->base.n, type, 1.0, &work, err);
    if (status != PEL_OK) return status;
    struct lammps_work *w = work;
    struct pel_wire_answer answer;
    struct frame frame;
    frame_of(&cell, &frame);
    status = ask(w, &frame, &cell, x, id, &answer, NULL, err);
    for (size_t k = 0; status == PEL_OK && k < l->base.n; k++)
        if (pel_element_mass(l->base.element[k]) > 0.0 || answer.mass[k] != 1.0)
            l->base.mass[k] = answer.mass[k];
    work_free(work);
    if (status != PEL_EARG) return status;
    if (err != NULL)
        err->status = PEL_EFORMAT; /* the commands, not an argument of ours */
    return PEL_EFORMAT;
}

static pel_status lammps_open(const struct pel_potential_source *source,
                              struct pel_potential **out, struct pel_error *err)
{
    *out = NULL;
    const char *worker = source->worker != NULL ? source->worker : PEL_LAMMPS_WORKER;
    struct lammps *l = calloc(1, sizeof *l);
    if (l == NULL) return pel_error_set(err, PEL_ENOMEM, "a potential");
    l->base.method = &lammps_method;
    l->base.n = source->n_elements;
    for (size_t k = 0; k < l->base.n; k++) {
        strcpy(l->base.element[k], source->elements[k]); /* it fits: checked */
        l->base.mass[k] = pel_element_mass(source->elements[k]);
    }
    pel_status status = PEL_ENOMEM;
    l->pool = calloc(1, sizeof *l->pool);
    if (l->pool != NULL) pthread_mutex_init(&l->pool->lock, NULL);
    l->commands = strdup(source->commands != NULL ? source->commands : "");
    l->worker = strdup(worker);
    if (source->launch != NULL) l->launch = strdup(source->launch);
    if (l->pool == NULL || l->commands == NULL || l->worker == NULL ||
        (source->launch != NULL && l->launch == NULL))
        pel_error_set(err, PEL_ENOMEM, "a potential");
    else
        status = identify(l, err);
    if (status == PEL_OK && source->worker == NULL && !pel_engine_lammps.built)
        status = pel_error_set(err, PEL_EARG,
                               "this pelrate was built without the engine lammps");
    if (status == PEL_OK) status = try_commands(l, err);
    if (status == PEL_OK)
        *out = &l->base;
    else
        pel_potential_free(&l->base);
    return status;
}

const struct pel_engine pel_engine_lammps = {
    .name = "lammps",
    .doc = "Any pair style of LAMMPS (Thompson et al., Comput. Phys. Commun. 271:108171 "
           "(2022)), in units metal, chosen by commands of its input script; each "
           "structure is held by a worker process of its own.",
#ifdef PEL_WITH_LAMMPS
    .built = 1,
#endif
    .open = lammps_open,
};
