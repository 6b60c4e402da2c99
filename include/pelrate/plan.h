#ifndef PEL_PLAN_H
#define PEL_PLAN_H

#include <pelrate/campaign.h>

/* The plan of a campaign: a CSV table, one row a sample, with the columns
 *
 *   structure   file of the glass, relative to the folder of the plan (required)
 *   searches    most searches of this sample; empty: no limit
 *   events      distinct valid events to find in it; empty: no such goal
 *   name        of the sample, unique (default: the file's, without folder and extension)
 *   level       which glasses belong together, as free text: a level of E_IS, a quench
 *
 * in any order. Each row has searches or events or both. */
enum { PEL_PLAN_NAME = 64 }; /* of the names, with their 0 */

struct pel_plan_sample {
    char name[PEL_PLAN_NAME];
    char level[PEL_PLAN_NAME]; /* "": none */
    char *structure;           /* as the table has it; owned */
    char *path;                /* the same, from the folder where the program is; owned */
    struct pel_campaign_goal goal;
    size_t line; /* in the file */
};

struct pel_plan {
    char *path;                      /* of the table; owned */
    size_t n;                        /* number of samples, at least 1 */
    struct pel_plan_sample *samples; /* [n] in file order; owned */
};

/* Read a plan. out receives it; release it with pel_plan_free().
 * Errors: PEL_EOPEN, PEL_EIO; PEL_EFORMAT (FILE:LINE) no structure column, a column of
 * another name, neither searches nor events, a number that is none or not positive, a name
 * that is empty, too long or there twice, no rows; PEL_ENOMEM. On error *out is NULL. */
PEL_API pel_status pel_plan_read(const char *path, struct pel_plan **out,
                                 struct pel_error *err);
/* Release a plan. NULL is allowed. */
PEL_API void pel_plan_free(struct pel_plan *plan);

/* Whether a campaign that began with `before` may go on with `after`: it has all samples of
 * the former, the same files and levels, with numbers that are not lower (no number: as
 * high as can be).
 * Errors: PEL_EMISMATCH, naming file, line and the first difference. */
PEL_API pel_status pel_plan_compare(const struct pel_plan *before,
                                    const struct pel_plan *after, struct pel_error *err);

/* Name of a sample by default: that of its file, "glasses/q10.data" is "q10". Cut to the
 * size of the array. */
PEL_API void pel_plan_name(const char *path, size_t size, char name[]);

#endif /* PEL_PLAN_H */
