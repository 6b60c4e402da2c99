/* For nftw, an X/Open function. */
#define _XOPEN_SOURCE 700

#include "lammps_link_priv.h"

#include "lammps_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long a worker may take until it connects [s]: mpirun on a busy machine is slow. */
static const int CONNECT_S = 120;
/* How long it may take to end by itself once its socket is closed [ms]. */
static const int END_MS = 3000;
/* The same where its last words are wanted, which a launcher may take its time to pass on. */
static const int WORDS_MS = 60000;

#define FOLDER "/tmp/pelrate-XXXXXX"

struct pel_lammps_link {
    pid_t pid;  /* 0: none, or its end has been taken notice of */
    int status; /* of waitpid, once pid is 0 */
    int socket; /* -1: none */
    FILE *said; /* standard output and error of the worker; owned */
    /* Of this worker alone: the socket until it has connected, and the files of its MPI. */
    char folder[sizeof FOLDER];
};

extern char **environ;

/* The environment without what an MPI that we may run under tells its ranks: the worker
 * is no rank of it, and starts an MPI of its own; alone, one that looks for no other
 * processes (Open MPI's own settings; halves the time of the start). Such processes all
 * call their folder the same: in one place, one that starts can lose it to one that ends,
 * so `base`, a setting too, gives each a place of its own; NULL: not alone. An array to be
 * freed, the texts are borrowed; NULL: no memory. */
static char **environment(char *base)
{
    static char *const for_one[] = {"OMPI_MCA_ess_singleton_isolated=1",
                                    "OMPI_MCA_pml=ob1", "OMPI_MCA_btl=self"};
    /* Ranks that wait for the next evaluation leave their processor to us. */
    static char *const for_many[] = {"OMPI_MCA_mpi_yield_when_idle=1"};
    enum { FOR_ONE = sizeof for_one / sizeof *for_one };
    static const char *const theirs[] = {"OMPI_", "PMIX_", "PMI_", "ORTE_"};
    size_t n = 0;
    while (environ[n] != NULL)
        n++;
    char **list = calloc(n + FOR_ONE + 2, sizeof *list);
    if (list == NULL) return NULL;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        int is_theirs = 0;
        for (size_t k = 0; k < sizeof theirs / sizeof *theirs; k++)
            if (strncmp(environ[i], theirs[k], strlen(theirs[k])) == 0) is_theirs = 1;
        if (strncmp(environ[i], "OMPI_ALLOW_", strlen("OMPI_ALLOW_")) == 0) is_theirs = 0;
        if (!is_theirs) list[kept++] = environ[i];
    }
    for (size_t k = 0; base != NULL && k < FOR_ONE; k++)
        list[kept++] = for_one[k];
    list[kept++] = base != NULL ? base : for_many[0];
    return list;
}

/* launch, cut into words in place, then the worker and its argument. NULL: no memory. */
static char **words_of(char *launch, const char *worker, const char *path)
{
    size_t n = 0;
    char **words = calloc((launch != NULL ? strlen(launch) : 0) + 4, sizeof *words);
    if (words == NULL) return NULL;
    char *rest = NULL;
    for (char *word = launch != NULL ? strtok_r(launch, " \t", &rest) : NULL;
         word != NULL; word = strtok_r(NULL, " \t", &rest))
        words[n++] = word;
    words[n++] = (char *)worker; /* posix_spawn does not write to them */
    words[n] = (char *)path;
    return words;
}

static int spawn(struct pel_lammps_link *link, const char *worker, const char *launch,
                 const char *path)
{
    int code = ENOMEM;
    char *copy = launch != NULL ? strdup(launch) : NULL;
    char **words = launch == NULL || copy != NULL ? words_of(copy, worker, path) : NULL;
    char base[sizeof "OMPI_MCA_orte_tmpdir_base=" + sizeof link->folder];
    snprintf(base, sizeof base, "OMPI_MCA_orte_tmpdir_base=%s", link->folder);
    char **variables = environment(launch == NULL ? base : NULL);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    if (words == NULL || variables == NULL) goto done;
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(link->said), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(link->said), 2);
    /* A process group of its own: Ctrl-C is for us, who end the worker in order. */
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    code = posix_spawnp(&link->pid, words[0], &actions, &attributes, words, variables);
    if (code != 0) link->pid = 0;
