#ifndef BOSDB_CSTARTUP_H
#define BOSDB_CSTARTUP_H

// Holds what bosdb-cli does before the libraries that it loads run their constructors; nothing is called by name.

#endif
