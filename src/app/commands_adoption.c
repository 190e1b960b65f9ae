/* Commands of adoption, features and holidays. */
#include "app/commands.h"

#define PERIOD_OPTIONS                                                                                       \
    {"period", CLI_QUERY,                                                                                    \
     .help = {"2015-03, 2015Q1, 2015, 1394-03, W2015-03-02",                                                 \
              "1394-03، 1394Q1، 1394، 2015-03، W2015-03-02"}},                                               \
    {                                                                                                        \
        "as-of", CLI_QUERY, .help = {                                                                        \
            "the 28 days before a day; today unless given",                                                  \
            "۲۸ روز پیش از یک روز؛ پیش‌فرض امروز"                               \
        }                                                                                                    \
    }
#define AS_OF_OPTION                                                                                         \
    {                                                                                                        \
        "as-of", CLI_QUERY, .help = {                                                                        \
            "a day, YYYY-MM-DD; today unless given",                                                         \
            "روز، YYYY-MM-DD؛ پیش‌فرض امروز"                                               \
        }                                                                                                    \
    }
#define SERIES_OPTIONS                                                                                       \
    PERIOD_OPTIONS,                                                                                          \
        {"by", CLI_QUERY,                                                                                    \
         .help = {"week, month, quarter or year: a row for each",                                            \
                  "week، month، quarter یا year: سطری برای هر یک"}},                                         \
        {"from", CLI_QUERY, .help = {"with --by: a day of the first", "همراه --by: روزی از نخستین"}},        \
        {"to", CLI_QUERY, .help = {"with --by: a day of the last", "همراه --by: روزی از واپسین"}},           \
        {"calendar", CLI_QUERY, .help = {"gregorian or persian", "gregorian یا persian"}},                   \
        SELECTION_OPTIONS, {                                                                                 \
        "split", CLI_QUERY, .help = {                                                                        \
            "a fact: a row for each of its values",                                                          \
            "شاخص: سطری برای هر مقدار آن"                                               \
        }                                                                                                    \
    }

