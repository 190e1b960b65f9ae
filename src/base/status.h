/* Statuses: the closed list of ways in which an operation can end. */
#ifndef VAFA_BASE_STATUS_H
#define VAFA_BASE_STATUS_H

/* Every fallible function returns one of these. Success is 0, so `if (status)` reads "if it failed". */
enum status {
    OK = 0,
    BAD_INPUT,       /* 400: the caller's data is wrong; the problem names the place and the remedy */
    UNAUTHENTICATED, /* 401: nobody is signed in, or the key is unknown */
    FORBIDDEN,       /* 403: known, but not allowed */
    NOT_FOUND,       /* 404 */
    CONFLICT,        /* 409, or 412 for a stale If-Match: the state does not allow it */
    TOO_LARGE,       /* 413: over a limit of settings.def */
    LIMITED,         /* 429: too much at once; try again later */
    UNAVAILABLE,     /* 503: a disk, a lock or a peer failed; nothing was done */
    INTERNAL,        /* 500: a fault of ours */
};

#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

#endif
