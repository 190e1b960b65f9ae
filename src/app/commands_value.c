/* Commands of satisfaction, time to value, milestones and lifetime value. */
#include "app/commands.h"

#define AS_OF_OPTION                                                                                         \
    {                                                                                                        \
        "as-of", CLI_QUERY, .help = {                                                                        \
            "a day, YYYY-MM-DD: as of its start; now unless given",                                          \
            "روز، YYYY-MM-DD: در آغاز آن؛ پیش‌فرض اکنون"                           \
        }                                                                                                    \
    }
#define AS_OF_OPTIONS                                                                                        \
    AS_OF_OPTION, {                                                                                          \
        "known-at", CLI_QUERY, .help = {                                                                     \
            "a day: only what could be known then",                                                          \
            "روز: فقط آنچه آن هنگام دانسته بود"                                    \
        }                                                                                                    \
    }
#define CALENDAR_OPTION                                                                                      \
    {                                                                                                        \
        "calendar", CLI_QUERY, .help = { "gregorian or persian", "gregorian یا persian" }                    \
    }
#define PERIOD_OPTIONS                                                                                       \
    AS_OF_OPTIONS, {"by", CLI_QUERY, .help = {"month, quarter or year", "month، quarter یا year"}},          \
        CALENDAR_OPTION, {                                                                                   \
        "periods", CLI_QUERY, .help = { "how many", "شمار دوره‌ها" }                             \
    }
#define SPLIT_OPTION                                                                                         \
    {                                                                                                        \
        "split", CLI_QUERY, .help = {                                                                        \
            "one row for each value of a fact, such as owner or stage",                                      \
            "برای هر مقدار یک شاخص یک سطر، مانند owner یا stage"               \
        }                                                                                                    \
    }
#define STAGE_OPTION                                                                                         \
    {                                                                                                        \
        "stage", CLI_QUERY, .help = { "only this stage", "فقط این مرحله" }                                   \
    }
#define LIMIT_OPTION                                                                                         \
    {                                                                                                        \
        "limit", CLI_QUERY, .help = { "most rows", "بیشترین سطر" }                                           \
    }
#define KEY_OPTION                                                                                           \
    {                                                                                                        \
        "KEY", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "key", .help = {                      \
            "names it; the same key again changes it",                                                       \
            "نام آن؛ همان کلید دوباره یعنی تغییر"                               \
        }                                                                                                    \
    }
#define SURVEY_OPTIONS                                                                                       \
    {"kind", CLI_QUERY,                                                                                      \
     .help = {"nps, csat or ces; nps unless given", "nps، csat یا ces؛ پیش‌فرض nps"}},           \
        {"scale", CLI_QUERY,                                                                                 \
         .help = {"of csat and ces, such as 1-5; 1-10 and 1-7 unless given",                                 \
                  "مقیاس csat و ces، مانند 1-5؛ پیش‌فرض 1-10 و 1-7"}},                 \
    {                                                                                                        \
        "per", CLI_QUERY, .help = {                                                                          \
            "person: the last answer of each; answer: every one",                                            \
            "person: آخرین پاسخ هر شخص؛ answer: همهٔ پاسخ‌ها"                     \
        }                                                                                                    \
    }

