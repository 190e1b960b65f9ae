#include "insight/contact_fact.h"

#include "base/calendar.h"
#include "insight/insight.h"

#include <math.h>
#include <stdlib.h>

enum { EVENTS_DAYS = 30, ACTIVE_DAYS = 28, SEEN_DAYS = 28, MOST_DAYS = 30 };

enum contact_number {
    CONTACT_FACT_NAME,
    CONTACT_FACT_ROLE,
    CONTACT_FACT_CHAMPION,
    CONTACT_FACT_TITLE,
    CONTACT_FACT_EMAIL,
    CONTACT_FACT_DOMAIN,
    CONTACT_FACT_TENURE,
    CONTACT_FACT_SEEN,
    CONTACT_FACT_EVENTS,
    CONTACT_FACT_ACTIVE,
    CONTACT_FACT_NPS,
    CONTACT_FACT_NPS_AGE,
    CONTACT_FACT_CSAT,
    CONTACT_FACTS
};

#define KEY(literal)                                                                                         \
    { literal, sizeof(literal) - 1 }
static const struct fact built_in[CONTACT_FACTS] = {
    [CONTACT_FACT_NAME] = {KEY("name"), {"Name", "نام"}, VALUE_TEXT},
    [CONTACT_FACT_ROLE] = {KEY("role"), {"Role", "نقش"}, VALUE_TEXT},
    [CONTACT_FACT_CHAMPION] = {KEY("champion"), {"Champion", "حامی"}, VALUE_BOOL, .better = 1},
    [CONTACT_FACT_TITLE] = {KEY("title"), {"Position", "سمت"}, VALUE_TEXT},
    [CONTACT_FACT_EMAIL] = {KEY("email"), {"E-mail", "ایمیل"}, VALUE_TEXT},
    [CONTACT_FACT_DOMAIN] = {KEY("email_domain"), {"Domain of the e-mail", "دامنهٔ ایمیل"}, VALUE_TEXT},
    [CONTACT_FACT_TENURE] = {KEY("tenure_days"),
                             {"Days at the account", "روزهای حضور نزد مشتری"},
                             VALUE_NUMBER,
                             KEY("days")},
    [CONTACT_FACT_SEEN] = {KEY("last_seen_days"),
                           {"Days since last seen", "روزهای گذشته از آخرین حضور"},
                           VALUE_NUMBER,
                           KEY("days"),
                           -1},
    [CONTACT_FACT_EVENTS] =
        {KEY("events_30d"), {"Events, 30 days", "رویدادها، ۳۰ روز"}, VALUE_NUMBER, KEY("events"), 1},
    [CONTACT_FACT_ACTIVE] = {KEY("active_days_28d"),
                             {"Days with use, of the last 28", "روزهای دارای استفاده در ۲۸ روز"},
                             VALUE_NUMBER,
                             KEY("days"),
                             1},
    [CONTACT_FACT_NPS] = {KEY("nps_last"),
                          {"Last NPS answer (0–10)", "آخرین پاسخ NPS (۰ تا ۱۰)"},
                          VALUE_NUMBER,
                          KEY("points"),
                          1},
    [CONTACT_FACT_NPS_AGE] = {KEY("nps_age_days"),
                              {"Days since the last NPS answer", "روزهای گذشته از آخرین پاسخ NPS"},
                              VALUE_NUMBER,
                              KEY("days"),
                              -1},
    [CONTACT_FACT_CSAT] = {KEY("csat_last"),
                           {"Last satisfaction answer (1–10)", "آخرین پاسخ رضایت (۱ تا ۱۰)"},
                           VALUE_NUMBER,
                           KEY("points"),
                           1},
};
#undef KEY

size_t contact_fact_count(void) {
    return CONTACT_FACTS;
}

uint32_t contact_fact_find(struct insight *insight, struct str key) {
    for (uint32_t i = 0; i < CONTACT_FACTS; i++)
        if (str_equal(built_in[i].key, key)) return i;
    pthread_rwlock_rdlock(&insight->lock);
    uint32_t trait = dict_find(&insight->contacts.trait_fields, key);
    pthread_rwlock_unlock(&insight->lock);
    return trait == DICT_NONE ? DICT_NONE : CONTACT_FACTS + trait;
}

