#include "signals/usage_report.h"

#include "base/vec.h"

#include <stdlib.h>

/* Distinct people of each day and of all: a bit each. People and features are found first, so that the bits
 * fit. */
struct measuring {
    day_t from;
    const uint8_t *included;
    size_t included_n;
    uint32_t persons, features, last_account;
    uint64_t *days, *all, *used; /* bits: day × person, person, feature of the account at hand */
    size_t person_words, feature_words;
    uint64_t events, accounts, feature_sum;
};

static bool left_out(const struct measuring *m, const struct usage_entry *entry) {
    return m->included && (entry->account >= m->included_n || !m->included[entry->account]);
}

static void size_up(void *self, const struct usage_entry *entry) {
    struct measuring *m = self;
    if (entry->person != UINT32_MAX && entry->person >= m->persons) m->persons = entry->person + 1;
    if (entry->feature >= m->features) m->features = entry->feature + 1;
}

static uint64_t bits_count(const uint64_t *bits, size_t words) {
    uint64_t n = 0;
    for (size_t i = 0; i < words; i++)
        n += (uint64_t)__builtin_popcountll(bits[i]);
    return n;
}

static void count(void *self, const struct usage_entry *entry) {
    struct measuring *m = self;
    if (left_out(m, entry)) return;
    m->events += entry->count;
    if (entry->account != m->last_account) {
        m->last_account = entry->account;
        m->accounts++;
        memset(m->used, 0, m->feature_words * sizeof *m->used);
    }
    uint64_t bit = (uint64_t)1 << entry->feature % 64;
    if (!(m->used[entry->feature / 64] & bit)) m->feature_sum++;
    m->used[entry->feature / 64] |= bit;
    if (entry->person == UINT32_MAX) return;
    bit = (uint64_t)1 << entry->person % 64;
    m->all[entry->person / 64] |= bit;
    m->days[(size_t)(entry->day - m->from) * m->person_words + entry->person / 64] |= bit;
}

enum { AT_FROM, AT_TO, AT_PERIOD, AT_ACCOUNTS, AT_USERS, AT_EVENTS, AT_MEAN, AT_STICKINESS, AT_FEATURES };

void usage_figures_measure(struct usage *usage, day_t from, day_t to, const uint8_t *included, size_t n,
                           struct usage_figures *out) {
    struct measuring m = {.from = from, .included = included, .included_n = n, .last_account = UINT32_MAX};
    size_t days = (size_t)(to - from);
    usage_read_lock(usage);
    usage_each(usage, from, to, size_up, &m);
    m.person_words = m.persons / 64 + 1;
    m.feature_words = m.features / 64 + 1;
    m.days = memory_new(days * m.person_words * sizeof *m.days);
    m.all = memory_new(m.person_words * sizeof *m.all);
    m.used = memory_new(m.feature_words * sizeof *m.used);
    usage_each(usage, from, to, count, &m);
    usage_unlock(usage);
    uint64_t users = bits_count(m.all, m.person_words), daily = bits_count(m.days, days * m.person_words);
    *out = (struct usage_figures){.from = from,
                                  .to = to,
                                  .accounts = (int64_t)m.accounts,
                                  .users = (int64_t)users,
                                  .events = (int64_t)m.events,
                                  .mean_daily_users = (double)daily / (double)days};
    for (int i = AT_FROM; i <= AT_MEAN; i++)
        if (i != AT_PERIOD) field_set(out, i);
    if (users) {
        out->stickiness = out->mean_daily_users / (double)users;
        field_set(out, AT_STICKINESS);
    }
    if (m.accounts) {
        out->features_per_account = (double)m.feature_sum / (double)m.accounts;
        field_set(out, AT_FEATURES);
    }
    free(m.days);
    free(m.all);
    free(m.used);
}

#define AT(member) offsetof(struct usage_figures, member)
static const struct field fields[] = {
    [AT_FROM] = {"from", FIELD_DATE, FIELD_READ_ONLY, AT(from), .title = {"From", "از"},
                 .doc = "First local day."},
    [AT_TO] = {"to", FIELD_DATE, FIELD_READ_ONLY, AT(to), .title = {"Before", "تا پیش از"},
               .doc = "The local day behind the last."},
    [AT_PERIOD] = {"period", FIELD_TEXT, FIELD_READ_ONLY, AT(period), .title = {"Period", "دوره"},
                   .doc = "Label of the calendar period; null for the trailing 28 days."},
    [AT_ACCOUNTS] = {"active_accounts", FIELD_INT, FIELD_READ_ONLY, AT(accounts),
                     .title = {"Active accounts", "مشتریان فعال"}, .doc = "Accounts with an event."},
    [AT_USERS] = {"users", FIELD_INT, FIELD_READ_ONLY, AT(users), .title = {"Users", "کاربران"},
                  .doc = "Distinct people with an event; MAU for a month or 28 days."},
    [AT_EVENTS] = {"events", FIELD_INT, FIELD_READ_ONLY, AT(events), .title = {"Events", "رویدادها"},
                   .doc = "Events."},
    [AT_MEAN] =
        {"mean_daily_users", FIELD_NUMBER, FIELD_READ_ONLY, AT(mean_daily_users),
         .title = {"Mean daily users", "میانگین کاربران روزانه"},
         .doc = "Distinct people of a day, mean over all days of the period, days without any kept as 0."},
    [AT_STICKINESS] = {"stickiness", FIELD_NUMBER, FIELD_READ_ONLY, AT(stickiness),
                       .title = {"Stickiness", "چسبندگی"},
                       .doc = "Mean daily users ÷ users, a share; null without users."},
    [AT_FEATURES] = {"features_per_account", FIELD_NUMBER, FIELD_READ_ONLY, AT(features_per_account),
                     .title = {"Features per account", "ویژگی به ازای هر مشتری"},
                     .doc = "Distinct features used, mean over the active accounts; null without one."},
};
RECORD_TYPE(usage_figures_type, "UsageFigures", struct usage_figures, fields);
