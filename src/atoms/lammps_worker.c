/* pelrate-lammps SOCKET: the other side of the engine lammps.
 *
 * Holds one structure in one instance of LAMMPS and evaluates it for whoever listens at
 * SOCKET. A process of its own, because LAMMPS ends the process at an error, keeps global
 * state that threads would share, and initialises MPI once; and because this one may be
 * started on several processors (mpirun -n 4 pelrate-lammps SOCKET): LAMMPS then divides
 * the cell among them, rank 0 talks, and all ranks see every message. */

#define LAMMPS_LIB_MPI
#include "lammps_wire.h"

#ifdef PEL_WITH_KIM
#include <KIM_Log.h>
#include <KIM_LogVerbosity.h>
#endif
#include <errno.h>
#include <lammps/library.h>
#include <math.h>
#include <mpi.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* An atom that moved further than this since the last evaluation [A] may be out of reach
 * of the exchange between neighbouring processors: everything is set up anew. */
static const double FAR = 2.0;
/* Edge of the boxes by which atoms are ordered at the start [A]. */
static const double ORDER = 5.0;

struct worker {
    int rank, socket; /* the socket is open on rank 0 alone */
    void *lammps;
    /* the structure */
    int64_t n;
    int32_t n_types;
    double skin;
    int32_t *type;  /* [n] owned */
    double *mass;   /* [n_types] owned */
    char *commands; /* owned */
    /* its state in LAMMPS */
    int ready; /* whether LAMMPS holds it */
    int triclinic;
    double cell[6];
    double *x;    /* [3n] as asked for [A]; owned */
    double *last; /* [3n] of the evaluation before [A]; owned */
    double *sum;  /* [3n] forces of this rank's atoms; owned */
    double *all;  /* [3n] of all; owned */
    int *shift;   /* [3n] cell vectors taken off x when LAMMPS got it; owned */
    int64_t builds;
};

static _Noreturn void fail(const char *what)
{
    printf("ERROR: %s\n", what);
    fflush(stdout);
    MPI_Abort(MPI_COMM_WORLD, 1);
    abort();
}

static void *need(void *memory)
{
    if (memory == NULL) fail("out of memory");
    return memory;
}

