#include "kmc_priv.h"

#include <math.h>
#include <stdlib.h>

/* Mode paths. The paths of the system are divided into regions of n each, which know of each
 * other only through e. A region walks on a tree: at every node n paths lead away; a hop over
 * path i (E_A, E_R) arrives at a child whose path 0 is the way back (E_R, E_A) and whose other
 * n - 1 are new, drawn from the spectra at the e of the arrival. The paths of a node follow
 * from its key alone, and the key of a child from that of its parent and the path taken:
 * whoever comes back finds what was there. */

/* Paths drawn between two looks at whether to stop: a hop in a large region takes long. */
#define LOOK_EVERY_PATHS 262144

/* Lists of paths that a region remembers, of the deepest nodes on its way; others are drawn
 * again from their keys. */
enum { REMEMBERED = 4 };

/* Paths of one node. */
struct list {
    uint64_t key;    /* of the node whose paths they are */
    size_t depth;    /* its; SIZE_MAX: nothing here */
    double beta;     /* of by_rate [1/eV]; 0: not yet */
    double *e_a;     /* [n] [eV] */
    double *e_r;     /* [n] [eV] */
    double *by_rate; /* [n] sum of exp(-beta E_A) up to and with a path */
};

/* A node on the way from the root to where the region is. */
struct node {
    uint64_t key;
    double e;        /* when it was reached [eV/atom] */
    double e_a, e_r; /* of its way back, path 0 [eV]; not the root's */
};

struct region {
    size_t depth; /* of the node where it is; the root: 0 */
    size_t n_alloc;
    struct node *way;             /* [depth + 1 <= n_alloc] owned */
    struct list list[REMEMBERED]; /* that of depth d is number d % REMEMBERED */
};

struct kmc_paths {
    size_t n;     /* paths of a region */
    size_t drawn; /* about how many, since the last look at whether to stop */
    size_t n_regions;
    struct region *regions; /* [n_regions] owned */
    double *block;          /* all lists; owned */
    size_t n_leaves;        /* power of 2 */
    double *sums; /* [2 n_leaves] binary tree of sums of exp(-beta E_A); owned */
    double beta;  /* of the sums; 0: none */
};

void kmc_paths_free(struct kmc_paths *paths)
{
    if (paths == NULL) return;
    for (size_t k = 0; paths->regions != NULL && k < paths->n_regions; k++)
        free(paths->regions[k].way);
    free(paths->regions);
    free(paths->block);
    free(paths->sums);
    free(paths);
}

pel_status kmc_paths_create(const struct kmc_run *run, double n_paths,
                            struct kmc_paths **out, struct pel_error *err)
{
    *out = NULL;
    const double cells = (double)run->set->cells;
    const double n =
        run->set->region > 0 ? (double)run->set->region : fmax(round(n_paths), 1.0);
    const double n_regions = fmax(round(cells * n_paths / n), 1.0);
    /* One region at least, and never of more paths than there are: they would hop too. */
    if (!(n <= fmax(round(cells * n_paths), 1.0)))
        return pel_error_set(err, PEL_EARG, "regions of %.0f paths: all cells have %.6g",
                             n, cells * n_paths);
    struct kmc_paths *p = calloc(1, sizeof *p);
    if (p == NULL || !(n_regions * n * REMEMBERED < 1e9)) goto nomem;
    p->n = (size_t)n;
    p->n_regions = (size_t)n_regions;
    p->n_leaves = 1;
    while (p->n_leaves < p->n_regions)
        p->n_leaves *= 2;
    p->regions = calloc(p->n_regions, sizeof *p->regions);
    p->sums = calloc(2 * p->n_leaves, sizeof *p->sums);
    p->block = calloc(p->n_regions * REMEMBERED * 3 * p->n, sizeof *p->block);
    if (p->regions == NULL || p->sums == NULL || p->block == NULL) goto nomem;
    for (size_t k = 0; k < p->n_regions; k++) {
        for (size_t i = 0; i < REMEMBERED; i++) {
            double *at = p->block + (k * REMEMBERED + i) * 3 * p->n;
            p->regions[k].list[i] =
                (struct list){.e_a = at, .e_r = at + p->n, .by_rate = at + 2 * p->n};
        }
        p->regions[k].n_alloc = 8;
        p->regions[k].way = calloc(8, sizeof *p->regions[k].way);
        if (p->regions[k].way == NULL) goto nomem;
    }
    *out = p;
    return PEL_OK;
nomem:
    kmc_paths_free(p);
    return pel_error_set(err, PEL_ENOMEM, "kmc: %.3g regions of %.0f paths", n_regions,
                         n);
}

void kmc_paths_start(struct kmc_paths *p, const struct kmc_walker *w)
{
    p->beta = 0.0;
    for (size_t k = 0; k < p->n_regions; k++) {
        struct pel_random random;
        /* Streams of regions: one of the walk itself has search 0. */
        pel_random_init(&random, w->run->set->seed, w->replica, k + 1);
        p->regions[k].depth = 0;
        p->regions[k].way[0] = (struct node){.key = pel_random_bits(&random), .e = w->e};
        for (size_t i = 0; i < REMEMBERED; i++)
            p->regions[k].list[i].depth = SIZE_MAX;
    }
}

