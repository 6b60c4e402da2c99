#ifndef PEL_FUZZ_BYTES_H
#define PEL_FUZZ_BYTES_H

/* The bytes of a fuzzer as a file that a reader can open by its path. The file has no name
 * in any folder: nothing is left behind, however a run ends. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold stops the fuzzer as a crash would. */
#define MUST_HOLD(condition)                                                             \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__,            \
                    #condition);                                                         \
            abort();                                                                     \
        }                                                                                \
    } while (0)

static inline const char *bytes_as_file(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    if (file < 0) {
        char memory[] = "/dev/shm/pelrate-fuzz-XXXXXX",
             disk[] = "/tmp/pelrate-fuzz-XXXXXX";
        file = mkstemp(memory);
        if (file >= 0)
            unlink(memory);
        else if ((file = mkstemp(disk)) >= 0)
            unlink(disk);
        if (file < 0) abort();
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size) abort();
    return path;
}

#endif
