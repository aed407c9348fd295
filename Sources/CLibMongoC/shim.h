#ifndef BOSDB_CLIBMONGOC_SHIM_H
#define BOSDB_CLIBMONGOC_SHIM_H

#include <mongoc/mongoc.h>

#if !MONGOC_CHECK_VERSION(1, 17, 0)
#error "bosdb needs libmongoc 1.17 or later. Install a newer libmongoc-dev (apt) or mongo-c-driver (brew)."
#endif

#endif