const struct fact *contact_fact(struct insight *insight, uint32_t number) {
    pthread_mutex_lock(&insight->contact_naming);
    while (insight->contact_facts.n <= number) {
        uint32_t next = (uint32_t)insight->contact_facts.n;
        struct fact *fact = memory_new(sizeof *fact);
        if (next < CONTACT_FACTS) {
            *fact = built_in[next];
        } else {
            fact->key = dict_key(&insight->contacts.trait_fields, next - CONTACT_FACTS);
            fact->title = (struct text){fact->key.p, fact->key.p}; /* dictionaries end keys with NUL */
            fact->type = VALUE_TEXT;
        }
        fact->built_in = next < CONTACT_FACTS;
        if (fact->type == VALUE_TEXT) fact->texts = &insight->contacts.texts;
        VEC_PUSH(&insight->contact_facts, fact);
    }
    const struct fact *fact = insight->contact_facts.v[number];
    pthread_mutex_unlock(&insight->contact_naming);
    return fact;
}

/* ---- who is there ---- */

static bool is_here(const struct contact_row *row, uint32_t account, const struct moment *moment) {
    return row->here && row->account == account && row->from <= moment->at && moment->at < row->to;
}

void contacts_present(struct insight *insight, const struct moment *moment, uint32_t first, size_t n,
                      struct arena *arena, struct contact_layout *ret) {
    const struct contact_table *table = &insight->contacts;
    *ret = (struct contact_layout){
        .accounts = n, .first = first, .offsets = arena_array(arena, n + 1, sizeof *ret->offsets)};
    pthread_rwlock_rdlock(&insight->lock);
    size_t most = 0;
    for (size_t a = 0; a < n && first + a < table->account_n; a++)
        most += table->accounts[first + a].n;
    ret->slots = arena_array(arena, most + 1, sizeof *ret->slots);
    for (size_t a = 0; a < n; a++) {
        ret->offsets[a] = (uint32_t)ret->n;
        if (first + a >= table->account_n) continue;
        const struct contact_list *list = &table->accounts[first + a];
        for (uint32_t i = 0; i < list->n; i++)
            if (!moment || is_here(&table->rows[list->slots[i]], first + (uint32_t)a, moment))
                ret->slots[ret->n++] = list->slots[i];
    }
    ret->offsets[n] = (uint32_t)ret->n;
    pthread_rwlock_unlock(&insight->lock);
}

/* ---- use ---- */

struct use {
    day_t last; /* INT32_MIN: never */
    day_t last_active;
    uint32_t events, active_days;
};
struct person_place {
    uint32_t person, contact;
};
struct visiting {
    const struct moment *moment;
    const struct person_place *places; /* of one account, by person */
    size_t n;
    struct use *use; /* by contact */
};

static int by_person(const void *a, const void *b) {
    const struct person_place *x = a, *y = b;
    return x->person < y->person ? -1 : x->person > y->person;
}

/* Rows come in the order of their days. */
static void visit(void *self, const struct usage_entry *entry) {
    struct visiting *v = self;
    const struct moment *moment = v->moment;
    day_t day = moment->day, known = moment->now ? entry->known_day - 1 : entry->known_day;
    if (known >= moment->known_day || entry->day > day || (entry->day == day && !moment->now)) return;
    size_t low = 0, high = v->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (v->places[middle].person < entry->person)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < v->n && v->places[low].person == entry->person; low++) {
        struct use *use = &v->use[v->places[low].contact];
        use->last = entry->day;
        if (entry->day >= day - EVENTS_DAYS) use->events += entry->count;
        if (entry->day >= day - ACTIVE_DAYS && entry->day < day && entry->day != use->last_active) {
            use->active_days++;
            use->last_active = entry->day;
        }
    }
}

