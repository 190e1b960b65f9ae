#include "platform/answer.h"

void answer_record(struct request *request, struct response *response, int code,
                   const struct record_type *type, const void *record, int64_t version) {
    struct json_writer w = {.out = &response->body};
    response->code = code;
    fields_encode(type, record, &w);
    if (version > 0) response->etag = str_format(request->arena, "\"%lld\"", (long long)version);
}

enum status list_begin(struct list *list, struct request *request, struct response *response,
                       const struct record_type *type, struct problem *problem) {
    *list = (struct list){
        .w = {.out = &response->body}, .response = response, .type = type, .limit = LIST_DEFAULT};
    enum status status = request_query_int(request, "limit", 1, LIST_MOST, &list->limit, problem);
    if (status) return status;
    struct str cursor = request_query(request, "cursor");
    if (cursor.n && !id_parse(cursor, &list->after))
        return fail_at(problem, STR("cursor"),
                       MESSAGE("cursor_unknown",
                               "“{0}” is no cursor of this list: take next_cursor of the page before.",
                               "«{0}» نشانگر این فهرست نیست: next_cursor صفحهٔ پیشین را بدهید."),
                       ARGS(cursor));
    json_begin_object(&list->w);
    json_name(&list->w, STR("data"));
    json_begin_array(&list->w);
    return OK;
}

bool list_add(struct list *list, const void *record, struct id id) {
    if (list->n == list->limit) {
        list->more = true;
        return false;
    }
    fields_encode(list->type, record, &list->w);
    list->last = id;
    list->n++;
    return true;
}

void list_end(struct list *list) {
    json_end_array(&list->w);
    json_name(&list->w, STR("next_cursor"));
    char text[ID_TEXT + 1];
    id_print(list->last, text);
    if (list->more)
        json_string(&list->w, str_of(text));
    else
        json_null(&list->w);
    json_put_bool(&list->w, "has_more", list->more);
    json_end_object(&list->w);
}

enum status fail_not_found(struct problem *problem, struct text what, struct str id) {
    /* What is missing is part of each sentence, not an argument: it has a name in each language. */
    struct message message = {
        "not_found", str_format(problem->arena, "There is no %s “{0}”, or you may not see it.", what.en).p,
        str_format(problem->arena, "%s «{0}» وجود ندارد یا دسترسی به آن ندارید.", what.fa).p};
    return fail(problem, NOT_FOUND, message, ARGS(id));
}

enum status request_id(const struct request *request, const char *name, struct id *id,
                       struct problem *problem) {
    struct str text = request_param(request, name);
    if (id_parse(text, id)) return OK;
    return fail_not_found(problem, (struct text){"record", "رکورد"}, text);
}

enum status request_if_match(const struct request *request, int64_t version, struct problem *problem) {
    struct str given = request_header(request, "if-match");
    if (!given.n)
        return fail_at(
            problem, STR("If-Match"),
            MESSAGE("if_match_missing",
                    "Send If-Match with the ETag that you read, so that no change of others is lost.",
                    "سرآیند If-Match را با ETag خوانده‌شده "
                    "بفرستید تا تغییر دیگران از دست نرود."),
            NO_ARGS);
    struct str expected = str_format(problem->arena, "\"%lld\"", (long long)version);
    if (str_equal(given, expected) || str_is(given, "*")) return OK;
    return fail(problem, CONFLICT,
                MESSAGE("stale_version",
                        "It was changed since you read it (yours {0}, now {1}): read it again.",
                        "پس از خواندن شما تغییر کرده است (نسخهٔ شما {0}، اکنون {1}): دوباره بخوانید."),
                ARGS(given, expected));
}
