#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "c_limits.h"

extern char **environ;

// MARK: Clocks

int64_t limit_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t limit_cpu_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// MARK: Spinners

enum { maximum_spinners = 256 };
static pthread_t spinners[maximum_spinners];
static int spinner_count;
static atomic_bool must_spin;

static void *spin(void *context) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET((int)(intptr_t)context, &cpus);
  pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus);
  struct sched_param priority = {0};
  // Of a thread, in spite of its name: 0 is the calling one (sched_setscheduler(2)).
  sched_setscheduler(0, SCHED_IDLE, &priority);
  while (atomic_load_explicit(&must_spin, memory_order_relaxed)) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  return NULL;
}

int limit_spinners_start(void) {
  long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  atomic_store(&must_spin, true);
  for (spinner_count = 0; spinner_count < cpus && spinner_count < maximum_spinners; spinner_count++) {
    if (pthread_create(&spinners[spinner_count], NULL, spin, (void *)(intptr_t)spinner_count)) return -1;
  }
  return 0;
}

void limit_spinners_stop(void) {
  atomic_store(&must_spin, false);
  while (spinner_count > 0) pthread_join(spinners[--spinner_count], NULL);
}

// MARK: Programs

static int64_t peak_kilobytes(pid_t child) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", (int)child);
  FILE *status = fopen(path, "r");
  if (!status) return 0;
  long long peak = 0;
  while (fgets(line, sizeof line, status)) {
    if (sscanf(line, "VmHWM: %lld", &peak) == 1) break;
  }
  fclose(status);
  return peak;
}

static int64_t nanoseconds(struct timeval time) { return (int64_t)time.tv_sec * 1000000000 + time.tv_usec * 1000; }

int limit_run(
  const char *path, char *const *arguments, const char *input, const char *output, bool watches_memory,
  limit_process *result) {
  memset(result, 0, sizeof *result);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  int64_t start = limit_monotonic_nanoseconds();
  pid_t child;
  int status = posix_spawn(&child, path, &files, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  if (status) return -1;
  struct rusage usage;
  pid_t ended;
  while ((ended = wait4(child, &result->status, watches_memory ? WNOHANG : 0, &usage)) <= 0) {
    if (ended < 0 && errno != EINTR) return -1;
    int64_t peak = peak_kilobytes(child);
    if (peak > result->peak_kilobytes) result->peak_kilobytes = peak;
    if (watches_memory) usleep(2000);
  }
  result->nanoseconds = limit_monotonic_nanoseconds() - start;
  result->cpu_nanoseconds = nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime);
  return 0;
}
