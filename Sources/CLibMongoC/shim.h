#ifndef BOSDB_CLIBMONGOC_SHIM_H
#define BOSDB_CLIBMONGOC_SHIM_H

#include <mongoc/mongoc.h>

#if !MONGOC_CHECK_VERSION(1, 17, 0)
#error "bosdb needs libmongoc 1.17 or later. Install a newer libmongoc-dev (apt) or mongo-c-driver (brew)."
#endif

// bson_t has an alignment that Swift does not import, so that documents pass as bytes.
typedef struct {
  const uint8_t *data;
  size_t length;
} bosdb_bson;

static inline bosdb_bson bosdb_bson_bytes(const bson_t *document) {
  bosdb_bson bytes = {NULL, 0};
  if (document) {
    bytes.data = bson_get_data(document);
    bytes.length = document->len;
  }
  return bytes;
}

// A document over bytes that stay the caller's.
static inline bool bosdb_bson_lend(bosdb_bson bytes, bson_t *document) {
  return bytes.data && bson_init_static(document, bytes.data, bytes.length);
}

static inline bool bosdb_mongo_refuse(bson_error_t *error, const char *message) {
  bson_set_error(error, MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, "%s", message);
  return false;
}

// Options with the session in them. The caller destroys them, whatever is returned.
static inline bool bosdb_mongo_options(
    bosdb_bson given, const mongoc_client_session_t *session, bson_t *options, bson_error_t *error) {
  bson_t lent;
  bson_init(options);
  if (!bosdb_bson_lend(given, &lent)) return bosdb_mongo_refuse(error, "the options are not a document");
  if (!bson_concat(options, &lent)) return bosdb_mongo_refuse(error, "the options are too large");
  return !session || mongoc_client_session_append(session, options, error);
}

// Which of libmongoc's command functions runs a command: they differ in retries, concerns and read preference.
typedef enum { BOSDB_MONGO_PLAIN, BOSDB_MONGO_READ, BOSDB_MONGO_WRITE } bosdb_mongo_mode;

// The reply is the caller's to destroy, whatever is returned.
static inline bool bosdb_mongo_command(
    mongoc_client_t *client, bosdb_mongo_mode mode, const char *database, bosdb_bson command, bosdb_bson options,
    const mongoc_client_session_t *session, const mongoc_read_prefs_t *preference, bson_t **reply,
    bson_error_t *error) {
  bson_t document, all, answer;
  bool done = bosdb_mongo_options(options, session, &all, error);
  if (done && !bosdb_bson_lend(command, &document)) {
    done = bosdb_mongo_refuse(error, "the command is not a document");
  }
  if (!done) {
    bson_init(&answer);
  } else if (mode == BOSDB_MONGO_READ) {
    done = mongoc_client_read_command_with_opts(client, database, &document, preference, &all, &answer, error);
  } else if (mode == BOSDB_MONGO_WRITE) {
    done = mongoc_client_write_command_with_opts(client, database, &document, &all, &answer, error);
  } else {
    done = mongoc_client_command_with_opts(client, database, &document, preference, &all, &answer, error);
  }
  bson_destroy(&all);
  *reply = bson_copy(&answer);
  bson_destroy(&answer);
  return done;
}

// The cursors say by their error what was wrong. `NULL` only for documents that are none.
static inline mongoc_cursor_t *bosdb_mongo_find(
    mongoc_client_t *client, const char *database, const char *collection, bosdb_bson filter, bosdb_bson options,
    const mongoc_client_session_t *session, const mongoc_read_prefs_t *preference, bson_error_t *error) {
  bson_t document, all;
  mongoc_cursor_t *cursor = NULL;
  if (!bosdb_bson_lend(filter, &document)) {
    bosdb_mongo_refuse(error, "the filter is not a document");
    return NULL;
  }
  if (bosdb_mongo_options(options, session, &all, error)) {
    mongoc_collection_t *target = mongoc_client_get_collection(client, database, collection);
    cursor = mongoc_collection_find_with_opts(target, &document, &all, preference);
    mongoc_collection_destroy(target);
  }
  bson_destroy(&all);
  return cursor;
}

