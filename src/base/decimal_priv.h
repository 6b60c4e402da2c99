#ifndef PEL_DECIMAL_PRIV_H
#define PEL_DECIMAL_PRIV_H

/* The shortest of "%.15g", "%.16g" and "%.17g" that reads back as the same number, at
 * a sixth of what printf and strtod take.
 *   buffer  [32] receives the text
 * 0, or -1: a number that this does not do (not finite, very large or small). */
int pel_decimal_print(char buffer[], double value);

#endif /* PEL_DECIMAL_PRIV_H */
