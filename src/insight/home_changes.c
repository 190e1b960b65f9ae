/* Home: what changed since the last visit, loud things first. */
#include "base/format.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "insight/figure.h"
#include "insight/history.h"
#include "insight/home.h"
#include "queries.h"

#include <math.h>
#include <stdlib.h>

/* The order is that of loudness. */
enum change_kind {
    CHANGE_DANGER, /* into the band of danger */
    CHANGE_CHAMPION_LEFT,
    CHANGE_SPONSOR_LEFT,
    CHANGE_URGENT_TICKET,
    CHANGE_FALL, /* into a worse band, or by HOME_FALL points */
    CHANGE_OVERDUE,
    CHANGE_DETRACTOR, /* an answer that says the customer is unhappy */
    CHANGE_UNSEEN,
    CHANGE_MILESTONE_LATE,
    CHANGE_RISE, /* from here on quiet */
    CHANGE_MILESTONE_REACHED,
    CHANGE_ANSWER,
    CHANGE_KINDS
};
static const char *const kind_keys[CHANGE_KINDS] = {
    "danger", "champion_left",  "sponsor_left", "urgent_ticket",     "fall",  "overdue", "detractor",
    "unseen", "milestone_late", "rise",         "milestone_reached", "answer"};

struct change {
    enum change_kind kind;
    size_t at; /* in the book */
    instant_t when;
    struct past_score before; /* of bands */
    struct str band_before_title;
    struct str text;
    const char *evidence;
};

struct changes {
    const struct book *book;
    instant_t since;
    day_t since_day;
    VEC(struct change) list;
    size_t slipped, recovered;
};

static struct change *put(struct changes *c, enum change_kind kind, size_t at, instant_t when) {
    VEC_PUSH(&c->list, (struct change){.kind = kind, .at = at, .when = when});
    return &c->list.v[c->list.n - 1];
}

static struct str tell(const struct changes *c, const char *en, const char *fa, struct arguments args) {
    return say(c->book->request->arena, c->book->request->language, (struct text){en, fa}, args);
}

