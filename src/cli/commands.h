/* The sub-commands in the order of `pelrate --help`: X(name) for cmd_<name>.c, one a
 * line. */
/* clang-format off */
#define CLI_COMMANDS(X) \
    X(glass)
/* clang-format on */
