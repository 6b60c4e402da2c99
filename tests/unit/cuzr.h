#ifndef PEL_TEST_CUZR_H
#define PEL_TEST_CUZR_H

/* The potential for Cu-Zr that Debian's lammps-data installs, and the structures kept in
 * tests/reference/lammps. Include cmocka before this. */

#include <pelrate/potential.h>
#include <pelrate/structure.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const CUZR[] = {"Cu", "Zr"};

/* Path of the table, NULL where it is not installed. */
static inline const char *cuzr_table(void)
{
    static char path[1024];
    const char *folder = getenv("PEL_POTENTIALS");
    snprintf(path, sizeof path, "%s/CuZr_mm.eam.fs",
             folder != NULL ? folder : "/usr/share/lammps/potentials");
    return access(path, R_OK) == 0 ? path : NULL;
}

/* The potential of the first n of Cu, Zr; where there is no table the test is skipped, and
 * says so. */
static inline struct pel_potential *cuzr_potential(size_t n)
{
    struct pel_potential *potential = NULL;
    struct pel_error err = {0};
    if (cuzr_table() == NULL) {
        print_message("no CuZr_mm.eam.fs (Debian: lammps-data): skipped\n");
        skip();
    }
    if (pel_potential_read(cuzr_table(), NULL, n, CUZR, &potential, &err) != PEL_OK)
        fail_msg("%s", err.text);
    return potential;
}

/* One of tests/reference/lammps: s500_is, s500_melt, s500_shear. */
static inline struct pel_structure *cuzr_structure(const char *name)
{
    struct pel_error err = {0};
    struct pel_structure *s = NULL;
    char path[1024];
    const char *source = getenv("PEL_SOURCE");
    snprintf(path, sizeof path, "%s/tests/reference/lammps/%s.data",
             source != NULL ? source : ".", name);
    if (pel_structure_read(path, 2, CUZR, &s, &err) != PEL_OK) fail_msg("%s", err.text);
    return s;
}

#endif
