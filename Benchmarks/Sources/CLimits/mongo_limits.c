#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "c_limits.h"

struct limit_mongo {
  mongoc_client_pool_t *pool;
  char *error;
};

static pthread_mutex_t error_lock = PTHREAD_MUTEX_INITIALIZER;

static int fail(limit_mongo *mongo, const char *reason) {
  pthread_mutex_lock(&error_lock);
  if (!mongo->error) mongo->error = strdup(reason && *reason ? reason : "failed");
  pthread_mutex_unlock(&error_lock);
  return -1;
}

const char *limit_mongo_error(const limit_mongo *mongo) { return mongo->error; }
const char *limit_mongo_library_version(void) { return mongoc_get_version(); }

limit_mongo *limit_mongo_open(const char *url) {
  limit_mongo *mongo = calloc(1, sizeof *mongo);
  if (!mongo) abort();
  mongoc_init();
  bson_error_t error;
  mongoc_uri_t *uri = mongoc_uri_new_with_error(url, &error);
  if (!uri) {
    fail(mongo, error.message);
    return mongo;
  }
  mongo->pool = mongoc_client_pool_new(uri);
  mongoc_uri_destroy(uri);
  if (!mongo->pool) fail(mongo, "no pool");
  return mongo;
}

void limit_mongo_close(limit_mongo *mongo) {
  if (mongo->pool) mongoc_client_pool_destroy(mongo->pool);
  free(mongo->error);
  free(mongo);
}

// MARK: Writing

static void build(bson_t *document, int id) {
  bson_t address, tags, place;
  char name[32];
  bson_init(document);
  snprintf(name, sizeof name, "customer %d", id);
  BSON_APPEND_INT32(document, "_id", id);
  BSON_APPEND_UTF8(document, "name", name);
  BSON_APPEND_INT32(document, "age", id % 90);
  BSON_APPEND_DOUBLE(document, "balance", id * 0.25);
  BSON_APPEND_BOOL(document, "active", id % 2 == 0);
  BSON_APPEND_DATE_TIME(document, "joined", 1600000000000LL + id);
  BSON_APPEND_INT64(document, "visits", (int64_t)id * 1000);
  BSON_APPEND_DOCUMENT_BEGIN(document, "address", &address);
  BSON_APPEND_UTF8(&address, "city", "Vaduz");
  BSON_APPEND_INT32(&address, "zip", 9490);
  BSON_APPEND_DOCUMENT_BEGIN(&address, "place", &place);
  BSON_APPEND_DOUBLE(&place, "lat", 47.14);
  BSON_APPEND_DOUBLE(&place, "lon", 9.52);
  bson_append_document_end(&address, &place);
  bson_append_document_end(document, &address);
  BSON_APPEND_ARRAY_BEGIN(document, "tags", &tags);
  BSON_APPEND_UTF8(&tags, "0", "new");
  BSON_APPEND_UTF8(&tags, "1", "vip");
  bson_append_array_end(document, &tags);
}

int limit_mongo_drop(limit_mongo *mongo, const char *database, const char *collection) {
  mongoc_client_t *client = mongoc_client_pool_pop(mongo->pool);
  mongoc_collection_t *target = mongoc_client_get_collection(client, database, collection);
  mongoc_collection_drop(target, NULL);
  mongoc_collection_destroy(target);
  mongoc_client_pool_push(mongo->pool, client);
  return 0;
}

int limit_mongo_fill(limit_mongo *mongo, const char *database, const char *collection, int count, int batch) {
  limit_mongo_drop(mongo, database, collection);
  mongoc_client_t *client = mongoc_client_pool_pop(mongo->pool);
  mongoc_collection_t *target = mongoc_client_get_collection(client, database, collection);
  bson_t *documents = calloc((size_t)batch, sizeof *documents);
  const bson_t **pointers = calloc((size_t)batch, sizeof *pointers);
  int status = 0;
  for (int first = 1; first <= count && status == 0; first += batch) {
    int size = count - first + 1 < batch ? count - first + 1 : batch;
    for (int i = 0; i < size; i++) {
      build(&documents[i], first + i);
      pointers[i] = &documents[i];
    }
    bson_error_t error;
    if (!mongoc_collection_insert_many(target, pointers, (size_t)size, NULL, NULL, &error)) {
      status = fail(mongo, error.message);
    }
    for (int i = 0; i < size; i++) bson_destroy(&documents[i]);
  }
  free(documents);
  free(pointers);
  mongoc_collection_destroy(target);
  mongoc_client_pool_push(mongo->pool, client);
  return status;
}

// MARK: Reading