// Without a collection the pipeline runs on the database.
static inline mongoc_cursor_t *bosdb_mongo_aggregate(
    mongoc_client_t *client, const char *database, const char *collection, bosdb_bson pipeline, bosdb_bson options,
    const mongoc_client_session_t *session, const mongoc_read_prefs_t *preference, bson_error_t *error) {
  bson_t document, all;
  mongoc_cursor_t *cursor = NULL;
  if (!bosdb_bson_lend(pipeline, &document)) {
    bosdb_mongo_refuse(error, "the pipeline is not a document");
    return NULL;
  }
  if (bosdb_mongo_options(options, session, &all, error)) {
    if (collection) {
      mongoc_collection_t *target = mongoc_client_get_collection(client, database, collection);
      cursor = mongoc_collection_aggregate(target, MONGOC_QUERY_NONE, &document, &all, preference);
      mongoc_collection_destroy(target);
    } else {
      mongoc_database_t *target = mongoc_client_get_database(client, database);
      cursor = mongoc_database_aggregate(target, &document, &all, preference);
      mongoc_database_destroy(target);
    }
  }
  bson_destroy(&all);
  return cursor;
}

// Takes a copy of the reply, which has a cursor in it.
static inline mongoc_cursor_t *bosdb_mongo_cursor(
    mongoc_client_t *client, bosdb_bson reply, bosdb_bson options, const mongoc_client_session_t *session,
    bson_error_t *error) {
  bson_t document, all;
  mongoc_cursor_t *cursor = NULL;
  if (!bosdb_bson_lend(reply, &document)) {
    bosdb_mongo_refuse(error, "the reply is not a document");
    return NULL;
  }
  if (bosdb_mongo_options(options, session, &all, error)) {
    cursor = mongoc_cursor_new_from_command_reply_with_opts(client, bson_copy(&document), &all);
  }
  bson_destroy(&all);
  return cursor;
}

// The next document, which stays the cursor's until it is asked for another.
static inline bool bosdb_mongo_next(mongoc_cursor_t *cursor, bosdb_bson *document) {
  const bson_t *next = NULL;
  bool found = mongoc_cursor_next(cursor, &next);
  *document = bosdb_bson_bytes(found ? next : NULL);
  return found;
}

// Whether the cursor failed, and with what; the reply stays the cursor's.
static inline bool bosdb_mongo_cursor_error(
    const mongoc_cursor_t *cursor, bson_error_t *error, bosdb_bson *reply) {
  const bson_t *document = NULL;
  bool failed = mongoc_cursor_error_document((mongoc_cursor_t *)cursor, error, &document);
  *reply = bosdb_bson_bytes(failed ? document : NULL);
  return failed;
}

static inline mongoc_bulk_operation_t *bosdb_mongo_bulk(
    mongoc_client_t *client, const char *database, const char *collection, bosdb_bson options,
    const mongoc_client_session_t *session, bson_error_t *error) {
  bson_t all;
  mongoc_bulk_operation_t *bulk = NULL;
  if (bosdb_mongo_options(options, session, &all, error)) {
    mongoc_collection_t *target = mongoc_client_get_collection(client, database, collection);
    bulk = mongoc_collection_create_bulk_operation_with_opts(target, &all);
    mongoc_collection_destroy(target);
  }
  bson_destroy(&all);
  return bulk;
}

typedef enum {
  BOSDB_MONGO_INSERT,
  BOSDB_MONGO_UPDATE_ONE,
  BOSDB_MONGO_UPDATE_MANY,
  BOSDB_MONGO_REPLACE_ONE,
  BOSDB_MONGO_DELETE_ONE,
  BOSDB_MONGO_DELETE_MANY
} bosdb_mongo_write;

