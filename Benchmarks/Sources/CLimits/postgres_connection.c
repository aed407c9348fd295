#include "postgres_limits.h"

#include <stdlib.h>
#include <string.h>

limit_pg *limit_pg_open(const char *url) {
  limit_pg *pg = calloc(1, sizeof *pg);
  if (!pg) abort();
  pg->connection = PQconnectdb(url);
  if (PQstatus(pg->connection) != CONNECTION_OK) limit_pg_fail(pg, NULL);
  return pg;
}

void limit_pg_close(limit_pg *pg) {
  PQfinish(pg->connection);
  free(pg->error);
  free(pg);
}

const char *limit_pg_error(const limit_pg *pg) { return pg->error; }
int limit_pg_library_version(void) { return PQlibVersion(); }
int limit_pg_server_version(const limit_pg *pg) { return PQserverVersion(pg->connection); }

int limit_pg_fail(limit_pg *pg, PGresult *result) {
  free(pg->error);
  pg->error = strdup(result ? PQresultErrorMessage(result) : PQerrorMessage(pg->connection));
  PQclear(result);
  return -1;
}

int limit_pg_execute(limit_pg *pg, const char *sql) {
  PGresult *result = PQexec(pg->connection, sql);
  ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) return limit_pg_fail(pg, result);
  PQclear(result);
  return 0;
}

int limit_pg_prepare(limit_pg *pg, const char *sql) {
  PGresult *result = PQprepare(pg->connection, LIMIT_STATEMENT, sql, 0, NULL);
  if (PQresultStatus(result) != PGRES_COMMAND_OK) return limit_pg_fail(pg, result);
  PQclear(result);
  return 0;
}