static struct use *measure_use(struct insight *insight, const struct moment *moment,
                               const struct contact_layout *layout, const uint32_t *persons,
                               struct arena *arena) {
    struct use *use = arena_array(arena, layout->n + 1, sizeof *use);
    struct person_place *places = arena_array(arena, layout->n + 1, sizeof *places);
    for (size_t i = 0; i < layout->n; i++) {
        use[i].last = use[i].last_active = INT32_MIN;
        places[i] = (struct person_place){persons[i], (uint32_t)i};
    }
    usage_read_lock(insight->parts.usage);
    for (size_t a = 0; a < layout->accounts; a++) {
        uint32_t from = layout->offsets[a], n = layout->offsets[a + 1] - from;
        if (!n) continue;
        qsort(places + from, n, sizeof *places, by_person);
        struct visiting v = {moment, places + from, n, use};
        usage_each_of(insight->parts.usage, layout->first + (uint32_t)a, visit, &v);
    }
    usage_unlock(insight->parts.usage);
    return use;
}

/* ---- values ---- */

static void set(struct column *column, size_t i, double value, int32_t age) {
    column->number[i] = value;
    column->state[i] = FACT_KNOWN;
    column->cause[i] = CAUSE_NONE;
    column->age_days[i] = age;
}

static void set_text(struct column *column, size_t i, uint32_t text) {
    column->cause[i] = CAUSE_NOT_RECORDED;
    if (text != DICT_NONE) set(column, i, text, 0);
}

static void set_answer(struct insight *insight, struct column *column, size_t i,
                       const struct contact_answer *answers, uint32_t n, const struct moment *moment,
                       bool age) {
    column->cause[i] = CAUSE_NOT_RECORDED;
    while (n && (answers[n - 1].answered_at > moment->at || answers[n - 1].known_from > moment->known_at))
        n--;
    if (!n) return;
    int32_t days = moment->day - zone_day(insight->parts.zone, answers[n - 1].answered_at);
    set(column, i, age ? days : answers[n - 1].score, age ? 0 : days);
}

static void set_trait(struct insight *insight, struct column *column, size_t i, const struct contact_row *row,
                      uint32_t field, const struct moment *moment) {
    column->cause[i] = CAUSE_NOT_RECORDED;
    for (uint32_t t = 0; t < row->trait_n; t++)
        if (row->traits[t].field == field && row->traits[t].event_time <= moment->at)
            set(column, i, row->traits[t].value,
                moment->day - zone_day(insight->parts.zone, row->traits[t].event_time));
}

struct source_health {
    uint8_t healthy[MOST_DAYS];
    int32_t age;
    day_t first;
};

static void set_use(struct column *column, size_t i, double value, int32_t window, day_t starts,
                    const struct contact_row *row, const struct source_health *health,
                    const struct moment *moment) {
    enum fact_cause cause = CAUSE_NONE;
    int32_t days = starts > moment->day - window ? moment->day - starts : window;
    if (!row->has_key)
        cause = CAUSE_NOT_RECORDED;
    else if (health->first == INT32_MIN)
        cause = CAUSE_NO_SOURCE;
    else if (days > 0 && !health->healthy[days - 1])
        cause = CAUSE_SOURCE_SILENT;
    else if (isnan(value))
        cause = CAUSE_NOT_RECORDED; /* last seen of who was never seen */
    if (!cause) set(column, i, value, health->age);
    column->cause[i] = (uint8_t)cause;
    column->age_days[i] = health->age;
    column->partial[i] = days < window;
}

