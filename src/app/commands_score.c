/* Scores tested against history. */
#include "app/commands.h"

#define CARD_OPTION                                                                                          \
    {                                                                                                        \
        "CARD", CLI_PATH, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "key", .help = {                     \
            "key of the scorecard",                                                                          \
            "کلید کارت امتیاز"                                                                 \
        }                                                                                                    \
    }
#define TEST_OPTIONS                                                                                         \
    {"outcome", CLI_QUERY,                                                                                   \
     .help = {"churn, no_renewal, contraction or silence", "churn، no_renewal، contraction یا silence"}},    \
        {"days", CLI_QUERY,                                                                                  \
         .help = {"days within which it counts; 90", "روزهایی که باید در آن رخ دهد؛ ۹۰"}},                   \
        {"grace", CLI_QUERY,                                                                                 \
         .help = {"days in which a renewal is only late; 30", "روزهایی که تمدید فقط دیرهنگام است؛ ۳۰"}},     \
        {"by", CLI_QUERY,                                                                                    \
         .help = {"snapshots: week, month, quarter or year",                                                 \
                  "برش‌ها: week، month، quarter یا year"}},                                       \
        {"calendar", CLI_QUERY, .help = {"gregorian or persian", "gregorian یا persian"}},                   \
        {"from", CLI_QUERY, .help = {"first day of snapshots", "نخستین روز برش‌ها"}},        \
        {"to", CLI_QUERY, .help = {"last day of snapshots", "واپسین روز برش‌ها"}},           \
        SELECTION_OPTIONS

#define ODDS_COLUMNS                                                                                         \
    .columns =                                                                                               \
        COLUMNS({"card"}, {"version"}, {"band"}, {"score_from"}, {"score_to"}, {"text"}, {"computed_on"})

static const struct command table[] = {
    {"score test", METHOD_GET, "/api/v1/scorecards/{key}/test", OPTIONS(CARD_OPTION, TEST_OPTIONS),
     .print = cli_print_score_test,
     .help = {"Test a scorecard against what became of the customers.",
              "سنجش یک کارت امتیاز با آنچه بر سر مشتریان آمد."}},
    {"score what-if", METHOD_POST, "/api/v1/scorecards/{key}/what-if",
     OPTIONS(
         CARD_OPTION,
         {"FILE", CLI_READ, .flags = CLI_POSITIONAL | CLI_REQUIRED, .as = "card",
          .help = {"the draft, as “scorecards show” prints a card",
                   "پیش‌نویس، چنان‌که scorecards show کارت را چاپ می‌کند"}},
         TEST_OPTIONS,
         {"limit", CLI_QUERY,
          .help = {"most accounts that are named", "بیشترین مشتریان نام‌برده"}}),
     .print = cli_print_what_if,
     .help = {"Show what a changed scorecard would do, before it is saved.",
              "نمایش اثر تغییر یک کارت امتیاز پیش از ذخیره."}},
    {"score weights", METHOD_GET, "/api/v1/scorecards/{key}/weights", OPTIONS(CARD_OPTION, TEST_OPTIONS),
     .print = cli_print_weights,
     .help = {"Propose weights from history; nothing is changed.",
              "پیشنهاد وزن از روی تاریخچه؛ چیزی تغییر نمی‌کند."}},
    {"score odds compute", METHOD_POST, "/api/v1/score-odds", ODDS_COLUMNS,
     .help =
         {"Test the cards in force now, for what stands beside scores.",
          "سنجش همین‌حالای کارت‌های جاری، برای آنچه کنار امتیازها می‌آید."}},
    {"score odds", METHOD_GET, "/api/v1/score-odds", ODDS_COLUMNS,
     .help = {"Show what became of customers with such scores.", "نمایش سرنوشت مشتریانی با چنین امتیازها."}},
};
const struct command_group commands_score = {table, COUNT(table)};
