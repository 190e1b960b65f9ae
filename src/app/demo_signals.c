#include "app/demo_internal.h"

#include "base/vec.h"
#include "signals/activity.h"
#include "signals/answer.h"
#include "signals/invitation.h"
#include "signals/ticket.h"

#include <math.h>

#define BIT(field) ((uint64_t)1 << (field))
enum { PRESENT_TRIES = 8 };

struct writing {
    struct demo_company *company;
    struct session *session;
    const struct demo_account *account;
    struct id id;
    int tickets, answers, invitations, activities; /* numbers of the keys */
};

/* Somebody who is there on that day; −1 when nobody was met in a few tries. */
static int somebody(const struct demo_account *account, day_t day, struct demo_random *random) {
    for (int i = 0; i < PRESENT_TRIES; i++) {
        int person = demo_between(random, 0, account->people - 1);
        if (demo_person_present(account, person, day)) return person;
    }
    return -1;
}

/* ---- answers ---- */

/* How satisfied they are on a day, 0 … 10: the fit of the product, less what troubles them. */
static double mood(const struct demo_account *account, day_t day) {
    static const double less[] = {[DEMO_STAYS] = 0,     [DEMO_ONBOARDING] = 3, [DEMO_CHAMPION] = 1,
                                  [DEMO_SERVICE] = 4.5, [DEMO_PRICE] = 3.5,    [DEMO_CLOSURE] = 0};
    bool dip = day >= account->dip_from && day < account->dip_to;
    return 6.2 + 3.2 * account->fit - (day >= account->trouble ? less[account->cause] : dip ? 2 : 0);
}

static double around(double mean, double low, double high, struct demo_random *random) {
    double noise = (demo_uniform(random) + demo_uniform(random) + demo_uniform(random) - 1.5) * 2.2;
    double score = nearbyint(mean + noise);
    return score < low ? low : score > high ? high : score;
}

static enum status put_answer(struct writing *w, enum answer_kind kind, day_t day, double score, int person,
                              struct demo_random *random, struct problem *problem) {
    const struct demo_account *account = w->account;
    bool comments = demo_chance(random, 0.35);
    double good = kind == ANSWER_CES ? 5 : 8, bad = kind == ANSWER_CES ? 3 : 6;
    enum demo_sentences sentence = score >= good                               ? DEMO_PRAISE
                                   : demo_in_trouble(account, DEMO_PRICE, day) ? DEMO_PRICE_COMPLAINT
                                                                               : DEMO_COMPLAINT;
    struct answer row = {
        .entry = {.account = w->id,
                  .key = str_format(problem->arena, "D%04d-A%03d", account->number + 1, ++w->answers)},
        .user_key = demo_person_key(account, person, problem->arena),
        .answered_at = demo_instant(w->company, day, random),
        .kind = (int32_t)kind,
        .score = score,
        .scale_min = kind == ANSWER_NPS ? 0 : 1,
        .scale_max = kind == ANSWER_CES ? 7 : 10,
        .comment = str_of(demo_sentence(sentence, account->persian, random)),
    };
    row.entry.has = BIT(ENTRY_ACCOUNT) | BIT(ENTRY_KEY) | BIT(ANSWER_USER_KEY) | BIT(ANSWER_ANSWERED_AT) |
                    BIT(ANSWER_KIND) | BIT(ANSWER_SCORE) | BIT(ANSWER_SCALE_MIN) | BIT(ANSWER_SCALE_MAX);
    if (comments && (score <= bad || score >= good)) row.entry.has |= BIT(ANSWER_COMMENT);
    enum upsert_result result;
    struct id id;
    w->company->figures->answers++;
    return answer_upsert(w->session, &w->company->origin, &row, 0, &result, &id, problem);
}

static enum status put_invitation(struct writing *w, enum answer_kind kind, day_t day, int person,
                                  struct demo_random *random, struct problem *problem) {
    const struct demo_account *account = w->account;
    struct invitation row = {
        .entry = {.account = w->id,
                  .key = str_format(problem->arena, "D%04d-V%03d", account->number + 1, ++w->invitations)},
        .user_key = demo_person_key(account, person, problem->arena),
        .sent_at = demo_instant(w->company, day, random),
        .kind = (int32_t)kind,
    };
    row.entry.has = BIT(ENTRY_ACCOUNT) | BIT(ENTRY_KEY) | BIT(INVITATION_USER_KEY) | BIT(INVITATION_SENT_AT) |
                    BIT(INVITATION_KIND);
    enum upsert_result result;
    struct id id;
    w->company->figures->invitations++;
    return invitation_upsert(w->session, &w->company->origin, &row, 0, &result, &id, problem);
}