/* 0: the other side has gone. */
static int receive(struct worker *w, void *bytes, size_t n)
{
    char *at = bytes;
    while (n > 0) {
        const ssize_t got = read(w->socket, at, n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        at += got;
        n -= (size_t)got;
    }
    return 1;
}

static int send_all(struct worker *w, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        const ssize_t put = send(w->socket, at, n, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return 0;
        at += put;
        n -= (size_t)put;
    }
    return 1;
}

/* Rank 0 receives, all get it; 0 on all ranks: the other side has gone. */
static int share(struct worker *w, void *bytes, size_t n)
{
    int there = 1;
    if (w->rank == 0) there = receive(w, bytes, n);
    MPI_Bcast(&there, 1, MPI_INT, 0, MPI_COMM_WORLD);
    char *at = bytes;
    for (size_t left = n; there && left > 0;) { /* MPI counts in int */
        const int part = left > 1 << 30 ? 1 << 30 : (int)left;
        MPI_Bcast(at, part, MPI_BYTE, 0, MPI_COMM_WORLD);
        at += part;
        left -= (size_t)part;
    }
    return there;
}

static void command(struct worker *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void command(struct worker *w, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lammps_command(w->lammps, text);
    /* Builds that do not end the process at an error say it here. */
    if (lammps_config_has_exceptions() && lammps_has_error(w->lammps)) {
        lammps_get_last_error_message(w->lammps, text, sizeof text);
        printf("%s\n", text);
        fail(text);
    }
}

/* The user's commands, one by one; lines of "atom_style" only, or all others. */
static void user_commands(struct worker *w, int atom_style)
{
    static const char word[] = "atom_style";
    const char *at = w->commands;
    while (*at != '\0') {
        at += strspn(at, "\n;\r \t");
        const size_t n = strcspn(at, "\n;\r");
        if (n >= 1024) fail("a command of more than 1023 characters");
        if (n > 0 && at[0] != '#' &&
            (strncmp(at, word, sizeof word - 1) == 0) == atom_style)
            command(w, "%.*s", (int)n, at);
        at += n;
    }
}

static int has_atom_style(const struct worker *w)
{
    return strstr(w->commands, "atom_style") != NULL;
}

/* x = sum s_k h_k for the lower triangular cell lx ly lz xy xz yz. */
static void fractional(const double c[6], const double x[3], double s[3])
{
    s[2] = x[2] / c[2];
    s[1] = (x[1] - s[2] * c[5]) / c[1];
    s[0] = (x[0] - s[1] * c[3] - s[2] * c[4]) / c[0];
}

static void shifted(const double c[6], const double x[3], const int image[3],
                    double out[3])
{
    const double i = image[0], j = image[1], k = image[2];
    out[0] = x[0] - i * c[0] - j * c[3] - k * c[4];
    out[1] = x[1] - j * c[1] - k * c[5];
    out[2] = x[2] - k * c[2];
}

/* Which cell vectors take every atom into the cell. */
static void wrap(struct worker *w)
{
    for (int64_t i = 0; i < w->n; i++) {
        double s[3];
        fractional(w->cell, w->x + 3 * i, s);
        for (int d = 0; d < 3; d++) {
            const double whole = floor(s[d]);
            if (!(fabs(whole) < 1e6)) fail("an atom is more than a million cells away");
            w->shift[3 * i + d] = (int)whole;
        }
    }
}

struct place {
    int64_t box;
    int64_t atom;
};

static int by_box(const void *a, const void *b)
{
    const struct place *p = a, *q = b;
    if (p->box != q->box) return p->box < q->box ? -1 : 1;
    return p->atom < q->atom ? -1 : p->atom > q->atom;
}

/* Atoms that are neighbours in space are put next to each other in memory, once: LAMMPS's
 * own sorting would make the order of sums depend on the past. */
static void create_atoms(struct worker *w)
{
    const size_t n = (size_t)w->n;
    struct place *place = need(malloc(n * sizeof *place));
    int *id = need(malloc(n * sizeof *id)), *type = need(malloc(n * sizeof *type));
    double *x = need(malloc(3 * n * sizeof *x));
    for (size_t i = 0; i < n; i++) {
        double s[3];
        fractional(w->cell, w->x + 3 * i, s);
        int64_t box = 0;
        for (int d = 2; d >= 0; d--) {
            const double boxes = floor(w->cell[d] / ORDER) + 1.0;
            const double at = floor((s[d] - floor(s[d])) * boxes);
            box = box * (int64_t)(boxes + 1.0) + (int64_t)at;
        }
        place[i] = (struct place){box, (int64_t)i};
    }
    qsort(place, n, sizeof *place, by_box);
    for (size_t k = 0; k < n; k++) {
        const size_t i = (size_t)place[k].atom;
        id[k] = (int)i + 1;
        type[k] = w->type[i];
        shifted(w->cell, w->x + 3 * i, w->shift + 3 * i, x + 3 * k);
    }
    const int made = lammps_create_atoms(w->lammps, (int)n, id, type, x, NULL, NULL, 0);
    (void)made; /* on several ranks: those of this one */
    if (lammps_get_natoms(w->lammps) != (double)n)
        fail("LAMMPS did not take all atoms into the cell");
    free(place);
    free(id);
    free(type);
    free(x);
}

/* What is computed at each evaluation; energies of atoms cost more and are rare. */
static void thermo(struct worker *w, int atom_energy)
{
    command(w, "thermo_style custom step pe c_pel_virial[1]%s",
            atom_energy ? " c_pel_sum" : "");
    command(w, "thermo_modify norm no lost error");
}

static void set_up(struct worker *w)
{
    command(w, "clear");
    command(w, "units metal");
    if (has_atom_style(w))
        user_commands(w, 1);
    else
        command(w, "atom_style atomic");
    /* Whatever the past, the same order of atoms and sums. */
    command(w, "atom_modify map array sort 0 0.0");
    command(w, "box tilt large");
    const double *c = w->cell;
    w->triclinic = c[3] != 0.0 || c[4] != 0.0 || c[5] != 0.0;
    if (w->triclinic)
        command(w,
                "region pel_cell prism 0 %.17g 0 %.17g 0 %.17g %.17g %.17g %.17g "
                "units box",
                c[0], c[1], c[2], c[3], c[4], c[5]);
    else
        command(w, "region pel_cell block 0 %.17g 0 %.17g 0 %.17g units box", c[0], c[1],
                c[2]);
    command(w, "create_box %d pel_cell", (int)w->n_types);
    for (int k = 0; k < w->n_types; k++)
        command(w, "mass %d %.17g", k + 1, w->mass[k] > 0.0 ? w->mass[k] : 1.0);
    command(w, "neighbor %.17g bin", w->skin);
    command(w, "neigh_modify every 1 delay 0 check yes");
    wrap(w);
    create_atoms(w);
    user_commands(w, 0);
    command(w, "compute pel_virial all pressure NULL virial");
    command(w, "compute pel_atom all pe/atom");
    command(w, "compute pel_sum all reduce sum c_pel_atom");
    command(w, "thermo 1");
    thermo(w, 0);
    w->ready = 1;
}

static void change_cell(struct worker *w, const double c[6])
{
    if (!w->triclinic && (c[3] != 0.0 || c[4] != 0.0 || c[5] != 0.0)) {
        command(w, "change_box all triclinic");
        w->triclinic = 1;
    }
    char tilts[128] = "";
    if (w->triclinic)
        snprintf(tilts, sizeof tilts, " xy final %.17g xz final %.17g yz final %.17g",
                 c[3], c[4], c[5]);
    command(w,
            "change_box all x final 0 %.17g y final 0 %.17g z final 0 %.17g%s units box",
            c[0], c[1], c[2], tilts);
    memcpy(w->cell, c, sizeof w->cell);
}

/* Positions of this rank's atoms. anew: as wrapped now; else as LAMMPS has wrapped them
 * since. */
static void place_atoms(struct worker *w, int anew)
{
    const int n = *(int *)lammps_extract_global(w->lammps, "nlocal");
    double **x = lammps_extract_atom(w->lammps, "x");
    const int *id = lammps_extract_atom(w->lammps, "id");
    int *image = lammps_extract_atom(w->lammps, "image");
    const int home = lammps_encode_image_flags(0, 0, 0);
    for (int k = 0; k < n; k++) {
        const size_t i = (size_t)(id[k] - 1);
        int shift[3];
        if (anew) image[k] = home;
        lammps_decode_image_flags(image[k], shift);
        for (int d = 0; d < 3; d++)
            shift[d] += w->shift[3 * i + (size_t)d];
        shifted(w->cell, w->x + 3 * i, shift, x[k]);
    }
}

/* Per-atom values of this rank, m for each, gathered on all of them. */
static void gather(struct worker *w, int m, double *const *rows, const double *values)
{
    const size_t size = (size_t)m * (size_t)w->n;
    const int n = *(int *)lammps_extract_global(w->lammps, "nlocal");
    const int *id = lammps_extract_atom(w->lammps, "id");
    memset(w->sum, 0, size * sizeof *w->sum);
    for (int k = 0; k < n; k++)
        for (int d = 0; d < m; d++)
            w->sum[(size_t)m * (size_t)(id[k] - 1) + (size_t)d] =
                rows != NULL ? rows[k][d] : values[k];
    MPI_Reduce(w->sum, w->all, (int)size, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD);
}

static int moved_far(const struct worker *w)
{
    for (int64_t i = 0; i < 3 * w->n; i++)
        if (!(fabs(w->x[i] - w->last[i]) < FAR)) return 1;
    return 0;
}

static void evaluate(struct worker *w, const struct pel_wire_request *request)
{
    const int atom_energy = (request->flags & PEL_WIRE_ATOM_ENERGY) != 0;
    if (w->n == 0 || request->n != w->n) fail("a structure was expected first");
    if (!share(w, w->x, 3 * (size_t)w->n * sizeof *w->x)) return;
    const int other_cell = memcmp(request->cell, w->cell, sizeof w->cell) != 0;
    if ((request->flags & PEL_WIRE_FRESH) || !w->ready || moved_far(w)) {
        memcpy(w->cell, request->cell, sizeof w->cell);
        set_up(w);
        if (atom_energy) thermo(w, 1);
        command(w, "run 0 post no");
        w->builds++;
    } else if (other_cell || atom_energy) {
        if (other_cell) {
            change_cell(w, request->cell);
            wrap(w);
        }
        place_atoms(w, other_cell);
        if (atom_energy) thermo(w, 1);
        command(w, "run 0 post no");
        w->builds++;
    } else {
        place_atoms(w, 0);
        command(w, "run 1 pre no post no");
    }
    memcpy(w->last, w->x, 3 * (size_t)w->n * sizeof *w->x);

    struct pel_wire_answer answer = {.magic = PEL_WIRE_MAGIC, .types = w->n_types};
    const double *pe =
        lammps_extract_compute(w->lammps, "thermo_pe", LMP_STYLE_GLOBAL, LMP_TYPE_SCALAR);
    const double *pressure = lammps_extract_compute(w->lammps, "pel_virial",
                                                    LMP_STYLE_GLOBAL, LMP_TYPE_VECTOR);
    const double *unit = lammps_extract_global(w->lammps, "nktv2p");
    const double *mass = lammps_extract_atom(w->lammps, "mass");
    if (pe == NULL || pressure == NULL || unit == NULL || mass == NULL)
        fail("LAMMPS gave no energy");
    answer.energy = *pe;
    /* LAMMPS's pressure of the virial alone is sum r_a f_b / V, in bar. */
    for (int k = 0; k < 6; k++)
        answer.virial[k] = pressure[k] / *unit * w->cell[0] * w->cell[1] * w->cell[2];
    for (int k = 0; k < w->n_types && k < 16; k++)
        answer.mass[k] = mass[k + 1];
    answer.builds = w->builds;
    /* What cannot be sent, nobody waits for. */
    gather(w, 3, lammps_extract_atom(w->lammps, "f"), NULL);
    if (w->rank == 0 && send_all(w, &answer, sizeof answer))
        send_all(w, w->all, 3 * (size_t)w->n * sizeof *w->all);
    if (atom_energy) {
        const double *energies = lammps_extract_compute(w->lammps, "pel_atom",
                                                        LMP_STYLE_ATOM, LMP_TYPE_VECTOR);
        if (energies == NULL) fail("LAMMPS gave no energies of atoms");
        gather(w, 1, NULL, energies);
        if (w->rank == 0) send_all(w, w->all, (size_t)w->n * sizeof *w->all);
        thermo(w, 0);
    }
}

static void forget(struct worker *w)
{
    free(w->type);
    free(w->mass);
    free(w->commands);
    free(w->x);
    free(w->last);
    free(w->sum);
    free(w->all);
    free(w->shift);
}

static void structure(struct worker *w, const struct pel_wire_request *request)
{
    const size_t n = (size_t)request->n;
    if (request->n < 1 || request->n > 100000000 || request->types < 1 ||
        request->types > 16 || request->text < 1)
        fail("a structure that cannot be");
    forget(w);
    w->n = request->n;
    w->n_types = request->types;
    w->skin = request->skin;
    w->ready = 0;
    w->builds = 0;
    w->type = need(malloc(n * sizeof *w->type));
    w->mass = need(malloc((size_t)request->types * sizeof *w->mass));
    w->commands = need(malloc((size_t)request->text));
    w->x = need(calloc(3 * n, sizeof *w->x));
    w->last = need(calloc(3 * n, sizeof *w->last));
    w->sum = need(calloc(3 * n, sizeof *w->sum));
    w->all = need(calloc(3 * n, sizeof *w->all));
    w->shift = need(calloc(3 * n, sizeof *w->shift));
    if (share(w, w->type, n * sizeof *w->type) &&
        share(w, w->mass, (size_t)request->types * sizeof *w->mass))
        share(w, w->commands, (size_t)request->text);
}

/* Until the other side has gone: whatever failed for that, the next share tells all ranks
 * that it has. */
static void serve(struct worker *w)
{
    struct pel_wire_request request;
    while (share(w, &request, sizeof request)) {
        if (request.what == PEL_WIRE_STRUCTURE)
            structure(w, &request);
        else if (request.what == PEL_WIRE_EVALUATE)
            evaluate(w, &request);
        else
            fail("a message of another kind");
    }
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    const int s = socket(AF_UNIX, SOCK_STREAM, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address) != 0) return -1;
    return s;
}

int main(int argc, char **argv)
{
    struct worker w = {.socket = -1};
    if (argc != 2) {
        fputs("usage: pelrate-lammps SOCKET\nStarted by pelrate --engine lammps.\n",
              stderr);
        return 2;
    }
    /* What LAMMPS says last must not stay in a buffer when it ends the process. */
    setvbuf(stdout, NULL, _IOLBF, 4096);
    signal(SIGPIPE, SIG_IGN);
#ifdef PEL_WITH_KIM
    /* pair_style kim would write kim.log into the user's folder. */
    KIM_Log_PushDefaultVerbosity(KIM_LOG_VERBOSITY_silent);
#endif
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &w.rank);
    if (w.rank == 0) {
        w.socket = connect_to(argv[1]);
        const struct pel_wire_answer hello = {.magic = PEL_WIRE_MAGIC};
        if (w.socket < 0 || !send_all(&w, &hello, sizeof hello))
            fail("cannot connect to the engine");
    }
    char *words[] = {argv[0], "-log", "none", "-nocite", "-echo", "none"};
    w.lammps = lammps_open(sizeof words / sizeof *words, words, MPI_COMM_WORLD, NULL);
    if (w.lammps == NULL) fail("LAMMPS cannot be started");
    serve(&w);
    lammps_close(w.lammps);
    forget(&w);
    MPI_Finalize();
    return 0;
}
