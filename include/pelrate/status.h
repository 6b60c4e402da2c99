#ifndef PEL_STATUS_H
#define PEL_STATUS_H

#include <stddef.h>

/* What a function of the library says when it is done, and the one place where
 * the reason of a failure is kept.
 *
 * Every function that can fail returns an enum pel_status and takes, last, a
 * struct pel_error that may be NULL. The library never prints and never exits. */

#if defined(__GNUC__)
#define PEL_API                 __attribute__((visibility("default")))
#define PEL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define PEL_API
#define PEL_PRINTF(text, first)
#endif

/* name, text: the one table of codes and texts. PEL_EOPEN is about an input; an output
 * that cannot be opened is PEL_EIO. */
#define PEL_STATUS_LIST(X)                                                               \
    X(PEL_OK, "success")                                                                 \
    X(PEL_EARG, "invalid argument")                                                      \
    X(PEL_ENOMEM, "out of memory")                                                       \
    X(PEL_EOPEN, "input cannot be opened")                                               \
    X(PEL_EIO, "reading or writing failed")                                              \
    X(PEL_EFORMAT, "malformed input file")                                               \
    X(PEL_ERANGE, "outside the sampled range")                                           \
    X(PEL_EEXIST, "output exists already")                                               \
    X(PEL_EMISMATCH, "made with other settings")                                         \
    X(PEL_ENOCONV, "did not converge")                                                   \
    X(PEL_ENOROOT, "no such point exists")                                               \
    X(PEL_ESTOPPED, "interrupted")

typedef enum pel_status {
#define PEL_STATUS_ENUM(name, text) name,
    PEL_STATUS_LIST(PEL_STATUS_ENUM)
#undef PEL_STATUS_ENUM
} pel_status;

/* Text of a status, "unknown status" for anything that is not one. Never NULL. */
PEL_API const char *pel_status_text(pel_status status);

enum { PEL_ERROR_TEXT = 512, PEL_ERROR_FILE = 256 };

/* Why a call failed. A plain value: `struct pel_error err = {0};` */
struct pel_error {
    pel_status status;         /* PEL_OK when nothing failed */
    size_t line;               /* line of the input file, from 1; 0: none */
    char file[PEL_ERROR_FILE]; /* input file concerned; "": none */
    char text[PEL_ERROR_TEXT]; /* whole message, "FILE:LINE: " included where known */
};

/* Fill *err (which may be NULL) with a message in printf's form; return status. */
PEL_API pel_status pel_error_set(struct pel_error *err, pel_status status,
                                 const char *format, ...) PEL_PRINTF(3, 4);

/* The same for a fault of an input file: the message starts with "FILE:LINE: ", or
 * "FILE: " where line is 0. Say what is wrong and what was expected. */
PEL_API pel_status pel_error_at(struct pel_error *err, pel_status status,
                                const char *file, size_t line, const char *format, ...)
    PEL_PRINTF(5, 6);

#endif /* PEL_STATUS_H */
