/* The track API's doors: whose key it is, what shape the body has, into the journal, and the answer when that
 * is on disk. */
#include "signals/track_api.h"
#include "customers/people.h"
#include "platform/http.h"
#include "signals/ingest.h"

#include <sodium.h>

static const struct key_entry *find_key(struct request *request, struct str secret) {
    if (!secret.n) return NULL;
    const struct key_entry *key =
        people_key(request->house->people, secret, clock_now(request->house->clock));
    return key && key->kind != KEY_API ? key : NULL;
}

/* Basic credentials: the key is the user, with or without a colon behind it. */
static struct str basic_user(struct request *request, struct str encoded) {
    struct str password;
    size_t n = 0;
    char *text = arena_alloc(request->arena, encoded.n + 1);
    if (sodium_base642bin((unsigned char *)text, encoded.n + 1, encoded.p, encoded.n, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL) &&
        sodium_base642bin((unsigned char *)text, encoded.n + 1, encoded.p, encoded.n, NULL, &n, NULL,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING))
        return (struct str){0};
    return str_cut((struct str){text, n}, ':', &password);
}

/* From the headers that clients use: X-Write-Key, Basic, Bearer. NULL: none there, or unknown. */
static const struct key_entry *key_of_headers(struct request *request, bool *given) {
    struct str header = request_header(request, "x-write-key"), rest;
    struct str authorization = request_header(request, "authorization");
    *given = true;
    if (header.n) {
        const struct key_entry *key = find_key(request, header);
        return key ? key : find_key(request, str_cut(header, ':', &rest));
    }
    struct str scheme = str_cut(authorization, ' ', &rest);
    if (str_equal_nocase(scheme, STR("basic"))) {
        struct str user = basic_user(request, str_trim(rest));
        if (user.n) return find_key(request, user);
    }
    *given = false; /* a Bearer token of an OAuth client comes with the key in the body */
    return str_equal_nocase(scheme, STR("bearer")) ? find_key(request, str_trim(rest)) : NULL;
}

static enum status unknown_key(struct problem *problem) {
    return fail(
        problem, UNAUTHENTICATED,
        MESSAGE(
            "write_key_unknown",
            "The write key is missing, unknown or revoked. Send a browser or server key as the "
            "user of Basic authentication, as "
            "X-Write-Key, or as writeKey in the body.",
            "کلید ارسال نیست، شناخته نیست یا لغو شده است. کلید مرورگر یا سرور را به‌عنوان "
            "کاربر در احراز هویت Basic، در "
            "سرآیند X-Write-Key، یا به نام writeKey در بدنه بفرستید."),
        NO_ARGS);
}

static enum status check_origin(struct request *request, const struct key_entry *key,
                                struct problem *problem) {
    struct str origin = request_header(request, "origin");
    if (key->kind != KEY_BROWSER || key_origin_allowed(key, origin)) return OK;
    return fail(
        problem, FORBIDDEN,
        MESSAGE(
            "origin_not_allowed", "Pages of {0} may not use this key. Add the origin to the key.",
            "صفحه‌های {0} اجازهٔ کار با این کلید را ندارند. این مبدأ را به کلید "
            "بیفزایید."),
        ARGS(origin));
}

static void finish(void *waiter, enum status status) {
    http_finish(waiter, status);
}