done:
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    free(variables);
    free(words);
    free(copy);
    return code;
}

/* Whether the worker has ended; wait: until it has. */
static int ended(struct pel_lammps_link *link, int wait)
{
    if (link->pid == 0) return 1;
    pid_t got;
    do
        got = waitpid(link->pid, &link->status, wait ? 0 : WNOHANG);
    while (got < 0 && errno == EINTR);
    if (got == 0) return 0;
    link->pid = 0;
    return 1;
}

/* Until the worker has ended, by itself or, where it does not in time, by us. */
static void await_end(struct pel_lammps_link *link, int most_ms)
{
    const struct timespec millisecond = {.tv_nsec = 1000000};
    for (int k = 0; k < most_ms && !ended(link, 0); k++)
        nanosleep(&millisecond, NULL);
    if (link->pid == 0) return;
    kill(link->pid, SIGKILL);
    ended(link, 1);
}

/* The worker's connection; -1: it ended, or the time is up. */
static int accept_worker(struct pel_lammps_link *link, int listening)
{
    for (int tenth = 0; tenth < 10 * CONNECT_S; tenth++) {
        struct pollfd one = {.fd = listening, .events = POLLIN};
        const int ready = poll(&one, 1, 100);
        if (ready > 0) {
            const int fd = accept(listening, NULL, NULL);
            if (fd >= 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
            return fd;
        }
        if (ended(link, 0)) return -1;
    }
    return -1;
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(fd, 1) == 0)
        return fd;
    if (fd >= 0) close(fd);
    return -1;
}

static pel_status connect_worker(struct pel_lammps_link *link, const char *worker,
                                 const char *launch, struct pel_error *err)
{
    char path[sizeof link->folder + 8];
    strcpy(link->folder, FOLDER);
    if (mkdtemp(link->folder) == NULL) {
        link->folder[0] = '\0';
        return pel_error_set(err, PEL_ENOMEM, "no folder in /tmp for a socket: %s",
                             strerror(errno));
    }
    snprintf(path, sizeof path, "%s/socket", link->folder);
    pel_status status = PEL_OK;
    const int listening = listen_at(path);
    if (listening < 0) {
        status =
            pel_error_set(err, PEL_ENOMEM, "no socket %s: %s", path, strerror(errno));
        goto done;
    }
    const int code = spawn(link, worker, launch, path);
    if (code != 0) {
        status =
            pel_error_set(err, code == ENOENT || code == EACCES ? PEL_EOPEN : PEL_ENOMEM,
                          "cannot start %s%s%s: %s", launch != NULL ? launch : "",
                          launch != NULL ? " " : "", worker, strerror(code));
        goto done;
    }
    link->socket = accept_worker(link, listening);
    struct pel_wire_answer hello;
    if (link->socket < 0 || !pel_lammps_link_get(link, &hello, sizeof hello)) {
        char why[PEL_ERROR_TEXT / 2];
        if (link->socket < 0 && link->pid != 0) {
            status = pel_error_set(err, PEL_ENOMEM, "%s did not connect within %d s",
                                   worker, CONNECT_S);
        } else {
            pel_lammps_link_why(link, why, sizeof why);
            status = pel_error_set(err, PEL_EFORMAT, "%s ended: %s", worker, why);
        }
    } else if (hello.magic != PEL_WIRE_MAGIC) {
        status = pel_error_set(err, PEL_EFORMAT, "%s is of another version", worker);
    }
done:
    if (listening >= 0) close(listening);
    remove(path);
    return status;
}