static struct str day_words(const struct changes *c, day_t day) {
    struct format format = request_format(c->book->request);
    struct buf out = {0};
    format_day(&out, &format, day, DAY_LONG);
    struct str text = str_copy(c->book->request->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

static struct str number_words(const struct changes *c, double number, bool days) {
    struct format format = request_format(c->book->request);
    struct buf out = {0};
    if (days)
        format_days(&out, &format, (int64_t)number);
    else
        format_number(&out, &format, number, 1);
    struct str text = str_copy(c->book->request->arena, buf_str(&out));
    buf_free(&out);
    return text;
}

/* ---- health ---- */

static bool is_change(const struct book *book, size_t at, const struct past_score *before) {
    const struct live_score *now = &book->live[at];
    struct str band =
        now->band == DICT_NONE ? STR("unknown") : dict_key(&book->house->insight->bands, now->band);
    if (isnan(now->score) || isnan(before->score)) return false;
    return !str_equal(before->band, band) || fabs(now->score - before->score) >= HOME_FALL;
}

/* The score that was shown at the visit, and when the band changed behind it. */
static enum status read_shown(struct changes *c, struct rows *rows, size_t at, struct past_score *before,
                              instant_t *when) {
    struct arena *arena = c->book->request->arena;
    directory_lock(c->book->house->directory);
    struct id id = directory_account(c->book->house->directory, c->book->accounts[at])->id;
    directory_unlock(c->book->house->directory);
    rows_bind_id(rows, "account", id);
    rows_bind_int(rows, "before", INT64_MAX);
    rows_bind_int(rows, "limit", HOME_SINCE_DAYS * 4);
    while (rows_next(rows)) {
        instant_t row = rows_int(rows, 1);
        if (row >= c->since) {
            if (str_is(rows_text(rows, 2, NULL), "band")) *when = row;
            continue;
        }
        before->score = rows_is_null(rows, 5) ? NAN : rows_number(rows, 5);
        before->band = rows_is_null(rows, 6) ? STR("unknown") : rows_text(rows, 6, arena);
        break;
    }
    return OK;
}

static enum status find_scores(struct changes *c, struct problem *problem) {
    enum { MOST_LOOKED_UP = 300 };
    const struct book *book = c->book;
    struct arena *arena = book->request->arena;
    struct past_score *before = arena_array(arena, book->n + 1, sizeof *before);
    enum status status =
        score_memory_read(book->house->past_scores, c->since_day, book->accounts, book->n, before, problem);
    struct session *session = NULL;
    if (!status) status = records_read(book->house->records, &session, problem);
    if (status) return status;
    struct rows *rows = NULL;
    size_t looked_up = 0;
    for (size_t i = 0; i < book->n; i++) {
        instant_t when = book->live[i].at;
        if (!is_change(book, i, &before[i])) continue;
        if (looked_up++ < MOST_LOOKED_UP) {
            if (rows)
                rows_again(rows);
            else
                rows = rows_open(session, &query_score_history_list);
            read_shown(c, rows, i, &before[i], &when);
            if (!is_change(book, i, &before[i])) continue;
        }
        const struct live_score *now = &book->live[i];
        bool fell = now->score < before[i].score;
        bool same_band = now->band != DICT_NONE &&
                         str_equal(before[i].band, dict_key(&book->house->insight->bands, now->band));
        *(fell ? &c->slipped : &c->recovered) += 1;
        put(c,
            !fell                                ? CHANGE_RISE
            : now->band_place == 0 && !same_band ? CHANGE_DANGER
                                                 : CHANGE_FALL,
            i, when)
            ->before = before[i];
    }
    if (rows) status = rows_close(rows, problem);
    session_rollback(session);
    return status;
}

/* ---- people ---- */

static void find_left(struct changes *c) {
    struct insight *insight = c->book->house->insight;
    const struct contact_table *table = &insight->contacts;
    instant_t now = c->book->moment.at;
    pthread_rwlock_rdlock(&insight->lock);
    for (size_t i = 0; i < c->book->n; i++) {
        uint32_t account = c->book->accounts[i];
        if (account >= table->account_n) continue;
        for (uint32_t k = 0; k < table->accounts[account].n; k++) {
            const struct contact_row *row = &table->rows[table->accounts[account].slots[k]];
            if (!row->here || row->account != account || row->to < c->since || row->to > now) continue;
            struct str role = row->role == DICT_NONE ? (struct str){0} : dict_key(&table->texts, row->role);
            bool champion = row->champion || str_equal_nocase(role, STR("champion"));
            if (!champion && !str_equal_nocase(role, STR("sponsor"))) continue;
            struct str name = row->name == DICT_NONE ? (struct str){0} : dict_key(&table->texts, row->name);
            struct str args[] = {name, day_words(c, zone_day(c->book->house->zone, row->to))};
            struct change *change = put(c, champion ? CHANGE_CHAMPION_LEFT : CHANGE_SPONSOR_LEFT, i, row->to);
            change->evidence = "people";
            change->text = tell(
                c, champion ? "The champion, {0}, left on {1}." : "The sponsor, {0}, left on {1}.",
                champion ? "حامی، {0}، {1} رفت." : "حامی ارشد، {0}، {1} رفت.", (struct arguments){args, 2});
        }
    }
    pthread_rwlock_unlock(&insight->lock);
}

static int by_arr(const void *a, const void *b) {
    const struct renewal *x = a, *y = b; /* at and arr alone */
    double p = isnan(x->arr) ? -1 : x->arr, q = isnan(y->arr) ? -1 : y->arr;
    if (p != q) return p > q ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Whom nobody has seen for HOME_UNSEEN_DAYS since the visit. Following people costs a look at all their use:
 * asked of the accounts with the most revenue. */
static void find_unseen(struct changes *c) {
    enum { MOST = 300 };
    const struct book *book = c->book;
    struct insight *insight = book->house->insight;
    day_t today = book->moment.day;
    struct renewal *order = arena_array(book->request->arena, book->n + 1, sizeof *order);
    for (size_t i = 0; i < book->n; i++)
        order[i] = (struct renewal){.at = i, .arr = book->arr[i]};
    if (book->n > MOST) qsort(order, book->n, sizeof *order, by_arr);
    struct arena scratch = {0};
    for (size_t o = 0; o < book->n && o < MOST; o++) {
        struct key_person *people;
        size_t n = key_people(insight, book->accounts[order[o].at], &scratch, &people);
        for (size_t k = 0; k < n; k++) {
            day_t unseen =
                people[k].last_seen == INT32_MIN ? INT32_MIN : people[k].last_seen + HOME_UNSEEN_DAYS;
            if (people[k].to <= book->moment.at || unseen > today || unseen < c->since_day ||
                zone_start(book->house->zone, unseen) < c->since)
                continue;
            struct change *change = put(c, CHANGE_UNSEEN, order[o].at, zone_start(book->house->zone, unseen));
            struct str args[] = {people[k].name, number_words(c, today - people[k].last_seen, true)};
            bool champion = people[k].role == ROLE_OF_CHAMPION;
            change->evidence = "people";
            change->text = tell(c,
                                champion ? "The champion, {0}, has not been seen for {1}."
                                         : "The sponsor, {0}, has not been seen for {1}.",
                                champion ? "حامی، {0}، {1} است که دیده نشده است."
                                         : "حامی ارشد، {0}، {1} است که دیده نشده است.",
                                (struct arguments){args, 2});
        }
        arena_reset(&scratch);
    }
    arena_free(&scratch);
}

/* ---- records ---- */

/* Rows of a source in the book, oldest first. The insight's lock held. */
static const struct signal_account *rows_of(const struct signal_table *table, uint32_t account) {
    static const struct signal_account none = {0};
    return account < table->n ? &table->accounts[account] : &none;
}

static void find_invoices(struct changes *c) {
    struct insight *insight = c->book->house->insight;
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "invoices");
    int due = signal_number(table->source, STR("due"));
    day_t today = c->book->moment.day;
    for (size_t i = 0; i < c->book->n; i++) {
        const struct signal_account *rows = rows_of(table, c->book->accounts[i]);
        for (uint32_t r = 0; r < rows->n; r++) {
            double day = rows->rows[r].number[due];
            /* overdue from the day after */
            if (isnan(day) || rows->rows[r].ended <= c->book->moment.at || day >= today ||
                zone_start(c->book->house->zone, (day_t)day + 1) < c->since)
                continue;
            struct change *change =
                put(c, CHANGE_OVERDUE, i, zone_start(c->book->house->zone, (day_t)day + 1));
            struct str args[] = {number_words(c, today - day, true)};
            change->evidence = "invoices";
            change->text = tell(c, "An invoice is {0} overdue.",
                                "از سررسید صورت‌حسابی {0} گذشته است.",
                                (struct arguments){args, 1});
        }
    }
    pthread_rwlock_unlock(&insight->lock);
}

static void find_milestones(struct changes *c) {
    struct insight *insight = c->book->house->insight;
    const struct zone *zone = c->book->house->zone;
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, "milestones");
    int due = signal_number(table->source, STR("due")), left = signal_number(table->source, STR("left")),
        reached = signal_number(table->source, STR("reached")),
        name = signal_text(table->source, STR("milestone"));
    day_t today = c->book->moment.day;
    for (size_t i = 0; i < c->book->n; i++) {
        const struct signal_account *rows = rows_of(table, c->book->accounts[i]);
        for (uint32_t r = 0; r < rows->n; r++) {
            const struct signal_row *row = &rows->rows[r];
            bool is_reached = !isnan(row->number[reached]);
            day_t day = (day_t)(is_reached ? row->number[reached] : row->number[due] + 1);
            if (day < c->since_day || day > today || (!is_reached && row->number[left] <= today) ||
                row->text[name] == NO_TEXT)
                continue;
            struct change *change = put(c, is_reached ? CHANGE_MILESTONE_REACHED : CHANGE_MILESTONE_LATE, i,
                                        zone_start(zone, day));
            change->evidence = "milestones";
            change->text =
                dict_key(&table->texts[name], row->text[name]); /* its key, until titles are read */
        }
    }
    pthread_rwlock_unlock(&insight->lock);
}

static void find_dated(struct changes *c, const char *source, enum change_kind kind) {
    struct insight *insight = c->book->house->insight;
    pthread_rwlock_rdlock(&insight->lock);
    const struct signal_table *table = insight_table(insight, source);
    int urgency = signal_text(table->source, STR("urgency"));
    for (size_t i = 0; i < c->book->n; i++) {
        const struct signal_account *rows = rows_of(table, c->book->accounts[i]);
        for (uint32_t r = rows->n; r-- > 0 && rows->rows[r].occurred >= c->since;) {
            const struct signal_row *row = &rows->rows[r];
            if (row->occurred > c->book->moment.at) continue;
            if (kind == CHANGE_URGENT_TICKET &&
                (row->ended <= c->book->moment.at || row->text[urgency] == NO_TEXT ||
                 !str_is(dict_key(&table->texts[urgency], row->text[urgency]), "urgent")))
                continue;
            enum change_kind of = kind;
            if (kind == CHANGE_ANSWER) { /* the lower half of its scale */
                double low = row->number[signal_number(table->source, STR("scale_min"))],
                       high = row->number[signal_number(table->source, STR("scale_max"))];
                bool nps = row->text[0] != NO_TEXT && str_is(dict_key(&table->texts[0], row->text[0]), "nps");
                if (nps ? row->number[0] <= 6 : row->number[0] <= (low + high) / 2) of = CHANGE_DETRACTOR;
            }
            put(c, of, i, row->occurred)->evidence = source;
        }
    }
    pthread_rwlock_unlock(&insight->lock);
}

/* ---- words for those that are told ---- */

static int loud_first(const void *a, const void *b) {
    const struct change *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->when != y->when) return x->when > y->when ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static struct id id_of(const struct changes *c, size_t at) {
    directory_lock(c->book->house->directory);
    struct id id = directory_account(c->book->house->directory, c->book->accounts[at])->id;
    directory_unlock(c->book->house->directory);
    return id;
}

static enum status word_answer(struct changes *c, struct session *session, struct change *change,
                               struct problem *problem) {
    struct arena *arena = c->book->request->arena;
    struct rows *rows = rows_open(session, &query_home_answer);
    rows_bind_id(rows, "account", id_of(c, change->at));
    rows_bind_int(rows, "at", change->when);
    if (rows_next(rows)) {
        struct str comment = rows_is_null(rows, 2) ? (struct str){0} : rows_text(rows, 2, arena);
        struct str name = rows_is_null(rows, 3) ? (struct str){0} : rows_text(rows, 3, arena);
        struct str args[] = {number_words(c, rows_number(rows, 0), false),
                             number_words(c, rows_number(rows, 1), false), name, comment};
        const char *en = name.n && comment.n ? "{2} answered {0} of {1}: “{3}”"
                         : name.n            ? "{2} answered {0} of {1}."
                         : comment.n         ? "Answered {0} of {1}: “{3}”"
                                             : "Answered {0} of {1}.";
        const char *fa = name.n && comment.n ? "{2} از {1} امتیاز {0} داد: «{3}»"
                         : name.n            ? "{2} از {1} امتیاز {0} داد."
                         : comment.n         ? "امتیاز {0} از {1}: «{3}»"
                                             : "امتیاز {0} از {1}.";
        change->text = tell(c, en, fa, (struct arguments){args, 4});
    }
    return rows_close(rows, problem);
}

static enum status word_ticket(struct changes *c, struct session *session, struct change *change,
                               struct problem *problem) {
    struct rows *rows = rows_open(session, &query_home_ticket);
    rows_bind_id(rows, "account", id_of(c, change->at));
    rows_bind_int(rows, "at", change->when);
    struct str subject = {0};
    if (rows_next(rows) && !rows_is_null(rows, 0)) subject = rows_text(rows, 0, c->book->request->arena);
    change->text = subject.n ? tell(c, "Opened an urgent ticket: “{0}”", "تیکت فوری باز کرد: «{0}»",
                                    (struct arguments){&subject, 1})
                             : tell(c, "Opened an urgent ticket.", "تیکت فوری باز کرد.", NO_ARGS);
    return rows_close(rows, problem);
}

static enum status word_milestone(struct changes *c, struct session *session, struct change *change,
                                  struct problem *problem) {
    struct rows *rows = rows_open(session, &query_home_milestone);
    rows_bind_text(rows, "key", change->text);
    if (rows_next(rows)) {
        int column = c->book->request->language == PERSIAN && !rows_is_null(rows, 1) ? 1 : 0;
        struct str title = rows_text(rows, column, c->book->request->arena);
        bool reached = change->kind == CHANGE_MILESTONE_REACHED;
        change->text = tell(c, reached ? "Reached “{0}”." : "“{0}” is late.",
                            reached ? "به «{0}» رسید." : "«{0}» دیر شده است.", (struct arguments){&title, 1});
    }
    return rows_close(rows, problem);
}

static enum status word_score(struct reasoning *reasoning, const struct book *book, struct change *change,
                              struct problem *problem) {
    struct spoken_reason *reasons;
    size_t n;
    enum status status = reasons_of(reasoning, book->accounts[change->at], change->kind == CHANGE_RISE, 1,
                                    &reasons, &n, problem);
    if (!status && n) {
        change->text = reasons[0].text;
        change->evidence = "health";
    }
    return status;
}

static enum status find_words(struct changes *c, size_t n, struct problem *problem) {
    struct session *session = NULL;
    struct reasoning reasoning;
    enum status status = reasons_open(c->book->request, c->since_day, &reasoning, problem);
    if (!status) status = records_read(c->book->house->records, &session, problem);
    if (status) return status;
    for (size_t i = 0; i < n && !status; i++) {
        struct change *change = &c->list.v[i];
        if (change->kind == CHANGE_ANSWER || change->kind == CHANGE_DETRACTOR)
            status = word_answer(c, session, change, problem);
        else if (change->kind == CHANGE_URGENT_TICKET)
            status = word_ticket(c, session, change, problem);
        else if (change->kind == CHANGE_MILESTONE_LATE || change->kind == CHANGE_MILESTONE_REACHED)
            status = word_milestone(c, session, change, problem);
        else if (change->kind == CHANGE_DANGER || change->kind == CHANGE_FALL || change->kind == CHANGE_RISE)
            status = word_score(&reasoning, c->book, change, problem);
    }
    session_rollback(session);
    return status;
}

/* ---- the answer ---- */

static void put_instant(struct json_writer *w, const char *name, instant_t at) {
    char text[INSTANT_TEXT + 1];
    instant_print(at, text);
    json_put_string(w, name, str_of(text));
}

static void put_change(struct json_writer *w, const struct book *book, const struct change *change) {
    json_begin_object(w);
    json_put_string(w, "kind", str_of(kind_keys[change->kind]));
    json_put_bool(w, "loud", change->kind < CHANGE_RISE);
    put_instant(w, "at", change->when);
    book_put_account(w, book, change->at);
    if (change->kind == CHANGE_DANGER || change->kind == CHANGE_FALL || change->kind == CHANGE_RISE) {
        json_put_number(w, "score_before", change->before.score);
        json_put_string(w, "band_before", change->before.band);
    }
    json_name(w, STR("text"));
    if (change->text.n)
        json_string(w, change->text);
    else
        json_null(w);
    json_name(w, STR("evidence"));
    if (change->evidence)
        json_string(w, str_of(change->evidence));
    else
        json_null(w);
    json_end_object(w);
}

enum status home_put_changes(struct json_writer *w, const struct book *book, instant_t since,
                             struct problem *problem) {
    struct changes c = {.book = book, .since = since, .since_day = zone_day(book->house->zone, since)};
    enum status status = find_scores(&c, problem);
    if (!status) {
        find_left(&c);
        find_unseen(&c);
        find_invoices(&c);
        find_milestones(&c);
        find_dated(&c, "tickets", CHANGE_URGENT_TICKET);
        find_dated(&c, "answers", CHANGE_ANSWER);
        if (c.list.n) qsort(c.list.v, c.list.n, sizeof *c.list.v, loud_first);
    }
    size_t n = c.list.n < HOME_CHANGES ? c.list.n : HOME_CHANGES;
    if (!status) status = find_words(&c, n, problem);
    json_name(w, STR("changes"));
    json_begin_object(w);
    put_instant(w, "since", since);
    json_put_int(w, "slipped", (int64_t)c.slipped);
    json_put_int(w, "recovered", (int64_t)c.recovered);
    json_put_int(w, "total", (int64_t)c.list.n);
    json_name(w, STR("data"));
    json_begin_array(w);
    for (size_t i = 0; i < n && !status; i++)
        put_change(w, book, &c.list.v[i]);
    json_end_array(w);
    json_end_object(w);
    VEC_FREE(&c.list);
    return status;
}
