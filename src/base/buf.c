#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void buf_reserve(struct buf *buf, size_t more) {
    if (buf->capacity - buf->n >= more) return;
    size_t capacity = buf->capacity ? buf->capacity : 256;
    while (capacity - buf->n < more)
        capacity *= 2;
    buf->p = memory_resize(buf->p, capacity);
    buf->capacity = capacity;
}

void buf_put(struct buf *buf, const void *data, size_t n) {
    if (!n) return;
    buf_reserve(buf, n);
    memcpy(buf->p + buf->n, data, n);
    buf->n += n;
}

void buf_put_str(struct buf *buf, struct str s) {
    buf_put(buf, s.p, s.n);
}

void buf_put_c(struct buf *buf, const char *text) {
    buf_put(buf, text, strlen(text));
}

void buf_put_byte(struct buf *buf, char c) {
    buf_reserve(buf, 1);
    buf->p[buf->n++] = c;
}

void buf_format(struct buf *buf, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        buf_reserve(buf, (size_t)n + 1);
        vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
        buf->n += (size_t)n;
    }
    va_end(again);
}

void buf_free(struct buf *buf) {
    free(buf->p);
    *buf = (struct buf){0};
}