pel_status pel_lammps_link_open(const char *worker, const char *launch,
                                struct pel_lammps_link **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_lammps_link *link = calloc(1, sizeof *link);
    if (link == NULL) return pel_error_set(err, PEL_ENOMEM, "a worker of LAMMPS");
    link->socket = -1;
    link->said = tmpfile();
    if (link->said == NULL) {
        free(link);
        return pel_error_set(err, PEL_ENOMEM, "no temporary file: %s", strerror(errno));
    }
    /* Appending: what is cut off (pel_lammps_link_forget) stays cut off. */
    fcntl(fileno(link->said), F_SETFD, FD_CLOEXEC);
    fcntl(fileno(link->said), F_SETFL, O_APPEND);
    const pel_status status = connect_worker(link, worker, launch, err);
    if (status != PEL_OK) {
        pel_lammps_link_close(link);
        return status;
    }
    *out = link;
    return PEL_OK;
}

static int remove_one(const char *path, const struct stat *about, int kind,
                      struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    remove(path);
    return 0;
}

void pel_lammps_link_close(struct pel_lammps_link *link)
{
    if (link == NULL) return;
    if (link->socket >= 0) {
        /* Not only close: a process that was started meanwhile may have a copy. */
        shutdown(link->socket, SHUT_RDWR);
        close(link->socket);
    } else if (link->pid != 0) {
        kill(link->pid, SIGTERM); /* it never connected: nothing else would reach it */
    }
    await_end(link, END_MS);
    /* Empty, but for what a killed worker left of its MPI. */
    if (link->folder[0] != '\0') nftw(link->folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
    fclose(link->said);
    free(link);
}

int pel_lammps_link_put(struct pel_lammps_link *link, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        const ssize_t put = send(link->socket, at, n, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return 0;
        at += put;
        n -= (size_t)put;
    }
    return 1;
}

int pel_lammps_link_get(struct pel_lammps_link *link, void *bytes, size_t n)
{
    char *at = bytes;
    while (n > 0) {
        const ssize_t got = recv(link->socket, at, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return 0;
        at += got;
        n -= (size_t)got;
    }
    return 1;
}

void pel_lammps_link_forget(struct pel_lammps_link *link)
{
    /* A file that cannot be cut is a longer one, nothing else. */
    if (ftruncate(fileno(link->said), 0) != 0) return;
}

/* The line without its "ERROR: " or "ERROR on proc 0: ", and without LAMMPS's "(src/x.cpp:123)". */
static void copy_message(char *text, size_t size, const char *line)
{
    const char *colon = strstr(line, ": ");
    snprintf(text, size, "%.500s", colon != NULL ? colon + 2 : line);
    text[strcspn(text, "\n")] = '\0';
    char *place = strrchr(text, '(');
    if (place != NULL && strstr(place, ".cpp:") != NULL) {
        *place = '\0';
        while (place > text && place[-1] == ' ')
            *--place = '\0';
    }
}

int pel_lammps_link_why(struct pel_lammps_link *link, char *text, size_t size)
{
    static const char last[] = "Last command: ";
    /* The socket closes a moment before the process ends. */
    if (link->socket >= 0) shutdown(link->socket, SHUT_RDWR);
    await_end(link, WORDS_MS);
    char line[1024], found[512] = "", where[512] = "", any[512] = "";
    rewind(link->said);
    while (fgets(line, sizeof line, link->said) != NULL) {
        if (found[0] == '\0' && strncmp(line, "ERROR", 5) == 0)
            copy_message(found, sizeof found, line);
        else if (found[0] != '\0' && where[0] == '\0' &&
                 strncmp(line, last, sizeof last - 1) == 0)
            snprintf(where, sizeof where, "%.500s", line + sizeof last - 1);
        else if (line[0] != '\n')
            snprintf(any, sizeof any, "%.500s", line);
    }
    where[strcspn(where, "\n")] = '\0';
    any[strcspn(any, "\n")] = '\0';
    if (found[0] != '\0') {
        snprintf(text, size, "LAMMPS: %.*s%s%s%.*s%s", 300, found,
                 where[0] != '\0' ? " (at \"" : "", "", 100, where,
                 where[0] != '\0' ? "\")" : "");
        return 1;
    }
    if (WIFSIGNALED(link->status))
        snprintf(text, size, "ended by signal %d", WTERMSIG(link->status));
    else
        snprintf(text, size, "exit status %d%s%.300s", WEXITSTATUS(link->status),
                 any[0] != '\0' ? ", its last words: " : "", any);
    return 0;
}
