/* http_server.h - a small HTTP server on 127.0.0.1 for the tests of requests, on a thread of its own. */
#ifndef HOST_GATEWAY_SERVER_TEST_HTTP_SERVER_H
#define HOST_GATEWAY_SERVER_TEST_HTTP_SERVER_H

#include <stdbool.h>

/* What it answers, by path:
 *   /status/N         status N, its body is "status N"
 *   /bytes/N          N bytes, of which byte i is i % 251; Range is obeyed
 *   /wrong-range      206 with bytes from 0, whatever was asked for
 *   /endless          a body without end; /endless/N: with status N
 *   /headers          200,000 bytes of headers
 *   /close            the connection is closed after half of the body that the headers announce
 *   /hang             nothing, ever
 *   /redirect         302 to /status/200
 *   /later            429 with Retry-After: 120
 *   /later-date       503 with Retry-After: Mon, 30 Nov 2026 08:00:30 GMT
 *   /echo             "METHOD|Authorization|Content-Type|Accept|User-Agent|BODY" of the request, "-" for what it lacks */
struct http_server;

/* key, certificate: PEM texts for TLS; NULL: plain HTTP. Fails the test if it cannot start. */
struct http_server *http_server_start(const char *key, const char *certificate);
void http_server_stop(struct http_server *s);

/* "http://127.0.0.1:PORT/path"; https with a key. Static text. */
const char *http_server_url(const struct http_server *s, const char *path);
/* Requests that it has seen for paths with this beginning. */
unsigned http_server_seen(struct http_server *s, const char *path);
/* The most requests that were open at the same time. */
unsigned http_server_most(struct http_server *s);

#endif
