/* http_ca.h - a certificate for 127.0.0.1 that signs itself, made for one test. */
#ifndef HOST_GATEWAY_SERVER_TEST_HTTP_CA_H
#define HOST_GATEWAY_SERVER_TEST_HTTP_CA_H

/* PEM texts; the caller frees them. */
struct http_ca {
    char *key, *certificate;
};

/* address: the IP address that it is for. */
void http_ca_make(struct http_ca *ca, const char *address);
void http_ca_free(struct http_ca *ca);

#endif
