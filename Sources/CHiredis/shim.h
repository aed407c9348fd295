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

// Whether the reader waits for the rest of a string, with its position at the string's length. Version 1.0 keeps its tasks elsewhere.
static inline int bosdb_hiredis_awaits_string(const redisReader *reader) {
  if (reader->ridx < 0) return 0;
#if HIREDIS_MAJOR >= 1
  return reader->task[reader->ridx]->type == REDIS_REPLY_STRING;
#else
  return reader->rstack[reader->ridx].type == REDIS_REPLY_STRING;
#endif
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
