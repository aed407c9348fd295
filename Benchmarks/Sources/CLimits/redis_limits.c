#include <arpa/inet.h>
#include <errno.h>
#include <hiredis/hiredis.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "c_limits.h"

/// A plain connection is hiredis' own; hiredis 0.14 has no TLS, so an encrypted one reads and writes by itself.
struct limit_redis {
  redisContext *context;
  SSL_CTX *tls_context;
  SSL *tls;
  redisReader *reader;
  char *error;
};

static int fail(limit_redis *redis, const char *reason) {
  if (!redis->error) redis->error = strdup(reason && *reason ? reason : "failed");
  return -1;
}

const char *limit_redis_error(const limit_redis *redis) { return redis->error; }

#define TEXT(x) #x
#define NUMBER(x) TEXT(x)
const char *limit_redis_library_version(void) {
  return NUMBER(HIREDIS_MAJOR) "." NUMBER(HIREDIS_MINOR) "." NUMBER(HIREDIS_PATCH);
}

// MARK: One exchange at a time

/// Writes bytes that are formatted already.
static int put(limit_redis *redis, const char *bytes, size_t length) {
  if (!redis->tls) return redisAppendFormattedCommand(redis->context, bytes, length) == REDIS_OK ? 0 : fail(redis, redis->context->errstr);
  while (length > 0) {
    int written = SSL_write(redis->tls, bytes, (int)length);
    if (written <= 0) return fail(redis, "SSL_write");
    bytes += written;
    length -= (size_t)written;
  }
  return 0;
}

static redisReply *take(limit_redis *redis) {
  void *reply = NULL;
  if (!redis->tls) {
    if (redisGetReply(redis->context, &reply) != REDIS_OK) fail(redis, redis->context->errstr);
  } else {
    char buffer[16384];
    while (redisReaderGetReply(redis->reader, &reply) == REDIS_OK && !reply) {
      int count = SSL_read(redis->tls, buffer, sizeof buffer);
      if (count <= 0) {
        fail(redis, "SSL_read");
        return NULL;
      }
      redisReaderFeed(redis->reader, buffer, (size_t)count);
    }
  }
  redisReply *result = reply;
  if (result && result->type == REDIS_REPLY_ERROR) {
    fail(redis, result->str);
    freeReplyObject(result);
    return NULL;
  }
  return result;
}

static redisReply *run(limit_redis *redis, int count, const char **arguments) {
  size_t lengths[count];
  for (int i = 0; i < count; i++) lengths[i] = strlen(arguments[i]);
  if (!redis->tls) {
    redisReply *reply = redisCommandArgv(redis->context, count, arguments, lengths);
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
      fail(redis, reply ? reply->str : redis->context->errstr);
      if (reply) freeReplyObject(reply);
      return NULL;
    }
    return reply;
  }
  char *command = NULL;
  int length = redisFormatCommandArgv(&command, count, arguments, lengths);
  int status = put(redis, command, (size_t)length);
  free(command);
  return status < 0 ? NULL : take(redis);
}

// MARK: Connecting

static int encrypt(limit_redis *redis, const char *host, int port, const char *authorities) {
  redis->tls_context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_verify(redis->tls_context, SSL_VERIFY_PEER, NULL);
  if (SSL_CTX_load_verify_locations(redis->tls_context, authorities, NULL) != 1) return fail(redis, "the authorities cannot be read");
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &address.sin_addr);
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) return fail(redis, strerror(errno));
  redis->tls = SSL_new(redis->tls_context);
  SSL_set_fd(redis->tls, descriptor);
  redis->reader = redisReaderCreate();
  return SSL_connect(redis->tls) == 1 ? 0 : fail(redis, "SSL_connect");
}

limit_redis *limit_redis_open(
  const char *host, int port, const char *user, const char *password, const char *authorities) {
  limit_redis *redis = calloc(1, sizeof *redis);
  if (!redis) abort();
  if (authorities) {
    if (encrypt(redis, host, port, authorities) < 0) return redis;
  } else {
    redis->context = redisConnect(host, port);
    if (!redis->context || redis->context->err) {
      fail(redis, redis->context ? redis->context->errstr : NULL);
      return redis;
    }
  }
  if (password) {
    const char *arguments[] = {"AUTH", user ? user : password, password};
    redisReply *reply = run(redis, user ? 3 : 2, arguments);
    if (reply) freeReplyObject(reply);
  }
  return redis;
}

void limit_redis_close(limit_redis *redis) {
  if (redis->context) redisFree(redis->context);
  if (redis->tls) {
    int descriptor = SSL_get_fd(redis->tls);
    SSL_free(redis->tls);
    if (descriptor >= 0) close(descriptor);
  }
  if (redis->tls_context) SSL_CTX_free(redis->tls_context);
  if (redis->reader) redisReaderFree(redis->reader);
  free(redis->error);
  free(redis);
}

