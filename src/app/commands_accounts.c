/* The table of accounts, search, saved views, changes of many accounts. */
#include "app/commands.h"

#define TABLE_OPTIONS                                                                                                                \
    SELECTION_OPTIONS, {"view", CLI_QUERY, .help = {"id of a saved view", "شناسهٔ یک نما"}},                                          \
        {"q", CLI_QUERY,                                                                                                             \
         .help = {"part of the name or key, typing errors forgiven",                                                                 \
                  "بخشی از نام یا کلید؛ غلط تایپی بخشوده است"}},                                                                     \
        {"sort", CLI_QUERY,                                                                                                          \
         .help =                                                                                                                     \
             {"name, key, health, change, arr, renewal, stage, owner or a fact; with - from the largest",                            \
              "name، key، health، change، arr، renewal، stage، owner یا یک شاخص؛ با - از بزرگ‌ترین"}}, \
    {                                                                                                                                \
        "columns", CLI_QUERY, .help = {                                                                                              \
            "facts as further columns, separated by commas",                                                                         \
            "شاخص‌هایی به‌صورت ستون‌های بیشتر، جدا با ویرگول"                            \
        }                                                                                                                            \
    }
#define VIEW_OPTION                                                                                          \
    {                                                                                                        \
        "VIEW", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id", .help = {                      \
            "id of the view",                                                                                \
            "شناسهٔ نما"                                                                            \
        }                                                                                                    \
    }

static const struct command table[] = {
    {"accounts table", METHOD_GET, "/api/v1/accounts/table",
     OPTIONS(TABLE_OPTIONS, {"offset", CLI_QUERY, .help = {"rows to pass over", "سطرهایی که رد شود"}},
             {"limit", CLI_QUERY,
              .help = {"most rows; 50 unless given", "بیشترین سطر؛ پیش‌فرض ۵۰"}}),
     COLUMNS({"key", {"Key", "کلید"}}, {"name", {"Account", "مشتری"}}, {"health", {"Health", "سلامت"}},
             {"change", {"4 weeks", "۴ هفته"}}, {"why", {"Why", "چرا"}}, {"arr", {"ARR", "درآمد سالانه"}},
             {"renews_on", {"Renews", "تمدید"}}, {"stage", {"Stage", "مرحله"}}, {"owner", {"Owner", "مسئول"}},
             {"tags", {"Tags", "برچسب‌ها"}}, {"facts", {"Facts", "شاخص‌ها"}}),
     .one_page = true, .shape = cli_shape_accounts,
     .help = {"Show the table of accounts: health, why, revenue, renewal.",
              "نمایش جدول مشتریان: سلامت، دلیل، درآمد، تمدید."}},
    {"accounts export", METHOD_GET, "/api/v1/accounts/export",
     OPTIONS({"FILE", CLI_LOCAL, .flags = CLI_POSITIONAL | CLI_REQUIRED,
              .help = {"file to write, .csv or .xlsx",
                       "پرونده‌ای که نوشته شود، ‎.csv یا ‎.xlsx"}},
             TABLE_OPTIONS),
     .run = cli_account_export,
     .help = {"Write the table of accounts to a CSV file or a workbook.",
              "نوشتن جدول مشتریان در پروندهٔ CSV یا کارپوشه."}},
    {"accounts change", METHOD_POST, "/api/v1/accounts/bulk",
     OPTIONS(
         {"where", CLI_BODY, .help = {"of whom: a rule in its text form", "از چه کسانی: قاعده به شکل متن"}},
         {"ids", CLI_BODY, CLI_LIST,
          .help = {"or ids or keys, separated by commas",
                   "یا شناسه‌ها و کلیدها، جدا با ویرگول"}},
         {"segment", CLI_BODY, .help = {"or the members of a segment", "یا اعضای یک بخش"}},
         {"set", CLI_READ,
          .help = {"JSON file of owner, team, stage, segment", "پروندهٔ JSON با owner، team، stage، segment"}},
         {"add-tags", CLI_BODY, CLI_LIST,
          .help = {"tags to add", "برچسب‌هایی که افزوده شود"}},
         {"remove-tags", CLI_BODY, CLI_LIST,
          .help = {"tags to remove", "برچسب‌هایی که برداشته شود"}},
         {"dry", CLI_BODY, CLI_FLAG, .help = {"only count", "فقط شمارش"}}),
     COLUMNS({"id", {"Id", "شناسه"}}, {"matched", {"Matched", "یافته"}},
             {"changed", {"Changed", "تغییرکرده"}}, {"dry", {"Dry run", "آزمایشی"}}),
     .help = {"Change many accounts at once; the id undoes it.",
              "تغییر چند مشتری یک‌جا؛ با شناسه برمی‌گردد."}},
    {"accounts undo", METHOD_POST, "/api/v1/accounts/bulk/{id}/undo",
     OPTIONS({"CHANGE", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "id",
              .help = {"id of the change", "شناسهٔ تغییر"}}),
     COLUMNS({"restored", {"Restored", "برگشته"}}, {"left", {"Left", "مانده"}}),
     .help = {"Take a change of many accounts back.", "برگرداندن تغییر چند مشتری."}},
    {"search", METHOD_GET, "/api/v1/search",
     OPTIONS({"TEXT", CLI_QUERY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "q",
              .help = {"part of a name, key or e-mail", "بخشی از نام، کلید یا ایمیل"}},
             {"kind", CLI_QUERY, .help = {"account or contact", "account یا contact"}},
             {"limit", CLI_QUERY, .help = {"most of each kind", "بیشترین از هر نوع"}}),
     COLUMNS({"kind", {"Kind", "نوع"}}, {"name", {"Name", "نام"}}, {"key", {"Key", "کلید"}},
             {"email", {"E-mail", "ایمیل"}}, {"account.name", {"At", "نزد"}},
             {"health.score", {"Health", "سلامت"}}, {"renews_on", {"Renews", "تمدید"}}),
     .help = {"Find accounts and contacts.", "یافتن مشتریان و مخاطبان."}},
    {"view list", METHOD_GET, "/api/v1/views",
     .columns = COLUMNS({"id"}, {"title"}, {"count"}, {"shared"}, {"sort"}, {"text"}, {"broken"}),
     .help = {"List saved views of the table of accounts.",
              "فهرست نماهای ذخیره‌شدهٔ جدول مشتریان."}},
    {"view add", METHOD_POST, "/api/v1/views",
     OPTIONS({"TITLE", CLI_BODY, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "title",
              .help = {"its title", "عنوان آن"}},
             {"rule", CLI_BODY, .as = "text", .help = {"the rule in its text form", "قاعده به شکل متن"}},
             {"sort", CLI_BODY, .help = {"as of accounts table", "مانند accounts table"}},
             {"columns", CLI_BODY, CLI_LIST,
              .help = {"columns shown, separated by commas", "ستون‌ها، جدا با ویرگول"}}),
     COLUMNS({"id"}, {"title"}, {"count"}, {"text"}),
     .help = {"Save a view for everybody.", "ذخیرهٔ نمایی برای همه."}},
    {"view remove", METHOD_DELETE, "/api/v1/views/{id}", OPTIONS(VIEW_OPTION),
     .help = {"Remove a view.", "حذف یک نما."}},
};
const struct command_group commands_accounts = {table, COUNT(table)};
