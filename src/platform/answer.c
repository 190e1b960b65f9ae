#include "platform/answer.h"

#include <stdio.h>
#include <xxhash.h>

void answer_record(struct request *request, struct response *response, int code,
                   const struct record_type *type, const void *record, int64_t version) {
    struct json_writer w = {.out = &response->body};
    response->code = code;
    fields_encode(type, record, &w);
    if (version > 0) response->etag = str_format(request->arena, "\"%lld\"", (long long)version);
}

struct str answer_tag(struct str body, struct arena *arena) {
    return str_format(arena, "\"%016llx\"", (unsigned long long)XXH3_64bits(body.p, body.n));
}

static enum status no_cursor(struct str cursor, struct problem *problem) {
    return fail_at(problem, STR("cursor"),
                   MESSAGE("cursor_unknown",
                           "“{0}” is no cursor of this list: take next_cursor of the page before.",
                           "«{0}» نشانگر این فهرست نیست: next_cursor صفحهٔ پیشین را بدهید."),
                   ARGS(cursor));
}

static void end_page(struct json_writer *w, bool more, struct str last) {
    json_end_array(w);
    json_name(w, STR("next_cursor"));
    if (more)
        json_string(w, last);
    else
        json_null(w);
    json_put_bool(w, "has_more", more);
    json_end_object(w);
}

enum status list_begin(struct list *list, struct request *request, struct response *response,
                       const struct record_type *type, struct problem *problem) {
    *list = (struct list){
        .w = {.out = &response->body}, .response = response, .type = type, .limit = LIST_DEFAULT};
    enum status status = request_query_int(request, "limit", 1, LIST_MOST, &list->limit, problem);
    if (status) return status;
    struct str cursor = request_query(request, "cursor");
    if (cursor.n && !id_parse(cursor, &list->after)) return no_cursor(cursor, problem);
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
    char text[ID_TEXT + 1];
    id_print(list->last, text);
    end_page(&list->w, list->more, str_of(text));
}

enum status numbered_begin(struct numbered *list, struct request *request, struct response *response,
                           struct problem *problem) {
    struct str cursor = request_query(request, "cursor");
    *list = (struct numbered){.w = {.out = &response->body}, .limit = LIST_DEFAULT};
    enum status status = request_query_int(request, "limit", 1, LIST_MOST, &list->limit, problem);
    if (!status && cursor.n && !str_to_int(cursor, &list->after)) status = no_cursor(cursor, problem);
    if (!status) json_begin_object(&list->w);
    return status;
}

void numbered_data(struct numbered *list) {
    json_name(&list->w, STR("data"));
    json_begin_array(&list->w);
}

bool numbered_add(struct numbered *list, int64_t number) {
    if (list->n == list->limit) {
        list->more = true;
        return false;
    }
    list->last = number;
    list->n++;
    return true;
}

void numbered_end(struct numbered *list) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)list->last);
    end_page(&list->w, list->more, str_of(text));
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
