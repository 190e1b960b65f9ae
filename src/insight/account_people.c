#include "insight/account_people.h"

#include "insight/figure.h"
#include "insight/health.h"
#include "insight/overview.h"

#include <math.h>
#include <stdlib.h>

const struct route_query account_people_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {NULL, NULL},
};

enum {
    OF_NAME,
    OF_ROLE,
    OF_CHAMPION,
    OF_TITLE,
    OF_EMAIL,
    OF_SEEN,
    OF_EVENTS,
    OF_ACTIVE,
    OF_NPS,
    OF_NPS_AGE,
    OF_CSAT,
    OF_FACTS
};
static const char *const fact_keys[OF_FACTS] = {"name",     "role",           "champion",   "title",
                                                "email",    "last_seen_days", "events_30d", "active_days_28d",
                                                "nps_last", "nps_age_days",   "csat_last"};

struct people {
    struct contact_layout layout; /* everybody who was ever there */
    struct column columns[OF_FACTS];
    const struct fact *facts[OF_FACTS];
    instant_t *from, *to; /* by contact */
    struct id *ids, *persons;
    bool *here; /* false: internal, or no longer in the records, or at another account now */
};

static void read_people(struct insight *insight, const struct moment *moment, uint32_t account,
                        struct arena *arena, struct people *p) {
    uint32_t numbers[OF_FACTS];
    contacts_present(insight, NULL, account, 1, arena, &p->layout);
    size_t n = p->layout.n;
    for (size_t i = 0; i < OF_FACTS; i++) {
        numbers[i] = contact_fact_find(insight, str_of(fact_keys[i]));
        p->facts[i] = contact_fact(insight, numbers[i]);
    }
    contact_facts_evaluate(insight, numbers, OF_FACTS, moment, &p->layout, arena, p->columns);
    p->from = arena_array(arena, n + 1, sizeof *p->from);
    p->to = arena_array(arena, n + 1, sizeof *p->to);
    p->ids = arena_array(arena, n + 1, sizeof *p->ids);
    p->persons = arena_array(arena, n + 1, sizeof *p->persons);
    p->here = arena_array(arena, n + 1, sizeof *p->here);
    pthread_rwlock_rdlock(&insight->lock);
    for (size_t i = 0; i < n; i++) {
        const struct contact_row *row = &insight->contacts.rows[p->layout.slots[i]];
        p->from[i] = row->from;
        p->to[i] = row->to;
        p->ids[i] = row->id;
        p->persons[i] = row->person_id;
        p->here[i] = row->here && row->account == account && row->from <= moment->at;
    }
    pthread_rwlock_unlock(&insight->lock);
}

static struct str text_of(const struct people *p, int fact, size_t i) {
    if (p->columns[fact].state[i] != FACT_KNOWN) return (struct str){0};
    return dict_key(p->facts[fact]->texts, (uint32_t)p->columns[fact].number[i]);
}

static double number_of(const struct people *p, int fact, size_t i) {
    return p->columns[fact].state[i] == FACT_KNOWN ? p->columns[fact].number[i] : NAN;
}

static enum key_role role_of(const struct people *p, size_t i) {
    struct str role = text_of(p, OF_ROLE, i);
    if (number_of(p, OF_CHAMPION, i) == 1 || str_equal_nocase(role, STR("champion"))) return ROLE_OF_CHAMPION;
    return str_equal_nocase(role, STR("sponsor")) ? ROLE_OF_SPONSOR : ROLE_OF_OTHERS;
}

static int by_role(const void *a, const void *b) {
    const struct key_person *x = a, *y = b;
    if (x->role != y->role) return x->role > y->role ? -1 : 1;
    if (x->to != y->to) return x->to > y->to ? -1 : 1;
    if (x->from != y->from) return x->from > y->from ? -1 : 1;
    return memcmp(x->id.b, y->id.b, sizeof x->id.b);
}

size_t key_people(struct insight *insight, uint32_t account, struct arena *arena, struct key_person **ret) {
    struct people p;
    struct moment moment = moment_now(insight);
    read_people(insight, &moment, account, arena, &p);
    struct key_person *list = arena_array(arena, p.layout.n + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; i < p.layout.n; i++) {
        enum key_role role = role_of(&p, i);
        double seen = number_of(&p, OF_SEEN, i);
        if (!p.here[i] || role == ROLE_OF_OTHERS) continue;
        struct str name = text_of(&p, OF_NAME, i);
        list[n++] = (struct key_person){.id = p.ids[i],
                                        .name = name.n ? name : text_of(&p, OF_EMAIL, i),
                                        .title = text_of(&p, OF_TITLE, i),
                                        .role = role,
                                        .from = p.from[i],
                                        .to = p.to[i],
                                        .last_seen = isnan(seen) ? INT32_MIN : moment.day - (day_t)seen};
    }
    if (n) qsort(list, n, sizeof *list, by_role);
    *ret = list;
    return n;
}

/* ---- the list ---- */

