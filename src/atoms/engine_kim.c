/* Portable models of the KIM API as an engine. A model knows nothing of periodic cells: it
 * gets the atoms of the cell ("contributing") and their images around it with full
 * neighbour lists, and gives the energy of the former and the forces of that energy on
 * all. */

#include "potential_priv.h"

#ifdef PEL_WITH_KIM

#include "image_list_priv.h"

#include <KIM_Log.h>
#include <KIM_SimulatorHeaders.h>
#include <math.h>
#include <pelrate/element.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct kim {
    struct pel_potential base;
    char *model;               /* its full name; owned */
    int code[PEL_MAX_SPECIES]; /* the model's codes of our species */
};

struct kim_work {
    const struct kim *kim; /* borrowed */
    KIM_Model *model;      /* an instance of its own: models keep scratch; owned */
    KIM_ComputeArguments *arguments; /* owned */
    int has_atom_energy;
    struct pel_image_list *list; /* owned */
    size_t n;
    int *code_of_atom; /* [n] owned */
    int n_particles;   /* atoms and images */
    size_t n_alloc;    /* of the next four [particles] */
    int *code;         /* [n_alloc] owned */
    int *contributing; /* [n_alloc] owned */
    double *force;     /* [3 n_alloc] owned */
    double *energies;  /* [n_alloc] owned */
    double energy;
    size_t builds; /* of the list that the particles above are of */
};

/* The KIM API keeps collections and defaults of its log for the whole process. */
static pthread_mutex_t kim_lock = PTHREAD_MUTEX_INITIALIZER;

/* Whether a model of that name is installed, and of the kind that we can run. (To create
 * one that is not leaks memory of the KIM API.) */
static pel_status find_model(const char *name, struct pel_error *err)
{
    KIM_Collections *collections;
    KIM_CollectionItemType type = KIM_COLLECTION_ITEM_TYPE_modelDriver;
    if (KIM_Collections_Create(&collections))
        return pel_error_set(err, PEL_EOPEN,
                             "the KIM API finds no collections of models");
    const int found = !KIM_Collections_GetItemType(collections, name, &type);
    KIM_Collections_Destroy(&collections);
    if (found &&
        KIM_CollectionItemType_Equal(type, KIM_COLLECTION_ITEM_TYPE_portableModel))
        return PEL_OK;
    if (found &&
        KIM_CollectionItemType_Equal(type, KIM_COLLECTION_ITEM_TYPE_simulatorModel))
        return pel_error_set(err, PEL_EFORMAT,
                             "the model %.200s is one for LAMMPS alone, expected a "
                             "portable one",
                             name);
    return pel_error_set(err, PEL_EOPEN,
                         "the KIM API has no model \"%.200s\" "
                         "(kim-api-collections-management list shows what is there)",
                         name);
}

/* An instance of a model. It would write a log into the working folder: not here. */
static pel_status create_model(const char *name, KIM_Model **model,
                               KIM_ComputeArguments **arguments, struct pel_error *err)
{
    int units = 0, fault = 1;
    *model = NULL;
    *arguments = NULL;
    pthread_mutex_lock(&kim_lock);
    KIM_Log_PushDefaultVerbosity(KIM_LOG_VERBOSITY_silent);
    const pel_status status = find_model(name, err);
    if (status == PEL_OK)
        fault = KIM_Model_Create(KIM_NUMBERING_zeroBased, KIM_LENGTH_UNIT_A,
                                 KIM_ENERGY_UNIT_eV, KIM_CHARGE_UNIT_e,
                                 KIM_TEMPERATURE_UNIT_K, KIM_TIME_UNIT_ps, name, &units,
                                 model);
    if (fault) *model = NULL;
    if (!fault && units) fault = KIM_Model_ComputeArgumentsCreate(*model, arguments);
    if (fault) *arguments = NULL;
    KIM_Log_PopDefaultVerbosity();
    pthread_mutex_unlock(&kim_lock);
    if (status != PEL_OK) return status;
    if (*model == NULL)
        return pel_error_set(err, PEL_EFORMAT, "the model %.200s cannot be created",
                             name);
    if (!units)
        return pel_error_set(err, PEL_EFORMAT,
                             "the model %.200s does not take eV and Angstrom", name);
    if (fault)
        return pel_error_set(err, PEL_EFORMAT, "the model %.200s takes no arguments",
                             name);
    return PEL_OK;
}

static void destroy_model(KIM_Model **model, KIM_ComputeArguments **arguments)
{
    if (*model == NULL) return;
    pthread_mutex_lock(&kim_lock);
    if (*arguments != NULL) KIM_Model_ComputeArgumentsDestroy(*model, arguments);
    KIM_Model_Destroy(model);
    pthread_mutex_unlock(&kim_lock);
}

