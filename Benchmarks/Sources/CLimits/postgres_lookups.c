#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>

#include "postgres_limits.h"

static const int binary = 1;
static const int int4_length = 4;

/// One look-up, its value read. Returns the value's length.
static int64_t look_up(limit_pg *pg, int32_t id) {
  uint32_t wire = htonl((uint32_t)id);
  const char *values[] = {(const char *)&wire};
  PGresult *result = PQexecPrepared(pg->connection, LIMIT_STATEMENT, 1, values, &int4_length, &binary, 1);
  if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) return limit_pg_fail(pg, result);
  int64_t length = PQgetlength(result, 0, 0);
  const volatile char *value = PQgetvalue(result, 0, 0);
  (void)*value;
  PQclear(result);
  return length;
}

int64_t limit_pg_lookups(limit_pg *pg, const int32_t *ids, int count, int64_t *nanoseconds) {
  int64_t sum = 0;
  for (int i = 0; i < count; i++) {
    int64_t start = nanoseconds ? limit_monotonic_nanoseconds() : 0;
    int64_t length = look_up(pg, ids[i]);
    if (length < 0) return -1;
    sum += length;
    if (nanoseconds) nanoseconds[i] = limit_monotonic_nanoseconds() - start;
  }
  return sum;
}

// MARK: On threads

struct worker {
  pthread_t thread;
  limit_pg *pg;
  const int32_t *ids;
  int count;
  int64_t *nanoseconds;
  int64_t result;
};

struct bulk_worker {
  pthread_t thread;
  limit_pg *pg;
  const char *sql;
  atomic_bool must_stop;
  int64_t rows;
};

static void *run_worker(void *context) {
  struct worker *worker = context;
  worker->result = limit_pg_lookups(worker->pg, worker->ids, worker->count, worker->nanoseconds);
  return NULL;
}

static void *run_bulk(void *context) {
  struct bulk_worker *worker = context;
  while (!atomic_load(&worker->must_stop)) {
    uint64_t checksum = 0;
    int64_t rows = limit_pg_stream(worker->pg, worker->sql, &checksum);
    if (rows < 0) break;
    worker->rows += rows;
  }
  return NULL;
}

int limit_pg_lookups_on_threads(
  limit_pg *const *connections, int connection_count, const int32_t *ids, int count, int64_t *nanoseconds,
  limit_pg *bulk, const char *bulk_sql, int64_t *bulk_rows) {
  struct bulk_worker bulk_worker = {.pg = bulk, .sql = bulk_sql};
  if (bulk) pthread_create(&bulk_worker.thread, NULL, run_bulk, &bulk_worker);
  struct worker workers[connection_count];
  int share = count / connection_count;
  for (int i = 0; i < connection_count; i++) {
    int first = i * share;
    workers[i] = (struct worker){
      .pg = connections[i],
      .ids = ids + first,
      .count = i == connection_count - 1 ? count - first : share,
      .nanoseconds = nanoseconds ? nanoseconds + first : NULL,
    };
    pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]);
  }
  int failed = 0;
  for (int i = 0; i < connection_count; i++) {
    pthread_join(workers[i].thread, NULL);
    if (workers[i].result < 0) failed = -1;
  }
  if (bulk) {
    atomic_store(&bulk_worker.must_stop, true);
    pthread_join(bulk_worker.thread, NULL);
    if (bulk->error) failed = -1;
    *bulk_rows = bulk_worker.rows;
  }
  return failed;
}

// MARK: Pipeline

int64_t limit_pg_pipeline(limit_pg *pg, const int32_t *ids, int count) {
  if (!PQenterPipelineMode(pg->connection)) return limit_pg_fail(pg, NULL);
  for (int i = 0; i < count; i++) {
    uint32_t wire = htonl((uint32_t)ids[i]);
    const char *values[] = {(const char *)&wire};
    if (!PQsendQueryPrepared(pg->connection, LIMIT_STATEMENT, 1, values, &int4_length, &binary, 1)) {
      return limit_pg_fail(pg, NULL);
    }
  }
  if (!PQpipelineSync(pg->connection)) return limit_pg_fail(pg, NULL);
  int64_t sum = 0;
  for (int i = 0; i < count; i++) {
    PGresult *result = PQgetResult(pg->connection);
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1) return limit_pg_fail(pg, result);
    sum += PQgetlength(result, 0, 0);
    PQclear(result);
    PQclear(PQgetResult(pg->connection));
  }
  PGresult *sync = PQgetResult(pg->connection);
  if (PQresultStatus(sync) != PGRES_PIPELINE_SYNC) return limit_pg_fail(pg, sync);
  PQclear(sync);
  return PQexitPipelineMode(pg->connection) ? sum : limit_pg_fail(pg, NULL);
}
