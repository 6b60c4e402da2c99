#ifndef PEL_NUM_LAPACK_PRIV_H
#define PEL_NUM_LAPACK_PRIV_H

/* Around every call into LAPACK. Returns what the end is to be told. */
int pel_lapack_begin(void);
void pel_lapack_end(int is_alone);

#endif /* PEL_NUM_LAPACK_PRIV_H */
