#ifndef PEL_LAMMPS_WIRE_H
#define PEL_LAMMPS_WIRE_H

#include <stdint.h>

/* What the engine lammps and its worker (pelrate-lammps) say to each other, over a stream
 * socket between processes of one machine: numbers as they stand in memory.
 *
 * The worker connects and sends a hello. Then it answers each evaluation; when the socket
 * is closed it ends. LAMMPS ends the process where it meets an error: its message is in
 * what the worker wrote to its standard output, and the socket closes. */

enum { PEL_WIRE_MAGIC = 0x70656c31 }; /* "pel1": this form of the messages */

enum pel_wire_what {
    PEL_WIRE_STRUCTURE = 1, /* followed by int32_t type[n] (from 1), double mass[n_types],
                               char commands[text]; no answer */
    PEL_WIRE_EVALUATE = 2   /* followed by double x[3n]; answered by an answer */
};

enum pel_wire_flag {
    PEL_WIRE_FRESH = 1,      /* everything anew, as after a structure */
    PEL_WIRE_ATOM_ENERGY = 2 /* energies of the atoms too */
};

struct pel_wire_request {
    int32_t what;   /* an enum pel_wire_what */
    int32_t flags;  /* evaluate: of enum pel_wire_flag */
    int64_t n;      /* atoms */
    int32_t types;  /* structure: n_types */
    int32_t text;   /* structure: bytes of the commands, with the 0 at the end */
    double skin;    /* structure: of the neighbour list [A] */
    double cell[6]; /* evaluate: lx ly lz xy xz yz, corner at 0 [A] */
};

/* Followed by double force[3n], and double atom_energy[n] where it was asked for. */
struct pel_wire_answer {
    int32_t magic;
    int32_t types;    /* of mass */
    int64_t builds;   /* neighbour lists so far */
    double energy;    /* [eV] */
    double virial[6]; /* sum r_a f_b, xx yy zz xy xz yz [eV] */
    double mass[16];  /* of the types, after the commands [g/mol] */
};

#endif /* PEL_LAMMPS_WIRE_H */
