/* Tables of commands: one file commands_SUBJECT.c a subject, each with its group, which is listed in
 * commands.c. */
#ifndef VAFA_APP_COMMANDS_H
#define VAFA_APP_COMMANDS_H
#include "app/cli.h"
#include "base/vec.h"

#define OPTIONS(...) ((const struct cli_option[]){__VA_ARGS__, {0}})
#define COLUMNS(...) ((const struct cli_column[]){__VA_ARGS__, {0}})
/* The words of insight/selection.h. */
#define SELECTION_OPTIONS                                                                                                  \
    {"segment", CLI_QUERY, .help = {"only the members of a segment", "فقط اعضای یک بخش"}}, {                               \
        "where", CLI_QUERY,                                                                                                \
            .help =                                                                                                        \
        { "only accounts for which a rule holds, such as \"arr >= 1000\"",                                                 \
          "فقط مشتریانی که قاعده درباره‌شان برقرار است، مانند \"arr >= 1000\"" \
        }                                                                                                                  \
    }

extern const struct command_group commands_main, commands_segment, commands_value, commands_retention,
    commands_score, commands_adoption, commands_accounts, commands_touch, commands_model, commands_forecast;

#endif