static enum status receive(struct request *request, struct response *response, enum track_type type,
                           struct problem *problem) {
    struct ingest *ingest = request->house->ingest;
    struct track_shape shape;
    bool given;
    const struct key_entry *key = key_of_headers(request, &given);
    if (given && !key) return unknown_key(problem);
    enum status status = ingest_check(ingest, request->body, type, &shape, problem);
    /* Segment's clients expect 400 for a body that is too large; PostHog's halve their batch at 413. */
    if (status == TOO_LARGE && !str_starts(request->path, STR("/batch"))) response->code = 400;
    if (status) return status;
    if (!key) key = find_key(request, shape.write_key);
    if (!key) return unknown_key(problem);
    if ((status = check_origin(request, key, problem))) return status;
    struct ingest_origin origin = {key->name, key->kind == KEY_BROWSER};
    buf_put_c(&response->body, "{\"success\":true}");
    if ((status = ingest_admit(ingest, origin, shape.events, &response->retry_after))) {
        return fail(problem, status,
                    MESSAGE("key_quota",
                            "The key has sent its events of this minute. Send again in {0} seconds.",
                            "سهمیهٔ این دقیقهٔ کلید پر شده است. {0} ثانیهٔ دیگر دوباره بفرستید."),
                    ARGS(str_format(problem->arena, "%d", response->retry_after)));
    }
    response->deferred = request->waiter != NULL;
    status = request->waiter ? ingest_append(ingest, origin, type, request->body, finish, request->waiter)
                             : ingest_append_wait(ingest, origin, type, request->body);
    if (!status) return OK;
    response->deferred = false;
    response->retry_after = 5;
    if (status == TOO_LARGE)
        return fail(
            problem, TOO_LARGE,
            MESSAGE(
                "body_over_segment",
                "The body is larger than a segment of the journal. Send fewer events at once.",
                "بدنه از یک بخش دفتر ثبت بزرگ‌تر است. رویدادهای کمتری با هم "
                "بفرستید."),
            NO_ARGS);
    if (status == LIMITED)
        return fail(problem, LIMITED,
                    MESSAGE("journal_full",
                            "More events wait to be applied than the journal may hold. Send again later.",
                            "رویدادهای در صف بیش از گنجایش دفتر ثبت است. کمی بعد دوباره بفرستید."),
                    NO_ARGS);
    return fail(problem, status,
                MESSAGE("journal_failed",
                        "The events could not be written to disk; nothing was taken. Send again.",
                        "رویدادها روی دیسک نوشته نشد و چیزی پذیرفته نشد. دوباره بفرستید."),
                NO_ARGS);
}

#define DOOR(name, type)                                                                                     \
    enum status track_handle_##name(struct request *request, struct response *response,                      \
                                    struct problem *problem) {                                               \
        return receive(request, response, type, problem);                                                    \
    }
DOOR(batch, TRACK_BATCH)
DOOR(track, TRACK_TRACK)
DOOR(identify, TRACK_IDENTIFY)
DOOR(group, TRACK_GROUP)
DOOR(page, TRACK_PAGE)
DOOR(screen, TRACK_SCREEN)
DOOR(alias, TRACK_ALIAS)

/* What analytics.js asks for first: no remote plugins, send here. */
enum status track_handle_settings(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct str secret = request_param(request, "key"), host = request_header(request, "host");
    bool tls = str_equal_nocase(request_header(request, "x-forwarded-proto"), STR("https"));
    if (!find_key(request, secret)) return unknown_key(problem);
    struct json_writer w = {&response->body, false};
    json_begin_object(&w);
    json_name(&w, STR("integrations"));
    json_begin_object(&w);
    json_name(&w, STR("Segment.io"));
    json_begin_object(&w);
    json_put_string(&w, "apiKey", secret);
    json_put_string(&w, "apiHost", str_format(request->arena, "%.*s/v1", STR_ARG(host)));
    json_put_string(&w, "protocol", tls ? STR("https") : STR("http"));
    json_end_object(&w);
    json_end_object(&w);
    json_name(&w, STR("plan"));
    json_raw(
        &w,
        STR("{\"track\":{\"__default\":{\"enabled\":true,\"integrations\":{}}},"
            "\"identify\":{\"__default\":{\"enabled\":true}},\"group\":{\"__default\":{\"enabled\":true}}}"));
    json_name(&w, STR("remotePlugins"));
    json_raw(&w, STR("[]"));
    json_name(&w, STR("edgeFunction"));
    json_raw(&w, STR("{}"));
    json_name(&w, STR("middlewareSettings"));
    json_raw(&w, STR("{}"));
    json_end_object(&w);
    return OK;
}
