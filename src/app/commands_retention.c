/* Revenue: retention, closed periods, exchange rates. */
#include "app/commands.h"

#define RETENTION_MOMENT_OPTIONS                                                                             \
    {"mode", CLI_QUERY, .help = {"snapshot or flow", "snapshot یا flow"}},                                   \
        {"as-of", CLI_QUERY,                                                                                 \
         .help = {"a day, YYYY-MM-DD: seen from its start; today unless given",                              \
                  "روز، YYYY-MM-DD: دیده از آغاز آن؛ پیش‌فرض امروز"}},         \
    {                                                                                                        \
        "known-at", CLI_QUERY, .help = {                                                                     \
            "a day: only what was known then",                                                               \
            "روز: فقط آنچه آن هنگام دانسته بود"                                    \
        }                                                                                                    \
    }
#define INDEX_OPTION                                                                                         \
    {                                                                                                        \
        "index", CLI_QUERY, .help = {                                                                        \
            "a price index: the end in prices of the start",                                                 \
            "شاخص قیمت: مبلغ پایان به قیمت‌های آغاز"                         \
        }                                                                                                    \
    }
#define PERIOD_OPTION                                                                                        \
    {                                                                                                        \
        "PERIOD", CLI_QUERY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "period", .help = {               \
            "such as 2026-01, 2026Q1, 1404, 1404-05",                                                        \
            "مانند 2026-01، 2026Q1، 1404، 1404-05"                                                   \
        }                                                                                                    \
    }

