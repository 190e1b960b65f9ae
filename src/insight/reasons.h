/* Why the health of an account fell, in sentences: the largest falls between two moments by the exact split
 * of scorecard_waterfall, each with the values behind it and where its evidence is; where nothing fell, what
 * costs the score most today. */
#ifndef VAFA_INSIGHT_REASONS_H
#define VAFA_INSIGHT_REASONS_H
#include "insight/health.h"

enum { REASONS_LEAST = 1 }; /* points below which nothing is said */

struct spoken_reason {
    struct str key;  /* of the measure or exception */
    struct str fact; /* that it rests on: of two reasons about one fact the heavier is told */
    struct str text;
    double difference; /* points; negative: lost */
    const char
        *evidence; /* where the rows are: usage, tickets, invoices, answers, activities, …; NULL: none */
};

/* Between the start of a past day and now, for as many accounts as are asked. In the request's arena. */
struct reasoning {
    const struct request *request;
    struct moment then, now;
    struct card_set cards_then, cards_now;
    struct health_known known_then, known_now;
};
enum status reasons_open(const struct request *request, day_t then, struct reasoning *ret,
                         struct problem *problem) MUST_USE;
/* At most `most`, the heaviest first. rising: what lifted the score instead. */
enum status reasons_of(struct reasoning *reasoning, uint32_t account, bool rising, size_t most,
                       struct spoken_reason **ret, size_t *n, struct problem *problem) MUST_USE;
void reasons_put(struct json_writer *w, const struct spoken_reason *reasons, size_t n); /* a JSON array */

/* A sentence with {0}, {1}, … filled in, in the arena. */
struct str say(struct arena *arena, enum language language, struct text sentence, struct arguments args);

#endif