static inline bool bosdb_mongo_bulk_add(
    mongoc_bulk_operation_t *bulk, bosdb_mongo_write kind, bosdb_bson filter, bosdb_bson change, bosdb_bson options,
    bson_error_t *error) {
  bson_t selector, document, all;
  if (!bosdb_bson_lend(filter, &selector) || !bosdb_bson_lend(change, &document) || !bosdb_bson_lend(options, &all)) {
    return bosdb_mongo_refuse(error, "a part of the write is not a document");
  }
  switch (kind) {
  case BOSDB_MONGO_INSERT: return mongoc_bulk_operation_insert_with_opts(bulk, &document, &all, error);
  case BOSDB_MONGO_UPDATE_ONE:
    return mongoc_bulk_operation_update_one_with_opts(bulk, &selector, &document, &all, error);
  case BOSDB_MONGO_UPDATE_MANY:
    return mongoc_bulk_operation_update_many_with_opts(bulk, &selector, &document, &all, error);
  case BOSDB_MONGO_REPLACE_ONE:
    return mongoc_bulk_operation_replace_one_with_opts(bulk, &selector, &document, &all, error);
  case BOSDB_MONGO_DELETE_ONE: return mongoc_bulk_operation_remove_one_with_opts(bulk, &selector, &all, error);
  case BOSDB_MONGO_DELETE_MANY: return mongoc_bulk_operation_remove_many_with_opts(bulk, &selector, &all, error);
  }
  return bosdb_mongo_refuse(error, "no such write");
}

// The reply is the caller's to destroy, whatever is returned.
static inline bool bosdb_mongo_bulk_execute(mongoc_bulk_operation_t *bulk, bson_t **reply, bson_error_t *error) {
  bson_t answer;
  bool done = mongoc_bulk_operation_execute(bulk, &answer, error) != 0;
  *reply = bson_copy(&answer);
  bson_destroy(&answer);
  return done;
}

// Changes of a collection; without one of the database; without that of the whole deployment.
static inline mongoc_change_stream_t *bosdb_mongo_watch(
    mongoc_client_t *client, const char *database, const char *collection, bosdb_bson pipeline, bosdb_bson options,
    const mongoc_client_session_t *session, bson_error_t *error) {
  bson_t document, all;
  mongoc_change_stream_t *stream = NULL;
  if (!bosdb_bson_lend(pipeline, &document)) {
    bosdb_mongo_refuse(error, "the pipeline is not a document");
    return NULL;
  }
  if (bosdb_mongo_options(options, session, &all, error)) {
    if (collection) {
      mongoc_collection_t *target = mongoc_client_get_collection(client, database, collection);
      stream = mongoc_collection_watch(target, &document, &all);
      mongoc_collection_destroy(target);
    } else if (database) {
      mongoc_database_t *target = mongoc_client_get_database(client, database);
      stream = mongoc_database_watch(target, &document, &all);
      mongoc_database_destroy(target);
    } else {
      stream = mongoc_client_watch(client, &document, &all);
    }
  }
  bson_destroy(&all);
  return stream;
}

// The next change, which stays the stream's until it is asked for another. `false` when none came within the server's waiting time, too.
static inline bool bosdb_mongo_next_change(mongoc_change_stream_t *stream, bosdb_bson *document) {
  const bson_t *next = NULL;
  bool found = mongoc_change_stream_next(stream, &next);
  *document = bosdb_bson_bytes(found ? next : NULL);
  return found;
}

static inline bool bosdb_mongo_change_error(
    const mongoc_change_stream_t *stream, bson_error_t *error, bosdb_bson *reply) {
  const bson_t *document = NULL;
  bool failed = mongoc_change_stream_error_document(stream, error, &document);
  *reply = bosdb_bson_bytes(failed ? document : NULL);
  return failed;
}

static inline bool bosdb_mongo_commit(mongoc_client_session_t *session, bson_t **reply, bson_error_t *error) {
  bson_t answer;
  bool done = mongoc_client_session_commit_transaction(session, &answer, error);
  *reply = bson_copy(&answer);
  bson_destroy(&answer);
  return done;
}

static inline void bosdb_mongo_add_tag(mongoc_read_prefs_t *preference, bosdb_bson tag) {
  bson_t document;
  if (bosdb_bson_lend(tag, &document)) mongoc_read_prefs_add_tag(preference, &document);
}

// An array that Swift does not import.
static inline const char *bosdb_bson_message(const bson_error_t *error) { return error->message; }

// libmongoc would write its warnings to standard output and standard error of whoever uses the library.
static inline void bosdb_mongo_ignore_log(
    mongoc_log_level_t level, const char *domain, const char *message, void *context) {
  (void)level, (void)domain, (void)message, (void)context;
}
static inline void bosdb_mongo_start(void) {
  mongoc_log_set_handler(bosdb_mongo_ignore_log, NULL);
  mongoc_init();
}

#endif
