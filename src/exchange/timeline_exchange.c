/* What the timeline tells of imports. */
#include "customers/timeline.h"
#include "exchange/import.h"
#include "queries.h"

static void say_import(const struct timeline_voice *voice, const struct timeline_source *source,
                       const struct timeline_row *row, struct buf *title) {
    (void)source;
    timeline_say(voice,
                 (struct text){"Import {0}: {1} new, {2} changed", "ورود {0}: {1} تازه، {2} تغییرکرده"},
                 ARGS(row->text, timeline_int(voice, row->a), timeline_int(voice, row->b)), title);
}

const struct timeline_source timeline_import = {.kind = "import",
                                                .what = "import",
                                                .link = "import",
                                                .query = &query_timeline_import,
                                                .say = say_import,
                                                .word = {"import", PART_TEXT},
                                                .text = {"file", PART_TEXT},
                                                .note = {"source", PART_TEXT},
                                                .a = {"created", PART_NUMBER},
                                                .b = {"updated", PART_NUMBER}};
