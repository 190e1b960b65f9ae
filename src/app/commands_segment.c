/* Segments, rules and touch models. */
#include "app/commands.h"

#define KEY_OPTION                                                                                           \
    {                                                                                                        \
        "KEY", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "key", .help = {                      \
            "key of the segment",                                                                            \
            "کلید بخش"                                                                                \
        }                                                                                                    \
    }
#define HOLDS_OPTION                                                                                         \
    {                                                                                                        \
        "holds", CLI_BODY, .help = {                                                                         \
            "accounts (unless given) or contacts",                                                           \
            "accounts (پیش‌فرض) یا contacts"                                                       \
        }                                                                                                    \
    }
#define SEGMENT_COLUMNS                                                                                      \
    COLUMNS({"key"}, {"title", {"Title", "عنوان"}}, {"holds"}, {"members"}, {"unknown"}, {"arr"},            \
            {"version"}, {"text"})
#define RULE_OPTION                                                                                          \
    {                                                                                                        \
        "RULE", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "text", .help = {                    \
            "in its text form, in quotes: \"arr >= 100000 and health < 40\"",                                \
            "به شکل متن، در گیومه: \"arr >= 100000 and health < 40\""                        \
        }                                                                                                    \
    }

#define ENTRY_COLUMNS                                                                                        \
    COLUMNS({"key", {"Segment", "بخش"}}, {"added", {"Added", "افزوده"}},                                     \
            {"removed", {"Taken off", "برداشته"}})

