#include "app/operations.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "platform/broadcast.h"
#include "platform/notices.h"
#include "platform/settings.h"

/* By the first word of their keys, in the order in which people look for them. */
static const struct {
    const char *key;
    struct text title, help;
} groups[] = {
    {"organisation",
     {"Organisation", "سازمان"},
     {"Name, language, calendar, currency and week: what everybody sees.",
      "نام، زبان، تقویم، ارز و هفته: آنچه همه می‌بینند."}},
    {"login",
     {"Sign-in", "ورود"},
     {"Who needs a second factor, and how many tries there are.",
      "چه کسی به عامل دوم نیاز دارد و چند بار می‌توان تلاش کرد."}},
    {"session",
     {"Sessions", "نشست‌ها"},
     {"How long one stays signed in.", "چه مدت می‌توان وارد ماند."}},
    {"password",
     {"Passwords", "گذرواژه‌ها"},
     {"What a new password must be.", "گذرواژهٔ تازه چگونه باید باشد."}},
    {"identity",
     {"Our own people", "کارکنان خودمان"},
     {"Whose use is ours and is left out of figures.",
      "مصرف چه کسانی از خودمان است و در شاخص‌ها شمرده نمی‌شود."}},
    {"insight",
     {"Scores and outcomes", "امتیازها و پیامدها"},
     {"What scores are held against, and the memory for it.",
      "امتیازها با چه سنجیده می‌شوند، و حافظهٔ این کار."}},
    {"retention",
     {"Retention", "نگهداشت"},
     {"When a customer counts as lost, returned or renewed late.",
      "مشتری کی ازدست‌رفته، بازگشته یا دیرتمدید شمرده می‌شود."}},
    {"adoption",
     {"Adoption", "به‌کارگیری"},
     {"Who counts as a power user.", "چه کسی کاربر پیگیر شمرده می‌شود."}},
    {"satisfaction",
     {"Satisfaction", "رضایت"},
     {"How answers become figures.", "پاسخ‌ها چگونه شاخص می‌شوند."}},
    {"lifetime",
     {"Lifetime value", "ارزش طول عمر"},
     {"Margin, horizon and discount.", "حاشیه، افق و نرخ تنزیل."}},
    {"predict",
     {"Predictions", "پیش‌بینی‌ها"},
     {"When models are made, and how many accounts the team can look after.",
      "مدل‌ها کی ساخته می‌شوند و تیم به چند مشتری می‌رسد."}},
    {"forecast",
     {"Renewals", "تمدیدها"},
     {"When a call counts as sure, and when it must be looked at again.",
      "نظر کی قطعی شمرده می‌شود و کی باید بازبینی شود."}},
    {"accounts",
     {"Accounts table", "جدول مشتریان"},
     {"How many accounts are changed or exported at once.",
      "چند مشتری یک‌جا تغییر می‌کند یا برون‌برد می‌شود."}},
    {"properties",
     {"Event properties", "مشخصه‌های رویداد"},
     {"How many of them facts may read.",
      "شاخص‌ها چند مشخصه را می‌توانند بخوانند."}},
    {"ingest",
     {"Receiving events", "دریافت رویدادها"},
     {"Limits of what applications send.",
      "محدودیت‌های آنچه برنامه‌ها می‌فرستند."}},
    {"import", {"Imports", "ورود داده"}, {"Limits of files.", "محدودیت‌های فایل‌ها."}},
    {"http",
     {"Web server", "کارساز وب"},
     {"Address, connections and threads; they take effect at the next start.",
      "نشانی، اتصال‌ها و رشته‌ها؛ از اجرای بعد اثر می‌کنند."}},
    {"journal",
     {"Journal", "دفتر دریافت"},
     {"Where events wait safely until they are applied.",
      "جایی که رویدادها تا ثبت شدن امن می‌مانند."}},
    {"events", {"Event store", "انبار رویدادها"}, {"Its memory.", "حافظهٔ آن."}},
    {"backup",
     {"Backup", "پشتیبان"},
     {"Where backups from the web go; set on the server's machine.",
      "پشتیبان‌های وب کجا ساخته می‌شوند؛ روی دستگاه کارساز تعیین می‌شود."}},
};

static const char *const type_names[] = {"int", "text", "choice", "days", "zone", "currency"};

static void put_groups(struct json_writer *w, enum language language) {
    json_name(w, STR("groups"));
    json_begin_array(w);
    for (size_t i = 0; i < COUNT(groups); i++) {
        json_begin_object(w);
        json_put_string(w, "key", str_of(groups[i].key));
        json_put_string(w, "title", str_of(language == PERSIAN ? groups[i].title.fa : groups[i].title.en));
        json_put_string(w, "help", str_of(language == PERSIAN ? groups[i].help.fa : groups[i].help.en));
        json_end_object(w);
    }
    json_end_array(w);
}

/* What it may be. */
static void put_shape(struct json_writer *w, const struct setting_info *info) {
    struct str rest, group = str_cut(str_of(info->key), '.', &rest);
    json_put_string(w, "group", group);
    json_put_string(w, "type", str_of(type_names[info->type]));
    if (info->min < info->max) {
        json_put_int(w, "min", info->min);
        json_put_int(w, "max", info->max);
    }
    if (!info->options) return;
    json_name(w, STR("options"));
    json_begin_array(w);
    for (rest = str_of(info->options); rest.p;)
        json_string(w, str_cut(rest, '|', &rest));
    json_end_array(w);
}

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
        put_shape(&w, info);
        json_end_object(&w);
    }
    json_end_array(&w);
    put_groups(&w, request->language);
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
        if (str_is(body.names[i], setting_table[SETTING_BACKUP_FOLDER].key) &&
            request->principal.kind != LOCAL)
            return fail(
                problem, FORBIDDEN,
                MESSAGE(
                    "setting_local",
                    "“{0}” names a place of the server's machine and is set there: vafa settings set DATA {0}=/path",
                    "«{0}» جایی روی دستگاه کارساز است و همان‌جا تعیین می‌شود: vafa settings set DATA {0}=/path"),
                ARGS(body.names[i]));
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
