/* Milestones: provable steps of a stage. A milestone is a rule over facts; an account has reached it on the
 * first day of its stay in the stage at whose end the rule holds. It should by the day it entered plus
 * due_days.
 *
 * Days that are over are judged once and kept (milestone_steps). They are judged anew when a milestone
 * changes (everybody) and when more or less is known of an account's past than when it was judged (its events
 * and other signals are counted). Today is judged as far as it has come. Every figure brings this up first.
 */
#ifndef VAFA_INSIGHT_MILESTONE_H
#define VAFA_INSIGHT_MILESTONE_H
#include "insight/insight.h"
#include "insight/rule.h"
#include "platform/route.h"

struct milestone {
    uint64_t has;
    struct id id;
    struct str key;
    struct str stage; /* as accounts carry it */
    int64_t place;    /* in its stage, 1 first */
    struct str title_en, title_fa;
    struct str rule;      /* JSON; an input may be the text form as a string */
    struct str rule_text; /* the text form; made when it is read */
    int64_t due_days;     /* after entering the stage */
    int64_t version;
    instant_t created_at, updated_at;
};
extern const struct record_type milestone_type;

/* All, by stage, place and key; in the arena. */
enum status milestones_load(struct session *session, struct arena *arena, struct milestone **ret, size_t *n,
                            struct problem *problem) MUST_USE;
/* Makes or changes the one of that key. BAD_INPUT: the rule is none, or names what does not exist; faults
 * point at the node ("/rule/all/0/fact"). */
enum status milestone_save(struct house *house, struct milestone *milestone, bool *created,
                           struct problem *problem) MUST_USE;

/* A milestone of an account in one of its stays in the stage. */
struct milestone_step {
    uint32_t account;
    uint32_t milestone; /* place in the list that came with it */
    day_t entered_on;
    day_t left_on; /* first day out of the stage: moved on or lost; INT32_MAX: still in it */
    day_t due_on;
    day_t reached_on; /* INT32_MAX: not reached in this stay */
    int32_t judged;   /* 0: on no day of the stay could the rule be judged, for lack of knowledge */
};
struct milestone_steps {
    struct milestone *milestones;
    size_t milestone_count;
    struct milestone_step *v; /* by account, milestone, entered_on; arena */
    size_t n;
};
/* A stay of an account in a stage, whether or not the stage has milestones. */
struct stage_stay {
    struct str stage;
    day_t entered_on, left_on; /* INT32_MAX: still in it */
    bool lost;                 /* it ended because the customer was lost */
};
/* The stays known at a moment, oldest first; in the arena. The insight's lock held. */
size_t stage_stays(const struct insight *insight, uint32_t account, const struct moment *moment,
                   struct arena *arena, struct stage_stay **ret);

/* Brings what is kept up to now and returns it. Safe on several threads: who comes second judges the same. */
enum status milestones_judge(struct house *house, struct arena *arena, struct milestone_steps *ret,
                             struct problem *problem) MUST_USE;
/* The same of one account alone. */
enum status milestones_judge_account(struct house *house, struct id account, struct arena *arena,
                                     struct milestone_steps *ret, struct problem *problem) MUST_USE;
/* The same of all, given up when *stop becomes true: UNAVAILABLE, and nothing is kept. */
enum status milestones_judge_until(struct house *house, const bool *stop, struct arena *arena,
                                   struct milestone_steps *ret, struct problem *problem) MUST_USE;

/* Keeps milestones up to date once a minute in a thread of its own, so that facts about them are current
 * while the folder is served. */
struct worker;
enum status milestone_keeper_start(struct house *house, struct worker **ret,
                                   struct problem *problem) MUST_USE; /* ends with worker_stop */

enum status milestone_handle_list(struct request *, struct response *, struct problem *);
enum status milestone_handle_put(struct request *, struct response *, struct problem *);
enum status milestone_handle_delete(struct request *, struct response *, struct problem *);
enum status milestone_handle_progress(struct request *, struct response *, struct problem *);
enum status milestone_handle_stages(struct request *, struct response *, struct problem *);
enum status milestone_handle_stuck(struct request *, struct response *, struct problem *);
enum status milestone_handle_account(struct request *, struct response *, struct problem *);
extern const struct route_query milestone_query[], milestone_stuck_query[];

#endif