static void walk(bson_iter_t *iter, uint64_t *sum) {
  while (bson_iter_next(iter)) {
    switch (bson_iter_type(iter)) {
    case BSON_TYPE_INT32: *sum += (uint64_t)bson_iter_int32(iter); break;
    case BSON_TYPE_INT64: *sum += (uint64_t)bson_iter_int64(iter); break;
    case BSON_TYPE_DATE_TIME: *sum += (uint64_t)bson_iter_date_time(iter); break;
    case BSON_TYPE_BOOL: *sum += bson_iter_bool(iter); break;
    case BSON_TYPE_DOUBLE: *sum += (uint64_t)bson_iter_double(iter); break;
    case BSON_TYPE_UTF8: {
      uint32_t length = 0;
      const char *text = bson_iter_utf8(iter, &length);
      if (text) *sum += length;
      break;
    }
    case BSON_TYPE_DOCUMENT:
    case BSON_TYPE_ARRAY: {
      bson_iter_t child;
      if (bson_iter_recurse(iter, &child)) walk(&child, sum);
      break;
    }
    default: break;
    }
  }
}

static int64_t finds(
  limit_mongo *mongo, mongoc_client_t *client, const char *database, const char *name, const int32_t *ids, int count,
  int64_t *nanoseconds) {
  mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
  bson_t *options = BCON_NEW("limit", BCON_INT64(1), "singleBatch", BCON_BOOL(true));
  uint64_t sum = 0;
  for (int i = 0; i < count; i++) {
    int64_t start = nanoseconds ? limit_monotonic_nanoseconds() : 0;
    bson_t filter;
    bson_init(&filter);
    BSON_APPEND_INT32(&filter, "_id", ids[i]);
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, options, NULL);
    const bson_t *document = NULL;
    bson_iter_t iter;
    bool found = mongoc_cursor_next(cursor, &document) && bson_iter_init(&iter, document);
    if (found) walk(&iter, &sum);
    mongoc_cursor_destroy(cursor);
    bson_destroy(&filter);
    if (!found) {
      fail(mongo, "no document");
      break;
    }
    if (nanoseconds) nanoseconds[i] = limit_monotonic_nanoseconds() - start;
  }
  bson_destroy(options);
  mongoc_collection_destroy(collection);
  return mongo->error ? -1 : (int64_t)(sum & 0x7fffffffffffffff);
}

int64_t limit_mongo_finds(
  limit_mongo *mongo, const char *database, const char *collection, const int32_t *ids, int count,
  int64_t *nanoseconds) {
  mongoc_client_t *client = mongoc_client_pool_pop(mongo->pool);
  int64_t result = finds(mongo, client, database, collection, ids, count, nanoseconds);
  mongoc_client_pool_push(mongo->pool, client);
  return result;
}

struct worker {
  pthread_t thread;
  limit_mongo *mongo;
  mongoc_client_t *client;
  const char *database, *collection;
  const int32_t *ids;
  int count;
  int64_t result;
};

static void *run_worker(void *context) {
  struct worker *worker = context;
  worker->result = finds(
    worker->mongo, worker->client, worker->database, worker->collection, worker->ids, worker->count, NULL);
  return NULL;
}

int limit_mongo_finds_on_threads(
  limit_mongo *mongo, const char *database, const char *collection, int threads, const int32_t *ids, int count) {
  struct worker workers[threads];
  int share = count / threads;
  for (int i = 0; i < threads; i++) {
    int first = i * share;
    workers[i] = (struct worker){
      .mongo = mongo, .client = mongoc_client_pool_pop(mongo->pool), .database = database, .collection = collection,
      .ids = ids + first, .count = i == threads - 1 ? count - first : share};
    pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]);
  }
  int failed = 0;
  for (int i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
    if (workers[i].result < 0) failed = -1;
    mongoc_client_pool_push(mongo->pool, workers[i].client);
  }
  return failed;
}

int64_t limit_mongo_stream(limit_mongo *mongo, const char *database, const char *name, uint64_t *checksum) {
  mongoc_client_t *client = mongoc_client_pool_pop(mongo->pool);
  mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
  bson_t filter = BSON_INITIALIZER;
  bson_t *options = BCON_NEW("batchSize", BCON_INT64(1000));
  mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, options, NULL);
  const bson_t *document = NULL;
  int64_t count = 0;
  while (mongoc_cursor_next(cursor, &document)) {
    bson_iter_t iter;
    if (bson_iter_init(&iter, document)) walk(&iter, checksum);
    count++;
  }
  bson_error_t error;
  if (mongoc_cursor_error(cursor, &error)) count = fail(mongo, error.message);
  mongoc_cursor_destroy(cursor);
  bson_destroy(options);
  mongoc_collection_destroy(collection);
  mongoc_client_pool_push(mongo->pool, client);
  return count;
}
