#include "startup.h"

#if defined(__linux__)
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

// libmongoc makes shared memory for its counters in a constructor, named after the process, and warns on standard error when the
// name is taken: a process that was killed leaves its own behind. Whatever has this process's number is such a leftover.
static void take_over_leftover_counters(void) {
  char name[32];
  snprintf(name, sizeof name, "/mongoc-%ld", (long)getpid());
  shm_unlink(name);
}

// The ELF specification runs these before the constructors of every library, and allows them in executables alone.
__attribute__((section(".preinit_array"), used)) static void (*const before_constructors)(void) = take_over_leftover_counters;
#endif
