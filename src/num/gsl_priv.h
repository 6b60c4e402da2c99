#ifndef PEL_GSL_PRIV_H
#define PEL_GSL_PRIV_H

/* GSL calls abort() on any error unless its handler is off. Every function of this room
 * that calls into GSL calls this first; the first call switches the handler off, once per
 * process and safely from several threads. */
void pel_gsl_quiet(void);

#endif /* PEL_GSL_PRIV_H */