/* How easy it was to get going: asked of the champion and another, 45 days after the start and each half year
 * since. */
static enum status put_ease(struct writing *w, struct problem *problem) {
    enum { FIRST_AFTER = 45, EVERY = 182, ASKED = 2 };
    struct demo_random random = demo_stream(w->company, w->account, STREAM_EASE);
    day_t gone = demo_gone(w->company, w->account);
    for (day_t asked = w->account->starts + FIRST_AFTER; asked + 1 < gone; asked += EVERY) {
        for (int person = 0; person < ASKED && person < w->account->people; person++) {
            if (!demo_person_present(w->account, person, asked)) continue;
            enum status status = put_invitation(w, ANSWER_CES, asked, person, &random, problem);
            if (!status && demo_chance(&random, 0.5))
                status =
                    put_answer(w, ANSWER_CES, asked + 1, around(0.7 * mood(w->account, asked), 1, 7, &random),
                               person, &random, problem);
            if (status) return status;
        }
    }
    return OK;
}

/* NPS twice a year, to a few people each time. */
static enum status put_nps(struct writing *w, struct problem *problem) {
    enum { FIRST_AFTER = 75, EVERY = 182, ASKED = 5 };
    struct demo_random random = demo_stream(w->company, w->account, STREAM_ANSWERS),
                       sending = demo_stream(w->company, w->account, STREAM_INVITATIONS);
    day_t gone = demo_gone(w->company, w->account);
    for (day_t asked = w->account->starts + FIRST_AFTER; asked < gone; asked += EVERY) {
        int before = -1;
        for (int i = 0; i < ASKED; i++) {
            int person = i ? somebody(w->account, asked, &random) : 0;
            day_t day = asked + demo_between(&random, 0, 9);
            if (person < 0 || person == before || !demo_person_present(w->account, person, asked) ||
                day >= gone)
                continue;
            enum status status = put_invitation(w, ANSWER_NPS, asked - 1, person, &sending, problem);
            if (status) return status;
            if (!demo_chance(&random, 0.55)) continue;
            before = person;
            status = put_answer(w, ANSWER_NPS, day, around(mood(w->account, day), 0, 10, &random), person,
                                &random, problem);
            if (status) return status;
        }
    }
    return OK;
}

/* ---- tickets ---- */

static enum status put_ticket(struct writing *w, day_t day, struct demo_random *random,
                              struct problem *problem) {
    static const char *const states[] = {"open", "solved"};
    const struct demo_account *account = w->account;
    bool trouble = demo_in_trouble(account, DEMO_SERVICE, day), closed;
    int person = somebody(account, day, random);
    double u = demo_uniform(random);
    enum ticket_urgency urgency = trouble ? (u < 0.45   ? TICKET_URGENT
                                             : u < 0.75 ? TICKET_HIGH
                                                        : TICKET_NORMAL)
                                          : (u < 0.03   ? TICKET_URGENT
                                             : u < 0.15 ? TICKET_HIGH
                                             : u < 0.75 ? TICKET_NORMAL
                                                        : TICKET_LOW);
    day_t end = day + (trouble                    ? demo_between(random, 15, 75)
                       : urgency == TICKET_URGENT ? demo_between(random, 0, 2)
                                                  : demo_between(random, 0, 7));
    struct ticket row = {
        .entry = {.account = w->id,
                  .key = str_format(problem->arena, "D%04d-T%03d", account->number + 1, ++w->tickets)},
        .opened_at = demo_instant(w->company, day, random),
        .urgency = (int32_t)urgency,
        .subject = str_of(demo_sentence(urgency == TICKET_URGENT ? DEMO_TICKET_URGENT : DEMO_TICKET,
                                        account->persian, random)),
    };
    row.closed_at = demo_instant(w->company, end, random);
    if (row.closed_at <= row.opened_at) row.closed_at = row.opened_at + 3600000;
    closed = end < w->company->end;
    row.status = str_of(states[closed]);
    row.entry.has = BIT(ENTRY_ACCOUNT) | BIT(ENTRY_KEY) | BIT(TICKET_OPENED_AT) | BIT(TICKET_URGENCY) |
                    BIT(TICKET_STATUS) | BIT(TICKET_SUBJECT);
    if (closed) row.entry.has |= BIT(TICKET_CLOSED_AT);
    if (person >= 0) {
        row.user_key = demo_person_key(account, person, problem->arena);
        row.entry.has |= BIT(TICKET_USER_KEY);
    }
    enum upsert_result result;
    struct id id;
    enum status status = ticket_upsert(w->session, &w->company->origin, &row, 0, &result, &id, problem);
    w->company->figures->tickets++;
    bool asked = demo_chance(random, 0.45);
    double score = around((trouble ? 3.2 : 7.6) + account->fit, 1, 10, random);
    if (status || !asked || person < 0 || end + 1 >= w->company->end) return status;
    return put_answer(w, ANSWER_CSAT, end + 1, score, person, random, problem);
}

