/* Workers: threads behind the scenes that take a turn, rest, and take another, until they are stopped.
 * Whoever waits for an answer goes before them. */
#ifndef VAFA_PLATFORM_WORKER_H
#define VAFA_PLATFORM_WORKER_H
#include "base/problem.h"
#include "platform/house.h"

#include <stdbool.h>

struct worker_turn {
    const bool *stopping; /* atomic: true, give up */
    int64_t rest_ms;      /* until the next turn: every_ms unless the turn says otherwise */
    struct arena *arena;  /* of this turn */
};
struct worker_job {
    const char *what;          /* it does, for the log of what fails: "test the scorecards" */
    const struct house *house; /* whose log */
    enum status (*turn)(void *self, struct worker_turn *turn, struct problem *problem);
    void *self;
    int64_t first_ms, every_ms; /* rests before the first turn, and between turns */
    int nice;                   /* 0 … 19 */
    bool unserved; /* takes turns too while nobody serves the house: a command on a folder does what it was
                      told, and no more */
};

struct worker;
enum status worker_start(const struct worker_job *job, struct worker **ret, struct problem *problem) MUST_USE;
void worker_call(
    struct worker *worker); /* the next turn comes at once; one called for during a turn follows it */
/* Waits for the turn to end, and frees it. NULL is fine. */
void worker_stop(struct worker *worker);

#endif
