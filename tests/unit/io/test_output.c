#include <pelrate/output.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <cmocka.h>

#include "scratch.h"

/* Files in the scratch folder whose name contains a text. */
static int count_files(const char *part)
{
    int count = 0;
    DIR *folder = opendir(scratch_folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strstr(entry->d_name, part) != NULL;
    closedir(folder);
    return count;
}

static void nothing_is_there_before_commit(void **state)
{
    (void)state;
    const char *path = scratch_path("a.csv");
    struct pel_output *output = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_output_open(path, PEL_OUTPUT_NEW, &output, &err), PEL_OK);
    fputs("whole\n", pel_output_stream(output));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(pel_output_commit(output, &err), PEL_OK);
    assert_string_equal(scratch_read(path), "whole\n");
    assert_int_equal(count_files(".tmp"), 0);
}

static void discard_leaves_nothing(void **state)
{
    (void)state;
    const char *path = scratch_path("b.csv");
    struct pel_output *output = NULL;
    assert_int_equal(pel_output_open(path, PEL_OUTPUT_NEW, &output, NULL), PEL_OK);
    fputs("half", pel_output_stream(output));
    pel_output_discard(output);
    assert_int_equal(count_files("b.csv"), 0);
    pel_output_discard(NULL);
}

static void an_existing_file_is_kept_or_replaced_whole(void **state)
{
    (void)state;
    const char *path = scratch_write("c.csv", "old\n");
    struct pel_output *output = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_output_open(path, PEL_OUTPUT_NEW, &output, &err), PEL_EEXIST);
    assert_null(output);
    assert_string_equal(err.text + strlen(path),
                        ": exists already, expected a new name (or --force)");
    assert_int_equal(pel_output_open(path, PEL_OUTPUT_REPLACE, &output, &err), PEL_OK);
    fputs("new\n", pel_output_stream(output));
    assert_string_equal(scratch_read(path), "old\n");
    assert_int_equal(pel_output_commit(output, &err), PEL_OK);
    assert_string_equal(scratch_read(path), "new\n");
}

static void a_file_made_meanwhile_is_not_overwritten(void **state)
{
    (void)state;
    const char *path = scratch_path("d.csv");
    struct pel_output *output = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_output_open(path, PEL_OUTPUT_NEW, &output, &err), PEL_OK);
    fputs("late\n", pel_output_stream(output));
    scratch_write("d.csv", "first\n");
    assert_int_equal(pel_output_commit(output, &err), PEL_EEXIST);
    assert_string_equal(scratch_read(path), "first\n");
    assert_int_equal(count_files(".tmp"), 0);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct pel_output *output = NULL;
    struct pel_error err = {0};
    assert_int_equal(pel_output_open("/dev/full", PEL_OUTPUT_NEW, &output, &err), PEL_OK);
    fputs("x\n", pel_output_stream(output));
    assert_int_equal(pel_output_commit(output, &err), PEL_EIO);
    assert_string_equal(err.text, "/dev/full: cannot write: No space left on device");
    struct stat info;
    assert_int_equal(stat("/dev/full", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

/* The same for a regular file, whose size is limited in a child: old content stays whole.
 */
static void a_write_cut_short_leaves_the_old_file(void **state)
{
    (void)state;
    const char *path = scratch_write("e.csv", "old\n");
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = 4096, .rlim_max = 4096});
        struct pel_output *output = NULL;
        if (pel_output_open(path, PEL_OUTPUT_REPLACE, &output, NULL) != PEL_OK)
            _exit(100);
        for (int i = 0; i < 5000; i++)
            fprintf(pel_output_stream(output), "row %d\n", i);
        _exit((int)pel_output_commit(output, NULL));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), PEL_EIO);
    assert_string_equal(scratch_read(path), "old\n");
    assert_int_equal(count_files(".tmp"), 0);
}

static void a_place_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct pel_output *output = NULL;
    struct pel_error err = {0};
    const char *path = scratch_path("no/such/folder.csv");
    assert_int_equal(pel_output_open(path, PEL_OUTPUT_NEW, &output, &err), PEL_EIO);
    assert_null(output);
    assert_string_equal(err.text + strlen(path),
                        ": cannot write: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_there_before_commit),
        cmocka_unit_test(discard_leaves_nothing),
        cmocka_unit_test(an_existing_file_is_kept_or_replaced_whole),
        cmocka_unit_test(a_file_made_meanwhile_is_not_overwritten),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(a_write_cut_short_leaves_the_old_file),
        cmocka_unit_test(a_place_that_cannot_be_written_is_an_error),
    };
    return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