static const struct command table[] = {
    {"segment list", METHOD_GET, "/api/v1/segments", .columns = SEGMENT_COLUMNS, .shape = cli_shape_segments,
     .help = {"List segments with their members and revenue.",
              "فهرست بخش‌ها با اعضا و درآمدشان."}},
    {"segment show", METHOD_GET, "/api/v1/segments/{key}", OPTIONS(KEY_OPTION), .shape = cli_shape_segments,
     .columns = COLUMNS({"key"}, {"title", {"Title", "عنوان"}}, {"holds"}, {"members"}, {"unknown"}, {"arr"},
                        {"version"}, {"since"}, {"live_from"}, {"created_by"}, {"touch_place"},
                        {"touch_cadence_days"}, {"broken"}, {"text"}),
     .help = {"Show one segment.", "نمایش یک بخش."}},
    {"segment set", METHOD_PUT, "/api/v1/segments/{key}",
     OPTIONS(
         KEY_OPTION,
         {"rule", CLI_BODY, .as = "text",
          .help =
              {"the rule in its text form; without one a new segment is a list kept by hand",
               "قاعده به شکل متن؛ بخش تازهٔ بی‌قاعده فهرستی دستی است"}},
         HOLDS_OPTION, {"title", CLI_BODY, .as = "title_en", .help = {"English title", "عنوان انگلیسی"}},
         {"title-fa", CLI_BODY, .as = "title_fa", .help = {"Persian title", "عنوان فارسی"}},
         {"touch-place", CLI_BODY, CLI_NUMBER,
          .help = {"make it a touch model: its place, 1 first", "مدل تعامل شود: جای آن، ۱ نخست"}},
         {"touch-owner", CLI_BODY,
          .help = {"id of the member suggested as owner",
                   "شناسهٔ همکاری که مسئول پیشنهاد می‌شود"}},
         {"touch-cadence-days", CLI_BODY, CLI_NUMBER,
          .help = {"days between contacts", "روزهای میان دو تماس"}}),
     .shape = cli_shape_segments, .columns = SEGMENT_COLUMNS,
     .help = {"Save a segment; what is not given stays.",
              "ذخیرهٔ یک بخش؛ آنچه داده نشود می‌ماند."}},
    {"segment preview", METHOD_POST, "/api/v1/segments/{key}/preview",
     OPTIONS(KEY_OPTION, RULE_OPTION, HOLDS_OPTION), .print = cli_print_preview,
     .help = {"Show what saving a rule would change.",
              "نمایش آنچه با ذخیرهٔ یک قاعده تغییر می‌کند."}},
    {"segment members", METHOD_GET, "/api/v1/segments/{key}/members",
     OPTIONS(KEY_OPTION,
             {"as-of", CLI_QUERY,
              .help = {"a day, YYYY-MM-DD: as of its start; now unless given",
                       "روز، YYYY-MM-DD: در آغاز آن؛ پیش‌فرض اکنون"}},
             {"known-at", CLI_QUERY,
              .help = {"a day: only what could be known then", "روز: فقط آنچه آن هنگام دانسته بود"}},
             {"shown", CLI_QUERY,
              .help = {"1: as it was shown then, not as recomputed",
                       "1: چنان‌که آن روز نشان داده شد، نه بازمحاسبه"}},
             {"truth", CLI_QUERY,
              .help = {"true (unless given) or unknown: who could not be judged",
                       "true (پیش‌فرض) یا unknown: آنان که معلوم نیستند"}},
             {"limit", CLI_QUERY, .help = {"most rows", "بیشترین سطر"}}),
     .shape = cli_shape_members,
     .columns = COLUMNS({"account", {"Account", "مشتری"}}, {"name", {"Name", "نام"}},
                        {"contact_name", {"Contact", "مخاطب"}}, {"arr", {"ARR", "درآمد سالانه"}},
                        {"turns_on", {"Turns on", "تغییر در"}}),
     .help = {"List the members of a segment.", "فهرست اعضای یک بخش."}},
    {"segment history", METHOD_GET, "/api/v1/segments/{key}/history",
     OPTIONS(KEY_OPTION, {"limit", CLI_QUERY, .help = {"most rows", "بیشترین سطر"}}), .one_page = true,
     .shape = cli_shape_segment_history,
     .columns = COLUMNS({"at", {"When", "زمان"}}, {"account", {"Account", "مشتری"}},
                        {"name", {"Name", "نام"}}, {"contact_name", {"Contact", "مخاطب"}},
                        {"what", {"What", "رخداد"}}, {"cause", {"Cause", "علت"}}, {"why", {"Why", "چرا"}}),
     .help = {"List who entered and left, and why.", "فهرست آنان که آمدند و رفتند، و چرا."}},
    {"segment add", METHOD_POST, "/api/v1/segments/{key}/entries",
     OPTIONS(KEY_OPTION, {"MEMBERS", CLI_BODY, CLI_LIST, CLI_POSITIONAL | CLI_REQUIRED, .as = "add",
                          .help = {"keys of accounts or ids of contacts, separated by commas",
                                   "کلید مشتریان یا شناسهٔ مخاطبان، جدا با ویرگول"}}),
     .columns = ENTRY_COLUMNS, .help = {"Put members on a list kept by hand.", "افزودن عضو به فهرست دستی."}},
    {"segment drop", METHOD_POST, "/api/v1/segments/{key}/entries",
     OPTIONS(KEY_OPTION, {"MEMBERS", CLI_BODY, CLI_LIST, CLI_POSITIONAL | CLI_REQUIRED, .as = "remove",
                          .help = {"keys of accounts or ids of contacts, separated by commas",
                                   "کلید مشتریان یا شناسهٔ مخاطبان، جدا با ویرگول"}}),
     .columns = ENTRY_COLUMNS,
     .help = {"Take members off a list kept by hand.", "برداشتن عضو از فهرست دستی."}},
    {"segment remove", METHOD_DELETE, "/api/v1/segments/{key}", OPTIONS(KEY_OPTION),
     .help = {"Remove a segment; its history stays.",
              "حذف یک بخش؛ تاریخچه‌اش می‌ماند."}},
    {"touch suggestions", METHOD_GET, "/api/v1/touch/suggestions",
     .columns = COLUMNS({"account", {"Account", "مشتری"}}, {"name", {"Name", "نام"}},
                        {"touch_model", {"Touch model", "مدل تعامل"}}, {"owner_name", {"Owner", "مسئول"}}),
     .help =
         {"Suggest owners for accounts without one, by touch model.",
          "پیشنهاد مسئول برای مشتریان بی‌مسئول، بنا بر مدل تعامل."}},
    {"rule check", METHOD_POST, "/api/v1/rules/check",
     OPTIONS(RULE_OPTION,
             {"of", CLI_BODY,
              .help = {"accounts (unless given) or contacts", "accounts (پیش‌فرض) یا contacts"}}),
     .print = cli_print_rule,
     .help = {"Check a rule and say it in words.", "بررسی یک قاعده و بیان آن در کلام."}},
    {"rule explain", METHOD_POST, "/api/v1/rules/evaluate",
     OPTIONS(
         RULE_OPTION,
         {"account", CLI_BODY,
          .help =
              {"of this one, part by part; all are counted without it",
               "برای این مشتری، جزء به جزء؛ بی آن همه شمرده می‌شوند"}},
         {"of", CLI_BODY,
          .help = {"accounts (unless given) or contacts", "accounts (پیش‌فرض) یا contacts"}},
         {"as-of", CLI_QUERY,
          .help = {"a day, YYYY-MM-DD: as of its start; now unless given",
                   "روز، YYYY-MM-DD: در آغاز آن؛ پیش‌فرض اکنون"}},
         {"known-at", CLI_QUERY,
          .help = {"a day: only what could be known then", "روز: فقط آنچه آن هنگام دانسته بود"}}),
     .print = cli_print_rule,
     .help = {"Say for whom a rule holds, and why.", "قاعده برای چه کسی برقرار است، و چرا."}},
};
const struct command_group commands_segment = {table, COUNT(table)};
