#include "insight/home.h"

#include "base/format.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "insight/figure.h"
#include "insight/history.h"
#include "insight/odds.h"
#include "insight/segment.h"
#include "platform/answer.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

const struct route_query home_query[] = {
    BOOK_QUERY,
    {"since",
     "When one was last here, RFC 3339 or a day: what changed since; a day ago unless given, 90 days at most."},
    {NULL, NULL},
};

struct home {
    struct book book;
    struct home_revenue revenue;
    struct odds odds;
    struct json_writer w;
};

/* ---- the strip ---- */

struct band_total {
    struct str key;
    struct text title;
    double arr, scores;
    size_t accounts;
};

/* The healthiest first, the unknown last. */
static int by_health(const void *a, const void *b) {
    const struct band_total *x = a, *y = b;
    bool unknown = str_is(x->key, "unknown"), other = str_is(y->key, "unknown");
    if (unknown != other) return unknown - other;
    double p = x->scores / (double)x->accounts, q = y->scores / (double)y->accounts;
    return p > q ? -1 : p < q;
}

static void put_bands(struct home *h) {
    enum { MOST = 64 };
    struct band_total totals[MOST];
    size_t n = 0;
    const struct book *book = &h->book;
    for (size_t i = 0; i < book->n; i++) {
        const struct live_score *live = &book->live[i];
        struct str key =
            live->band == DICT_NONE ? STR("unknown") : dict_key(&book->house->insight->bands, live->band);
        size_t at = 0;
        while (at < n && !str_equal(totals[at].key, key))
            at++;
        if (at == MOST) continue;
        if (at == n) totals[n++] = (struct band_total){.key = key, .title = live->band_title};
        totals[at].accounts++;
        if (!isnan(live->score)) totals[at].scores += live->score;
        if (!isnan(book->arr[i]) && !book->estimated[i]) totals[at].arr += book->arr[i];
    }
    if (n) qsort(totals, n, sizeof *totals, by_health);
    json_name(&h->w, STR("bands"));
    json_begin_array(&h->w);
    for (size_t i = 0; i < n; i++) {
        struct text title = totals[i].title;
        bool persian = book->request->language == PERSIAN && title.fa;
        json_begin_object(&h->w);
        json_put_string(&h->w, "band", totals[i].key);
        json_put_string(&h->w, "title", str_of(persian ? title.fa : title.en));
        json_put_number(&h->w, "arr", totals[i].arr);
        json_put_int(&h->w, "accounts", (int64_t)totals[i].accounts);
        json_end_object(&h->w);
    }
    json_end_array(&h->w);
}

static void put_renewing(struct home *h) {
    double arr = 0, risk = 0;
    size_t accounts = 0, at_risk = 0, unknown = 0;
    uint8_t *met = arena_alloc(h->book.request->arena, h->book.n + 1);
    for (size_t i = 0; i < h->revenue.renewal_n; i++) {
        const struct renewal *one = &h->revenue.renewals[i];
        if (one->day >= h->book.moment.day + HOME_RENEWING_DAYS) continue;
        bool in_danger = one->state == RENEWAL_AT_RISK;
        accounts += !met[one->at];
        at_risk += !met[one->at] && in_danger;
        met[one->at] = 1;
        if (isnan(one->arr)) {
            unknown++;
            continue;
        }
        arr += one->arr;
        if (in_danger) risk += one->arr;
    }
    json_name(&h->w, STR("renewing"));
    json_begin_object(&h->w);
    json_put_int(&h->w, "days", HOME_RENEWING_DAYS);
    json_put_int(&h->w, "accounts", (int64_t)accounts);
    json_put_number(&h->w, "arr", arr);
    json_put_int(&h->w, "at_risk_accounts", (int64_t)at_risk);
    json_put_number(&h->w, "at_risk_arr", risk);
    json_put_int(&h->w, "not_converted", (int64_t)unknown);
    json_end_object(&h->w);
}

static void put_kept(struct json_writer *w, const char *name, const struct kept *kept) {
    json_name(w, str_of(name));
    json_begin_object(w);
    json_put_number(w, "value", kept->value);
    json_put_number(w, "low", kept->low);
    json_put_number(w, "high", kept->high);
    json_end_object(w);
}

