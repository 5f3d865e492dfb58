/* measure RESULT OUTPUT PROGRAM ARGUMENT...
 *
 * Runs PROGRAM with standard output into the file OUTPUT and appends to the file RESULT: nanoseconds from before fork to
 * its end, microseconds of processor time, peak resident kilobytes, exit status.
 *
 * A program of its own, and a small one: Linux counts into a process's peak what it held between fork and exec, which is
 * the whole size of whoever forked it. A Python that measures would never see less than itself. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
    struct timespec start, end;
    struct rusage used;
    int status, out;
    if (argc < 4 || (out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0) return 125;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0) {
        dup2(out, 1);
        execvp(argv[3], argv + 3);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, &used) != child) return 125;
    clock_gettime(CLOCK_MONOTONIC, &end);
    FILE *result = fopen(argv[1], "a");
    if (!result) return 125;
    fprintf(result, "%lld %lld %ld %d\n",
            (end.tv_sec - start.tv_sec) * 1000000000LL + (end.tv_nsec - start.tv_nsec),
            (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000LL + used.ru_utime.tv_usec + used.ru_stime.tv_usec,
            used.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return fclose(result) ? 125 : 0;
}