static const struct command table[] = {
    {"adoption features", METHOD_GET, "/api/v1/adoption/features", OPTIONS(PERIOD_OPTIONS, SELECTION_OPTIONS),
     COLUMNS({"feature"}, {"core"}, {"entitled"}, {"using"}, {"share"}, {"beyond_plan"}, {"people"},
             {"people_share"}, {"events"}),
     .shape = cli_shape_adoption,
     .help =
         {"Show how many customers use each feature.",
          "نمایش این‌که چند مشتری از هر قابلیت استفاده می‌کنند."}},
    {"adoption heatmap", METHOD_GET, "/api/v1/adoption/heatmap",
     OPTIONS(PERIOD_OPTIONS, {"measure", CLI_QUERY, .help = {"events or people", "events یا people"}},
             {"limit", CLI_QUERY, .help = {"how many accounts", "شمار مشتریان"}}, SELECTION_OPTIONS),
     .shape = cli_shape_heatmap,
     .help = {"Show features against the most active customers.",
              "نمایش قابلیت‌ها در برابر پرکارترین مشتریان."}},
    {"adoption licences", METHOD_GET, "/api/v1/adoption/licences", OPTIONS(AS_OF_OPTION, SELECTION_OPTIONS),
     COLUMNS({"age_from"}, {"age_to"}, {"accounts"}, {"seats"}, {"people"}, {"utilisation"}, {"median"},
             {"idle"}, {"over"}, {"unknown"}),
     .shape = cli_shape_adoption,
     .help =
         {"Show seats in use by the age of the customer.",
          "نمایش صندلی‌های در حال استفاده بر پایهٔ عمر مشتری."}},
    {"adoption lifecycle", METHOD_GET, "/api/v1/adoption", OPTIONS(SERIES_OPTIONS),
     COLUMNS({"from"}, {"to"}, {"group"}, {"active_accounts"}, {"accounts_new"}, {"accounts_returning"},
             {"accounts_resurrecting"}, {"accounts_dormant"}, {"people"}, {"people_new"},
             {"people_returning"}, {"people_resurrecting"}, {"people_dormant"}),
     .shape = cli_shape_adoption,
     .help =
         {"Show who is new, returning, resurrecting and dormant.",
          "نمایش تازه‌ها، ماندگارها، بازگشته‌ها و خاموش‌شده‌ها."}},
    {"adoption churn", METHOD_GET, "/api/v1/adoption/churn",
     OPTIONS({"max-inactive", CLI_QUERY,
              .help = {"days without an event until somebody is inactive; 28 unless given",
                       "روزهای بی‌رویداد تا غیرفعال شدن؛ پیش‌فرض ۲۸"}},
             {"unit", CLI_QUERY, .help = {"account or person", "account یا person"}}, SERIES_OPTIONS),
     COLUMNS({"from"}, {"to"}, {"group"}, {"start"}, {"churned"}, {"retained"}, {"joined"}, {"end"},
             {"churn"}, {"monthly"}, {"annual"}),
     .shape = cli_shape_adoption,
     .help =
         {"Show activity churn: who stopped using the product.",
          "نمایش ریزش فعالیت: چه کسانی دیگر از محصول استفاده نمی‌کنند."}},
    {"adoption drops", METHOD_GET, "/api/v1/adoption/drops",
     OPTIONS(
         AS_OF_OPTION,
         {"window", CLI_QUERY,
          .help =
              {"days held against the eight weeks before; 7 unless given",
               "روزهایی که با هشت هفتهٔ پیش سنجیده می‌شود؛ پیش‌فرض ۷"}},
         {"beyond", CLI_QUERY,
          .help = {"robust standard deviations; 3 unless given",
                   "چند انحراف معیار مقاوم؛ پیش‌فرض ۳"}},
         {"limit", CLI_QUERY, .help = {"most rows", "بیشترین سطر"}}, SELECTION_OPTIONS),
     COLUMNS({"account"}, {"name"}, {"people_usual"}, {"people_now"}, {"people_deviation"}, {"events_usual"},
             {"events_now"}, {"events_deviation"}),
     .shape = cli_shape_adoption,
     .help =
         {"List customers whose use fell below their own eight weeks.",
          "فهرست مشتریانی که استفاده‌شان از هشت هفتهٔ خودشان پایین‌تر افتاده است."}},
    {"adoption", METHOD_GET, "/api/v1/adoption", OPTIONS(SERIES_OPTIONS),
     COLUMNS({"from"}, {"to"}, {"group"}, {"active_accounts"}, {"people"}, {"breadth"}, {"events_per_person"},
             {"days_per_week"}, {"dau_mau"}, {"working_dau_mau"}, {"wau_mau"}, {"power_users"},
             {"power_share"}),
     .shape = cli_shape_adoption,
     .help = {"Show breadth, depth, frequency and stickiness of use.",
              "نمایش گستره، ژرفا، بسامد و چسبندگی استفاده."}},
    {"features list", METHOD_GET, "/api/v1/features",
     .help = {"List features.", "فهرست قابلیت‌ها."},
     .columns = COLUMNS({"key"}, {"title_en"}, {"title_fa"}, {"core"}, {"plans"}, {"events"})},
    {"features add", METHOD_POST, "/api/v1/features", .help = {"Register a feature.", "ثبت یک قابلیت."},
     .options = OPTIONS(
         {"KEY", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "key",
          .help = {"name of its event, or of itself with --events",
                   "نام رویداد آن، یا نام خودش همراه --events"}},
         {"title", CLI_BODY, .flags = CLI_REQUIRED, .as = "title_en",
          .help = {"what people call it", "نامی که مردم به کار می‌برند"}},
         {"title-fa", CLI_BODY, .help = {"the same in Persian", "همان به فارسی"}},
         {"core", CLI_BODY, CLI_FLAG,
          .help = {"counts for breadth", "در گستره شمرده می‌شود"}},
         {"plans", CLI_BODY,
          .help =
              {"plans that include it, separated by commas; every plan unless given",
               "طرح‌هایی که آن را دارند، جدا با ویرگول؛ پیش‌فرض همه"}},
         {"events", CLI_BODY,
          .help = {"its events, separated by commas, with * at an end for any",
                   "رویدادهای آن، جدا با ویرگول؛ * در پایان یعنی هر چه"}}),
     .columns = COLUMNS({"key"}, {"title_en"}, {"core"}, {"plans"}, {"events"})},
    {"holidays list", METHOD_GET, "/api/v1/holidays",
     .help = {"List holidays.", "فهرست تعطیلی‌ها."},
     .columns = COLUMNS({"day"}, {"country"}, {"title"}, {"id"})},
    {"holidays add", METHOD_POST, "/api/v1/holidays", .help = {"Add a holiday.", "افزودن تعطیلی."},
     .options =
         OPTIONS({"DAY", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "day",
                  .help = {"YYYY-MM-DD", "YYYY-MM-DD"}},
                 {"title", CLI_BODY, .flags = CLI_REQUIRED,
                  .help = {"what people call it", "نامی که مردم به کار می‌برند"}},
                 {"country", CLI_BODY,
                  .help = {"only of this country, such as IR; everybody's unless given",
                           "فقط این کشور، مانند IR؛ پیش‌فرض همه"}}),
     .columns = COLUMNS({"day"}, {"country"}, {"title"})},
    {"holidays remove", METHOD_DELETE, "/api/v1/holidays/{id}",
     .help = {"Remove a holiday.", "برداشتن تعطیلی."},
     .options = OPTIONS({"ID", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id",
                         .help = {"as the list says", "چنان‌که در فهرست است"}})},
};
const struct command_group commands_adoption = {table, COUNT(table)};
