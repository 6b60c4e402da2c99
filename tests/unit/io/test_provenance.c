#include <pelrate/provenance.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#include "scratch.h"

/* FIPS 180-4's own example, "abc". */
#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static void hashes_as_sha256sum_does(void **state)
{
    (void)state;
    char hash[PEL_HASH];
    pel_provenance_hash("abc", 3, hash);
    assert_string_equal(hash, SHA256_ABC);
    assert_int_equal(pel_provenance_hash_file(scratch_write("abc", "abc"), hash, NULL),
                     PEL_OK);
    assert_string_equal(hash, SHA256_ABC);
    struct pel_error err = {0};
    assert_int_equal(pel_provenance_hash_file(scratch_path("none"), hash, &err),
                     PEL_EOPEN);
}

static void a_block_says_how_the_file_was_made(void **state)
{
    (void)state;
    const char *input = scratch_write("in.csv", "abc");
    const char *path = scratch_path("out.csv");
    FILE *stream = fopen(path, "w");
    assert_int_equal(
        pel_provenance_begin(stream, "pelrate-x 1", "pelrate x in.csv", 1, &input, NULL),
        PEL_OK);
    pel_provenance_put(stream, "seed", "%d", 17);
    pel_provenance_put(stream, "note", "two\nlines");
    fclose(stream);
    char want[1024];
    snprintf(want, sizeof want,
             "# format: pelrate-x 1\n# pelrate: %s\n# command: pelrate x in.csv\n"
             "# input_1: %s sha256:" SHA256_ABC "\n# seed: 17\n# note: two lines\n",
             pel_version(), input);
    assert_string_equal(scratch_read(path), want);
}

/* What was read from a pipe cannot be read again; a hash of what is left would lie. */
static void a_pipe_has_no_hash(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[1]);
    char name[64], want[512];
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    const char *input = name, *path = scratch_path("piped.csv");
    FILE *stream = fopen(path, "w");
    assert_int_equal(pel_provenance_begin(stream, "pelrate-x 1", NULL, 1, &input, NULL),
                     PEL_OK);
    fclose(stream);
    close(ends[0]);
    snprintf(want, sizeof want,
             "# format: pelrate-x 1\n# pelrate: %s\n# input_1: %s (no regular file)\n",
             pel_version(), name);
    assert_string_equal(scratch_read(path), want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_as_sha256sum_does),
        cmocka_unit_test(a_pipe_has_no_hash),
        cmocka_unit_test(a_block_says_how_the_file_was_made),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
