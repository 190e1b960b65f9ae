/* Commands of the renewal forecast. */
#include "app/commands.h"

#define ACCOUNT_OPTION                                                                                       \
    {                                                                                                        \
        "ACCOUNT", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id", .help = {                   \
            "key or id",                                                                                     \
            "کلید یا شناسه"                                                                       \
        }                                                                                                    \
    }
#define RANGE_OPTIONS                                                                                        \
    {"by", CLI_QUERY, .help = {"quarter, month or year", "quarter، month یا year"}},                         \
        {"from", CLI_QUERY, .help = {"a day or a period such as 2026Q1", "روز یا دوره، مانند 1405Q1"}},      \
        {"to", CLI_QUERY, .help = {"likewise, the last one", "همان، آخرین دوره"}}, {                         \
        "calendar", CLI_QUERY, .help = { "gregorian or persian", "gregorian یا persian" }                    \
    }
#define LIMIT_OPTION                                                                                         \
    {                                                                                                        \
        "limit", CLI_QUERY, .help = { "most rows", "بیشترین سطر" }                                           \
    }
#define RENEWAL_OPTIONS                                                                                      \
    ACCOUNT_OPTION,                                                                                          \
        {"DUE", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "due_on",                            \
         .help = {"the day it is due", "روز سررسید"}},                                                       \
        {"product", CLI_BODY,                                                                                \
         .help = {"where several are due that day", "اگر آن روز چند محصول سررسید دارند"}},                   \
    {                                                                                                        \
        "currency", CLI_BODY, .help = { "likewise", "همان" }                                                 \
    }
#define NOTE_COLUMNS COLUMNS({"kind"}, {"product"}, {"due_on"}, {"body"}, {"until"}, {"written_by"})
#define LINE_COLUMNS                                                                                         \
    COLUMNS({"due_on", {"Due", "سررسید"}}, {"account", {"Account", "مشتری"}}, {"name", {"Name", "نام"}},     \
            {"product", {"Product", "محصول"}}, {"owner_name", {"Owner", "مسئول"}},                           \
            {"amount", {"Amount", "مبلغ"}}, {"band_title", {"Health", "سلامت"}}, {"call", {"Call", "نظر"}},  \
            {"model", {"Model", "مدل"}}, {"category", {"Counts as", "به شمار"}},                             \
            {"needs", {"Needs", "نیاز"}})

static const struct command table[] = {
    {"forecast lines", METHOD_GET, "/api/v1/forecast/lines",
     OPTIONS(RANGE_OPTIONS, SELECTION_OPTIONS,
             {"only", CLI_QUERY,
              .help = {"open, uncalled, commit, best_case, omitted, at_risk, over or needs",
                       "open، uncalled، commit، best_case، omitted، at_risk، over یا needs"}},
             {"sort", CLI_QUERY, .help = {"due or amount", "due یا amount"}}, LIMIT_OPTION),
     LINE_COLUMNS, .shape = cli_shape_forecast_lines, .one_page = true,
     .help = {"List the renewals that fall due.", "فهرست تمدیدهایی که سررسید دارند."}},
    {"forecast needs", METHOD_GET, "/api/v1/forecast/needs",
     OPTIONS(RANGE_OPTIONS, SELECTION_OPTIONS, LIMIT_OPTION), LINE_COLUMNS, .shape = cli_shape_forecast_lines,
     .one_page = true,
     .help = {"List the renewals that need somebody, and why.",
              "فهرست تمدیدهایی که به کسی نیاز دارند، و چرا."}},
    {"forecast account", METHOD_GET, "/api/v1/accounts/{id}/renewals", OPTIONS(ACCOUNT_OPTION), LINE_COLUMNS,
     .shape = cli_shape_forecast_lines,
     .help = {"List the renewals of an account, two years back and ahead.",
              "فهرست تمدیدهای یک مشتری، دو سال پیش و پس از این."}},
    {"forecast call", METHOD_POST, "/api/v1/accounts/{id}/renewals/calls",
     OPTIONS(RENEWAL_OPTIONS,
             {"call", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"renew, expansion, contraction, at_risk or churn",
                       "renew، expansion، contraction، at_risk یا churn"}},
             {"amount", CLI_BODY, CLI_NUMBER,
              .help = {"of an expansion or contraction: a year, minor units of the subscription's currency",
                       "در گسترش یا کاهش: سالانه، یکای خرد ارز اشتراک"}},
             {"chance", CLI_BODY, CLI_NUMBER, .help = {"percent", "درصد"}},
             {"comment", CLI_BODY, .help = {"why", "چرا"}}),
     COLUMNS({"product"}, {"due_on"}, {"call"}, {"amount"}, {"currency"}, {"chance"}, {"comment"},
             {"made_by"}),
     .help = {"Say what becomes of a renewal.", "گفتن این‌که تمدید چه می‌شود."}},
    {"forecast note", METHOD_POST, "/api/v1/accounts/{id}/renewals/notes",
     OPTIONS(RENEWAL_OPTIONS,
             {"kind", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"decision (where call and model differ) or plan (for a risk)",
                       "decision (ناهمخوانی نظر و مدل) یا plan (برای خطر)"}},
             {"body", CLI_BODY, .flags = CLI_REQUIRED, .help = {"what", "متن"}},
             {"until", CLI_BODY, .help = {"of a plan: by which day", "مهلت برنامه"}}),
     NOTE_COLUMNS,
     .help = {"Decide where call and model differ, or plan for a risk.",
              "تصمیم دربارهٔ ناهمخوانی، یا برنامه برای خطر."}},
    {"forecast accuracy", METHOD_GET, "/api/v1/forecast/accuracy", OPTIONS(RANGE_OPTIONS, SELECTION_OPTIONS),
     .shape = cli_shape_forecast_accuracy, .print = cli_print_figure,
     .help =
         {"Show how near calls and model came to what was renewed.",
          "نمایش این‌که نظرها و مدل چه اندازه به تمدیدها نزدیک بودند."}},
    {"forecast record", METHOD_POST, "/api/v1/forecast/record",
     .columns = COLUMNS({"recorded", {"Recorded", "ثبت‌شده"}}),
     .help = {"Keep today's chances of renewals now.",
              "ثبت احتمال‌های امروزِ تمدیدها."}},
    {"forecast", METHOD_GET, "/api/v1/forecast",
     OPTIONS(RANGE_OPTIONS, SELECTION_OPTIONS,
             {"split", CLI_QUERY,
              .help = {"one row for each value of a fact, such as owner",
                       "برای هر مقدار یک شاخص یک سطر، مانند owner"}}),
     .shape = cli_shape_forecast, .print = cli_print_forecast,
     .help = {"Show what falls due, and what of it is committed, possible, likely and expected.",
              "نمایش آنچه سررسید دارد و چه از آن قطعی، ممکن، محتمل و مورد انتظار است."}},
};
const struct command_group commands_forecast = {table, COUNT(table)};