struct place {
    size_t at;
    bool left;
    enum key_role role;
    double active;
    instant_t to;
};

/* Who is there, by role and activity, then those who have left, the last one first. */
static int in_order(const void *a, const void *b) {
    const struct place *x = a, *y = b;
    if (x->left != y->left) return x->left - y->left;
    if (x->left && x->to != y->to) return x->to > y->to ? -1 : 1;
    if (x->role != y->role) return x->role > y->role ? -1 : 1;
    if (x->active != y->active) return x->active > y->active ? -1 : 1;
    return x->at < y->at ? -1 : 1;
}

static void put_text(struct json_writer *w, const char *name, struct str text) {
    json_name(w, str_of(name));
    if (text.n)
        json_string(w, text);
    else
        json_null(w);
}

static void put_instant(struct json_writer *w, const char *name, instant_t at) {
    char text[INSTANT_TEXT + 1];
    json_name(w, str_of(name));
    if (at <= 0 || at == INT64_MAX) {
        json_null(w);
        return;
    }
    instant_print(at, text);
    json_string(w, str_of(text));
}

static void put_person(struct json_writer *w, struct arena *arena, const struct people *p,
                       const struct moment *moment, const struct place *place) {
    static const char *const roles[] = {NULL, "sponsor", "champion"};
    size_t i = place->at;
    double seen = number_of(p, OF_SEEN, i);
    json_begin_object(w);
    json_put_string(w, "id", id_str(arena, p->ids[i]));
    json_put_string(w, "person", id_str(arena, p->persons[i]));
    put_text(w, "name", text_of(p, OF_NAME, i));
    put_text(w, "email", text_of(p, OF_EMAIL, i));
    put_text(w, "title", text_of(p, OF_TITLE, i));
    put_text(w, "role", text_of(p, OF_ROLE, i));
    put_text(w, "key_role", str_of(roles[place->role]));
    put_instant(w, "since", p->from[i]);
    json_put_bool(w, "left", place->left);
    put_instant(w, "left_at", place->left ? p->to[i] : INT64_MAX);
    put_day(w, "last_seen_on", isnan(seen) ? INT32_MIN : moment->day - (day_t)seen);
    json_put_number(w, "last_seen_days", seen);
    json_put_number(w, "active_days_28d", number_of(p, OF_ACTIVE, i));
    json_put_number(w, "events_30d", number_of(p, OF_EVENTS, i));
    json_put_number(w, "nps_last", number_of(p, OF_NPS, i));
    json_put_number(w, "nps_age_days", number_of(p, OF_NPS_AGE, i));
    json_put_number(w, "csat_last", number_of(p, OF_CSAT, i));
    json_end_object(w);
}

/* A role that somebody left and nobody has: who is most active may be asked. */
static void put_gaps(struct json_writer *w, struct arena *arena, const struct people *p,
                     const struct place *places, size_t n) {
    json_name(w, STR("gaps"));
    json_begin_array(w);
    for (enum key_role role = ROLE_OF_CHAMPION; role > ROLE_OF_OTHERS; role--) {
        const struct place *left = NULL, *suggested = NULL;
        bool taken = false;
        for (size_t i = 0; i < n; i++) {
            const struct place *one = &places[i];
            if (one->role == role && one->left && (!left || one->to > left->to)) left = one;
            taken |= one->role == role && !one->left;
            if (!one->left && one->role == ROLE_OF_OTHERS && one->active > 0 &&
                (!suggested || one->active > suggested->active))
                suggested = one;
        }
        if (taken || !left) continue;
        json_begin_object(w);
        json_put_string(w, "role", role == ROLE_OF_CHAMPION ? STR("champion") : STR("sponsor"));
        json_put_string(w, "left", id_str(arena, p->ids[left->at]));
        put_instant(w, "left_at", left->to);
        json_name(w, STR("suggested"));
        if (suggested)
            json_string(w, id_str(arena, p->ids[suggested->at]));
        else
            json_null(w);
        json_end_object(w);
    }
    json_end_array(w);
}

enum status account_people_handle(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct moment moment;
    uint32_t account;
    struct people p;
    enum status status = request_account_index(request, &account, problem);
    if (!status) status = request_moment(request, &moment, problem);
    if (status) return status;
    read_people(request->house->insight, &moment, account, request->arena, &p);
    struct place *places = arena_array(request->arena, p.layout.n + 1, sizeof *places);
    size_t n = 0;
    for (size_t i = 0; i < p.layout.n; i++) {
        double active = number_of(&p, OF_ACTIVE, i);
        if (!p.here[i]) continue;
        places[n++] =
            (struct place){i, p.to[i] <= moment.at, role_of(&p, i), isnan(active) ? -1 : active, p.to[i]};
    }
    if (n) qsort(places, n, sizeof *places, in_order);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n; i++)
        put_person(&w, request->arena, &p, &moment, &places[i]);
    json_end_array(&w);
    put_gaps(&w, request->arena, &p, places, n);
    json_end_object(&w);
    return OK;
}
