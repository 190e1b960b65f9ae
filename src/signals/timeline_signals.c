#include "signals/timeline_signals.h"

#include "queries.h"

#include <math.h>

#define SAY(name)                                                                                            \
    static void name(const struct timeline_voice *voice, const struct timeline_source *source,               \
                     const struct timeline_row *row, struct buf *title)

SAY(say_activity) {
    static const struct {
        const char *kind;
        struct text alone, with;
    } words[] = {{"call", {"Call", "تماس تلفنی"}, {"Call with {0}", "تماس تلفنی با {0}"}},
                 {"meeting", {"Meeting", "جلسه"}, {"Meeting with {0}", "جلسه با {0}"}},
                 {"email", {"E-mail", "ایمیل"}, {"E-mail with {0}", "ایمیل با {0}"}},
                 {"note", {"Note", "یادداشت"}, {"Note about {0}", "یادداشت دربارهٔ {0}"}}};
    (void)source;
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(row->word, words[i].kind))
            timeline_say(voice, row->person_name.n ? words[i].with : words[i].alone, ARGS(row->person_name),
                         title);
}
const struct timeline_source timeline_activity = {.kind = "activity",
                                                  .what = "activity",
                                                  .link = "activity",
                                                  .people = true,
                                                  .query = &query_timeline_activity,
                                                  .say = say_activity,
                                                  .word = {"kind", PART_TEXT},
                                                  .note = {"outcome", PART_TEXT},
                                                  .a = {"own", PART_NUMBER}};

SAY(say_opened) {
    static const struct {
        const char *urgency;
        struct text title;
    } words[] = {{"urgent", {"Urgent ticket opened: {0}", "تیکت فوری باز شد: {0}"}},
                 {"high", {"Important ticket opened: {0}", "تیکت مهم باز شد: {0}"}}};
    struct text sentence = {"Ticket opened: {0}", "تیکت باز شد: {0}"};
    (void)source;
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(row->word, words[i].urgency)) sentence = words[i].title;
    timeline_say(voice, sentence, ARGS(row->text.n ? row->text : row->note), title);
}
SAY(say_solved) {
    struct buf days = {0};
    (void)source;
    format_days(&days, &voice->format, (int64_t)floor(row->a / DAY_MS));
    struct str took = str_copy(voice->arena, buf_str(&days));
    buf_free(&days);
    timeline_say(voice,
                 row->a < DAY_MS
                     ? (struct text){"Ticket solved within a day: {0}", "تیکت در کمتر از یک روز حل شد: {0}"}
                     : (struct text){"Ticket solved after {1}: {0}", "تیکت پس از {1} حل شد: {0}"},
                 ARGS(row->text.n ? row->text : row->note, took), title);
}
#define TICKET(name, say_it)                                                                                 \
    const struct timeline_source timeline_##name = {.kind = "ticket",                                        \
                                                    .what = #name,                                           \
                                                    .link = "ticket",                                        \
                                                    .people = true,                                          \
                                                    .query = &query_timeline_##name,                         \
                                                    .say = say_it,                                           \
                                                    .word = {"urgency", PART_TEXT},                          \
                                                    .text = {"subject", PART_TEXT},                          \
                                                    .note = {"key", PART_TEXT}}
TICKET(ticket_opened, say_opened);
TICKET(ticket_solved, say_solved);

SAY(say_issued) {
    (void)source;
    timeline_say(
        voice,
        row->a < 0
            ? (struct text){"Credit note {0}: {1}", "صورت‌حساب بستانکاری {0}: {1}"}
            : (struct text){"Invoice {0}: {1}, due {2}", "صورت‌حساب {0}: {1}، سررسید {2}"},
        ARGS(row->note, timeline_money(voice, row->a, row->word), timeline_day(voice, (day_t)row->b)), title);
}
SAY(say_paid) {
    double late = row->day - row->b;
    (void)source;
    struct buf days = {0};
    format_days(&days, &voice->format, (int64_t)late);
    struct str how_late = str_copy(voice->arena, buf_str(&days));
    buf_free(&days);
    timeline_say(voice,
                 late > 0
                     ? (struct text){"Invoice {0} paid, {2} late: {1}",
                                     "صورت‌حساب {0} با {2} دیرکرد پرداخت شد: {1}"}
                     : (struct text){"Invoice {0} paid in time: {1}",
                                     "صورت‌حساب {0} به‌موقع پرداخت شد: {1}"},
                 ARGS(row->note, timeline_money(voice, row->a, row->word), how_late), title);
}
SAY(say_overdue) {
    (void)source;
    timeline_say(
        voice,
        (struct text){"Invoice {0} overdue: {1}", "سررسید صورت‌حساب {0} گذشت: {1}"},
        ARGS(row->note, timeline_money(voice, row->a, row->word)), title);
}
#define INVOICE(name, say_it, at_today)                                                                      \
    const struct timeline_source timeline_##name = {.kind = "invoice",                                       \
                                                    .what = #name,                                           \
                                                    .link = "invoice",                                       \
                                                    .days = true,                                            \
                                                    .today = at_today,                                       \
                                                    .query = &query_timeline_##name,                         \
                                                    .say = say_it,                                           \
                                                    .word = {"currency", PART_TEXT},                         \
                                                    .note = {"number", PART_TEXT},                           \
                                                    .a = {"amount", PART_MONEY},                             \
                                                    .b = {"due_on", PART_DAY}}
INVOICE(invoice_issued, say_issued, false);
INVOICE(invoice_paid, say_paid, false);
INVOICE(invoice_overdue, say_overdue, true);

SAY(say_answer) {
    static const struct {
        const char *kind;
        struct text title;
    } words[] = {{"nps", {"NPS answer: {0} of {1}", "پاسخ NPS: {0} از {1}"}},
                 {"csat", {"Satisfaction answer: {0} of {1}", "پاسخ رضایت: {0} از {1}"}},
                 {"ces", {"Ease answer: {0} of {1}", "پاسخ آسانی: {0} از {1}"}}};
    (void)source;
    for (size_t i = 0; i < COUNT(words); i++)
        if (str_is(row->word, words[i].kind))
            timeline_say(voice, words[i].title,
                         ARGS(timeline_int(voice, row->a), timeline_int(voice, row->b)), title);
}
const struct timeline_source timeline_answer = {.kind = "answer",
                                                .what = "answer",
                                                .link = "answer",
                                                .people = true,
                                                .query = &query_timeline_answer,
                                                .say = say_answer,
                                                .word = {"kind", PART_TEXT},
                                                .a = {"score", PART_NUMBER},
                                                .b = {"of", PART_NUMBER}};
