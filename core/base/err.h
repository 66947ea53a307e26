/* err.h - the one error type of the device code and of the libraries.
 * Zero is success. The values are negative POSIX error numbers as Zephyr prints them, so that
 * "flash_write error -5" means here what it means in a Zephyr log. */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_STATE = -1,       /* not allowed in the present state */
    ERR_NOENT = -2,       /* nothing there: no such area, image, key, record */
    ERR_IO = -5,          /* the device tried and reported a failure */
    ERR_NOMEM = -12,      /* the caller's buffer is too small */
    ERR_ACCESS = -13,     /* locked, write-protected or denied */
    ERR_ALIGN = -14,      /* not a multiple of the unit that the device works in */
    ERR_BUSY = -16,       /* in use by another operation */
    ERR_NOT_BLANK = -17,  /* the place to program is not erased */
    ERR_INVAL = -22,      /* an argument outside the contract */
    ERR_NOSPC = -28,      /* does not fit */
    ERR_RANGE = -34,      /* outside the device or area */
    ERR_PEER = -71,       /* the other side answered no; its code is beside this one */
    ERR_UNREADABLE = -77, /* a flash word whose ECC does not decode */
    ERR_FORMAT = -84,     /* bytes that do not have the shape they must have */
    ERR_CLOSED = -104,    /* the connection has gone */
    ERR_TIMEOUT = -116,
    ERR_NOTSUP = -134, /* not built in */
};

/* The meaning of e in a few words, for people. Never NULL. Not linked into a device that does
 * not call it. */
const char *err_text(enum err e);

#endif
