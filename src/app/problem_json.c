#include "app/router.h"

static const struct {
    int code;
    struct text title;
} kinds[] = {
    [OK] = {200, {"Fine", "درست"}},
    [BAD_INPUT] = {400, {"The request is wrong", "درخواست نادرست است"}},
    [UNAUTHENTICATED] = {401, {"Not signed in", "وارد نشده‌اید"}},
    [FORBIDDEN] = {403, {"Not allowed", "مجاز نیستید"}},
    [NOT_FOUND] = {404, {"Not found", "یافت نشد"}},
    [CONFLICT] = {409, {"In conflict with what is there", "ناسازگار با وضعیت کنونی"}},
    [TOO_LARGE] = {413, {"Too large", "بیش از اندازه بزرگ"}},
    [LIMITED] = {429, {"Too many requests", "درخواست‌های بیش از اندازه"}},
    [UNAVAILABLE] = {503, {"Not available at the moment", "اکنون در دسترس نیست"}},
    [INTERNAL] = {500, {"A fault of ours", "خطایی از سوی ما"}},
};

static void sentence(struct json_writer *w, const char *name, const struct fault *fault,
                     enum language language) {
    struct buf text = {0};
    fault_print(fault, language, &text);
    json_put_string(w, name, buf_str(&text));
    buf_free(&text);
}

/* Where the HTTP status is finer than ours. */
static int finer_code(const char *code) {
    return strcmp(code, "stale_version") == 0 ? 412 : strcmp(code, "if_match_missing") == 0 ? 428 : 0;
}

void problem_encode(const struct problem *problem, const struct request *request, struct response *response) {
    enum status status = problem->status > OK && problem->status <= INTERNAL ? problem->status : INTERNAL;
    const char *code = problem->main.message.code ? problem->main.message.code : "internal";
    if (response->code < 400) response->code = finer_code(code) ? finer_code(code) : kinds[status].code;
    if (status == LIMITED || status == UNAVAILABLE)
        response->retry_after = response->retry_after ? response->retry_after : 1;
    response->content_type = "application/problem+json";
    response->etag = (struct str){0};
    buf_clear(&response->body);
    struct json_writer w = {.out = &response->body};
    struct text title = kinds[status].title;
    struct id instance = id_new(clock_now(clock_system()));
    json_begin_object(&w);
    json_put_string(&w, "type", str_format(request->arena, "urn:vafa:problem:%s", code));
    json_put_string(&w, "title", str_of(request->language == PERSIAN ? title.fa : title.en));
    json_put_int(&w, "status", response->code);
    sentence(&w, "detail", &problem->main, request->language);
    json_put_string(&w, "instance",
                    str_format(request->arena, "urn:uuid:%.*s", STR_ARG(id_str(request->arena, instance))));
    json_put_string(&w, "code", str_of(code));
    json_name(&w, STR("errors"));
    json_begin_array(&w);
    for (size_t i = 0; i < problem->fault_count; i++) {
        const struct fault *fault = &problem->faults[i];
        json_begin_object(&w);
        json_put_string(&w, "pointer", fault->where);
        if (fault->row) json_put_int(&w, "row", fault->row);
        json_put_string(&w, "code", str_of(fault->message.code));
        sentence(&w, "message", fault, request->language);
        json_end_object(&w);
    }
    json_end_array(&w);
    if (problem->faults_dropped) json_put_int(&w, "errors_left_out", (int64_t)problem->faults_dropped);
    json_end_object(&w);
}