/* The paths of the node where a region is, with their rates at beta. */
static const struct list *paths_here(const struct kmc_paths *p, struct region *region,
                                     struct kmc_source *source, double beta)
{
    const struct node *node = &region->way[region->depth];
    struct list *list = &region->list[region->depth % REMEMBERED];
    if (list->depth != region->depth || list->key != node->key) {
        struct pel_random random;
        pel_random_init(&random, node->key, 0, 0);
        for (size_t i = 0; i < p->n; i++)
            source->kind->path(source, node->e, &random, &list->e_a[i], &list->e_r[i]);
        if (region->depth > 0) {
            list->e_a[0] = node->e_a;
            list->e_r[0] = node->e_r;
        }
        list->key = node->key;
        list->depth = region->depth;
        list->beta = 0.0;
    }
    if (list->beta != beta) {
        double sum = 0.0;
        for (size_t i = 0; i < p->n; i++)
            list->by_rate[i] = sum += exp(-beta * list->e_a[i]);
        list->beta = beta;
    }
    return list;
}

static void set_sum(struct kmc_paths *p, size_t k, double value)
{
    size_t at = p->n_leaves + k;
    p->sums[at] = value;
    while (at > 1) {
        at /= 2;
        p->sums[at] = p->sums[2 * at] + p->sums[2 * at + 1];
    }
}

static void fill_sums(struct kmc_paths *p, struct kmc_source *source, double beta)
{
    if (p->beta == beta) return;
    for (size_t k = 0; k < p->n_regions; k++)
        p->sums[p->n_leaves + k] =
            paths_here(p, &p->regions[k], source, beta)->by_rate[p->n - 1];
    for (size_t at = p->n_leaves - 1; at > 0; at--)
        p->sums[at] = p->sums[2 * at] + p->sums[2 * at + 1];
    p->beta = beta;
}

/* The region that share * (sum of all) falls in; share becomes what is left within it. */
static size_t choose_region(const struct kmc_paths *p, double *share)
{
    size_t at = 1;
    double left = *share * p->sums[1];
    while (at < p->n_leaves) {
        at *= 2;
        /* Rounding must not lead into a branch without rates. */
        if (left >= p->sums[at] && p->sums[at + 1] > 0.0) {
            left -= p->sums[at];
            at++;
        }
    }
    *share = left;
    return at - p->n_leaves;
}

static size_t choose_path(const struct list *list, size_t n, double left)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (list->by_rate[middle] > left)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Take a path: back over path 0, or on to a child. */
static pel_status take(const struct kmc_paths *p, struct region *region,
                       const struct list *list, size_t path, double e,
                       struct pel_error *err)
{
    (void)p;
    if (path == 0 && region->depth > 0) {
        region->depth--;
        return PEL_OK;
    }
    if (region->depth + 2 > region->n_alloc) {
        struct node *grown = realloc(region->way, 2 * region->n_alloc * sizeof *grown);
        if (grown == NULL) return pel_error_set(err, PEL_ENOMEM, "kmc: out of memory");
        region->way = grown;
        region->n_alloc *= 2;
    }
    /* Children of one parent, and of different ones, have keys of their own. */
    struct pel_random random;
    pel_random_init(&random, region->way[region->depth].key, path, 1);
    region->way[++region->depth] = (struct node){.key = pel_random_bits(&random),
                                                 .e = e,
                                                 .e_a = list->e_r[path],
                                                 .e_r = list->e_a[path]};
    return PEL_OK;
}

pel_status kmc_paths_hop(struct kmc_paths *p, struct kmc_walker *w, double end,
                         double beta_hot, struct pel_error *err)
{
    const struct kmc_run *run = w->run;
    struct kmc_source *source = w->source;
    fill_sums(p, source, beta_hot);
    for (;;) {
        pel_status status = kmc_is_allowed(w, err);
        if (status != PEL_OK) return status;
        const double wait = pel_ziggurat_exponential(source->ziggurat, &w->random) /
                            (run->per_path * p->sums[1]);
        if (!(w->t + wait < end)) {
            w->t = end;
            return PEL_OK;
        }
        w->count.proposals++;
        double share = pel_random_uniform(&w->random);
        const size_t k = choose_region(p, &share);
        struct region *region = &p->regions[k];
        const struct list *list = paths_here(p, region, source, beta_hot);
        const size_t path = choose_path(list, p->n, share);
        if (w->slope != 0.0) {
            const double colder = kmc_beta_at(w, w->t + wait) - beta_hot;
            if (!(pel_ziggurat_exponential(source->ziggurat, &w->random) >=
                  colder * list->e_a[path])) {
                w->t += wait;
                continue;
            }
        }
        kmc_fill_rows(w, w->t + wait);
        w->t += wait;
        w->e += (list->e_a[path] - list->e_r[path]) * run->per_hop;
        w->count.hops++;
        status = kmc_check_range(w, err);
        if (status == PEL_OK) status = take(p, region, list, path, w->e, err);
        if (status != PEL_OK) return status;
        set_sum(p, k, paths_here(p, region, source, beta_hot)->by_rate[p->n - 1]);
        p->drawn += p->n;
        if (p->drawn < LOOK_EVERY_PATHS) continue;
        p->drawn = 0;
        if (run->is_stopped(run->context))
            return pel_error_set(err, PEL_ESTOPPED, "stopped");
    }
}
