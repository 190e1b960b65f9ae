/* Notes and calls, the timeline, custom fields, and what is done with imports afterwards. */
#include "app/commands.h"

#define ACCOUNT_OPTION                                                                                       \
    {                                                                                                        \
        "ACCOUNT", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id", .help = {                   \
            "key or id",                                                                                     \
            "کلید یا شناسه"                                                                       \
        }                                                                                                    \
    }
#define TOUCH_OPTIONS                                                                                        \
    OPTIONS(                                                                                                 \
        ACCOUNT_OPTION,                                                                                      \
        {"TEXT", CLI_LOCAL, .flags = CLI_POSITIONAL | CLI_REQUIRED,                                          \
         .help = {"what it was about", "خلاصهٔ آن"}},                                                         \
        {"at", CLI_LOCAL,                                                                                    \
         .help = {"when, RFC 3339; now unless given", "زمان، RFC 3339؛ پیش‌فرض اکنون"}},  \
        {"with", CLI_LOCAL, .help = {"e-mail or name of a contact", "ایمیل یا نام مخاطب"}},                  \
        {"outcome", CLI_LOCAL, .help = {"what came of it", "نتیجهٔ آن"}},                                     \
        {"mood", CLI_LOCAL, .help = {"good, neutral or bad", "good، neutral یا bad"}},                       \
        {"next", CLI_LOCAL, .help = {"the next step", "گام بعدی"}})
#define TOUCH_COLUMNS                                                                                        \
    COLUMNS({"happened_at"}, {"kind"}, {"person_name"}, {"member"}, {"summary"}, {"outcome"}, {"next_step"})
#define FIELD_OPTIONS                                                                                        \
    {"title-fa", CLI_LOCAL, .help = {"title in Persian", "عنوان فارسی"}},                                    \
        {"description", CLI_LOCAL, .help = {"what it is for", "برای چه"}}, {                                 \
        "choices", CLI_LOCAL, .help = {                                                                      \
            "of a choice: key=English=Persian,…",                                                            \
            "برای choice: کلید=انگلیسی=فارسی،…"                                       \
        }                                                                                                    \
    }
#define IMPORT_OPTION                                                                                        \
    {                                                                                                        \
        "IMPORT", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id", .help = {                    \
            "id, as “imports” lists it",                                                                     \
            "شناسه، چنان‌که imports نشان می‌دهد"                                    \
        }                                                                                                    \
    }

static const struct command table[] = {
    {"note", METHOD_POST, "/api/v1/accounts/{id}/activities", .run = cli_touch, .options = TOUCH_OPTIONS,
     .columns = TOUCH_COLUMNS, .help = {"Log a note on an account.", "ثبت یادداشت برای یک مشتری."}},
    {"call", METHOD_POST, "/api/v1/accounts/{id}/activities", .run = cli_touch, .options = TOUCH_OPTIONS,
     .columns = TOUCH_COLUMNS, .help = {"Log a call with an account.", "ثبت تماس تلفنی با یک مشتری."}},
    {"meeting", METHOD_POST, "/api/v1/accounts/{id}/activities", .run = cli_touch, .options = TOUCH_OPTIONS,
     .columns = TOUCH_COLUMNS, .help = {"Log a meeting with an account.", "ثبت جلسه با یک مشتری."}},
    {"email", METHOD_POST, "/api/v1/accounts/{id}/activities", .run = cli_touch, .options = TOUCH_OPTIONS,
     .columns = TOUCH_COLUMNS, .help = {"Log an e-mail with an account.", "ثبت ایمیل با یک مشتری."}},
    {"timeline", METHOD_GET, "/api/v1/accounts/{id}/timeline",
     OPTIONS(ACCOUNT_OPTION,
             {"kinds", CLI_QUERY,
              .help = {"only these, such as activity,ticket",
                       "فقط این‌ها، مانند activity,ticket"}},
             {"before", CLI_QUERY, .help = {"a day: only what happened before it", "روز: فقط پیش از آن"}},
             {"limit", CLI_QUERY,
              .help = {"most rows; 50 unless given", "بیشترین سطر؛ پیش‌فرض ۵۰"}}),
     COLUMNS({"when", {"When", "زمان"}}, {"what", {"What", "رخداد"}}, {"who", {"Who", "چه کسی"}}),
     .shape = cli_shape_timeline, .one_page = true,
     .help = {"Show all that happened at an account, newest first.",
              "نمایش همهٔ رخدادهای یک مشتری، تازه‌ترین نخست."}},
    {"field list", METHOD_GET, "/api/v1/custom-fields",
     .columns = COLUMNS({"of", {"Of", "از آنِ"}}, {"key", {"Key", "کلید"}}, {"type", {"Type", "نوع"}},
                        {"title_en", {"Title", "عنوان انگلیسی"}}, {"title_fa", {"In Persian", "عنوان"}},
                        {"values", {"Values", "مقدارها"}}, {"id", {"Id", "شناسه"}}),
     .help = {"List custom fields.", "فهرست فیلدهای سفارشی."}},
    {"field add", METHOD_POST, "/api/v1/custom-fields", .run = cli_field_add,
     .options = OPTIONS(
         {"KEY", CLI_LOCAL, .flags = CLI_POSITIONAL | CLI_REQUIRED,
          .help = {"a–z, 0–9 and _", "a–z، 0–9 و _"}},
         {"of", CLI_LOCAL,
          .help = {"account (unless given) or contact", "account (پیش‌فرض) یا contact"}},
         {"type", CLI_LOCAL, .flags = CLI_REQUIRED,
          .help = {"text, number, date, yes_no, choice or money",
                   "text، number، date، yes_no، choice یا money"}},
         {"title", CLI_LOCAL, .flags = CLI_REQUIRED, .help = {"title in English", "عنوان انگلیسی"}},
         {"currency", CLI_LOCAL, .help = {"of money: ISO code", "برای money: کد ISO"}}, FIELD_OPTIONS),
     .columns = COLUMNS({"of"}, {"key"}, {"type"}, {"title_en"}, {"title_fa"}),
     .help = {"Define a custom field.", "تعریف فیلد سفارشی."}},
    {"field remove", METHOD_DELETE, "/api/v1/custom-fields/{id}",
     OPTIONS({"ID", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id",
              .help = {"id, as “field list” shows it",
                       "شناسه، چنان‌که field list نشان می‌دهد"}}),
     COLUMNS({"key", {"Key", "کلید"}}, {"values_kept", {"Values kept", "مقدارهای مانده"}},
             {"message", {"Message", "پیام"}}),
     .help = {"Remove a custom field; its values stay stored.",
              "حذف فیلد سفارشی؛ مقدارهایش می‌ماند."}},
    {"import undo", METHOD_POST, "/api/v1/imports/{id}/undo", .run = cli_import_undo,
     .options = OPTIONS(IMPORT_OPTION),
     .columns = COLUMNS({"kind"}, {"file"}, {"undo"}, {"undo_total"}, {"undo_kept"}),
     .help = {"Take an import back.", "برگرداندن یک ورود داده."}},
    {"import kept", METHOD_GET, "/api/v1/imports/{id}/kept", OPTIONS(IMPORT_OPTION),
     COLUMNS({"row", {"Row", "سطر"}}, {"key", {"Key", "کلید"}}, {"message", {"Why", "چرا"}}),
     .help = {"List what an undo left as it is, and why.", "فهرست آنچه برگردانده نشد و دلیل آن."}},
    {"import refused", METHOD_GET, "/api/v1/imports/{id}/rows", OPTIONS(IMPORT_OPTION),
     COLUMNS({"row", {"Row", "سطر"}}, {"column", {"Column", "ستون"}}, {"message", {"Why", "چرا"}},
             {"suggestion", {"Better", "پیشنهاد"}}),
     .shape = cli_shape_refused,
     .help = {"List the refused rows of an import, with suggested repairs.",
              "فهرست سطرهای ردشدهٔ یک ورود با پیشنهاد اصلاح."}},
    {"import run", METHOD_POST, "/api/v1/imports/{id}/run", OPTIONS(IMPORT_OPTION),
     COLUMNS({"id"}, {"kind"}, {"file"}, {"state"}),
     .help = {"Take a dry run in, with its repaired rows.",
              "ورود آنچه آزموده شد، با سطرهای درست‌شده."}},
    {"import repair", METHOD_POST, "/api/v1/imports/{id}/rows",
     OPTIONS(IMPORT_OPTION, {"FILE", CLI_READ, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "rows",
                             .help = {"JSON: [{\"row\", \"column\", \"value\"}]",
                                      "JSON: [{\"row\", \"column\", \"value\"}]"}}),
     COLUMNS({"row", {"Row", "سطر"}}, {"state", {"State", "وضعیت"}}),
     .help = {"Repair refused rows of an import and take them in.",
              "درست کردن سطرهای ردشدهٔ یک ورود و وارد کردنشان."}},
    {"sources", METHOD_GET, "/api/v1/sources",
     .columns =
         COLUMNS({"name", {"Source", "منبع"}}, {"what", {"Gives", "داده‌ها"}},
                 {"state", {"State", "وضعیت"}}, {"last_received", {"Last received", "آخرین دریافت"}},
                 {"events_day", {"24 hours", "۲۴ ساعت"}}, {"lag_seconds", {"Lag (s)", "تأخیر (ثانیه)"}},
                 {"accounts", {"Accounts", "مشتریان"}}, {"rejected", {"Rejected", "ردشده"}}),
     .help = {"List who tells us what, and how fresh it is.",
              "فهرست منبع‌های داده و تازگی‌شان."}},
};
const struct command_group commands_touch = {table, COUNT(table)};