static int supports(const KIM_ComputeArguments *arguments, KIM_ComputeArgumentName name)
{
    KIM_SupportStatus status;
    if (KIM_ComputeArguments_GetArgumentSupportStatus(arguments, name, &status)) return 0;
    return !KIM_SupportStatus_Equal(status, KIM_SUPPORT_STATUS_notSupported);
}

static int neighbors(void *const context, const int n_lists, const double *const cutoffs,
                     const int list, const int particle, int *const n,
                     const int **const out)
{
    const struct kim_work *w = context;
    *n = 0;
    *out = NULL;
    if (list >= n_lists || list >= w->list->n_lists || particle < 0 ||
        particle >= w->n_particles || cutoffs[list] > w->list->cutoff[list])
        return 1;
    *out = pel_image_list_of(w->list, list, (size_t)particle, n);
    return 0;
}

/* The arrays of one evaluation, where they stand now. */
static int set_pointers(struct kim_work *w, int atom_energy)
{
    KIM_ComputeArguments *a = w->arguments;
    return !(
        KIM_ComputeArguments_SetArgumentPointerInteger(
            a, KIM_COMPUTE_ARGUMENT_NAME_numberOfParticles, &w->n_particles) ||
        KIM_ComputeArguments_SetArgumentPointerInteger(
            a, KIM_COMPUTE_ARGUMENT_NAME_particleSpeciesCodes, w->code) ||
        KIM_ComputeArguments_SetArgumentPointerInteger(
            a, KIM_COMPUTE_ARGUMENT_NAME_particleContributing, w->contributing) ||
        KIM_ComputeArguments_SetArgumentPointerDouble(
            a, KIM_COMPUTE_ARGUMENT_NAME_coordinates, w->list->x) ||
        KIM_ComputeArguments_SetArgumentPointerDouble(
            a, KIM_COMPUTE_ARGUMENT_NAME_partialEnergy, &w->energy) ||
        KIM_ComputeArguments_SetArgumentPointerDouble(
            a, KIM_COMPUTE_ARGUMENT_NAME_partialForces, w->force) ||
        (w->has_atom_energy && KIM_ComputeArguments_SetArgumentPointerDouble(
                                   a, KIM_COMPUTE_ARGUMENT_NAME_partialParticleEnergy,
                                   atom_energy ? w->energies : NULL)));
}

/* ---- one struct pel_forces ---- */

static void work_free(void *work)
{
    struct kim_work *w = work;
    if (w == NULL) return;
    destroy_model(&w->model, &w->arguments);
    pel_image_list_free(w->list);
    free(w->code_of_atom);
    free(w->code);
    free(w->contributing);
    free(w->force);
    free(w->energies);
    free(w);
}

static pel_status make_list(struct kim_work *w, double skin, struct pel_error *err)
{
    double reach;
    int n_lists;
    const double *cutoffs;
    const int *spare_images;
    int of_images[8];
    KIM_Model_GetInfluenceDistance(w->model, &reach);
    KIM_Model_GetNeighborListPointers(w->model, &n_lists, &cutoffs, &spare_images);
    if (n_lists < 1 || n_lists > 8)
        return pel_error_set(err, PEL_EFORMAT,
                             "the model %.200s wants %d neighbour lists", w->kim->model,
                             n_lists);
    for (int k = 0; k < n_lists; k++)
        of_images[k] = !spare_images[k];
    return pel_image_list_create(w->n, reach, skin, n_lists, cutoffs, of_images, &w->list,
                                 err);
}

static pel_status work_create(const struct pel_potential *potential, size_t n,
                              const int type[], double skin_A, void **work,
                              struct pel_error *err)
{
    *work = NULL;
    const struct kim *kim = (const struct kim *)potential;
    pel_status status = PEL_ENOMEM;
    struct kim_work *w = calloc(1, sizeof *w);
    if (w == NULL) goto nomem;
    w->kim = kim;
    w->n = n;
    w->code_of_atom = malloc(n * sizeof *w->code_of_atom);
    if (w->code_of_atom == NULL) goto nomem;
    for (size_t i = 0; i < n; i++)
        w->code_of_atom[i] = kim->code[type[i]];
    status = create_model(kim->model, &w->model, &w->arguments, err);
    if (status == PEL_OK) status = make_list(w, skin_A, err);
    if (status != PEL_OK) goto fail;
    w->has_atom_energy =
        supports(w->arguments, KIM_COMPUTE_ARGUMENT_NAME_partialParticleEnergy);
    if (KIM_ComputeArguments_SetCallbackPointer(
            w->arguments, KIM_COMPUTE_CALLBACK_NAME_GetNeighborList, KIM_LANGUAGE_NAME_c,
            (KIM_Function *)neighbors, w)) {
        status = pel_error_set(err, PEL_EFORMAT, "the model %.200s takes no neighbours",
                               kim->model);
        goto fail;
    }
    *work = w;
    return PEL_OK;

nomem:
    pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", n);
fail:
    work_free(w);
    return status;
}

