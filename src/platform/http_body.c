#include "platform/http_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void too_large(struct http_waiter *waiter, uint64_t limit) {
    fail(
        &waiter->problem, TOO_LARGE,
        MESSAGE(
            "body_too_large", "The body is larger than {0} bytes. Send it in smaller parts.",
            "متن درخواست از {0} بایت بزرگ‌تر است. آن را در چند بخش کوچک‌تر بفرستید."),
        ARGS(str_format(&waiter->arena, "%llu", (unsigned long long)limit)));
}

static void broken_gzip(struct http_waiter *waiter) {
    fail(&waiter->problem, BAD_INPUT,
         MESSAGE("gzip_broken",
                 "The body is marked gzip, but is damaged or cut off. Compress and send it again.",
                 "متن درخواست با gzip نشان شده، اما آسیب دیده یا ناتمام است. دوباره فشرده کنید و بفرستید."),
         NO_ARGS);
}

void http_body_begin(struct http_waiter *waiter) {
    struct str encoding = request_header(&waiter->request, "content-encoding");
    struct str length = request_header(&waiter->request, "content-length");
    int64_t n = 0;
    if (encoding.n && !str_equal_nocase(encoding, STR("identity"))) {
        waiter->gzip = str_equal_nocase(encoding, STR("gzip")) || str_equal_nocase(encoding, STR("x-gzip"));
        if (!waiter->gzip) {
            waiter->response.code = 415;
            fail(
                &waiter->problem, BAD_INPUT,
                MESSAGE(
                    "encoding_unknown", "Content-Encoding “{0}” is not supported; use gzip or none.",
                    "فشرده‌سازی «{0}» پشتیبانی نمی‌شود؛ gzip یا بدون فشرده‌سازی بفرستید."),
                ARGS(encoding));
            return;
        }
    }
    waiter->length_given = length.n && str_to_int(length, &n) && n >= 0;
    waiter->announced = waiter->length_given ? (uint64_t)n : 0;
    if (waiter->announced > waiter->plan.body_max) {
        too_large(waiter, waiter->plan.body_max);
        return;
    }
    if (waiter->plan.to_file) {
        snprintf(waiter->upload_path, sizeof waiter->upload_path, "%s/upload-XXXXXX",
                 waiter->http->upload_folder);
        waiter->upload_fd = mkostemp(waiter->upload_path, O_CLOEXEC);
        if (waiter->upload_fd < 0) {
            fail_errno(&waiter->problem, "create", waiter->upload_path, errno);
            waiter->upload_path[0] = 0;
        }
        waiter->request.upload = waiter->upload_path;
    } else if (n && !waiter->gzip) {
        buf_reserve(&waiter->body, (size_t)n);
    }
    if (!waiter->gzip) return;
    int result = waiter->inflater_ready ? inflateReset(&waiter->inflater)
                                        : inflateInit2(&waiter->inflater, 16 + MAX_WBITS);
    waiter->inflater_ready = result == Z_OK;
    waiter->gzip_ended = false;
    if (result != Z_OK) fail_errno(&waiter->problem, "inflate", "body", ENOMEM);
}

static void store(struct http_waiter *waiter, const char *data, size_t n) {
    waiter->inflated += n;
    uint64_t limit = waiter->gzip ? waiter->plan.inflated_max : waiter->plan.body_max;
    if (waiter->inflated > limit) {
        too_large(waiter, limit);
        return;
    }
    if (!waiter->plan.to_file) {
        buf_put(&waiter->body, data, n);
        return;
    }
    while (n) {
        ssize_t written = write(waiter->upload_fd, data, n);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            fail_errno(&waiter->problem, "write", waiter->upload_path, errno);
            return;
        }
        data += written;
        n -= (size_t)written;
    }
}

static void inflate_piece(struct http_waiter *waiter, const char *data, size_t n) {
    char piece[32768];
    z_stream *z = &waiter->inflater;
    z->next_in = (Bytef *)(uintptr_t)data;
    z->avail_in = (uInt)n;
    do {
        if (waiter->gzip_ended) { /* another member follows: allowed by RFC 1952 */
            if (!z->avail_in) break;
            inflateReset(z);
            waiter->gzip_ended = false;
        }
        z->next_out = (Bytef *)piece;
        z->avail_out = sizeof piece;
        int result = inflate(z, Z_NO_FLUSH);
        if (result == Z_STREAM_END) {
            waiter->gzip_ended = true;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            broken_gzip(waiter);
            return;
        }
        size_t made = sizeof piece - z->avail_out;
        if (made) store(waiter, piece, made);
        if (waiter->problem.status) return;
        if (waiter->inflated > HTTP_RATIO_FROM && waiter->inflated / HTTP_INFLATE_RATIO > waiter->wire) {
            too_large(waiter, waiter->wire * HTTP_INFLATE_RATIO);
            return;
        }
        if (result == Z_BUF_ERROR && !made) break;
    } while (z->avail_in || !z->avail_out);
}

bool http_body_take(struct http_waiter *waiter, const char *data, size_t n) {
    waiter->wire += n;
    if (waiter->wire > waiter->plan.body_max && !waiter->problem.status)
        too_large(waiter, waiter->plan.body_max);
    if (waiter->problem.status) /* let a bounded rest pass, so that the client reads the answer */
        return waiter->wire < waiter->plan.body_max + HTTP_LET_PASS;
    if (waiter->gzip) {
        inflate_piece(waiter, data, n);
    } else {
        store(waiter, data, n);
    }
    return true;
}

void http_body_end(struct http_waiter *waiter) {
    if (waiter->gzip && !waiter->problem.status && waiter->wire && !waiter->gzip_ended) broken_gzip(waiter);
    if (waiter->upload_fd >= 0 && close(waiter->upload_fd) && !waiter->problem.status)
        fail_errno(&waiter->problem, "close", waiter->upload_path, errno);
    waiter->upload_fd = -1;
    waiter->request.body = buf_str(&waiter->body);
}

void http_body_reset(struct http_waiter *waiter) {
    if (waiter->upload_fd >= 0) close(waiter->upload_fd);
    waiter->upload_fd = -1;
    if (waiter->upload_path[0]) unlink(waiter->upload_path);
    waiter->upload_path[0] = 0;
    if (waiter->body.capacity > HTTP_KEEP_BODY) buf_free(&waiter->body);
    buf_clear(&waiter->body);
    if (waiter->response.body.capacity > HTTP_KEEP_BODY) buf_free(&waiter->response.body);
    buf_clear(&waiter->response.body);
}
