/* Commands of models and predictions. */
#include "app/commands.h"

#define OUTCOME_OPTION                                                                                               \
    {                                                                                                                \
        "OUTCOME", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "outcome", .help = {                      \
            "churn, no_renewal, contraction, silence, expansion, or of a product: cross_sell:PRODUCT",               \
            "churn، no_renewal، contraction، silence، expansion، یا از یک محصول: cross_sell:PRODUCT" \
        }                                                                                                            \
    }
#define TRIAL_OPTIONS                                                                                        \
    {"days", CLI_QUERY,                                                                                      \
     .help = {"days within which the outcome counts", "روزهایی که پیامد باید در آن رخ دهد"}},                \
        {"gap", CLI_QUERY,                                                                                   \
         .help = {"days between a snapshot and the outcome's days", "روزهای میان برش و بازهٔ پیامد"}},        \
        {"by", CLI_QUERY, .help = {"week, month, quarter or year", "week، month، quarter یا year"}},         \
        {"from", CLI_QUERY, .help = {"first day of snapshots", "نخستین روز برش‌ها"}},        \
        {"to", CLI_QUERY, .help = {"last day of snapshots", "واپسین روز برش‌ها"}},           \
        {"test-from", CLI_QUERY,                                                                             \
         .help = {"test on snapshots from this day on",                                                      \
                  "سنجش بر برش‌های از این روز به بعد"}},                          \
        SELECTION_OPTIONS

static const struct command table[] = {
    {"growth", METHOD_GET, "/api/v1/growth/whitespace",
     OPTIONS({"account", CLI_QUERY, .help = {"only one account: key or id", "تنها یک مشتری: کلید یا شناسه"}},
             {"product", CLI_QUERY, .help = {"only this product", "تنها این محصول"}},
             {"kind", CLI_QUERY,
              .help = {"product (not owned), feature (not used) or seats (nobody there)",
                       "product (نداشته)، feature (بی‌استفاده) یا seats (خالی)"}},
             {"sort", CLI_QUERY,
              .help = {"expected, chance, potential or name", "expected، chance، potential یا name"}},
             {"days", CLI_QUERY,
              .help = {"days without use that count as not used",
                       "روزهای بی‌استفاده‌ای که به حساب می‌آید"}},
             {"limit", CLI_QUERY, .help = {"most rows", "بیشترین سطر"}}, SELECTION_OPTIONS),
     COLUMNS({"account", {"Account", "مشتری"}}, {"name", {"Name", "نام"}}, {"kind", {"Room", "جای رشد"}},
             {"title", {"What", "چه"}}, {"potential", {"Potential a year", "ظرفیت سالانه"}},
             {"expected", {"× share of peers", "× سهم همتایان"}}, {"chance", {"Chance", "احتمال"}},
             {"text", {"Peers", "همتایان"}}),
     .shape = cli_shape_growth, .one_page = true,
     .help =
         {"List what customers could have and do not.",
          "فهرست آنچه مشتریان می‌توانند داشته باشند و ندارند."}},
    {"model list", METHOD_GET, "/api/v1/models", .shape = cli_shape_models,
     .columns = COLUMNS({"title", {"Outcome", "پیامد"}}, {"state", {"State", "وضعیت"}},
                        {"learner_title", {"Learner", "روش"}}, {"auc", {"AUC", "AUC"}},
                        {"log_loss", {"Log loss", "زیان لگاریتمی"}}, {"cases", {"Cases", "مورد"}},
                        {"lost", {"Outcomes", "رخداد"}}, {"made_at", {"Made", "زمان ساخت"}},
                        {"text", {"In words", "به بیان دیگر"}}),
     .help = {"List the models, one an outcome.",
              "فهرست مدل‌ها، برای هر پیامد یکی."}},
    {"model show", METHOD_GET, "/api/v1/models/{outcome}", OPTIONS(OUTCOME_OPTION), .print = cli_print_model,
     .help = {"Show a model: tests, drift, facts and versions.",
              "نمایش یک مدل: آزمون‌ها، رانش، شاخص‌ها و نسخه‌ها."}},
    {"model train", METHOD_POST, "/api/v1/models/{outcome}", OPTIONS(OUTCOME_OPTION),
     .print = cli_print_version,
     .help = {"Make a new version of a model now.", "ساخت نسخهٔ تازهٔ یک مدل، همین حالا."}},
    {"model roll-back", METHOD_POST, "/api/v1/models/{outcome}/roll-back", OPTIONS(OUTCOME_OPTION),
     .print = cli_print_version, .help = {"Let the version before go live again.", "بازگرداندن نسخهٔ پیشین."}},
    {"model trial", METHOD_GET, "/api/v1/models/{outcome}/trial", OPTIONS(OUTCOME_OPTION, TRIAL_OPTIONS),
     .print = cli_print_trial,
     .help = {"Show how each learner would have done; nothing is kept.",
              "نمایش عملکرد هر روش؛ چیزی نگه داشته نمی‌شود."}},
    {"model panel", METHOD_GET, "/api/v1/models/{outcome}/panel", OPTIONS(OUTCOME_OPTION, TRIAL_OPTIONS),
     .help = {"Print the panel as CSV.", "چاپ پنل به‌شکل CSV."}},
};
const struct command_group commands_model = {table, COUNT(table)};