/* Codes and flags of atoms and images, after the list was built anew. */
static pel_status describe(struct kim_work *w, struct pel_error *err)
{
    const struct pel_image_list *l = w->list;
    if (l->n_all > w->n_alloc) {
        const size_t room = l->n_all + l->n_all / 4;
        free(w->code);
        free(w->contributing);
        free(w->force);
        free(w->energies);
        w->code = malloc(room * sizeof *w->code);
        w->contributing = malloc(room * sizeof *w->contributing);
        w->force = malloc(3 * room * sizeof *w->force);
        w->energies = malloc(room * sizeof *w->energies);
        w->n_alloc = w->code != NULL && w->contributing != NULL && w->force != NULL &&
                             w->energies != NULL
                         ? room
                         : 0;
        if (w->n_alloc == 0)
            return pel_error_set(err, PEL_ENOMEM, "forces on %zu atoms", w->n);
    }
    for (size_t i = 0; i < l->n_all; i++) {
        w->code[i] = w->code_of_atom[l->owner[i]];
        w->contributing[i] = i < l->n;
    }
    w->n_particles = (int)l->n_all;
    w->builds = l->builds;
    return PEL_OK;
}

/* W_ab = sum r_a f_b over atoms and images: the energy depends on differences of their
 * positions alone, so this is that of the cell, whether the model has one or not. */
static void collect(const struct kim_work *w, struct pel_forces_result *result)
{
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    const struct pel_image_list *l = w->list;
    double sum[6] = {0.0};
    for (size_t i = 0; i < l->n_all; i++)
        for (int c = 0; c < 6; c++)
            sum[c] += l->x[3 * i + (size_t)row[c]] * w->force[3 * i + (size_t)column[c]];
    memcpy(result->virial, sum, sizeof sum);
    result->energy = w->energy;
    if (result->force != NULL) {
        memcpy(result->force, w->force, 3 * l->n * sizeof *result->force);
        for (size_t g = l->n; g < l->n_all; g++)
            for (size_t d = 0; d < 3; d++)
                result->force[3 * (size_t)l->owner[g] + d] += w->force[3 * g + d];
    }
    for (size_t i = 0; result->atom_energy != NULL && i < l->n; i++)
        result->atom_energy[i] = w->has_atom_energy ? w->energies[i] : NAN;
    /* Some models leave an image its half of a pair. */
    for (size_t g = l->n; result->atom_energy != NULL && g < l->n_all; g++)
        result->atom_energy[l->owner[g]] += w->energies[g];
}

static pel_status evaluate(void *work, const struct pel_cell *cell, const double x[],
                           const int64_t id[], struct pel_forces_result *result,
                           struct pel_error *err)
{
    struct kim_work *w = work;
    size_t bad = w->n;
    int close[2];
    pel_status status =
        pel_image_list_update(w->list, cell, x, PEL_CLOSEST, close, &bad, err);
    if (status == PEL_EARG && bad < w->n)
        return pel_error_set(err, PEL_EARG, "position of atom %lld is not finite",
                             (long long)id[bad]);
    if (status != PEL_OK) return status;
    if (close[0] >= 0) {
        const int64_t a = id[close[0]], b = id[close[1]];
        return pel_error_set(err, PEL_EARG,
                             "overlapping atoms: %lld and %lld%s are closer than %g A",
                             (long long)(a < b ? a : b), (long long)(a < b ? b : a),
                             a == b ? " (its own image)" : "", PEL_CLOSEST);
    }
    if (w->builds != w->list->builds) status = describe(w, err);
    if (status != PEL_OK) return status;
    memset(w->force, 0, 3 * w->list->n_all * sizeof *w->force);
    memset(w->energies, 0, w->list->n_all * sizeof *w->energies);
    const int wanted = result->atom_energy != NULL && w->has_atom_energy;
    if (!set_pointers(w, wanted) || KIM_Model_Compute(w->model, w->arguments))
        return pel_error_set(err, PEL_EARG, "the model %.200s fails on this structure",
                             w->kim->model);
    double sum = w->energy;
    for (size_t i = 0; i < 3 * w->list->n_all; i++)
        sum += fabs(w->force[i]);
    if (!isfinite(sum))
        return pel_error_set(err, PEL_EARG,
                             "the model %.200s gives a number that is not finite",
                             w->kim->model);
    collect(w, result);
    return PEL_OK;
}