static const struct command table[] = {
    {"retention", METHOD_GET, "/api/v1/retention",
     OPTIONS(
         {"by", CLI_QUERY,
          .help = {"month, quarter, year, or range: one period", "month، quarter، year یا range: یک بازه"}},
         {"span", CLI_QUERY,
          .help =
              {"how many of them each period reaches back; 12 with month: the year that ends with each month",
               "هر دوره چند تا به عقب می‌رسد؛ ۱۲ با month: سالی که با هر ماه پایان می‌یابد"}},
         {"from", CLI_QUERY,
          .help = {"a day or a period: the first; 12 periods unless given",
                   "روز یا دوره: نخستین؛ پیش‌فرض ۱۲ دوره"}},
         {"to", CLI_QUERY, .help = {"a day or a period: the last", "روز یا دوره: آخرین"}},
         {"calendar", CLI_QUERY, .help = {"gregorian or persian", "gregorian یا persian"}},
         RETENTION_MOMENT_OPTIONS, INDEX_OPTION, SELECTION_OPTIONS,
         {"split", CLI_QUERY,
          .help =
              {"a text or yes/no fact, such as owner: figures for each of its values",
               "شاخصی از نوع متن یا بله/خیر، مانند owner: شاخص‌ها برای هر مقدار آن"}},
         {"figures", CLI_LOCAL,
          .help = {"keys of other figures to show, separated by commas",
                   "کلید شاخص‌های دیگر برای نمایش، جدا با ویرگول"}}),
     .shape = cli_shape_retention, .print = cli_print_retention,
     .help = {"Show retention, churn and the revenue bridge by period.",
              "نمایش نگهداشت، ریزش و پل درآمد در هر دوره."}},
    {"retention rows", METHOD_GET, "/api/v1/retention/rows",
     OPTIONS(PERIOD_OPTION,
             {"figure", CLI_QUERY,
              .help = {"key of a figure, such as grr: only the accounts behind it",
                       "کلید شاخص، مانند grr: فقط مشتریان پشت آن"}},
             {"amount", CLI_QUERY,
              .help = {"key of an amount, such as churn or expansion: only accounts that have it",
                       "کلید مبلغ، مانند churn یا expansion: فقط مشتریانی که آن را دارند"}},
             RETENTION_MOMENT_OPTIONS, INDEX_OPTION, SELECTION_OPTIONS,
             {"limit", CLI_QUERY, .help = {"most accounts", "بیشترین مشتری"}}),
     .shape = cli_shape_retention_rows, .print = cli_print_retention_rows,
     .help = {"Open a figure: the accounts behind it and what changed, to the day.",
              "باز کردن یک شاخص: مشتریان پشت آن و تغییرها، به روز."}},
    {"retention close", METHOD_POST, "/api/v1/periods",
     OPTIONS({"PERIOD", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "period",
              .help = {"such as 2026-01, 2026Q1, 1404, 1404-05", "مانند 2026-01، 2026Q1، 1404، 1404-05"}}),
     .columns = COLUMNS({"label"}, {"from_day"}, {"to_day"}, {"currency"}, {"closed_at"}, {"closed_by"}),
     .help = {"Close a period: its figures and their rows stay as they are.",
              "بستن یک دوره: شاخص‌ها و سطرهایشان ثابت می‌مانند."}},
    {"retention closed", METHOD_GET, "/api/v1/periods",
     .columns = COLUMNS({"label"}, {"from_day"}, {"to_day"}, {"currency"}, {"closed_at"}, {"closed_by"}),
     .help = {"List the closed periods.", "فهرست دوره‌های بسته."}},
    {"retention restated", METHOD_GET, "/api/v1/periods/{label}",
     OPTIONS({"PERIOD", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "label",
              .help = {"a closed period", "یک دورهٔ بسته"}},
             {"mode", CLI_QUERY, .help = {"snapshot or flow", "snapshot یا flow"}}),
     .shape = cli_shape_restated, .print = cli_print_restated,
     .help =
         {"Show what would be different now in a closed period, and why.",
          "نمایش آنچه اکنون در یک دورهٔ بسته متفاوت می‌بود، و علت آن."}},
    {"retention restate", METHOD_POST, "/api/v1/periods/{label}/restatements",
     OPTIONS({"PERIOD", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "label",
              .help = {"a closed period", "یک دورهٔ بسته"}},
             {"reason", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"late_data, corrected_data, merged_accounts, rates, rules, mistake or other",
                       "late_data، corrected_data، merged_accounts، rates، rules، mistake یا other"}},
             {"note", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"what happened, in a sentence", "شرح علت در یک جمله"}}),
     .columns = COLUMNS({"label"}, {"from_day"}, {"to_day"}, {"currency"}, {"closed_at"}, {"closed_by"}),
     .help =
         {"Restate a closed period: show what is known now, and keep what was shown, with the reason.",
          "بازنگری یک دورهٔ بسته: آنچه اکنون دانسته است نشان داده می‌شود و ارقام پیشین با علت می‌مانند."}},
    {"indices list", METHOD_GET, "/api/v1/price-indices",
     OPTIONS({"name", CLI_QUERY, .help = {"only this index", "فقط این شاخص"}}),
     .columns = COLUMNS({"name"}, {"day"}, {"value"}, {"source"}, {"known_from"}),
     .help = {"List price indices.", "فهرست شاخص‌های قیمت."}},
    {"indices set", METHOD_POST, "/api/v1/price-indices",
     OPTIONS({"NAME", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "name",
              .help = {"such as cpi", "مانند cpi"}},
             {"VALUE", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "value",
              .help = {"the level of prices, such as 134.6", "سطح قیمت‌ها، مانند 134.6"}},
             {"day", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"from which it holds, YYYY-MM-DD", "روزی که از آن برقرار است، YYYY-MM-DD"}}),
     .columns = COLUMNS({"name"}, {"day"}, {"value"}, {"known_from"}),
     .help = {"Set the value of a price index from a day on.", "تعیین مقدار یک شاخص قیمت از یک روز به بعد."}},
    {"rates list", METHOD_GET, "/api/v1/rates",
     OPTIONS({"currency", CLI_QUERY, .help = {"only of this currency", "فقط این ارز"}}),
     .columns = COLUMNS({"currency"}, {"day"}, {"rate"}, {"base"}, {"source"}, {"known_from"}),
     .help = {"List exchange rates.", "فهرست نرخ‌های ارز."}},
    {"rates set", METHOD_POST, "/api/v1/rates",
     OPTIONS({"CURRENCY", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "currency",
              .help = {"such as EUR", "مانند EUR"}},
             {"RATE", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "rate",
              .help = {"worth of one unit in the base currency, such as 1.0835",
                       "ارزش یک واحد به ارز پایه، مانند 1.0835"}},
             {"day", CLI_BODY, .flags = CLI_REQUIRED,
              .help = {"from which it holds, YYYY-MM-DD", "روزی که از آن برقرار است، YYYY-MM-DD"}}),
     .columns = COLUMNS({"currency"}, {"day"}, {"rate"}, {"base"}, {"known_from"}),
     .help = {"Set the exchange rate of a currency from a day on.", "تعیین نرخ یک ارز از یک روز به بعد."}},
};
const struct command_group commands_retention = {table, COUNT(table)};
