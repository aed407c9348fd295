#include <endian.h>
#include <string.h>

#include "postgres_limits.h"

static uint64_t read64(const char *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return be64toh(value);
}

static uint32_t read32(const char *bytes) {
  uint32_t value;
  memcpy(&value, bytes, sizeof value);
  return be32toh(value);
}

/// Reads the six cells of a row into one number.
static uint64_t read_row(const PGresult *result) {
  uint64_t bits = read64(PQgetvalue(result, 0, 2));
  double score;
  memcpy(&score, &bits, sizeof score);
  const volatile char *name = PQgetvalue(result, 0, 1);
  (void)*name;
  uint64_t sum = read64(PQgetvalue(result, 0, 0)) + (uint64_t)PQgetlength(result, 0, 1) + (uint64_t)(int64_t)score;
  sum += read64(PQgetvalue(result, 0, 3)) + (PQgetvalue(result, 0, 4)[0] != 0);
  if (!PQgetisnull(result, 0, 5)) sum += (uint64_t)(int64_t)(int32_t)read32(PQgetvalue(result, 0, 5));
  return sum;
}

int64_t limit_pg_stream(limit_pg *pg, const char *sql, uint64_t *checksum) {
  if (!PQsendQueryParams(pg->connection, sql, 0, NULL, NULL, NULL, NULL, 1)) return limit_pg_fail(pg, NULL);
  PQsetSingleRowMode(pg->connection);
  int64_t rows = 0;
  int failed = 0;
  uint64_t sum = 0;
  PGresult *result;
  while ((result = PQgetResult(pg->connection))) {
    switch (PQresultStatus(result)) {
      case PGRES_SINGLE_TUPLE:
        sum += read_row(result);
        rows++;
        PQclear(result);
        break;
      case PGRES_TUPLES_OK: PQclear(result); break;
      default: failed = limit_pg_fail(pg, result);
    }
  }
  *checksum = sum;
  return failed ? -1 : rows;
}

int64_t limit_pg_copy_in(limit_pg *pg, const char *sql, const uint8_t *bytes, size_t length, size_t chunk) {
  PGresult *result = PQexec(pg->connection, sql);
  if (PQresultStatus(result) != PGRES_COPY_IN) return limit_pg_fail(pg, result);
  PQclear(result);
  for (size_t start = 0; start < length; start += chunk) {
    size_t size = length - start < chunk ? length - start : chunk;
    if (PQputCopyData(pg->connection, (const char *)bytes + start, (int)size) != 1) return limit_pg_fail(pg, NULL);
  }
  if (PQputCopyEnd(pg->connection, NULL) != 1) return limit_pg_fail(pg, NULL);
  int64_t rows = -1;
  while ((result = PQgetResult(pg->connection))) {
    if (PQresultStatus(result) != PGRES_COMMAND_OK) {
      limit_pg_fail(pg, result);
      continue;
    }
    const char *count = PQcmdTuples(result);
    rows = 0;
    while (*count) rows = rows * 10 + (*count++ - '0');
    PQclear(result);
  }
  return rows;
}
