/* ddi_http.h - the stand-in server's HTTP, by libmicrohttpd, in one thread: the devices' port, the judge's port, and the
 * other host to which nobody may be led. All are addresses of this computer (127.0.0.1 and 127.0.0.2). */
#ifndef REHEARSE_FLEET_SERVER_DDI_HTTP_H
#define REHEARSE_FLEET_SERVER_DDI_HTTP_H

#include "rehearse/fleet/server/ddi_fault.h"
#include "rehearse/fleet/server/ddi_request.h"

#define DDI_URL_MAX 48u

struct MHD_Daemon;

struct ddi_http {
    struct ddi *ddi;
    struct ddi_faults faults;
    struct MHD_Daemon *devices, *judge, *other;
    char base[DDI_URL_MAX],
        other_base[DDI_URL_MAX]; /* how links begin: this host's, and the other one's */
};

/* Ports: 0 is any that is free; *port and *judge_port become what they are. certificate and key are PEM texts, NULL for
 * plain HTTP. ERR_IO: a port cannot be had. */
MUST_CHECK enum err ddi_http_open(struct ddi_http *h, uint16_t *port, uint16_t *judge_port,
                                  const char *certificate, const char *key);

/* Until stop, a signalfd, can be read. */
void ddi_http_run(struct ddi_http *h, int stop);
void ddi_http_close(struct ddi_http *h);

#endif