static void set_fact(struct insight *insight, uint32_t number, const struct contact_row *row,
                     const struct use *use, const struct source_health *health, const struct moment *moment,
                     struct column *column, size_t i) {
    bool since_ever = row->from <= 0;
    day_t starts = since_ever ? INT32_MIN : zone_day(insight->parts.zone, row->from);
    switch (number) {
    case CONTACT_FACT_NAME:
        return set_text(column, i, row->name);
    case CONTACT_FACT_ROLE:
        return set_text(column, i, row->role);
    case CONTACT_FACT_CHAMPION:
        column->cause[i] = CAUSE_NOT_RECORDED;
        if (row->champion_known) set(column, i, row->champion, 0);
        return;
    case CONTACT_FACT_TITLE:
        return set_text(column, i, row->title);
    case CONTACT_FACT_EMAIL:
        return set_text(column, i, row->email);
    case CONTACT_FACT_DOMAIN:
        return set_text(column, i, row->domain);
    case CONTACT_FACT_TENURE:
        column->cause[i] = CAUSE_NOT_RECORDED;
        if (since_ever) return;
        if (moment->day >= starts) return set(column, i, moment->day - starts, 0);
        column->state[i] = FACT_NOT_APPLICABLE;
        column->cause[i] = CAUSE_NOT_CUSTOMER;
        return;
    case CONTACT_FACT_SEEN:
        return set_use(column, i, use[i].last == INT32_MIN ? NAN : moment->day - use[i].last, SEEN_DAYS,
                       starts, row, health, moment);
    case CONTACT_FACT_EVENTS:
        return set_use(column, i, use[i].events, EVENTS_DAYS, starts, row, health, moment);
    case CONTACT_FACT_ACTIVE:
        return set_use(column, i, use[i].active_days, ACTIVE_DAYS, starts, row, health, moment);
    case CONTACT_FACT_NPS:
        return set_answer(insight, column, i, row->nps, row->nps_n, moment, false);
    case CONTACT_FACT_NPS_AGE:
        return set_answer(insight, column, i, row->nps, row->nps_n, moment, true);
    case CONTACT_FACT_CSAT:
        return set_answer(insight, column, i, row->csat, row->csat_n, moment, false);
    default:
        return set_trait(insight, column, i, row, number - CONTACT_FACTS, moment);
    }
}

void contact_facts_evaluate(struct insight *insight, const uint32_t *facts, size_t fact_count,
                            const struct moment *moment, const struct contact_layout *layout,
                            struct arena *arena, struct column *columns) {
    const struct contact_table *table = &insight->contacts;
    struct source_health health = {.first = INT32_MIN};
    struct use *use = NULL;
    bool of_use = false;
    for (size_t f = 0; f < fact_count; f++)
        of_use |= facts[f] == CONTACT_FACT_SEEN || facts[f] == CONTACT_FACT_EVENTS ||
                  facts[f] == CONTACT_FACT_ACTIVE;
    if (of_use && layout->n) {
        uint32_t *persons = arena_array(arena, layout->n, sizeof *persons);
        pthread_rwlock_rdlock(&insight->lock);
        for (size_t i = 0; i < layout->n; i++)
            persons[i] = table->rows[layout->slots[i]].person;
        pthread_rwlock_unlock(&insight->lock);
        use = measure_use(insight, moment, layout, persons, arena);
        usage_read_lock(insight->parts.usage);
        usage_health(insight->parts.usage, moment->day, health.healthy, MOST_DAYS, &health.age,
                     &health.first);
        usage_unlock(insight->parts.usage);
    }
    pthread_rwlock_rdlock(&insight->lock);
    for (size_t f = 0; f < fact_count; f++) {
        columns[f] = column_new(arena, layout->n);
        for (size_t i = 0; i < layout->n; i++)
            set_fact(insight, facts[f], &table->rows[layout->slots[i]], use, &health, moment, &columns[f], i);
    }
    pthread_rwlock_unlock(&insight->lock);
}

/* ---- slots ---- */

size_t contact_slots(struct insight *insight) {
    pthread_rwlock_rdlock(&insight->lock);
    size_t n = insight->contacts.n;
    pthread_rwlock_unlock(&insight->lock);
    return n;
}

void contact_of_slot(struct insight *insight, uint32_t slot, struct contact_name *ret) {
    pthread_rwlock_rdlock(&insight->lock);
    const struct contact_row *row = &insight->contacts.rows[slot];
    const struct dict *texts = &insight->contacts.texts;
    *ret = (struct contact_name){
        .id = row->id,
        .person = row->person_id,
        .account = row->account,
        .name = row->name == DICT_NONE ? (struct str){0} : dict_key(texts, row->name),
        .email = row->email == DICT_NONE ? (struct str){0} : dict_key(texts, row->email)};
    pthread_rwlock_unlock(&insight->lock);
}

uint32_t contact_slot(struct insight *insight, struct id contact) {
    pthread_rwlock_rdlock(&insight->lock);
    uint32_t slot =
        dict_find(&insight->contacts.slots, (struct str){(const char *)contact.b, sizeof contact.b});
    pthread_rwlock_unlock(&insight->lock);
    return slot == DICT_NONE ? UINT32_MAX : slot;
}
