/* The timeline of an account: everything that happened there, newest first, from all nouns. A noun enters its
 * entries as sources; `app` assembles their table (src/app/timeline_table.c). */
#ifndef VAFA_CUSTOMERS_TIMELINE_H
#define VAFA_CUSTOMERS_TIMELINE_H
#include "base/format.h"
#include "base/vec.h"
#include "platform/records.h"
#include "platform/route.h"

/* One entry as read. What word, text, note, a and b hold is the source's business. */
struct timeline_row {
    instant_t at;   /* of a source of days: the start of the local day */
    day_t day;      /* of a source of days */
    struct str tie; /* tells entries of one source and instant apart: an id in text form, or a key */
    struct id link; /* the record behind it; none: there is no page of it */
    struct id person;
    struct str person_name, who; /* who: of us, as written */
    struct str word, text, note;
    double a, b; /* NAN: not known */
};

/* What sentences are made with. */
struct timeline_voice {
    struct session *session;
    const struct zone *zone;
    struct format format;
    struct arena *arena;
    day_t today;
};

/* The parts of an entry that clients may want beside the sentence. */
enum timeline_part_type { PART_TEXT, PART_NUMBER, PART_MONEY, PART_DAY };
struct timeline_part {
    const char *name; /* NULL: not told */
    enum timeline_part_type type;
};

typedef VEC(struct timeline_row) timeline_rows;

/* A query gives, in this order: at (an instant, or a day), tie, link, person, person_name, who, word, text,
 * note, a, b; newest first, then by tie downwards; with the parameters :account, :before, :after, :edge (1:
 * all of the instant :before too; 0: those of it whose tie is smaller than :after; −1: none of it) and
 * :limit. */
struct timeline_source {
    const char *kind;  /* what callers filter by: "ticket" */
    const char *what;  /* "ticket_opened" */
    const char *link;  /* what the link leads to: "ticket"; NULL: nothing */
    bool days;         /* at is a local day */
    bool keyed;        /* tie is a text, not an id */
    bool people;       /* names persons: takes part when a caller asks for one */
    bool today;        /* the query takes :today, the local day */
    const char *field; /* the query takes :field */
    const struct query *query;
    /* Instead of a query: all entries of the account (index: in the directory), in any order, at or day set.
     */
    enum status (*gather)(struct house *house, uint32_t index, const struct timeline_voice *voice,
                          timeline_rows *rows, struct problem *problem);
    /* Appends the title in the voice's language. */
    void (*say)(const struct timeline_voice *voice, const struct timeline_source *source,
                const struct timeline_row *row, struct buf *title);
    struct timeline_part word, text, note, a, b; /* text and note without a name: the entry's own text */
};
extern const struct timeline_source
    *const timeline_sources[]; /* all, ends with NULL; the order breaks ties */

/* A sentence with {0}, {1}, … in the voice's language; names are isolated where the language needs it. */
void timeline_say(const struct timeline_voice *voice, struct text sentence, struct arguments args,
                  struct buf *out);
struct str timeline_money(const struct timeline_voice *voice, double minor, struct str currency);
struct str timeline_day(const struct timeline_voice *voice, day_t day);
struct str timeline_int(const struct timeline_voice *voice, double value);

/* Sources of this folder: timeline_customers.c. */
extern const struct timeline_source timeline_stage, timeline_owner, timeline_status, timeline_plan,
    timeline_contact_joined, timeline_contact_left;

/* GET /api/v1/accounts/{id}/timeline */
enum status timeline_handle(struct request *request, struct response *response, struct problem *problem);
extern const struct route_query timeline_query[];

#endif
