#include "app/demo_internal.h"

#include "signals/import_frame.h"

/* How a person works with the product: most only now and then, a few every day; each with features of their
 * own. */
struct habit {
    double share;                  /* of the account's active days */
    double feature[DEMO_FEATURES]; /* chance of each on an active day, once the account has adopted it */
};

static struct habit draw_habit(int person, struct demo_random *random) {
    struct habit habit;
    double u = demo_uniform(random);
    habit.share = person == 0 ? 1 : 0.11 + 0.5 * u * u * u * u;
    for (int f = 0; f < DEMO_FEATURES; f++) {
        double taste = demo_uniform(random);
        habit.feature[f] = demo_features[f].popularity * (taste < 0.4 ? 0.25 : 1.2);
        if (habit.feature[f] > 0.95) habit.feature[f] = 0.95;
    }
    return habit;
}

/* The day from which an account uses each feature: later where the product suits less; features beside the
 * core may never come. */
static void draw_adoption(const struct demo_account *account, struct demo_random *random,
                          day_t adopted[DEMO_FEATURES]) {
    for (int f = 0; f < DEMO_FEATURES; f++) {
        double slow = 0.5 + 2.5 * (1 - account->fit) + demo_uniform(random);
        bool ever = demo_features[f].core ? demo_chance(random, 0.6 + 0.4 * account->fit)
                                          : demo_chance(random, 0.7 * account->fit);
        adopted[f] = f == 0 || ever ? account->starts + (day_t)(demo_features[f].from_day * slow) : INT32_MAX;
    }
}

enum status demo_usage_each(const struct demo_company *company, const struct demo_account *account,
                            demo_event event, void *self, struct arena *arena, struct problem *problem) {
    struct demo_random random = demo_stream(company, account, STREAM_USAGE);
    day_t adopted[DEMO_FEATURES], from = account->starts > company->first ? account->starts : company->first;
    day_t gone = demo_gone(company, account);
    if (from >= gone) return OK;
    struct str key = demo_account_key(account, arena);
    double *activity = arena_array(arena, (size_t)(gone - from), sizeof *activity);
    for (day_t day = from; day < gone; day++)
        activity[day - from] = demo_activity(account, day);
    draw_adoption(account, &random, adopted);
    for (int person = 0; person < account->people; person++) {
        struct habit habit = draw_habit(person, &random);
        struct str user = demo_person_key(account, person, arena);
        for (day_t day = from; day < gone; day++) {
            if (!demo_chance(&random, activity[day - from] * habit.share) ||
                !demo_person_present(account, person, day))
                continue;
            struct import_row row = {
                .occurred = demo_instant(company, day, &random), .count = 1, .account = key, .user = user};
            row.known_from = origin_known_from(&company->origin, NULL, row.occurred, &row.known_assumed);
            bool any = false;
            for (int f = DEMO_FEATURES - 1; f >= 0; f--) {
                bool uses = day >= adopted[f] && demo_chance(&random, habit.feature[f]);
                if (!uses && (f || any)) continue; /* who comes does something: at least the first feature */
                any = true;
                row.name = str_of(demo_features[f].key);
                row.count = 1 + (uint32_t)demo_poisson(&random, 1.5);
                row.key = import_row_key(company->origin.source, &row, 0);
                enum status status = event(self, &row, problem);
                if (status) return status;
            }
        }
    }
    return OK;
}
