#ifndef BOSDB_C_LIMITS_H
#define BOSDB_C_LIMITS_H

// The limits: the plain C libraries doing the benchmarks' work in the shortest way they allow, blocking.
//
// Functions return 0, or a count, when they succeed and -1 when they fail; the reason is then in the `_error` function.
// Checksums let the caller see that both sides read the same cells.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: PostgreSQL

typedef struct limit_pg limit_pg;

/// Opens a connection; ask `limit_pg_error` whether it worked. Never NULL.
limit_pg *limit_pg_open(const char *url);
void limit_pg_close(limit_pg *pg);
/// NULL while nothing has failed.
const char *limit_pg_error(const limit_pg *pg);
int limit_pg_library_version(void);
int limit_pg_server_version(const limit_pg *pg);

int limit_pg_execute(limit_pg *pg, const char *sql);
/// Prepares the statement that the look-ups run; it takes one int4.
int limit_pg_prepare(limit_pg *pg, const char *sql);
/// One `PQexecPrepared` an id. `nanoseconds`, when not NULL, receives the duration of each.
int64_t limit_pg_lookups(limit_pg *pg, const int32_t *ids, int count, int64_t *nanoseconds);
/// The same on one thread a connection, each with its share of the ids. With `bulk`, one more thread reads `bulk_sql` on
/// that connection again and again until the look-ups are over; it returns the rows it read in `bulk_rows`.
int limit_pg_lookups_on_threads(
  limit_pg *const *connections, int connection_count, const int32_t *ids, int count, int64_t *nanoseconds,
  limit_pg *bulk, const char *bulk_sql, int64_t *bulk_rows);
/// All ids in pipeline mode with one synchronisation at the end.
int64_t limit_pg_pipeline(limit_pg *pg, const int32_t *ids, int count);
/// Reads int8, text, float8, timestamptz, bool and int4 in single-row mode and binary format. Returns the rows.
int64_t limit_pg_stream(limit_pg *pg, const char *sql, uint64_t *checksum);
/// Sends bytes to a `COPY … FROM STDIN`, a chunk at a time. Returns the rows stored.
int64_t limit_pg_copy_in(limit_pg *pg, const char *sql, const uint8_t *bytes, size_t length, size_t chunk);

// MARK: SQLite

typedef struct limit_sqlite limit_sqlite;

/// Opens or creates a database file with write-ahead log; ask `limit_sqlite_error` whether it worked. Never NULL.
limit_sqlite *limit_sqlite_open(const char *path);
void limit_sqlite_close(limit_sqlite *db);
/// NULL while nothing has failed.
const char *limit_sqlite_error(const limit_sqlite *db);
const char *limit_sqlite_library_version(void);

int limit_sqlite_execute(limit_sqlite *db, const char *sql);
/// Reads integer, text, real, integer, integer and nullable integer of every row. Returns the rows.
int64_t limit_sqlite_read(limit_sqlite *db, const char *sql, uint64_t *checksum);
/// Inserts such rows with one prepared statement in one transaction; `names` holds `name_count` texts.
int64_t limit_sqlite_insert(limit_sqlite *db, const char *sql, int64_t rows, const char *const *names, int name_count);
/// One step of one prepared statement an id. `nanoseconds` receives the duration of each.
int64_t limit_sqlite_lookups(limit_sqlite *db, const char *sql, const int32_t *ids, int count, int64_t *nanoseconds);

// MARK: Redis

typedef struct limit_redis limit_redis;

/// Connects to an address and authenticates; `authorities`, when not NULL, is the file of a certificate authority, and the connection is
/// encrypted. Ask `limit_redis_error` whether it worked. Never NULL.
limit_redis *limit_redis_open(
  const char *host, int port, const char *user, const char *password, const char *authorities);
void limit_redis_close(limit_redis *redis);
/// NULL while nothing has failed.
const char *limit_redis_error(const limit_redis *redis);
const char *limit_redis_library_version(void);

/// One GET an id, each waited for. `nanoseconds`, when not NULL, receives the duration of each. Returns the length of all values.
int64_t limit_redis_gets(limit_redis *redis, const char *prefix, const int32_t *ids, int count, int64_t *nanoseconds);
/// The same with `depth` commands sent before their replies are read.
int64_t limit_redis_pipeline(limit_redis *redis, const char *prefix, const int32_t *ids, int count, int depth);
/// SCAN from end to end. Returns the keys seen.
int64_t limit_redis_scan(limit_redis *redis, const char *pattern, int page);
/// Sets `count` keys, from 1, to values of 20 bytes.
int limit_redis_fill(limit_redis *redis, const char *prefix, int count);
/// Removes them.
int limit_redis_clear(limit_redis *redis, const char *prefix, int count);
/// Reads replies from memory with hiredis' own reply objects. Returns the length of their strings.
int64_t limit_redis_decode(const char *bytes, size_t length);

// MARK: MongoDB

typedef struct limit_mongo limit_mongo;

/// A pool of clients for a connection string; ask `limit_mongo_error` whether it worked. Never NULL.
limit_mongo *limit_mongo_open(const char *url);
void limit_mongo_close(limit_mongo *mongo);
/// NULL while nothing has failed.
const char *limit_mongo_error(const limit_mongo *mongo);
const char *limit_mongo_library_version(void);

/// Inserts `count` documents with 15 fields, some of them nested, and about 200 bytes, from _id 1, in batches. Removes the collection
/// first, and sends nothing else.
int limit_mongo_fill(limit_mongo *mongo, const char *database, const char *collection, int count, int batch);
int limit_mongo_drop(limit_mongo *mongo, const char *database, const char *collection);
/// One document by its _id an id, all its fields walked. `nanoseconds`, when not NULL, receives the duration of each.
int64_t limit_mongo_finds(
  limit_mongo *mongo, const char *database, const char *collection, const int32_t *ids, int count, int64_t *nanoseconds);
/// The same on threads, each with a client of the pool and its share of the ids.
int limit_mongo_finds_on_threads(
  limit_mongo *mongo, const char *database, const char *collection, int threads, const int32_t *ids, int count);
/// Reads all documents, in batches of 1,000, and walks all fields, nested ones too. Returns the documents.
int64_t limit_mongo_stream(limit_mongo *mongo, const char *database, const char *collection, uint64_t *checksum);

// MARK: The machine

/// Starts one thread a CPU that does nothing at idle priority, so that no CPU ever sleeps.
int limit_spinners_start(void);
void limit_spinners_stop(void);
int64_t limit_monotonic_nanoseconds(void);
/// CPU time of the whole process, user and system.
int64_t limit_cpu_nanoseconds(void);

typedef struct {
  int64_t nanoseconds;
  int64_t cpu_nanoseconds;
  /// 0 unless watched.
  int64_t peak_kilobytes;
  /// What waitpid(2) says.
  int status;
} limit_process;

/// Runs a program from start to end. Watching its memory looks every two milliseconds and makes the times less exact.
int limit_run(
  const char *path, char *const *arguments, const char *input, const char *output, bool watches_memory,
  limit_process *result);

#endif
