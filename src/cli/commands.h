/* The sub-commands in the order of `pelrate --help`: X(name) for cmd_<name>.c, one a
 * line. */
/* clang-format off */
#define CLI_COMMANDS(X) \
    X(rate) \
    X(anneal) \
    X(programme) \
    X(dsc) \
    X(map) \
    X(calibrate) \
    X(kmc) \
    X(mine) \
    X(surface) \
    X(compare) \
    X(equilibrium) \
    X(fit) \
    X(coverage) \
    X(energy) \
    X(glass) \
    X(md) \
    X(sample) \
    X(campaign) \
    X(merge) \
    X(events) \
    X(frequencies) \
    X(successors) \
    X(qpd)
/* clang-format on */
