#ifndef BOSDB_CLIBPQ_SHIM_H
#define BOSDB_CLIBPQ_SHIM_H

#include <libpq-fe.h>

// Pipeline mode arrived with libpq 14 and announces itself with this macro.
#ifndef LIBPQ_HAS_PIPELINING
#error "bosdb needs libpq 14 or later (pipeline mode). Install a newer libpq-dev (apt) or libpq (brew)."
#endif

#endif
