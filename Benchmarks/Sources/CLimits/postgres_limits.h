#ifndef BOSDB_POSTGRES_LIMITS_H
#define BOSDB_POSTGRES_LIMITS_H

#include <libpq-fe.h>

#include "c_limits.h"

#define LIMIT_STATEMENT "lookup"

struct limit_pg {
  PGconn *connection;
  char *error;
};

/// Keeps the message of a failed result, or of the connection, and clears the result.
int limit_pg_fail(limit_pg *pg, PGresult *result);

#endif
