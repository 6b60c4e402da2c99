#ifndef PEL_TEST_SCRATCH_H
#define PEL_TEST_SCRATCH_H

/* Files of one test: a fresh folder, names in it, small texts. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[64];

static inline int scratch_begin(void **state)
{
    (void)state;
    strcpy(scratch_folder, "/tmp/pelrate-test-XXXXXX");
    return mkdtemp(scratch_folder) == NULL;
}

static inline int scratch_end(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", scratch_folder);
    return system(command) != 0;
}

static inline const char *scratch_path(const char *name)
{
    static char path[4][256];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", scratch_folder, name);
    return path[next];
}

static inline const char *scratch_write(const char *name, const char *text)
{
    const char *path = scratch_path(name);
    FILE *stream = fopen(path, "w");
    if (stream == NULL || fputs(text, stream) < 0 || fclose(stream) != 0) abort();
    return path;
}

static inline char *scratch_read(const char *path)
{
    static char text[65536];
    FILE *stream = fopen(path, "r");
    if (stream == NULL) return NULL;
    const size_t n = fread(text, 1, sizeof text - 1, stream);
    fclose(stream);
    text[n] = '\0';
    return text;
}

#endif
