#include "app/operations.h"
#include "customers/directory.h"
#include "platform/broadcast.h"
#include "platform/notices.h"
#include "platform/settings.h"

enum status settings_handle_list(struct request *request, struct response *response,
                                 struct problem *problem) {
    (void)problem;
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = &setting_table[i];
        json_begin_object(&w);
        json_put_string(&w, "key", str_of(info->key));
        json_put_string(&w, "value",
                        settings_text(request->house->settings, (enum setting)i, request->arena));
        json_put_string(&w, "default", str_of(info->value));
        json_put_string(&w, "title", str_of(request->language == PERSIAN ? info->title.fa : info->title.en));
        json_end_object(&w);
    }
    json_end_array(&w);
    json_name(&w, STR("next_cursor"));
    json_null(&w);
    json_put_bool(&w, "has_more", false);
    json_end_object(&w);
    return OK;
}

static void tell(struct house *house, const struct setting_value *values, size_t n) {
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    json_begin_object(&w);
    json_name(&w, STR("keys"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++)
        json_string(&w, values[i].key);
    json_end_array(&w);
    json_end_object(&w);
    broadcast_say(house->broadcast, TOPIC_SETTINGS, ABOUT_NONE, buf_str(&out));
    buf_free(&out);
}

enum status settings_handle_set(struct request *request, struct response *response, struct problem *problem) {
    struct json body;
    enum status status = json_parse(request->body, request->arena, &body, problem);
    if (status) return status;
    if (body.kind != JSON_OBJECT || !body.n)
        return fail_at(problem, STR(""),
                       MESSAGE("settings_shape", "Send an object of settings, as {\"http.threads\": \"2\"}.",
                               "شیئی از تنظیمات بفرستید، مانند {\"http.threads\": \"2\"}."),
                       NO_ARGS);
    struct setting_value *values = arena_array(request->arena, body.n, sizeof *values);
    for (size_t i = 0; i < body.n; i++) {
        const struct json *value = &body.items[i];
        struct buf text = {0};
        struct json_writer w = {.out = &text};
        values[i].key = body.names[i];
        if (value->kind == JSON_NULL) continue;
        if (value->kind != JSON_STRING) json_write(&w, value);
        values[i].value =
            value->kind == JSON_STRING ? value->string : str_copy(request->arena, buf_str(&text));
        if (!values[i].value.p) values[i].value = STR("");
        buf_free(&text);
    }
    status =
        settings_set(request->house->settings, values, body.n, clock_now(request->house->clock), problem);
    if (status) return status;
    struct house *house = request->house;
    tell(house, values, body.n);
    directory_set_internal(
        house->directory, settings_text(house->settings, SETTING_IDENTITY_INTERNAL_DOMAINS, request->arena),
        settings_text(house->settings, SETTING_IDENTITY_INTERNAL_ADDRESSES, request->arena));
    notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_DIRECTORY | NOTICE_RECORDS);
    return settings_handle_list(request, response, problem);
}
