#include <pelrate/progress.h>

pel_status pel_progress_report(const struct pel_progress *progress, double done,
                               double total, const char *text)
{
    if (progress == NULL || progress->report == NULL) return PEL_OK;
    return progress->report(progress->context, done, total, text) ? PEL_ESTOPPED : PEL_OK;
}