// MARK: The work

static int64_t value_length(redisReply *reply) {
  if (!reply) return -1;
  int64_t length = reply->type == REDIS_REPLY_STRING ? (int64_t)reply->len : -1;
  if (length > 0) {
    const volatile char *value = reply->str;
    (void)*value;
  }
  freeReplyObject(reply);
  return length;
}

int64_t limit_redis_gets(limit_redis *redis, const char *prefix, const int32_t *ids, int count, int64_t *nanoseconds) {
  int64_t sum = 0;
  char key[128];
  for (int i = 0; i < count; i++) {
    int64_t start = nanoseconds ? limit_monotonic_nanoseconds() : 0;
    snprintf(key, sizeof key, "%s%d", prefix, ids[i]);
    const char *arguments[] = {"GET", key};
    int64_t length = value_length(run(redis, 2, arguments));
    if (length < 0) return fail(redis, "no value");
    sum += length;
    if (nanoseconds) nanoseconds[i] = limit_monotonic_nanoseconds() - start;
  }
  return sum;
}

int64_t limit_redis_pipeline(limit_redis *redis, const char *prefix, const int32_t *ids, int count, int depth) {
  int64_t sum = 0;
  char key[128];
  for (int first = 0; first < count; first += depth) {
    int end = first + depth < count ? first + depth : count;
    char *batch = NULL;
    size_t batch_length = 0;
    if (redis->tls) batch = malloc((size_t)(end - first) * 192);
    for (int i = first; i < end; i++) {
      snprintf(key, sizeof key, "%s%d", prefix, ids[i]);
      const char *arguments[] = {"GET", key};
      size_t lengths[] = {3, strlen(key)};
      if (!redis->tls) {
        redisAppendCommandArgv(redis->context, 2, arguments, lengths);
        continue;
      }
      char *command = NULL;
      int length = redisFormatCommandArgv(&command, 2, arguments, lengths);
      memcpy(batch + batch_length, command, (size_t)length);
      batch_length += (size_t)length;
      free(command);
    }
    if (redis->tls) {
      int status = put(redis, batch, batch_length);
      free(batch);
      if (status < 0) return -1;
    }
    for (int i = first; i < end; i++) {
      int64_t length = value_length(take(redis));
      if (length < 0) return fail(redis, "no value");
      sum += length;
    }
  }
  return sum;
}

int64_t limit_redis_scan(limit_redis *redis, const char *pattern, int page) {
  int64_t keys = 0;
  char cursor[32] = "0", count[16];
  snprintf(count, sizeof count, "%d", page);
  do {
    const char *arguments[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", count};
    redisReply *reply = run(redis, 6, arguments);
    if (!reply) return -1;
    snprintf(cursor, sizeof cursor, "%s", reply->element[0]->str);
    redisReply *found = reply->element[1];
    for (size_t i = 0; i < found->elements; i++) {
      const volatile char *key = found->element[i]->str;
      (void)*key;
    }
    keys += (int64_t)found->elements;
    freeReplyObject(reply);
  } while (strcmp(cursor, "0") != 0);
  return keys;
}

static int many(limit_redis *redis, const char *prefix, int count, int is_set) {
  char key[128], value[32];
  const int depth = 1000;
  for (int first = 1; first <= count; first += depth) {
    int end = first + depth <= count + 1 ? first + depth : count + 1;
    for (int i = first; i < end; i++) {
      snprintf(key, sizeof key, "%s%d", prefix, i);
      snprintf(value, sizeof value, "value %014d", i);
      const char *arguments[] = {is_set ? "SET" : "UNLINK", key, value};
      redisAppendCommandArgv(redis->context, is_set ? 3 : 2, arguments, NULL);
    }
    for (int i = first; i < end; i++) {
      redisReply *reply = take(redis);
      if (!reply) return -1;
      freeReplyObject(reply);
    }
  }
  return 0;
}

int limit_redis_fill(limit_redis *redis, const char *prefix, int count) { return many(redis, prefix, count, 1); }
int limit_redis_clear(limit_redis *redis, const char *prefix, int count) { return many(redis, prefix, count, 0); }

// MARK: Decoding

static int64_t text_length(const redisReply *reply) {
  int64_t sum = reply->type == REDIS_REPLY_STRING ? (int64_t)reply->len : 0;
  for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) sum += text_length(reply->element[i]);
  return sum;
}

int64_t limit_redis_decode(const char *bytes, size_t length) {
  redisReader *reader = redisReaderCreate();
  int64_t sum = 0;
  const size_t chunk = 65536;
  for (size_t position = 0; position < length; position += chunk) {
    redisReaderFeed(reader, bytes + position, length - position < chunk ? length - position : chunk);
    void *reply = NULL;
    while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply) {
      sum += text_length(reply);
      freeReplyObject(reply);
      reply = NULL;
    }
  }
  redisReaderFree(reader);
  return sum;
}