static void reset(void *work)
{
    ((struct kim_work *)work)->list->valid = 0;
}

static size_t builds(const void *work)
{
    return ((const struct kim_work *)work)->list->builds;
}

static const struct pel_engine_method engine_method = {.work_create = work_create,
                                                       .work_free = work_free,
                                                       .evaluate = evaluate,
                                                       .reset = reset,
                                                       .builds = builds};

/* ---- the potential ---- */

static void kim_free(struct pel_potential *potential)
{
    struct kim *kim = (struct kim *)potential;
    free(kim->model);
    free(kim);
}

static const struct pel_potential_method kim_method = {
    .name = "kim",
    .doc = "A portable model of the KIM API.",
    .reference = "Tadmor et al., JOM 63:17 (2011)",
    .free = kim_free,
    .engine = &engine_method,
};

/* The model's codes of our species, its range, and whether it can do what is asked. */
static pel_status question_model(struct kim *kim, KIM_Model *model,
                                 KIM_ComputeArguments *arguments, struct pel_error *err)
{
    for (size_t k = 0; k < kim->base.n; k++) {
        int supported = 0;
        const char *name = kim->base.element[k];
        const KIM_SpeciesName species = KIM_SpeciesName_FromString(name);
        if (!KIM_SpeciesName_Known(species) ||
            KIM_Model_GetSpeciesSupportAndCode(model, species, &supported,
                                               &kim->code[k]) ||
            !supported)
            return pel_error_set(err, PEL_EFORMAT, "the model %.200s has no species %s",
                                 kim->model, name);
    }
    KIM_Model_GetInfluenceDistance(model, &kim->base.cutoff);
    if (!supports(arguments, KIM_COMPUTE_ARGUMENT_NAME_partialEnergy) ||
        !supports(arguments, KIM_COMPUTE_ARGUMENT_NAME_partialForces))
        return pel_error_set(err, PEL_EFORMAT,
                             "the model %.200s gives no energies and forces", kim->model);
    KIM_SupportStatus terms;
    if (!KIM_ComputeArguments_GetCallbackSupportStatus(
            arguments, KIM_COMPUTE_CALLBACK_NAME_ProcessDEDrTerm, &terms) &&
        KIM_SupportStatus_Equal(terms, KIM_SUPPORT_STATUS_required))
        return pel_error_set(err, PEL_EFORMAT,
                             "the model %.200s wants its terms taken one by one",
                             kim->model);
    return PEL_OK;
}

static pel_status kim_open(const struct pel_potential_source *source,
                           struct pel_potential **out, struct pel_error *err)
{
    static const char head[] = "kim: ";
    *out = NULL;
    if (source->model == NULL)
        return pel_error_set(err, PEL_EARG, "the engine kim needs the name of a model");
    KIM_Model *model = NULL;
    KIM_ComputeArguments *arguments = NULL;
    pel_status status = PEL_ENOMEM;
    struct kim *kim = calloc(1, sizeof *kim);
    if (kim == NULL) return pel_error_set(err, PEL_ENOMEM, "a potential");
    kim->base.method = &kim_method;
    kim->base.n = source->n_elements;
    for (size_t k = 0; k < kim->base.n; k++) {
        strcpy(kim->base.element[k], source->elements[k]); /* it fits: checked */
        kim->base.mass[k] = pel_element_mass(source->elements[k]);
    }
    const size_t length = strlen(source->model);
    kim->model = strdup(source->model);
    kim->base.identity = malloc(sizeof head + length);
    if (kim->model == NULL || kim->base.identity == NULL) {
        pel_error_set(err, PEL_ENOMEM, "a potential");
    } else {
        strcat(strcpy(kim->base.identity, head), source->model);
        status = create_model(kim->model, &model, &arguments, err);
    }
    if (status == PEL_OK) status = question_model(kim, model, arguments, err);
    destroy_model(&model, &arguments);
    if (status == PEL_OK)
        *out = &kim->base;
    else
        pel_potential_free(&kim->base);
    return status;
}

#else

static pel_status kim_open(const struct pel_potential_source *source,
                           struct pel_potential **out, struct pel_error *err)
{
    (void)source;
    *out = NULL;
    return pel_error_set(err, PEL_EARG, "this pelrate was built without the engine kim");
}

#endif

const struct pel_engine pel_engine_kim = {
    .name = "kim",
    .doc = "Any portable model of the KIM API (Tadmor et al., JOM 63:17 (2011)) that is "
           "installed, by its full name.",
#ifdef PEL_WITH_KIM
    .built = 1,
#endif
    .open = kim_open,
};
