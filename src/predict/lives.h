/* Lives of customers as survival analysis takes them: how old a customer was when it left, or is by now,
 * beside what could be known of it when the watch began.
 *
 * Lives are the tenures of insight/lifetime.h. A life is watched from the age `after` (months) on, or from
 * the age at which it is first seen; who left before is not in it. Facts are those of the month start at
 * which the watch begins, as could be known then, and never of later: so a fact cannot know the end. */
#ifndef VAFA_PREDICT_LIVES_H
#define VAFA_PREDICT_LIVES_H
#include "insight/lifetime.h"

struct lives {
    struct survival_case *cases; /* months */
    uint32_t *account;
    day_t *since; /* the day on which its watch begins */
    size_t n;
    size_t gone; /* left before that age */
    size_t late; /* first seen at a greater age: at risk from there on */
};
/* Lives in the arena. */
void lives_watch(const struct lifetime_tenures *tenures, double after, struct arena *arena,
                 struct lives *ret);

/* The value of facts at the start of each watch, as could be known then: out[fact × n + life], NAN: not
 * known; dates as days from then, texts as numbers of their dictionary. */
enum status lives_facts(struct house *house, const struct catalogue *catalogue, const uint32_t *facts,
                        size_t fact_count, const struct lives *lives, size_t accounts, double *out,
                        struct problem *problem) MUST_USE;

/* Groups by the values of a text or yes/no fact: those that at least `least` lives have, and whom nobody
 * knows as a group of an empty key; UINT32_MAX: in none. */
struct life_groups {
    uint32_t *of; /* by life */
    struct str *keys;
    size_t *counts;
    size_t n;
    size_t left_out; /* lives in groups that are too small */
};
enum status lives_group(const struct fact *fact, const double *values, const struct lives *lives,
                        size_t least, struct arena *arena, struct life_groups *ret,
                        struct problem *problem) MUST_USE;

/* GET /api/v1/survival: curves by group, their test and restricted means. */
enum status survival_handle(struct request *, struct response *, struct problem *);
extern const struct route_query survival_query[];
/* GET /api/v1/survival/effects: Cox's model of chosen facts, and whether it may be read as it stands. */
enum status survival_effects_handle(struct request *, struct response *, struct problem *);
extern const struct route_query survival_effects_query[];

/* What both begin with: who is asked about, and their lives. Lives in the request's arena. */
struct lives_asked {
    struct selector selector;
    struct selection selection;
    struct spans spans;
    struct lifetime_tenures tenures;
    struct lives lives;
    int64_t after;
};
enum status request_lives(const struct request *request, int64_t after_unless_told, struct lives_asked *ret,
                          struct problem *problem) MUST_USE;
#define LIVES_QUERY                                                                                          \
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},                                      \
        {"known_at", "A day: only what could be known when it started."},                                    \
        {"calendar", "gregorian or persian months; the organisation's where absent."},                       \
        {"segment", "Key of a segment: only its members at as_of."}, {                                       \
        "where", "A rule in its text form: only accounts for which it holds at as_of."                       \
    }

#endif
