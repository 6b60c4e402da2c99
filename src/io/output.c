#include <pelrate/output.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct pel_output {
    char *path;      /* final name, owned; NULL: standard output */
    char *temporary; /* name while writing, owned; NULL: written directly */
    FILE *stream;    /* owned unless standard output */
    enum pel_output_mode mode;
};

static void release(struct pel_output *output)
{
    free(output->path);
    free(output->temporary);
    free(output);
}

pel_status pel_output_open(const char *path, enum pel_output_mode mode,
                           struct pel_output **out, struct pel_error *err)
{
    *out = NULL;
    struct pel_output *output = calloc(1, sizeof *output);
    if (output == NULL) return pel_error_set(err, PEL_ENOMEM, "output");
    output->mode = mode;
    if (path == NULL || strcmp(path, "-") == 0) {
        output->stream = stdout;
        *out = output;
        return PEL_OK;
    }

    struct stat info;
    const int exists = stat(path, &info) == 0;
    if (exists && S_ISREG(info.st_mode) && mode == PEL_OUTPUT_NEW) {
        release(output);
        return pel_error_at(err, PEL_EEXIST, path, 0,
                            "exists already, expected a new name (or --force)");
    }
    const int direct = exists && !S_ISREG(info.st_mode);
    const size_t size = strlen(path) + 32;
    output->path = malloc(size);
    if (!direct) output->temporary = malloc(size);
    if (output->path == NULL || (!direct && output->temporary == NULL)) {
        release(output);
        return pel_error_set(err, PEL_ENOMEM, "output %s", path);
    }
    snprintf(output->path, size, "%s", path);
    if (!direct) snprintf(output->temporary, size, "%s.tmp-%ld", path, (long)getpid());
    output->stream = fopen(direct ? output->path : output->temporary, "w");
    if (output->stream == NULL) {
        const int reason = errno;
        release(output);
        return pel_error_at(err, PEL_EIO, path, 0, "cannot write: %s", strerror(reason));
    }
    *out = output;
    return PEL_OK;
}

FILE *pel_output_stream(struct pel_output *output)
{
    return output->stream;
}

/* Give the finished file its name. link() fails where the name exists, which rename()
 * would silently replace; file systems without hard links fall back to rename. */
static int take_place(const struct pel_output *output)
{
    if (output->mode == PEL_OUTPUT_NEW) {
        if (link(output->temporary, output->path) == 0) return unlink(output->temporary);
        if (errno == EEXIST) return -1;
    }
    return rename(output->temporary, output->path);
}

pel_status pel_output_commit(struct pel_output *output, struct pel_error *err)
{
    const char *name = output->path != NULL ? output->path : "standard output";
    int reason = 0;
    errno = 0;
    if (fflush(output->stream) != 0 || ferror(output->stream))
        reason = errno ? errno : EIO;
    if (reason == 0 && output->temporary != NULL && fsync(fileno(output->stream)) != 0)
        reason = errno;
    if (output->path != NULL) {
        if (fclose(output->stream) != 0 && reason == 0) reason = errno;
        if (reason == 0 && output->temporary != NULL && take_place(output) != 0)
            reason = errno;
        if (reason != 0 && output->temporary != NULL) unlink(output->temporary);
    }
    pel_status status = PEL_OK;
    if (reason == EEXIST)
        status = pel_error_at(err, PEL_EEXIST, name, 0,
                              "exists already, expected a new name (or --force)");
    else if (reason != 0)
        status =
            pel_error_at(err, PEL_EIO, name, 0, "cannot write: %s", strerror(reason));
    release(output);
    return status;
}

void pel_output_discard(struct pel_output *output)
{
    if (output == NULL) return;
    if (output->path != NULL) fclose(output->stream);
    if (output->temporary != NULL) unlink(output->temporary);
    release(output);
}
