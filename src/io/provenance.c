#include <pelrate/provenance.h>

#include <errno.h>
#include <nettle/sha2.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

const char *pel_version(void)
{
    return PEL_VERSION;
}

static void hash_finish(struct sha256_ctx *context, char hash[PEL_HASH])
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hash + 2 * i, 3, "%02x", (unsigned)digest[i]);
}

void pel_provenance_hash(const void *bytes, size_t n, char hash[PEL_HASH])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, n, bytes);
    hash_finish(&context, hash);
}

pel_status pel_provenance_hash_file(const char *path, char hash[PEL_HASH],
                                    struct pel_error *err)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return pel_error_at(err, PEL_EOPEN, path, 0, "cannot open: %s", strerror(errno));
    struct sha256_ctx context;
    sha256_init(&context);
    uint8_t block[4096];
    size_t n;
    while ((n = fread(block, 1, sizeof block, stream)) > 0)
        sha256_update(&context, n, block);
    const int failed = ferror(stream);
    fclose(stream);
    if (failed) return pel_error_at(err, PEL_EIO, path, 0, "cannot read");
    hash_finish(&context, hash);
    return PEL_OK;
}

void pel_provenance_put(FILE *stream, const char *key, const char *format, ...)
{
    char value[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    for (char *c = value; *c != '\0'; c++)
        if (*c == '\n' || *c == '\r') *c = ' ';
    fprintf(stream, "# %s: %s\n", key, value);
}

pel_status pel_provenance_begin(FILE *stream, const char *format, const char *command,
                                size_t n_inputs, const char *const inputs[],
                                struct pel_error *err)
{
    pel_provenance_put(stream, "format", "%s", format);
    pel_provenance_put(stream, "pelrate", "%s", pel_version());
    if (command != NULL) pel_provenance_put(stream, "command", "%s", command);
    for (size_t i = 0; i < n_inputs; i++) {
        char hash[PEL_HASH], key[32];
        struct stat info;
        snprintf(key, sizeof key, "input_%zu", i + 1);
        /* What came through a pipe is gone: to read on would give the hash of nothing. */
        if (stat(inputs[i], &info) == 0 && !S_ISREG(info.st_mode)) {
            pel_provenance_put(stream, key, "%s (no regular file)", inputs[i]);
            continue;
        }
        const pel_status status = pel_provenance_hash_file(inputs[i], hash, err);
        if (status != PEL_OK) return status;
        pel_provenance_put(stream, key, "%s sha256:%s", inputs[i], hash);
    }
    return PEL_OK;
}
