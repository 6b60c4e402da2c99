/* The sub-commands in the order of `pelrate --help`: X(name) for cmd_<name>.c, one a
 * line. */
#define CLI_COMMANDS(X) X(glass)
