#ifndef BOSDB_CHIREDIS_SHIM_H
#define BOSDB_CHIREDIS_SHIM_H

#include <hiredis/hiredis.h>
#include <hiredis/read.h>

#if HIREDIS_MAJOR == 0 && HIREDIS_MINOR < 14
#error "bosdb needs hiredis 0.14 or later. Install a newer libhiredis-dev (apt) or hiredis (brew)."
#endif

// A string of macros, which Swift does not import.
#define BOSDB_TEXT(x) #x
#define BOSDB_NUMBER(x) BOSDB_TEXT(x)
static inline const char *bosdb_hiredis_version(void) {
  return BOSDB_NUMBER(HIREDIS_MAJOR) "." BOSDB_NUMBER(HIREDIS_MINOR) "." BOSDB_NUMBER(HIREDIS_PATCH);
}

// Version 1.0 keeps the reader's tasks elsewhere.
#if HIREDIS_MAJOR >= 1
#define BOSDB_TASK(reader, index) ((reader)->task[index])
#else
#define BOSDB_TASK(reader, index) (&(reader)->rstack[index])
#endif

// Whether the reader waits for the rest of a string, with its position at the string's length.
static inline int bosdb_hiredis_awaits_string(const redisReader *reader) {
  if (reader->ridx < 0) return 0;
  return BOSDB_TASK(reader, reader->ridx)->type == REDIS_REPLY_STRING;
}

// hiredis before 1.0 has room for nine tasks, and fails when the element of the last one is an array. Whether an array that has just begun
// is the last that may have elements:
static inline int bosdb_hiredis_is_deep(const redisReader *reader) { return reader->ridx == 7; }

// How many elements are still to come of the reply that is being read, not counting those in arrays that have not begun.
static inline long long bosdb_hiredis_elements_left(const redisReader *reader) {
  long long left = 1;
  for (int index = 1; index <= reader->ridx; index++) {
    left += BOSDB_TASK(reader, index - 1)->elements - 1 - BOSDB_TASK(reader, index)->idx;
  }
  return left;
}

// The next bytes begin a reply.
static inline void bosdb_hiredis_forget_reply(redisReader *reader) {
  reader->ridx = -1;
  reader->reply = NULL;
}

// hiredis 1.0 has an allocator of its own and a function to free what it formatted; before, both were the C library's.
static inline void bosdb_hiredis_free_command(char *command) {
#if HIREDIS_MAJOR >= 1
  redisFreeCommand(command);
#else
  free(command);
#endif
}

#endif
