/* A growing byte buffer with one owner: output is built here, last step first to escape. Starts as {0}. */
#ifndef VAFA_BASE_BUF_H
#define VAFA_BASE_BUF_H
#include "base/status.h"
#include "base/str.h"

struct buf {
    char *p; /* owned */
    size_t n, capacity;
};

void buf_reserve(struct buf *buf, size_t more); /* room for `more` bytes behind n */
void buf_put(struct buf *buf, const void *data, size_t n);
void buf_put_str(struct buf *buf, struct str s);
void buf_put_c(struct buf *buf, const char *text);
void buf_put_byte(struct buf *buf, char c);
void buf_format(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);
static inline struct str buf_str(const struct buf *buf) {
    return (struct str){buf->p, buf->n};
}
static inline void buf_clear(struct buf *buf) {
    buf->n = 0;
}
void buf_free(struct buf *buf);

#endif
