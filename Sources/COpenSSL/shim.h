#ifndef BOSDB_COPENSSL_SHIM_H
#define BOSDB_COPENSSL_SHIM_H

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#error "bosdb needs OpenSSL 3.0 or later. Install a newer libssl-dev (apt) or openssl@3 (brew)."
#endif

// Macros that Swift does not import.

static inline long bosdb_ssl_set_host_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name); }

static inline long bosdb_ssl_ctx_set_min_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_min_proto_version(context, version);
}

// What a write that could not be finished is tried again with may lie elsewhere, and a part of it may be reported as written.
static inline void bosdb_ssl_ctx_set_write_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static inline void bosdb_bio_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void bosdb_bio_retry_write(BIO *bio) { BIO_set_retry_write(bio); }
static inline void bosdb_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

#endif
