#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "c_limits.h"

struct limit_sqlite {
  sqlite3 *database;
  char *error;
};

static int fail(limit_sqlite *db, sqlite3_stmt *statement) {
  free(db->error);
  db->error = strdup(sqlite3_errmsg(db->database));
  sqlite3_finalize(statement);
  return -1;
}

limit_sqlite *limit_sqlite_open(const char *path) {
  limit_sqlite *db = calloc(1, sizeof *db);
  if (!db) abort();
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  if (sqlite3_open_v2(path, &db->database, flags, NULL) != SQLITE_OK) {
    fail(db, NULL);
  } else {
    limit_sqlite_execute(db, "PRAGMA journal_mode = WAL");
  }
  return db;
}

void limit_sqlite_close(limit_sqlite *db) {
  sqlite3_close(db->database);
  free(db->error);
  free(db);
}

const char *limit_sqlite_error(const limit_sqlite *db) { return db->error; }
const char *limit_sqlite_library_version(void) { return sqlite3_libversion(); }

int limit_sqlite_execute(limit_sqlite *db, const char *sql) {
  return sqlite3_exec(db->database, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(db, NULL);
}

int64_t limit_sqlite_read(limit_sqlite *db, const char *sql, uint64_t *checksum) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db->database, sql, -1, &statement, NULL) != SQLITE_OK) return fail(db, NULL);
  uint64_t sum = 0;
  int64_t rows = 0;
  int status;
  while ((status = sqlite3_step(statement)) == SQLITE_ROW) {
    const volatile unsigned char *name = sqlite3_column_text(statement, 1);
    (void)*name;
    sum += (uint64_t)sqlite3_column_int64(statement, 0) + (uint64_t)sqlite3_column_bytes(statement, 1);
    sum += (uint64_t)(int64_t)sqlite3_column_double(statement, 2) + (uint64_t)sqlite3_column_int64(statement, 3);
    sum += (uint64_t)sqlite3_column_int64(statement, 4);
    if (sqlite3_column_type(statement, 5) != SQLITE_NULL) sum += (uint64_t)sqlite3_column_int64(statement, 5);
    rows++;
  }
  if (status != SQLITE_DONE) return fail(db, statement);
  sqlite3_finalize(statement);
  *checksum = sum;
  return rows;
}

int64_t limit_sqlite_insert(limit_sqlite *db, const char *sql, int64_t rows, const char *const *names, int name_count) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db->database, sql, -1, &statement, NULL) != SQLITE_OK) return fail(db, NULL);
  if (limit_sqlite_execute(db, "BEGIN IMMEDIATE") < 0) return fail(db, statement);
  for (int64_t i = 0; i < rows; i++) {
    sqlite3_bind_int64(statement, 1, i);
    sqlite3_bind_text(statement, 2, names[i % name_count], -1, SQLITE_STATIC);
    sqlite3_bind_double(statement, 3, (double)i * 0.5);
    sqlite3_bind_int64(statement, 4, i * 1000000);
    sqlite3_bind_int64(statement, 5, i & 1);
    if (i % 10 == 0) {
      sqlite3_bind_null(statement, 6);
    } else {
      sqlite3_bind_int64(statement, 6, i % 1000);
    }
    if (sqlite3_step(statement) != SQLITE_DONE) return fail(db, statement);
    sqlite3_reset(statement);
  }
  sqlite3_finalize(statement);
  return limit_sqlite_execute(db, "COMMIT") < 0 ? -1 : rows;
}

int64_t limit_sqlite_lookups(limit_sqlite *db, const char *sql, const int32_t *ids, int count, int64_t *nanoseconds) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db->database, sql, -1, &statement, NULL) != SQLITE_OK) return fail(db, NULL);
  int64_t sum = 0;
  for (int i = 0; i < count; i++) {
    int64_t start = limit_monotonic_nanoseconds();
    sqlite3_bind_int64(statement, 1, ids[i]);
    if (sqlite3_step(statement) != SQLITE_ROW) return fail(db, statement);
    const volatile unsigned char *name = sqlite3_column_text(statement, 0);
    (void)*name;
    sum += sqlite3_column_bytes(statement, 0);
    sqlite3_reset(statement);
    nanoseconds[i] = limit_monotonic_nanoseconds() - start;
  }
  sqlite3_finalize(statement);
  return sum;
}