static void put_book(struct home *h) {
    static const char *const scopes[] = {"own", "team", "all"};
    const struct book *book = &h->book;
    double arr = 0;
    size_t unknown = 0;
    for (size_t i = 0; i < book->n; i++) {
        if (book->estimated[i] || isnan(book->arr[i]))
            unknown++;
        else
            arr += book->arr[i];
    }
    json_name(&h->w, STR("book"));
    json_begin_object(&h->w);
    json_put_string(&h->w, "scope", str_of(scopes[book->scope]));
    json_put_int(&h->w, "accounts", (int64_t)book->n);
    json_put_number(&h->w, "arr", arr);
    json_put_int(&h->w, "arr_unknown", (int64_t)unknown);
    json_put_string(&h->w, "currency", str_of(book->house->insight->parts.base_currency));
    put_bands(h);
    put_renewing(h);
    json_name(&h->w, STR("retention"));
    json_begin_object(&h->w);
    put_day(&h->w, "from", h->revenue.from);
    put_day(&h->w, "to", h->revenue.to);
    json_put_int(&h->w, "customers", (int64_t)h->revenue.customers);
    put_kept(&h->w, "net", &h->revenue.net);
    put_kept(&h->w, "gross", &h->revenue.gross);
    json_end_object(&h->w);
    json_end_object(&h->w);
}

/* ---- call first ---- */

struct call {
    size_t at;
    double chance, time, reach, fresh, worth;
    bool tested;
    int64_t days; /* of the outcome */
    const struct key_person *whom;
    struct key_person left; /* the champion who left and whom nobody follows; name empty: none */
};

static bool needs_somebody(const struct book *book, size_t i) {
    const struct live_score *live = &book->live[i];
    if (isnan(live->score)) return book_leaving(book, i);
    if (book_at_risk(book, i) || book_change(book, i) <= -HOME_FALL) return true;
    if (live->band_place + 1 >= live->band_count) return false; /* the best band */
    double days = book_number(book, BOOK_RENEWAL, i);
    return book_number(book, BOOK_URGENT, i) > 0 || days <= HOME_SOON_DAYS;
}

static void set_help(const struct book *book, struct call *call, size_t contacts, bool key_there) {
    double days = book_number(book, BOOK_RENEWAL, call->at),
           ago = book_number(book, BOOK_LAST_CONTACT, call->at);
    call->time = book_leaving(book, call->at) ? 0.25
                 : isnan(days)                ? 0.5
                 : days <= HOME_TIME_DAYS     ? 1
                 : days >= HOME_TIME_DAYS * 4 ? 0.25
                                              : HOME_TIME_DAYS / days;
    call->reach = key_there ? 1 : contacts ? 0.75 : 0.5;
    call->fresh = isnan(ago) || ago >= 2 * HOME_FRESH_DAYS ? 1 : ago >= HOME_FRESH_DAYS ? 0.5 : 0.25;
}

static bool is_key(const struct contact_table *table, const struct contact_row *row) {
    struct str role = row->role == DICT_NONE ? (struct str){0} : dict_key(&table->texts, row->role);
    return row->champion || str_equal_nocase(role, STR("champion")) || str_equal_nocase(role, STR("sponsor"));
}

static void measure_call(const struct home *h, struct call *call) {
    const struct book *book = &h->book;
    const struct contact_table *table = &book->house->insight->contacts;
    const struct live_score *live = &book->live[call->at];
    uint32_t account = book->accounts[call->at];
    struct str band =
        live->band == DICT_NONE ? STR("unknown") : dict_key(&book->house->insight->bands, live->band);
    size_t contacts = 0;
    bool key_there = false;
    pthread_rwlock_rdlock(&book->house->insight->lock);
    for (uint32_t k = 0; account < table->account_n && k < table->accounts[account].n; k++) {
        const struct contact_row *row = &table->rows[table->accounts[account].slots[k]];
        if (!row->here || row->account != account || row->from > book->moment.at ||
            row->to <= book->moment.at)
            continue;
        contacts++;
        key_there |= is_key(table, row);
    }
    pthread_rwlock_unlock(&book->house->insight->lock);
    call->tested =
        odds_rate(&h->odds, live->card, live->version, live->score, band, &call->chance, &call->days);
    if (!call->tested) call->chance = isnan(live->score) ? 1 : (100 - live->score) / 100;
    set_help(book, call, contacts, key_there);
    double arr = isnan(book->arr[call->at]) ? 0 : book->arr[call->at];
    call->worth = arr * call->chance * call->time * call->reach * call->fresh;
}

