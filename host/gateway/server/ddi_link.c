/* ddi_link.c - which of a server's links may be followed, judged by libcurl's own URL parser, so that the judge and the one
 * that connects read a link alike. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host/gateway/server/ddi.h"

/* A part of u in malloc'd text; "": it has none. NULL: no memory. */
static char *part_of(CURLU *u, CURLUPart part)
{
    char *text = NULL;
    CURLUcode rc = curl_url_get(u, part, &text, CURLU_DEFAULT_PORT);
    if (rc == CURLUE_OUT_OF_MEMORY)
        return NULL;
    char *copy = strdup(rc == CURLUE_OK ? text : "");
    curl_free(text);
    return copy;
}

/* Also an empty one. */
static bool has_user(CURLU *u)
{
    char *user = NULL, *password = NULL;
    bool has = curl_url_get(u, CURLUPART_USER, &user, 0) != CURLUE_NO_USER ||
               curl_url_get(u, CURLUPART_PASSWORD, &password, 0) != CURLUE_NO_PASSWORD;
    curl_free(user);
    curl_free(password);
    return has;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *x = part_of(a, part), *y = part_of(b, part);
    bool same = x != NULL && y != NULL && strcasecmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

static bool same_place(CURLU *a, CURLU *b)
{
    static const CURLUPart parts[] = {CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_ZONEID,
                                      CURLUPART_PORT};
    for (size_t i = 0; i < ARRAY_LEN(parts); i++)
        if (!same_part(a, b, parts[i]))
            return false;
    return true;
}

/* "https://host:443", without whatever else a link holds. */
static void print_place(char *text, size_t cap, CURLU *u)
{
    char *scheme = part_of(u, CURLUPART_SCHEME), *host = part_of(u, CURLUPART_HOST);
    char *port = part_of(u, CURLUPART_PORT);
    bool all = scheme != NULL && host != NULL && port != NULL;
    snprintf(text, cap, "%.10s://%.80s:%.10s", all ? scheme : "", all ? host : "", all ? port : "");
    free(scheme);
    free(host);
    free(port);
}

static enum ddi_link judge(CURLU *link, CURLU *server, char *why, size_t cap)
{
    char there[110], here[110];
    print_place(there, sizeof there, link);
    print_place(here, sizeof here, server);
    if (has_user(link)) {
        snprintf(why, cap, "the server's link has a user name in it, to %s", there);
        return DDI_LINK_ELSEWHERE;
    }
    if (!same_place(link, server)) {
        snprintf(why, cap, "the server's link leads to %s, away from the server %s", there, here);
        return DDI_LINK_ELSEWHERE;
    }
    return DDI_LINK_OK;
}

/* link starts as the server's address, so that setting it resolves a relative one. */
static enum ddi_link check(CURLU *link, CURLU *server, const char *text, const char *server_url,
                           char **url, char *why, size_t cap)
{
    char *whole;
    if (curl_url_set(server, CURLUPART_URL, server_url, 0) != CURLUE_OK ||
        curl_url_set(link, CURLUPART_URL, server_url, 0) != CURLUE_OK) {
        snprintf(why, cap, "the server's own address is not a URL");
        return DDI_LINK_INVALID;
    }
    CURLUcode rc = strlen(text) > DDI_URL_MAX ? CURLUE_MALFORMED_INPUT
                                              : curl_url_set(link, CURLUPART_URL, text, 0);
    if (rc != CURLUE_OK) {
        snprintf(why, cap, "the server's link is not a URL: %s", curl_url_strerror(rc));
        return DDI_LINK_INVALID;
    }
    enum ddi_link verdict = judge(link, server, why, cap);
    if (verdict != DDI_LINK_OK)
        return verdict;
    if (curl_url_get(link, CURLUPART_URL, &whole, 0) == CURLUE_OK) {
        *url = strdup(whole);
        curl_free(whole);
    }
    if (*url == NULL)
        snprintf(why, cap, "the server's link does not fit into memory");
    return *url != NULL ? DDI_LINK_OK : DDI_LINK_INVALID;
}

enum ddi_link ddi_check_link(const char *link, const char *server_url, char **url, char *why,
                             size_t cap)
{
    CURLU *l = curl_url(), *server = curl_url();
    enum ddi_link verdict = DDI_LINK_INVALID;
    *url = NULL;
    if (l != NULL && server != NULL)
        verdict = check(l, server, link, server_url, url, why, cap);
    else
        snprintf(why, cap, "the server's link does not fit into memory");
    curl_url_cleanup(l);
    curl_url_cleanup(server);
    return verdict;
}

enum ddi_link ddi_check_artifact(const struct ddi_artifact *a, const char *server_url, char **url,
                                 char *why, size_t cap)
{
    enum ddi_link verdict = DDI_LINK_INVALID;
    *url = NULL;
    snprintf(why, cap, "the artifact has no link");
    for (size_t i = 0; i < ARRAY_LEN(a->url) && verdict != DDI_LINK_OK; i++)
        if (a->url[i] != NULL)
            verdict = ddi_check_link(a->url[i], server_url, url, why, cap);
    return verdict;
}

static bool to_feedback(CURLU *u)
{
    static const char tail[] = "/feedback";
    char *path = part_of(u, CURLUPART_PATH);
    size_t len = path != NULL ? strlen(path) : 0;
    char *longer = path != NULL ? realloc(path, len + sizeof tail) : NULL;
    if (longer == NULL) {
        free(path);
        return false;
    }
    len -= len > 0 && longer[len - 1] == '/';
    memcpy(longer + len, tail, sizeof tail);
    bool ok = curl_url_set(u, CURLUPART_PATH, longer, 0) == CURLUE_OK &&
              curl_url_set(u, CURLUPART_QUERY, NULL, 0) == CURLUE_OK &&
              curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK;
    free(longer);
    return ok;
}

char *ddi_feedback_url(const char *url)
{
    CURLU *u = curl_url();
    char *whole = NULL, *copy = NULL;
    if (u != NULL && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && to_feedback(u) &&
        curl_url_get(u, CURLUPART_URL, &whole, 0) == CURLUE_OK)
        copy = strdup(whole);
    curl_free(whole);
    curl_url_cleanup(u);
    return copy;
}
