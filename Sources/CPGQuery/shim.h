#ifndef BOSDB_CPGQUERY_SHIM_H
#define BOSDB_CPGQUERY_SHIM_H

#include <pg_query.h>

#if PG_VERSION_NUM < 130000
#error "bosdb needs libpg_query 13 or later (its statement splitter). Install a newer libpg-query-dev (apt) or libpg_query (brew)."
#endif

#endif