static int by_worth(const void *a, const void *b) {
    const struct call *x = a, *y = b;
    if (x->worth != y->worth) return x->worth > y->worth ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Whom to call, and whether a champion left whom nobody follows. */
static void find_people(const struct book *book, struct call *call) {
    enum { FRESH_LOSS_DAYS = 90 };
    struct key_person *people;
    size_t n = key_people(book->house->insight, book->accounts[call->at], book->request->arena, &people);
    bool has_champion = false;
    for (size_t i = 0; i < n; i++) {
        if (people[i].to > book->moment.at) {
            has_champion |= people[i].role == ROLE_OF_CHAMPION;
            if (!call->whom) call->whom = &people[i];
        } else if (people[i].role == ROLE_OF_CHAMPION && !call->left.name.n &&
                   book->moment.at - people[i].to < (int64_t)FRESH_LOSS_DAYS * DAY_MS) {
            call->left = people[i];
        }
    }
    if (has_champion) call->left = (struct key_person){0};
}

static struct spoken_reason champion_left(const struct home *h, const struct call *call) {
    const struct request *request = h->book.request;
    struct format format = request_format(request);
    struct buf day = {0};
    format_day(&day, &format, zone_day(h->book.house->zone, call->left.to), DAY_LONG);
    struct str args[] = {call->left.name, str_copy(request->arena, buf_str(&day))};
    buf_free(&day);
    return (struct spoken_reason){
        .key = STR("champion_left"),
        .difference = NAN,
        .evidence = "people",
        .text = say(request->arena, request->language,
                    (struct text){"The champion, {0}, left on {1}.", "حامی، {0}، {1} رفت."},
                    (struct arguments){args, 2})};
}

static enum status put_call(struct home *h, struct reasoning *reasoning, struct call *call,
                            struct problem *problem) {
    enum { MOST_REASONS = 3 };
    const struct book *book = &h->book;
    struct spoken_reason *found, reasons[MOST_REASONS + 1];
    size_t n, first = 0;
    enum status status =
        reasons_of(reasoning, book->accounts[call->at], false, MOST_REASONS, &found, &n, problem);
    if (status) return status;
    find_people(book, call);
    if (call->left.name.n) reasons[first++] = champion_left(h, call);
    for (size_t i = 0; i < n && first < MOST_REASONS + 1; i++)
        reasons[first++] = found[i];
    double days = book_number(book, BOOK_RENEWAL, call->at);
    json_begin_object(&h->w);
    book_put_account(&h->w, book, call->at);
    put_day(&h->w, "renews_on", isnan(days) ? INT32_MIN : book->moment.day + (day_t)days);
    json_put_bool(&h->w, "leaving", book_leaving(book, call->at));
    json_put_bool(&h->w, "champion_left", call->left.name.n > 0);
    json_put_number(&h->w, "chance", call->chance);
    json_put_bool(&h->w, "chance_tested", call->tested);
    json_name(&h->w, STR("help"));
    json_begin_object(&h->w);
    json_put_number(&h->w, "time", call->time);
    json_put_number(&h->w, "reach", call->reach);
    json_put_number(&h->w, "fresh", call->fresh);
    json_end_object(&h->w);
    json_put_number(&h->w, "worth", call->worth);
    json_name(&h->w, STR("reasons"));
    reasons_put(&h->w, reasons, first);
    json_name(&h->w, STR("whom"));
    if (call->whom) {
        json_begin_object(&h->w);
        json_put_string(&h->w, "id", id_str(book->request->arena, call->whom->id));
        json_put_string(&h->w, "name", call->whom->name);
        json_put_string(&h->w, "role",
                        call->whom->role == ROLE_OF_CHAMPION ? STR("champion") : STR("sponsor"));
        json_end_object(&h->w);
    } else {
        json_null(&h->w);
    }
    json_end_object(&h->w);
    return OK;
}

static enum status put_calls(struct home *h, struct problem *problem) {
    const struct book *book = &h->book;
    struct call *calls = arena_array(book->request->arena, book->n + 1, sizeof *calls);
    struct reasoning reasoning;
    size_t n = 0;
    for (size_t i = 0; i < book->n; i++) {
        if (!needs_somebody(book, i)) continue;
        calls[n].at = i;
        measure_call(h, &calls[n++]);
    }
    if (n) qsort(calls, n, sizeof *calls, by_worth);
    enum status status =
        n ? reasons_open(book->request, book->moment.day - SCORE_CHANGE_DAYS, &reasoning, problem) : OK;
    json_name(&h->w, STR("calls"));
    json_begin_object(&h->w);
    json_put_int(&h->w, "needing", (int64_t)n);
    json_name(&h->w, STR("data"));
    json_begin_array(&h->w);
    for (size_t i = 0; i < n && i < HOME_CALLS && !status; i++)
        status = put_call(h, &reasoning, &calls[i], problem);
    json_end_array(&h->w);
    json_end_object(&h->w);
    return status;
}

/* ---- renewals ---- */

static const char *const state_names[RENEWAL_STATES] = {"committed", "open", "at_risk"};

static void put_renewals(struct home *h) {
    enum { NEXT = 8 };
    const struct home_revenue *revenue = &h->revenue;
    day_t today = h->book.moment.day;
    size_t at = 0;
    json_name(&h->w, STR("renewals"));
    json_begin_object(&h->w);
    json_name(&h->w, STR("weeks"));
    json_begin_array(&h->w);
    for (int week = 0; week < HOME_WEEKS; week++) {
        double sums[RENEWAL_STATES] = {0};
        int64_t accounts = 0;
        for (; at < revenue->renewal_n && revenue->renewals[at].day < today + 7 * (week + 1); at++) {
            accounts++;
            if (!isnan(revenue->renewals[at].arr))
                sums[revenue->renewals[at].state] += revenue->renewals[at].arr;
        }
        json_begin_object(&h->w);
        put_day(&h->w, "from", today + 7 * week);
        put_day(&h->w, "to", today + 7 * week + 6);
        for (size_t s = 0; s < RENEWAL_STATES; s++)
            json_put_number(&h->w, state_names[s], sums[s]);
        json_put_int(&h->w, "terms", accounts);
        json_end_object(&h->w);
    }
    json_end_array(&h->w);
    json_put_int(&h->w, "total", (int64_t)revenue->renewal_n);
    json_name(&h->w, STR("next"));
    json_begin_array(&h->w);
    for (size_t i = 0; i < revenue->renewal_n && i < NEXT; i++) {
        const struct renewal *one = &revenue->renewals[i];
        json_begin_object(&h->w);
        book_put_account(&h->w, &h->book, one->at);
        put_day(&h->w, "day", one->day);
        json_put_int(&h->w, "days", one->day - today);
        json_put_number(&h->w, "amount", one->arr);
        json_put_string(&h->w, "state", str_of(state_names[one->state]));
        json_end_object(&h->w);
    }
    json_end_array(&h->w);
    json_end_object(&h->w);
}

/* ---- due soon ---- */

struct due {
    const char *kind;
    size_t at;
    day_t day;
    struct str milestone; /* its key */
    bool old;
};

/* What is long overdue has waited already: behind what is to be done these days. */
static int by_due(const void *a, const void *b) {
    const struct due *x = a, *y = b;
    if (x->old != y->old) return x->old - y->old;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

typedef VEC(struct due) due_list;

static void find_due(const struct book *book, due_list *list) {
    struct insight *insight = book->house->insight;
    day_t today = book->moment.day;
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "milestones");
    int due = signal_number(table->source, STR("due")), left = signal_number(table->source, STR("left")),
        reached = signal_number(table->source, STR("reached")),
        name = signal_text(table->source, STR("milestone"));
    for (size_t i = 0; i < book->n; i++) {
        double notice = book_number(book, BOOK_NOTICE, i), late = book_number(book, BOOK_CONTACT_OVERDUE, i);
        if (notice >= today && notice <= today + HOME_NOTICE_DAYS)
            VEC_PUSH(list, (struct due){"notice", i, (day_t)notice, {0}});
        if (late > 0) VEC_PUSH(list, (struct due){"contact", i, today - (day_t)late, {0}});
        uint32_t account = book->accounts[i];
        for (uint32_t r = 0; account < table->n && r < table->accounts[account].n; r++) {
            const struct signal_row *row = &table->accounts[account].rows[r];
            if (!isnan(row->number[reached]) || row->number[left] <= today ||
                row->number[due] > today + HOME_DUE_DAYS || row->text[name] == NO_TEXT)
                continue;
            VEC_PUSH(list, (struct due){"milestone", i, (day_t)row->number[due],
                                        dict_key(&table->texts[name], row->text[name])});
        }
    }
    pthread_rwlock_unlock(&insight->lock);
    for (size_t i = 0; i < list->n; i++)
        list->v[i].old = list->v[i].day < today - HOME_DUE_DAYS;
    if (list->n) qsort(list->v, list->n, sizeof *list->v, by_due);
}

static enum status put_due(struct home *h, struct problem *problem) {
    const struct request *request = h->book.request;
    due_list list = {0};
    struct session *session = NULL;
    find_due(&h->book, &list);
    enum status status = records_read(request->house->records, &session, problem);
    json_name(&h->w, STR("due"));
    json_begin_object(&h->w);
    json_put_int(&h->w, "total", (int64_t)list.n);
    json_name(&h->w, STR("data"));
    json_begin_array(&h->w);
    for (size_t i = 0; i < list.n && i < HOME_DUE && !status; i++) {
        const struct due *one = &list.v[i];
        json_begin_object(&h->w);
        json_put_string(&h->w, "kind", str_of(one->kind));
        put_day(&h->w, "day", one->day);
        json_put_int(&h->w, "days", one->day - h->book.moment.day);
        json_name(&h->w, STR("title"));
        struct str title = {0};
        if (one->milestone.n) {
            struct rows *rows = rows_open(session, &query_home_milestone);
            rows_bind_text(rows, "key", one->milestone);
            if (rows_next(rows))
                title = rows_text(rows, request->language == PERSIAN && !rows_is_null(rows, 1) ? 1 : 0,
                                  request->arena);
            status = rows_close(rows, problem);
        }
        if (title.n)
            json_string(&h->w, title);
        else
            json_null(&h->w);
        book_put_account(&h->w, &h->book, one->at);
        json_end_object(&h->w);
    }
    json_end_array(&h->w);
    json_end_object(&h->w);
    session_rollback(session);
    VEC_FREE(&list);
    return status;
}

/* ---- for leaders ---- */

struct group {
    struct str key, title;
    size_t accounts, at_risk, priced, judged; /* priced, judged: whose ARR, whose stake is known */
    double arr, at_risk_arr, stake;
};

static int by_stake(const void *a, const void *b) {
    const struct group *x = a, *y = b;
    if (x->stake != y->stake) return x->stake > y->stake ? -1 : 1;
    return str_compare(x->key, y->key);
}

enum grouping { BY_OWNER, BY_SEGMENT, BY_TOUCH };

static struct str group_key(const struct book *book, enum grouping by, size_t i, struct str *title) {
    if (by == BY_OWNER) {
        const struct directory_account *account =
            directory_account(book->house->directory, book->accounts[i]);
        *title = account->owner_name;
        return id_is_none(account->owner) ? (struct str){0} : id_str(book->request->arena, account->owner);
    }
    double number = book_number(book, by == BY_SEGMENT ? BOOK_SEGMENT : BOOK_TOUCH, i);
    if (isnan(number)) return (struct str){0};
    const struct fact *fact = catalogue_fact(
        book->catalogue,
        catalogue_find(book->catalogue, by == BY_SEGMENT ? STR("segment") : STR("touch_model")));
    struct str key = dict_key(fact->texts, (uint32_t)number);
    *title = key;
    const struct segment_set *set = book->catalogue->world.segments;
    for (size_t t = 0; by == BY_TOUCH && set && t < set->touch_n; t++) {
        struct text of = set->touch[t]->title;
        if (str_equal(set->touch[t]->key, key))
            *title = str_of(book->request->language == PERSIAN && of.fa ? of.fa : of.en);
    }
    return key;
}

static void put_groups(struct home *h, const char *name, enum grouping by) {
    const struct book *book = &h->book;
    struct dict keys = {0};
    VEC(struct group) groups = {0};
    directory_lock(book->house->directory);
    for (size_t i = 0; i < book->n; i++) {
        struct str title = {0}, key = group_key(book, by, i, &title);
        uint32_t number = dict_put(&keys, key, NULL);
        if (number == groups.n) VEC_PUSH(&groups, (struct group){.title = title});
        struct group *group = &groups.v[number];
        double arr = book->arr[i], stake = book_stake(book, i);
        bool known = !isnan(arr) && !book->estimated[i], at_risk = book_at_risk(book, i);
        group->accounts++;
        group->at_risk += at_risk;
        group->priced += known;
        group->judged += !isnan(stake);
        if (known) group->arr += arr;
        if (known && at_risk) group->at_risk_arr += arr;
        if (!isnan(stake)) group->stake += stake;
    }
    directory_unlock(book->house->directory);
    for (size_t g = 0; g < groups.n; g++)
        groups.v[g].key = dict_key(&keys, (uint32_t)g);
    if (groups.n) qsort(groups.v, groups.n, sizeof *groups.v, by_stake);
    json_name(&h->w, str_of(name));
    json_begin_array(&h->w);
    for (size_t g = 0; g < groups.n && g < HOME_GROUPS; g++) {
        const struct group *group = &groups.v[g];
        json_begin_object(&h->w);
        json_put_string(&h->w, "key", group->key);
        json_put_string(&h->w, "title", group->title);
        json_put_int(&h->w, "accounts", (int64_t)group->accounts);
        json_put_number(&h->w, "arr", group->priced ? group->arr : NAN); /* unknown is no zero */
        json_put_int(&h->w, "at_risk_accounts", (int64_t)group->at_risk);
        json_put_number(&h->w, "at_risk_arr", group->at_risk_arr);
        json_put_number(&h->w, "at_stake", group->judged ? group->stake : NAN);
        json_end_object(&h->w);
    }
    json_end_array(&h->w);
    VEC_FREE(&groups);
    dict_free(&keys);
}

struct mover {
    size_t at;
    double weight; /* ARR × change */
};
static int by_weight(const void *a, const void *b) {
    const struct mover *x = a, *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void put_movers(struct home *h) {
    const struct book *book = &h->book;
    struct mover *movers = arena_array(book->request->arena, book->n + 1, sizeof *movers);
    size_t n = 0;
    for (size_t i = 0; i < book->n; i++) {
        double weight = book->arr[i] * book_change(book, i);
        if (!isnan(weight) && fabs(book_change(book, i)) >= 1) movers[n++] = (struct mover){i, weight};
    }
    if (n) qsort(movers, n, sizeof *movers, by_weight);
    for (int up = 0; up < 2; up++) {
        json_name(&h->w, up ? STR("risen") : STR("fallen"));
        json_begin_array(&h->w);
        for (size_t i = 0; i < n && i < HOME_MOVERS; i++) {
            const struct mover *mover = &movers[up ? n - 1 - i : i];
            if (up ? mover->weight <= 0 : mover->weight >= 0) break;
            json_begin_object(&h->w);
            book_put_account(&h->w, book, mover->at);
            json_end_object(&h->w);
        }
        json_end_array(&h->w);
    }
}

static void put_leaders(struct home *h) {
    json_name(&h->w, STR("leaders"));
    if (h->book.scope == SCOPE_OWN) {
        json_null(&h->w);
        return;
    }
    json_begin_object(&h->w);
    put_movers(h);
    put_groups(h, "by_owner", BY_OWNER);
    put_groups(h, "by_segment", BY_SEGMENT);
    put_groups(h, "by_touch_model", BY_TOUCH);
    json_end_object(&h->w);
}

/* ---- the answer ---- */

static enum status read_since(const struct request *request, instant_t now, instant_t *since,
                              struct problem *problem) {
    struct str text = request_query(request, "since");
    instant_t earliest = now - (int64_t)HOME_SINCE_DAYS * DAY_MS;
    *since = now - DAY_MS;
    if (!text.p) return OK;
    const struct message *fault = instant_parse(text, request->house->zone, since);
    if (fault) return fail_at(problem, STR("since"), *fault, ARGS(text));
    if (*since > now)
        return fail_at(problem, STR("since"),
                       MESSAGE("since_future", "This moment is still to come.", "این لحظه هنوز نرسیده است."),
                       NO_ARGS);
    if (*since < earliest) *since = earliest;
    return OK;
}

enum status home_handle(struct request *request, struct response *response, struct problem *problem) {
    struct home h = {.w = {.out = &response->body}};
    struct format format = request_format(request);
    instant_t since;
    enum status status = read_since(request, clock_now(request->house->clock), &since, problem);
    if (!status) status = request_book(request, &h.book, problem);
    if (!status) status = home_revenue(&h.book, &h.revenue, problem);
    if (!status) status = odds_read(request->house, &format, request->arena, &h.odds, problem);
    if (status) return status;
    json_begin_object(&h.w);
    put_day(&h.w, "today", h.book.moment.day);
    put_book(&h);
    status = put_calls(&h, problem);
    if (!status) status = home_put_changes(&h.w, &h.book, since, problem);
    put_renewals(&h);
    if (!status) status = put_due(&h, problem);
    put_leaders(&h);
    json_end_object(&h.w);
    response->etag = answer_tag(buf_str(&response->body), request->arena);
    return status;
}