static enum status put_tickets(struct writing *w, struct problem *problem) {
    const struct demo_account *account = w->account;
    struct demo_random random = demo_stream(w->company, account, STREAM_TICKETS);
    for (day_t day = account->starts; day < demo_gone(w->company, account); day++) {
        const struct demo_term *term = demo_term_on(account, day);
        if (!term) continue;
        /* A month: some in any case, more where many work; more at the start, and in trouble with the
         * service. */
        double month = 0.25 + 0.018 * (term->seats < 120 ? term->seats : 120);
        if (day < account->starts + 60) month *= 1.8;
        if (demo_in_trouble(account, DEMO_SERVICE, day)) month = month * 2 + 0.8;
        double share = demo_in_trouble(account, DEMO_SERVICE, day) ? 0.7 : demo_activity(account, day) / 0.35;
        for (int n = demo_poisson(&random, month / 30 * share); n > 0; n--) {
            enum status status = put_ticket(w, day, &random, problem);
            if (status) return status;
        }
    }
    return OK;
}

/* ---- activities ---- */

/* Small customers hear of us every other month, large ones every other week; more while they begin; hardly
 * any more once the champion has left, or where nobody ever came to use the product. */
static enum status put_activities(struct writing *w, struct problem *problem) {
    static const int every[] = {60, 30, 14};
    const struct demo_account *account = w->account;
    struct demo_random random = demo_stream(w->company, account, STREAM_ACTIVITIES);
    day_t gone = demo_gone(w->company, account);
    for (day_t day = account->starts + demo_between(&random, 2, 9); day < gone;) {
        double u = demo_uniform(&random);
        bool held = true;
        if (demo_in_trouble(account, DEMO_CHAMPION, day - 21)) held = demo_chance(&random, 0.12);
        if (account->cause == DEMO_ONBOARDING && day > account->starts + 30)
            held = demo_chance(&random, 0.35);
        enum activity_kind kind = u < 0.5                                         ? ACTIVITY_CALL
                                  : u < (account->size == DEMO_SMALL ? 0.6 : 0.8) ? ACTIVITY_MEETING
                                                                                  : ACTIVITY_EMAIL;
        enum demo_sentences sentence = kind == ACTIVITY_CALL      ? DEMO_CALL
                                       : kind == ACTIVITY_MEETING ? DEMO_MEETING
                                                                  : DEMO_MAIL;
        struct activity row = {
            .entry = {.account = w->id},
            .happened_at = demo_instant(w->company, day, &random),
            .kind = (int32_t)kind,
            .member = str_of(demo_members[demo_owner(account)].email),
            .summary = str_of(demo_sentence(sentence, account->persian, &random)),
        };
        row.entry.has = BIT(ENTRY_ACCOUNT) | BIT(ENTRY_KEY) | BIT(ACTIVITY_HAPPENED_AT) | BIT(ACTIVITY_KIND) |
                        BIT(ACTIVITY_MEMBER) | BIT(ACTIVITY_SUMMARY);
        if (held) {
            row.entry.key = str_format(problem->arena, "D%04d-C%03d", account->number + 1, ++w->activities);
            enum upsert_result result;
            struct id id;
            enum status status =
                activity_upsert(w->session, &w->company->origin, &row, 0, &result, &id, problem);
            if (status) return status;
            w->company->figures->activities++;
        }
        int gap = every[account->size];
        if (day < account->starts + 60 && gap > 14) gap = 14;
        day += gap + demo_between(&random, -gap / 4, gap / 4);
    }
    return OK;
}

enum status demo_signals_put(struct demo_company *company, struct session *session,
                             const struct demo_account *account, struct id id, struct problem *problem) {
    struct writing w = {.company = company, .session = session, .account = account, .id = id};
    enum status status = put_tickets(&w, problem);
    if (!status) status = put_nps(&w, problem);
    if (!status) status = put_ease(&w, problem);
    return status ? status : put_activities(&w, problem);
}
