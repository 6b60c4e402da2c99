#ifndef PEL_ELEMENT_H
#define PEL_ELEMENT_H

#include <pelrate/status.h>

/* Standard atomic weight [g/mol] of an element ("Cu"; the case of letters counts), 0 for
 * anything that is not in the table.
 * Source: IUPAC, Pure Appl. Chem. 94:573 (2022), abridged values. */
PEL_API double pel_element_mass(const char *name);

#endif /* PEL_ELEMENT_H */