static const struct command table[] = {
    {"satisfaction answers", METHOD_GET, "/api/v1/satisfaction/answers",
     OPTIONS(SURVEY_OPTIONS,
             {"from", CLI_QUERY,
              .help = {"first day; 90 days before unless given",
                       "نخستین روز؛ پیش‌فرض ۹۰ روز پیش"}},
             {"to", CLI_QUERY, .help = {"the day behind the last", "روز پس از آخرین روز"}}, AS_OF_OPTIONS,
             SELECTION_OPTIONS, LIMIT_OPTION),
     .shape = cli_shape_answers, .one_page = true,
     .help = {"Show the answers behind a figure, newest first.",
              "نمایش پاسخ‌های پشت یک شاخص، تازه‌ترین نخست."}},
    {"satisfaction", METHOD_GET, "/api/v1/satisfaction",
     OPTIONS(SURVEY_OPTIONS, PERIOD_OPTIONS,
             {"trailing", CLI_QUERY,
              .help = {"days of the last row; 90 unless given",
                       "روزهای سطر آخر؛ پیش‌فرض ۹۰"}},
             {"population", CLI_QUERY,
              .help = {"contacts: narrow the interval by how many there are to ask",
                       "contacts: بازه بنا بر شمار مخاطبان باریک می‌شود"}},
             SELECTION_OPTIONS, SPLIT_OPTION),
     .shape = cli_shape_satisfaction, .print = cli_print_figure,
     .help = {"Show NPS, CSAT or CES by period.", "نمایش NPS، رضایت (CSAT) یا CES در هر دوره."}},
    {"ttv accounts", METHOD_GET, "/api/v1/time-to-value/accounts",
     OPTIONS({"state", CLI_QUERY,
              .help = {"waiting, reached, left or all; waiting unless given",
                       "waiting، reached، left یا all؛ پیش‌فرض waiting"}},
             AS_OF_OPTIONS, SELECTION_OPTIONS, LIMIT_OPTION),
     .one_page = true,
     .columns =
         COLUMNS({"account", {"Account", "مشتری"}}, {"name", {"Name", "نام"}}, {"state", {"State", "وضعیت"}},
                 {"days", {"Days", "روز"}}, {"start", {"Start", "آغاز"}}, {"reached", {"There", "رسیده"}},
                 {"event", {"Event", "رویداد"}}),
     .help = {"List accounts by their days to first value.", "فهرست مشتریان با روزهای تا نخستین ارزش."}},
    {"ttv", METHOD_GET, "/api/v1/time-to-value",
     OPTIONS(PERIOD_OPTIONS,
             {"cohorts", CLI_QUERY,
              .help = {"yes: a row for each start period, too", "yes: برای هر دورهٔ آغاز یک سطر نیز"}},
             SELECTION_OPTIONS, SPLIT_OPTION),
     .shape = cli_shape_time_to_value, .print = cli_print_figure,
     .help =
         {"Show the days to first value, those not there yet included.",
          "نمایش روزهای تا نخستین ارزش، با آنان که هنوز نرسیده‌اند."}},
    {"value-events list", METHOD_GET, "/api/v1/value-events",
     .columns = COLUMNS({"key"}, {"event"}, {"product"}, {"plan"}, {"clock"}),
     .help = {"List what proves first value.",
              "فهرست آنچه نخستین ارزش را نشان می‌دهد."}},
    {"value-events set", METHOD_PUT, "/api/v1/value-events/{key}",
     OPTIONS(KEY_OPTION,
             {"event", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"event or feature; signing in is not value",
                       "رویداد یا قابلیت؛ ورود به سامانه ارزش نیست"}},
             {"product", CLI_BODY, .help = {"only for this product", "فقط برای این محصول"}},
             {"plan", CLI_BODY, .help = {"only for this plan", "فقط برای این طرح"}},
             {"clock", CLI_BODY,
              .help = {"contract, first_event or kickoff; contract unless given",
                       "contract، first_event یا kickoff؛ پیش‌فرض contract"}}),
     .columns = COLUMNS({"key"}, {"event"}, {"product"}, {"plan"}, {"clock"}, {"version"}),
     .help = {"Say what proves first value.",
              "تعیین آنچه نخستین ارزش را نشان می‌دهد."}},
    {"value-events remove", METHOD_DELETE, "/api/v1/value-events/{key}", OPTIONS(KEY_OPTION),
     .help = {"Remove a value event.", "حذف یک رویداد ارزش."}},
    {"milestones list", METHOD_GET, "/api/v1/milestones",
     .columns =
         COLUMNS({"stage"}, {"place"}, {"key"}, {"title_en"}, {"title_fa"}, {"due_days"}, {"rule_text"}),
     .help = {"List milestones.", "فهرست نقطه‌های عطف."}},
    {"milestones set", METHOD_PUT, "/api/v1/milestones/{key}",
     OPTIONS(KEY_OPTION,
             {"stage", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"stage it belongs to", "مرحله‌ای که از آنِ آن است"}},
             {"title-en", CLI_BODY, .flags = CLI_REQUIRED, .help = {"English title", "عنوان انگلیسی"}},
             {"title-fa", CLI_BODY, .help = {"Persian title", "عنوان فارسی"}},
             {"rule", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"when it is reached, such as \"breadth_28d >= 3\"",
                       "کی به دست می‌آید، مانند \"breadth_28d >= 3\""}},
             {"due-days", CLI_BODY, CLI_NUMBER, CLI_REQUIRED,
              .help = {"days after entering the stage", "روزها پس از ورود به مرحله"}},
             {"place", CLI_BODY, CLI_NUMBER, .help = {"order in its stage", "ترتیب در مرحله"}}),
     .columns = COLUMNS({"key"}, {"stage"}, {"place"}, {"due_days"}, {"rule_text"}, {"version"}),
     .help = {"Make or change a milestone.", "ساخت یا تغییر یک نقطهٔ عطف."}},
    {"milestones remove", METHOD_DELETE, "/api/v1/milestones/{key}", OPTIONS(KEY_OPTION),
     .help = {"Remove a milestone.", "حذف یک نقطهٔ عطف."}},
    {"milestones progress", METHOD_GET, "/api/v1/milestones/progress",
     OPTIONS(AS_OF_OPTION, STAGE_OPTION, SELECTION_OPTIONS, SPLIT_OPTION), .shape = cli_shape_milestones,
     .print = cli_print_figure,
     .help =
         {"Show who reached each milestone, when, and who is late.",
          "نمایش این‌که چه کسانی، کی به هر نقطهٔ عطف رسیده‌اند و که دیر کرده است."}},
    {"milestones stages", METHOD_GET, "/api/v1/milestones/stages",
     OPTIONS(AS_OF_OPTION, STAGE_OPTION, SELECTION_OPTIONS, SPLIT_OPTION), .shape = cli_shape_stages,
     .print = cli_print_figure,
     .help = {"Show how long accounts stay in each stage.",
              "نمایش این‌که مشتریان چه مدت در هر مرحله می‌مانند."}},
    {"milestones stuck", METHOD_GET, "/api/v1/milestones/stuck",
     OPTIONS(AS_OF_OPTION, STAGE_OPTION, SELECTION_OPTIONS, LIMIT_OPTION), .shape = cli_shape_stuck,
     .print = cli_print_figure, .one_page = true,
     .help = {"List accounts that are late with a milestone.",
              "فهرست مشتریانی که به نقطهٔ عطفی دیر کرده‌اند."}},
    {"milestones", METHOD_GET, "/api/v1/accounts/{id}/milestones",
     OPTIONS({"ACCOUNT", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id",
              .help = {"key or id", "کلید یا شناسه"}}),
     .columns = COLUMNS({"stage", {"Stage", "مرحله"}}, {"title", {"Milestone", "نقطهٔ عطف"}},
                        {"entered_on", {"Entered", "ورود"}}, {"due_on", {"Due", "مهلت"}},
                        {"reached_on", {"Reached", "رسیدن"}}, {"state", {"State", "وضعیت"}}),
     .help = {"Show the milestones of an account.", "نمایش نقطه‌های عطف یک مشتری."}},
    {"survival effects", METHOD_GET, "/api/v1/survival/effects",
     OPTIONS(
         {"facts", CLI_QUERY,
          .help = {"keys of facts, separated by commas",
                   "کلید شاخص‌ها، جدا با ویرگول"}},
         {"strata", CLI_QUERY,
          .help = {"compare only within the values of this fact", "سنجش تنها درون مقدارهای این شاخص"}},
         {"ties", CLI_QUERY,
          .help = {"efron or breslow; efron unless given", "efron یا breslow؛ پیش‌فرض efron"}},
         {"after", CLI_QUERY,
          .help =
              {"months of age at which facts are read; 3 unless given",
               "سن، به ماه، که شاخص‌ها در آن خوانده می‌شوند؛ پیش‌فرض ۳"}},
         AS_OF_OPTIONS, CALENDAR_OPTION, SELECTION_OPTIONS),
     .shape = cli_shape_effects, .print = cli_print_figure,
     .help = {"Show what goes with customers leaving sooner (Cox).",
              "نمایش آنچه با زودتر رفتن مشتریان همراه است (کاکس)."}},
    {"survival", METHOD_GET, "/api/v1/survival",
     OPTIONS(
         {"after", CLI_QUERY,
          .help =
              {"months of age from which lives are watched; 0 unless given",
               "سن، به ماه، که مشاهده از آن آغاز می‌شود؛ پیش‌فرض ۰"}},
         {"groups", CLI_QUERY,
          .help =
              {"start or now: whose value counts for the groups; start unless given",
               "start یا now: گروه با مقدار آغاز یا اکنون؛ پیش‌فرض start"}},
         {"horizon", CLI_QUERY,
          .help = {"months of the restricted mean", "ماه‌های میانگین محدود"}},
         AS_OF_OPTIONS, CALENDAR_OPTION, SELECTION_OPTIONS, SPLIT_OPTION),
     .shape = cli_shape_survival, .print = cli_print_figure,
     .help = {"Show how long customers last, and whether groups differ.",
              "نمایش ماندگاری مشتریان و تفاوت گروه‌ها."}},
    {"lifetime purchases", METHOD_GET, "/api/v1/lifetime-value/purchases",
     OPTIONS(AS_OF_OPTIONS, SELECTION_OPTIONS, LIMIT_OPTION), .shape = cli_shape_purchase_life,
     .print = cli_print_figure, .one_page = true,
     .help =
         {"List accounts that buy without a contract by what they will still buy.",
          "فهرست مشتریان بی‌قرارداد با خریدهایی که هنوز خواهند کرد."}},
    {"lifetime accounts", METHOD_GET, "/api/v1/lifetime-value/accounts",
     OPTIONS(AS_OF_OPTIONS, CALENDAR_OPTION, SELECTION_OPTIONS, LIMIT_OPTION), .shape = cli_shape_hazard,
     .print = cli_print_figure, .one_page = true,
     .help = {"List customers by what they will still be worth, month by month.",
              "فهرست مشتریان با ارزشی که هنوز خواهند داشت، ماه به ماه."}},
    {"lifetime renewals", METHOD_GET, "/api/v1/lifetime-value/renewals",
     OPTIONS(AS_OF_OPTIONS, SELECTION_OPTIONS,
             {"split", CLI_QUERY,
              .help = {"cohorts by the values of a fact; by plan unless given",
                       "گروه‌بندی با مقدارهای یک شاخص؛ پیش‌فرض طرح"}}),
     .shape = cli_shape_renewal_life, .print = cli_print_figure,
     .help =
         {"Show how contracts are kept renewal by renewal, and what they are worth.",
          "نمایش ماندگاری قراردادها در هر تمدید و ارزش آن‌ها."}},
    {"lifetime", METHOD_GET, "/api/v1/lifetime-value",
     OPTIONS(
         AS_OF_OPTIONS, CALENDAR_OPTION,
         {"window", CLI_QUERY,
          .help =
              {"months whose churn is taken; 12 unless given",
               "ماه‌هایی که ریزش آن‌ها گرفته می‌شود؛ پیش‌فرض ۱۲"}},
         SELECTION_OPTIONS, SPLIT_OPTION),
     .shape = cli_shape_lifetime, .print = cli_print_figure,
     .help = {"Show what customers are worth over their life.", "نمایش ارزش طول عمر مشتریان."}},
};
const struct command_group commands_value = {table, COUNT(table)};
