#include <pelrate/status.h>

#include <stdarg.h>
#include <stdio.h>

const char *pel_status_text(pel_status status)
{
    switch (status) {
#define PEL_STATUS_CASE(name, text)                                                      \
    case name:                                                                           \
        return text;
        PEL_STATUS_LIST(PEL_STATUS_CASE)
#undef PEL_STATUS_CASE
    }
    return "unknown status";
}

pel_status pel_error_set(struct pel_error *err, pel_status status, const char *format,
                         ...)
{
    if (err == NULL) return status;
    *err = (struct pel_error){.status = status};
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return status;
}

pel_status pel_error_at(struct pel_error *err, pel_status status, const char *file,
                        size_t line, const char *format, ...)
{
    if (err == NULL) return status;
    *err = (struct pel_error){.status = status, .line = line};
    snprintf(err->file, sizeof err->file, "%s", file);
    int used = line > 0 ? snprintf(err->text, sizeof err->text, "%s:%zu: ", file, line)
                        : snprintf(err->text, sizeof err->text, "%s: ", file);
    if (used < 0 || (size_t)used >= sizeof err->text) return status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text + used, sizeof err->text - (size_t)used, format, args);
    va_end(args);
    return status;
}
