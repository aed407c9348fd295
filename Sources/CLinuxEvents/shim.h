#ifndef BOSDB_CLINUXEVENTS_SHIM_H
#define BOSDB_CLINUXEVENTS_SHIM_H

// System calls that Swift's Glibc module leaves out. Headers only: nothing is linked.
#if defined(__linux__)
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

// prctl(2) is variadic, which Swift cannot call.
static inline void bosdb_set_thread_name(const char *name) {
  prctl(PR_SET_NAME, name, 0, 0, 0);
}

// epoll_data is a union; Swift needs its members one by one.
static inline struct epoll_event bosdb_epoll_event(unsigned int events, unsigned long long tag) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = tag;
  return event;
}
#endif

#endif
