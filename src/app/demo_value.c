/* What proves value at the demo company, and the milestones of its stages. Saved again they stay as they are.
 */
#include "app/demo_internal.h"

#include "base/vec.h"
#include "insight/milestone.h"
#include "insight/value_event.h"

static const struct {
    const char *key, *event, *plan;
} value_events[] = {
    {"first-report", "reports", NULL},
    {"first-approval", "approvals", "enterprise"},
};

static const struct {
    const char *key, *stage, *en, *fa, *rule;
    int place, due_days;
} milestones[] = {
    {"first-use", "onboarding", "First use", "نخستین استفاده", "active_users_28d >= 1", 1, 7},
    {"kickoff", "onboarding", "Kickoff held", "نشست آغاز برگزار شد", "days_since_last_contact <= 14", 2, 21},
    {"seats-in-use", "onboarding", "A tenth of the seats in use",
     "یک‌دهم صندلی‌ها در کار", "seat_utilisation_28d >= 0.1", 3, 40},
    {"three-core", "onboarding", "Three core features used", "سه قابلیت اصلی به کار رفته", "breadth_28d >= 3",
     4, 60},
    {"half-the-seats", "adopting", "Three tenths of the seats in use",
     "سه‌دهم صندلی‌ها در کار", "seat_utilisation_28d >= 0.3", 1, 90},
    {"all-core", "adopting", "All core features used",
     "همهٔ قابلیت‌های اصلی به کار رفته", "breadth_90d >= 5", 2, 120},
    {"no-debt", "renewing", "No invoice overdue", "بدون صورت‌حساب سررسیدگذشته",
     "overdue_amount = 0", 1, 30},
};

/* Those that are there already, changed perhaps by somebody who tries them, are left alone. */
static enum status load(struct house *house, struct value_event **events, size_t *event_count,
                        struct milestone **steps, size_t *step_count, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = value_events_load(session, problem->arena, events, event_count, problem);
    if (!status) status = milestones_load(session, problem->arena, steps, step_count, problem);
    session_rollback(session);
    return status;
}

static enum status put_milestone(struct house *house, size_t i, struct problem *problem) {
    struct milestone milestone = {.key = str_of(milestones[i].key),
                                  .stage = str_of(milestones[i].stage),
                                  .place = milestones[i].place,
                                  .title_en = str_of(milestones[i].en),
                                  .title_fa = str_of(milestones[i].fa),
                                  .rule = str_format(problem->arena, "\"%s\"", milestones[i].rule),
                                  .due_days = milestones[i].due_days};
    static const char *const given[] = {"stage", "title_en", "title_fa", "rule", "due_days"};
    bool created;
    for (size_t f = 0; f < COUNT(given); f++)
        field_set(&milestone, field_index(&milestone_type, str_of(given[f])));
    return milestone_save(house, &milestone, &created, problem);
}

enum status demo_value_put(struct house *house, struct problem *problem) {
    struct value_event *events;
    struct milestone *steps;
    size_t event_count, step_count;
    enum status status = insight_remake(house->insight, problem); /* the features are new */
    if (!status) status = load(house, &events, &event_count, &steps, &step_count, problem);
    for (size_t i = 0; i < COUNT(value_events) && !status; i++) {
        bool there = false, created;
        for (size_t e = 0; e < event_count; e++)
            there |= str_is(events[e].key, value_events[i].key);
        if (there) continue;
        struct value_event event = {.key = str_of(value_events[i].key),
                                    .event = str_of(value_events[i].event)};
        field_set(&event, field_index(&value_event_type, STR("event")));
        if (value_events[i].plan) {
            event.plan = str_of(value_events[i].plan);
            field_set(&event, field_index(&value_event_type, STR("plan")));
        }
        status = value_event_save(house, &event, &created, problem);
    }
    for (size_t i = 0; i < COUNT(milestones) && !status; i++) {
        bool there = false;
        for (size_t m = 0; m < step_count; m++)
            there |= str_is(steps[m].key, milestones[i].key);
        if (!there) status = put_milestone(house, i, problem);
    }
    return status;
}
