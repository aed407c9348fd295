#ifndef BOSDB_CSQLITE_SHIM_H
#define BOSDB_CSQLITE_SHIM_H

#include <sqlite3.h>

#if SQLITE_VERSION_NUMBER < 3037000
#error "bosdb needs SQLite 3.37 or later (STRICT tables, PRAGMA table_list). Install a newer libsqlite3-dev (apt) or sqlite (brew)."
#endif

// SQLITE_TRANSIENT is a cast that Swift cannot import.
static inline int bosdb_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(statement, index, text, length, SQLITE_TRANSIENT, SQLITE_UTF8);
}

// SQLITE_STATIC: the bytes stay where they are until the parameter is bound anew or cleared.
static inline int bosdb_sqlite3_bind_static_text(
  sqlite3_stmt *statement, int index, const char *text, sqlite3_uint64 length) {
  return sqlite3_bind_text64(statement, index, text, length, SQLITE_STATIC, SQLITE_UTF8);
}

static inline int bosdb_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 length) {
  return sqlite3_bind_blob64(statement, index, bytes, length, SQLITE_TRANSIENT);
}

// sqlite3_db_config is variadic, which Swift cannot call.
static inline int bosdb_sqlite3_db_config_flag(sqlite3 *database, int operation, int enabled) {
  return sqlite3_db_config(database, operation, enabled, (int *)0);
}

// sqlite3_error_offset came with SQLite 3.38: where in the text an error lies, -1 when that is unknown.
static inline int bosdb_sqlite3_error_offset(sqlite3 *database) {
#if SQLITE_VERSION_NUMBER >= 3038000
  return sqlite3_error_offset(database);
#else
  (void)database;
  return -1;
#endif
}

#endif
