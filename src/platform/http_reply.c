#include "platform/http_internal.h"

#include <stdio.h>
#include <string.h>

struct header {
    const char *name, *value;
};
static const struct header always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};
static const struct header cors[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Access-Control-Allow-Origin", "*"},
    {"Access-Control-Expose-Headers", "Retry-After"},
};

static bool clean(struct str value) { /* no control character may end a header early */
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < 32 || value.p[i] == 127) return false;
    return true;
}

static void put(struct http_waiter *waiter, struct MHD_Response *response, const char *name,
                struct str value) {
    if (value.n && clean(value)) MHD_add_response_header(response, name, str_c(&waiter->arena, value));
}

static bool given(const struct response *response, const char *name) {
    for (size_t i = 0; i < response->header_count; i++)
        if (str_equal_nocase(response->headers[i].name, str_of(name))) return true;
    return false;
}

static void put_headers(struct http_waiter *waiter, struct MHD_Response *mhd) {
    const struct response *response = &waiter->response;
    const struct header *list = waiter->plan.cors ? cors : always;
    size_t n = waiter->plan.cors ? sizeof cors / sizeof *cors : sizeof always / sizeof *always;
    for (size_t i = 0; i < n; i++)
        if (!given(response, list[i].name)) MHD_add_response_header(mhd, list[i].name, list[i].value);
    if (!given(response, "cache-control"))
        MHD_add_response_header(mhd, "Cache-Control", response->etag.n ? "private, no-cache" : "no-store");
    if (waiter->http->options.hsts)
        MHD_add_response_header(mhd, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
    if (response->body.n || response->stream.take)
        MHD_add_response_header(mhd, "Content-Type",
                                response->content_type ? response->content_type : "application/json");
    put(waiter, mhd, "ETag", response->etag);
    put(waiter, mhd, "Location", response->location);
    put(waiter, mhd, "Set-Cookie", response->set_cookie);
    if (response->retry_after)
        put(waiter, mhd, "Retry-After", str_format(&waiter->arena, "%d", response->retry_after));
    for (size_t i = 0; i < response->header_count; i++)
        if (clean(response->headers[i].name))
            put(waiter, mhd, str_c(&waiter->arena, response->headers[i].name), response->headers[i].value);
}

/* Small answers without headers of their own are made once: the track API answers the same few bytes each
 * time. */
static bool can_be_canned(const struct response *response) {
    return !response->stream.take && response->body.n <= HTTP_CANNED_BYTES && !response->etag.n &&
           !response->location.n && !response->set_cookie.n && !response->retry_after &&
           !response->header_count && !response->content_type && response->code < 300;
}

static struct MHD_Response *canned_find(struct http_waiter *waiter) {
    struct http *http = waiter->http;
    size_t n = atomic_load_explicit(&http->canned_count, memory_order_acquire);
    for (size_t i = 0; i < n; i++) {
        struct http_canned *canned = &http->canned[i];
        if (canned->code == waiter->response.code && canned->cors == waiter->plan.cors &&
            canned->n == waiter->response.body.n &&
            (!canned->n || memcmp(canned->body, waiter->response.body.p, canned->n) == 0))
            return canned->response;
    }
    return NULL;
}

static void canned_add(struct http_waiter *waiter) {
    struct http *http = waiter->http;
    pthread_mutex_lock(&http->lock);
    size_t n = atomic_load_explicit(&http->canned_count, memory_order_relaxed);
    if (n < HTTP_CANNED && !canned_find(waiter)) {
        struct http_canned *canned = &http->canned[n];
        canned->code = waiter->response.code;
        canned->cors = waiter->plan.cors;
        canned->n = waiter->response.body.n;
        if (canned->n) memcpy(canned->body, waiter->response.body.p, canned->n);
        canned->response = MHD_create_response_from_buffer(canned->n, canned->body, MHD_RESPMEM_PERSISTENT);
        if (canned->response) {
            put_headers(waiter, canned->response);
            atomic_store_explicit(&http->canned_count, n + 1, memory_order_release);
        }
    }
    pthread_mutex_unlock(&http->lock);
}

/* Called when the stream has something, from any thread: once for each time that it had nothing. */
void http_wake(void *self) {
    struct http_waiter *waiter = self;
    struct MHD_Connection *connection = waiter->connection;
    if (atomic_exchange(&waiter->stream_state, WAITER_FINISHED) == WAITER_ASLEEP)
        MHD_resume_connection(connection);
}

static ssize_t read_stream(void *self, uint64_t at, char *out, size_t most) {
    (void)at;
    struct http_waiter *waiter = self;
    struct http_stream *stream = &waiter->response.stream;
    if (__atomic_load_n(&waiter->gone, __ATOMIC_ACQUIRE)) return MHD_CONTENT_READER_END_WITH_ERROR;
    atomic_store(&waiter->stream_state, WAITER_RUNNING);
    ssize_t n = stream->take(stream->self, out, most, http_wake, waiter);
    if (n < 0) return MHD_CONTENT_READER_END_OF_STREAM;
    if (n) return n;
    MHD_suspend_connection(waiter->connection);
    int state = WAITER_RUNNING;
    if (!atomic_compare_exchange_strong(&waiter->stream_state, &state, WAITER_ASLEEP))
        MHD_resume_connection(waiter->connection); /* it came meanwhile */
    return 0;
}

static struct MHD_Response *make_response(struct http_waiter *waiter) {
    struct response *response = &waiter->response;
    if (response->stream.take)
        return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, waiter, NULL);
    /* The bytes stay in the waiter until the request is over. */
    return MHD_create_response_from_buffer(response->body.n, response->body.p, MHD_RESPMEM_PERSISTENT);
}

enum MHD_Result http_reply(struct http_waiter *waiter) {
    struct response *response = &waiter->response;
    if (!response->code) response->code = response->body.n || response->stream.take ? 200 : 204;
    if (response->code < 400) response->retry_after = 0; /* was meant for a failure that did not come */
    waiter->answered = true;
    waiter->code = response->code;
    if (can_be_canned(response)) {
        struct MHD_Response *canned = canned_find(waiter);
        if (canned) return MHD_queue_response(waiter->connection, (unsigned)response->code, canned);
        canned_add(waiter);
    }
    struct MHD_Response *mhd = make_response(waiter);
    if (!mhd) return MHD_NO;
    put_headers(waiter, mhd);
    enum MHD_Result result = MHD_queue_response(waiter->connection, (unsigned)response->code, mhd);
    MHD_destroy_response(mhd);
    return result;
}
