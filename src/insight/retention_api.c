#include "insight/retention_api.h"

#include "base/csv.h"
#include "customers/directory.h"
#include "insight/closed.h"
#include "insight/knowledge.h"
#include "insight/selection.h"
#include "platform/settings.h"

#define INDEX_QUERY                                                                                           \
    {                                                                                                         \
        "index",                                                                                              \
            "Name of a price index: the end counts in prices of the start; closed periods are reckoned anew." \
    }

const struct route_query retention_query_table[] = {
    RETENTION_PERIOD_QUERY,
    RETENTION_MOMENT_QUERY,
    INDEX_QUERY,
    SELECTION_QUERY,
    SPLIT_QUERY,
    {"format", "json (default) or csv."},
    {NULL, NULL},
};
const struct route_query retention_rows_query[] = {
    {"period", "Label of one period: 2026-01, 2026Q1, 1404, …"},
    {"figure",
     "Key of a figure: only accounts behind it, those that cost it most first; absent: every account."},
    {"amount",
     "Key of an amount, such as churn, or the beginning that several share, such as expansion: only accounts that "
     "have it, the most first."},
    RETENTION_MOMENT_QUERY,
    INDEX_QUERY,
    SELECTION_QUERY,
    {"limit", "Most accounts; 50 when absent, 10,000 at most."},
    {NULL, NULL},
};

/* ---- sums of selected accounts ---- */

struct summing {
    const struct retention_request *asked;
    struct selection *selections; /* by period; one for all where nothing has to be asked anew */
    bool one;
    int64_t **sums;                    /* by period: its groups × RETENTION_AMOUNTS */
    struct retention_spread **spreads; /* by period: its groups × retention_figure_count */
    size_t first;                      /* the period that is measured as number 0 */
    bool overflow;
};

static const struct selection *selection_of(const struct summing *s, size_t period) {
    return &s->selections[s->one ? 0 : period];
}

static size_t groups_of(const struct selection *selection) {
    return selection->groups ? selection->group_count : 1;
}

static int64_t *into_sums(void *self, uint32_t account, size_t period) {
    const struct summing *s = self;
    const struct selection *selection = selection_of(s, period);
    if (account >= selection->n || !selection->included[account]) return NULL;
    return s->sums[period] + (selection->groups ? selection->group[account] : 0) * (size_t)RETENTION_AMOUNTS;
}

static void make_room(struct summing *s, size_t period, struct arena *arena) {
    size_t groups = groups_of(selection_of(s, period));
    s->sums[period] = arena_array(arena, groups * RETENTION_AMOUNTS + 1, sizeof **s->sums);
    s->spreads[period] = arena_array(arena, groups * retention_figure_count + 1, sizeof **s->spreads);
}

static void add_row(void *self, uint32_t account, size_t period, const int64_t *amounts) {
    struct summing *s = self;
    int64_t *to = into_sums(s, account, period += s->first);
    if (!to) return;
    s->overflow |= !retention_add(to, amounts);
    size_t group = (size_t)(to - s->sums[period]) / RETENTION_AMOUNTS;
    for (size_t i = 0; i < retention_figure_count; i++)
        retention_spread_add(&s->spreads[period][group * retention_figure_count + i], &retention_figures[i],
                             amounts);
}

/* Who belongs is asked on the first day of each period. */
static enum status select_accounts(const struct request *request, const struct retention_request *asked,
                                   struct summing *s, struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct selector selector;
    enum status status = request_selector(request, &selector, problem);
    if (status) return status;
    s->asked = asked;
    s->one = !selector.rule && selector.split == DICT_NONE;
    s->selections = arena_array(request->arena, asked->count, sizeof *s->selections);
    s->sums = arena_array(request->arena, asked->count, sizeof *s->sums);
    s->spreads = arena_array(request->arena, asked->count, sizeof *s->spreads);
    for (size_t p = 0; p < asked->count && !status; p++) {
        if (!p || !s->one) {
            struct moment moment = moment_of_day(insight, asked->periods[p].from);
            moment.known_at = asked->moment.known_at;
            moment.known_day = asked->moment.known_day;
            status = selector_apply(&selector, &moment, request->arena, &s->selections[p], problem);
        }
        if (!status) make_room(s, p, request->arena);
    }
    return status;
}

/* ---- frozen figures in place of what would be reckoned today ---- */

struct frozen {
    const struct closed_period *closed; /* NULL: the period is open */
    int64_t *now;                       /* the same sums as reckoned today */
};

static const struct closed_period *find_closed(const struct closed_period *list, size_t n,
                                               const struct period *period) {
    for (size_t i = 0; i < n; i++)
        if (str_is(list[i].label, period->label) && list[i].to_day == period->to) return &list[i];
    return NULL;
}

static enum status put_frozen(struct request *request, struct summing *s, struct session *session,
                              size_t period, struct frozen *frozen, struct problem *problem) {
    struct retention_rows rows = {0};
    enum status status =
        closed_rows(request->house, session, frozen->closed->label, s->asked->flow, &rows, problem);
    if (!status) {
        frozen->now = s->sums[period];
        make_room(s, period, request->arena);
        s->first = 0;
        for (size_t i = 0; i < rows.n; i++)
            add_row(s, rows.v[i].account, period, rows.v[i].v);
        if (s->overflow) status = retention_too_large(problem);
    }
    retention_rows_free(&rows);
    return status;
}

static bool shows_another_moment(const struct request *request) {
    return request_query(request, "as_of").p || request_query(request, "known_at").p ||
           request_query(request, "index").n;
}

/* As shown: asked without a moment, closed periods answer what they were closed with. */
static enum status freeze_closed(struct request *request, struct summing *s, struct frozen *frozen,
                                 struct problem *problem) {
    struct session *session = NULL;
    struct closed_period *list;
    size_t n = 0;
    if (shows_another_moment(request)) return OK;
    enum status status = records_read(request->house->records, &session, problem);
    if (!status) status = closed_list(session, request->arena, &list, &n, problem);
    for (size_t p = 0; p < s->asked->count && !status; p++) {
        frozen[p].closed = find_closed(list, n, &s->asked->periods[p]);
        if (frozen[p].closed) status = put_frozen(request, s, session, p, &frozen[p], problem);
    }
    session_rollback(session);
    return status;
}

/* ---- writing ---- */

static void write_text(struct json_writer *w, const char *name, struct text text) {
    json_name(w, str_of(name));
    json_begin_object(w);
    json_put_string(w, "en", str_of(text.en));
    json_put_string(w, "fa", str_of(text.fa));
    json_end_object(w);
}

static void write_day(struct json_writer *w, const char *name, day_t day) {
    char text[DAY_TEXT + 1];
    day_print(day, text);
    json_put_string(w, name, str_of(text));
}

static void write_figure_meaning(struct json_writer *w, const struct retention_figure *figure) {
    json_put_string(w, "key", str_of(figure->key));
    write_text(w, "title", figure->title);
    write_text(w, "definition", figure->definition);
}

static void write_meanings(struct json_writer *w) {
    json_name(w, STR("definitions"));
    json_begin_array(w);
    for (size_t i = 0; i < retention_figure_count; i++) {
        json_begin_object(w);
        write_figure_meaning(w, &retention_figures[i]);
        json_end_object(w);
    }
    json_end_array(w);
    json_name(w, STR("amount_titles"));
    json_begin_array(w);
    for (size_t i = 0; i < RETENTION_AMOUNTS; i++) {
        json_begin_object(w);
        json_put_string(w, "key", str_of(retention_amounts[i].key));
        json_put_bool(w, "money", retention_amounts[i].money);
        write_text(w, "title", retention_amounts[i].title);
        json_end_object(w);
    }
    json_end_array(w);
}

static void write_value(struct json_writer *w, const struct figure_value *value,
                        const struct interval *interval) {
    static const char *const states[] = {"known", "not_applicable", "infinite"};
    json_begin_object(w);
    json_put_string(w, "state", str_of(states[value->state]));
    json_put_number(w, "value", value->value);           /* null unless known */
    json_put_number(w, "if_renewed", value->if_renewed); /* null without a range */
    json_put_number(w, "low", interval->low);            /* 95 %; null where there is too little to say */
    json_put_number(w, "high", interval->high);
    json_end_object(w);
}

void retention_write_amounts(struct json_writer *w, const char *name, const int64_t *amounts, bool all) {
    json_name(w, str_of(name));
    json_begin_object(w);
    for (size_t i = 0; i < RETENTION_AMOUNTS; i++)
        if (all || amounts[i]) json_put_int(w, retention_amounts[i].key, amounts[i]);
    json_end_object(w);
}

static void write_closed(struct json_writer *w, const struct frozen *frozen, const int64_t *shown,
                         size_t group) {
    int64_t change[RETENTION_AMOUNTS];
    char at[INSTANT_TEXT + 1];
    json_name(w, STR("closed"));
    if (!frozen->closed) {
        json_null(w);
        return;
    }
    for (size_t a = 0; a < RETENTION_AMOUNTS; a++)
        change[a] = frozen->now[group * RETENTION_AMOUNTS + a] - shown[a];
    instant_print(frozen->closed->closed_at, at);
    json_begin_object(w);
    json_put_string(w, "at", str_of(at));
    json_put_string(w, "by", frozen->closed->closed_by);
    json_put_string(w, "currency", frozen->closed->currency);
    retention_write_amounts(w, "changed_since", change, false);
    json_end_object(w);
}

static void write_period(struct json_writer *w, const struct summing *s, size_t p, size_t group,
                         const struct frozen *frozen) {
    const struct period *period = &s->asked->periods[p];
    const struct selection *selection = selection_of(s, p);
    const int64_t *sums = s->sums[p] + group * RETENTION_AMOUNTS;
    json_begin_object(w);
    json_put_string(w, "period", str_of(period->label));
    write_day(w, "from", period->from);
    write_day(w, "to", period->to);
    json_put_bool(w, "partial", s->asked->partial && p + 1 == s->asked->count);
    if (selection->groups) {
        json_name(w, STR("group"));
        if (selection->groups[group].key.n)
            json_string(w, selection->groups[group].key);
        else
            json_null(w);
    }
    json_put_int(w, "unjudged", (int64_t)selection->unjudged);
    if (s->asked->levels) { /* how much prices rose from the first day to the first after it */
        const int64_t *levels = s->asked->levels + (s->asked->overlapping ? 2 * p : p);
        json_put_number(w, "price_change", (double)levels[1] / (double)levels[0] - 1);
    }
    retention_write_amounts(w, "amounts", sums, true);
    json_name(w, STR("figures"));
    json_begin_object(w);
    for (size_t i = 0; i < retention_figure_count; i++) {
        const struct retention_figure *figure = &retention_figures[i];
        int32_t days = period->to - period->from;
        struct figure_value value = retention_value(figure, sums, days);
        struct interval interval =
            retention_interval(figure, sums, &s->spreads[p][group * retention_figure_count + i], days);
        json_name(w, str_of(figure->key));
        write_value(w, &value, &interval);
    }
    json_end_object(w);
    write_closed(w, &frozen[p], sums, group);
    json_end_object(w);
}

static void write_head(struct json_writer *w, struct request *request,
                       const struct retention_request *asked) {
    struct house *house = request->house;
    write_day(w, "as_of", asked->moment.day);
    json_name(w, STR("known_at"));
    if (asked->moment.known_at == INT64_MAX) {
        json_null(w);
    } else {
        char day[DAY_TEXT + 1];
        day_print(asked->moment.known_day, day);
        json_string(w, str_of(day));
    }
    json_put_string(w, "mode", asked->flow ? STR("flow") : STR("snapshot"));
    json_put_string(w, "currency",
                    settings_text(house->settings, SETTING_ORGANISATION_CURRENCY, request->arena));
    json_name(w, STR("index"));
    asked->index.n ? json_string(w, asked->index) : json_null(w);
    json_name(w, STR("rules"));
    json_raw(w, books_rules(house, request->arena));
}

/* Of what was known at the moment asked for. */
static enum status put_knowledge(const struct request *request, const struct retention_request *asked,
                                 struct json_writer *w, struct problem *problem) {
    struct knowledge read = {.source = STR("subscriptions")};
    instant_t known_at = asked->moment.known_at;
    enum status status =
        knowledge_count(request, known_at == INT64_MAX ? known_at : known_at + 1, &read, 1, problem);
    if (!status) knowledge_put(&read, 1, w);
    return status;
}

static void write_csv(const struct summing *s, struct buf *out) {
    struct csv_writer csv = {.out = out};
    struct buf cell = {0};
    static const char *const heads[] = {"period", "from", "to", "partial", "group"};
    for (size_t i = 0; i < COUNT(heads); i++)
        csv_put_value(&csv, str_of(heads[i]));
    for (size_t i = 0; i < retention_figure_count; i++)
        csv_put_value(&csv, str_of(retention_figures[i].key));
    for (size_t i = 0; i < RETENTION_AMOUNTS; i++)
        csv_put_value(&csv, str_of(retention_amounts[i].key));
    csv_end_row(&csv);
    for (size_t p = 0; p < s->asked->count; p++) {
        const struct period *period = &s->asked->periods[p];
        const struct selection *selection = selection_of(s, p);
        for (size_t g = 0; g < groups_of(selection); g++) {
            const int64_t *sums = s->sums[p] + g * RETENTION_AMOUNTS;
            char from[DAY_TEXT + 1], to[DAY_TEXT + 1];
            day_print(period->from, from);
            day_print(period->to, to);
            csv_put_value(&csv, str_of(period->label));
            csv_put_value(&csv, str_of(from));
            csv_put_value(&csv, str_of(to));
            csv_put_value(&csv, s->asked->partial && p + 1 == s->asked->count ? STR("1") : STR("0"));
            csv_put_text(&csv, selection->groups ? selection->groups[g].key : STR(""));
            for (size_t i = 0; i < retention_figure_count; i++) {
                struct figure_value value =
                    retention_value(&retention_figures[i], sums, period->to - period->from);
                buf_clear(&cell);
                if (value.state == FIGURE_KNOWN) buf_format(&cell, "%.6f", value.value);
                if (value.state == FIGURE_INFINITE) buf_put_c(&cell, "inf");
                csv_put_value(&csv, buf_str(&cell));
            }
            for (size_t i = 0; i < RETENTION_AMOUNTS; i++) {
                buf_clear(&cell);
                buf_format(&cell, "%lld", (long long)sums[i]);
                csv_put_value(&csv, buf_str(&cell));
            }
            csv_end_row(&csv);
        }
    }
    buf_free(&cell);
}

static enum status measure(struct books *books, struct summing *s, struct problem *problem) {
    size_t count = books->query.count, at_once = s->asked->overlapping ? 1 : count;
    enum status status = OK;
    for (s->first = 0; s->first < count && !status; s->first += at_once) {
        books->query.periods = s->asked->periods + s->first;
        books->query.count = at_once;
        if (s->asked->levels && s->asked->overlapping) books->query.index = s->asked->levels + 2 * s->first;
        status = retention_read(&books->ledger, &books->query, add_row, s, problem);
    }
    return !status && s->overflow ? retention_too_large(problem) : status;
}

enum status retention_handle(struct request *request, struct response *response, struct problem *problem) {
    static const char *const formats[] = {"json", "csv", NULL};
    struct retention_request asked;
    struct summing s = {0};
    struct books books;
    int format = 0;
    enum status status = request_query_choice(request, "format", formats, &format, problem);
    if (!status) status = request_retention_periods(request, &asked, problem);
    if (!status) status = request_retention_index(request, &asked, problem);
    if (!status) status = select_accounts(request, &asked, &s, problem);
    if (status) return status;
    books_open(request->house, &asked, &books);
    status = measure(&books, &s, problem);
    books_close(&books);
    struct frozen *frozen = arena_array(request->arena, asked.count, sizeof *frozen);
    if (!status) status = freeze_closed(request, &s, frozen, problem);
    if (status) return status;
    if (format) {
        response->content_type = "text/csv; charset=utf-8";
        write_csv(&s, &response->body);
        return OK;
    }
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    write_head(&w, request, &asked);
    json_name(&w, STR("periods"));
    json_begin_array(&w);
    for (size_t p = 0; p < asked.count; p++)
        for (size_t g = 0; g < groups_of(selection_of(&s, p)); g++)
            write_period(&w, &s, p, g, frozen);
    json_end_array(&w);
    write_meanings(&w);
    status = put_knowledge(request, &asked, &w, problem);
    json_end_object(&w);
    return status;
}

/* ---- the rows behind a figure ---- */

static const struct retention_figure *find_figure(struct str key) {
    for (size_t i = 0; i < retention_figure_count; i++)
        if (str_is(key, retention_figures[i].key)) return &retention_figures[i];
    return NULL;
}

struct ranked {
    const struct retention_row *row;
    int64_t weight; /* what it costs or gives the figure */
};

/* A key, or the beginning of several: "expansion" of expansion_seats and the others. Returns how many there
 * are. */
static size_t find_amounts(struct str key, int8_t terms[FIGURE_TERMS]) {
    size_t n = 0;
    for (size_t i = 0; i < RETENTION_AMOUNTS; i++)
        if (str_is(key, retention_amounts[i].key)) {
            terms[0] = (int8_t)(i + 1);
            return 1;
        }
    for (size_t i = 0; i < RETENTION_AMOUNTS && n + 1 < FIGURE_TERMS; i++) {
        const char *name = retention_amounts[i].key;
        if (key.n && !strncmp(name, key.p, key.n) && name[key.n] == '_') terms[n++] = (int8_t)(i + 1);
    }
    return n;
}

static enum status unknown_amount(struct request *request, struct str key, struct problem *problem) {
    struct buf keys = {0};
    for (size_t i = 0; i < RETENTION_AMOUNTS; i++)
        buf_format(&keys, "%s%s", i ? ", " : "", retention_amounts[i].key);
    struct str all = str_copy(request->arena, buf_str(&keys));
    buf_free(&keys);
    return fail_at(problem, STR("amount"),
                   MESSAGE("retention_no_amount", "There is no amount “{0}”. There are: {1}.",
                           "مبلغی به نام «{0}» نیست. مبلغ‌ها: {1}."),
                   ARGS(key, all));
}

static int by_weight(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    int64_t p = x->weight < 0 ? -x->weight : x->weight, q = y->weight < 0 ? -y->weight : y->weight;
    if (p != q) return p < q ? 1 : -1;
    return (x->row->account > y->row->account) - (x->row->account < y->row->account);
}

static bool concerns(const struct retention_figure *figure, const int64_t *v) {
    for (size_t i = 0; i < FIGURE_TERMS; i++) {
        if (figure->over[i] && v[abs(figure->over[i]) - 1]) return true;
        if (figure->under[i] && v[abs(figure->under[i]) - 1]) return true;
    }
    return false;
}

void retention_write_movement(struct json_writer *w, const struct movement *movement) {
    json_begin_object(w);
    write_day(w, "day", movement->day);
    json_put_string(w, "kind", str_of(movement_keys[movement->kind]));
    json_put_int(w, "amount", movement->amount);
    json_name(w, STR("parts"));
    json_begin_object(w);
    for (size_t i = 0; i < REVENUE_PARTS; i++)
        if (movement->parts[i]) json_put_int(w, part_keys[i], movement->parts[i]);
    json_end_object(w);
    if (movement->kind == MOVEMENT_CHURN) {
        json_put_string(w, "reason", movement->cancelled ? STR("cancelled") : STR("not_renewed"));
        json_put_bool(w, "pending", movement->pending);
    }
    json_end_object(w);
}

static void write_row(struct json_writer *w, struct request *request, const struct books *books,
                      const struct ranked *ranked) {
    struct directory *directory = request->house->directory;
    movements list = {0};
    directory_lock(directory);
    const struct directory_account *account = directory_account(directory, ranked->row->account);
    json_begin_object(w);
    json_put_string(w, "id", id_str(request->arena, account->id));
    json_put_string(w, "account", account->key);
    json_put_string(w, "name", account->name);
    directory_unlock(directory);
    json_put_int(w, "weight", ranked->weight);
    retention_write_amounts(w, "amounts", ranked->row->v, false);
    retention_movements(&books->ledger, &books->query, ranked->row->account, &list);
    json_name(w, STR("movements"));
    json_begin_array(w);
    for (size_t i = 0; i < list.n; i++)
        retention_write_movement(w, &list.v[i]);
    json_end_array(w);
    json_end_object(w);
    VEC_FREE(&list);
}

static enum status unknown_figure(struct request *request, struct str key, struct problem *problem) {
    struct buf keys = {0};
    for (size_t i = 0; i < retention_figure_count; i++)
        buf_format(&keys, "%s%s", i ? ", " : "", retention_figures[i].key);
    struct str all = str_copy(request->arena, buf_str(&keys));
    buf_free(&keys);
    return fail_at(problem, STR("figure"),
                   MESSAGE("retention_no_figure", "There is no figure “{0}”. There are: {1}.",
                           "شاخصی به نام «{0}» نیست. شاخص‌ها: {1}."),
                   ARGS(key, all));
}

/* The rows that the figure was shown with: frozen where the period is closed and no other moment is asked
 * for. */
static enum status find_rows(struct request *request, const struct retention_request *asked,
                             const struct books *books, bool *frozen, struct retention_rows *rows,
                             struct problem *problem) {
    struct session *session = NULL;
    struct closed_period *list;
    size_t n = 0;
    *frozen = false;
    if (!shows_another_moment(request)) {
        enum status status = records_read(request->house->records, &session, problem);
        if (!status) status = closed_list(session, request->arena, &list, &n, problem);
        const struct closed_period *closed = status ? NULL : find_closed(list, n, asked->periods);
        if (closed) status = closed_rows(request->house, session, closed->label, asked->flow, rows, problem);
        session_rollback(session);
        *frozen = closed != NULL;
        if (status || closed) return status;
    }
    return retention_rows_measure(request->house, books, 0, rows, problem);
}

enum status retention_rows_handle(struct request *request, struct response *response,
                                  struct problem *problem) {
    struct retention_request asked;
    struct summing s = {0};
    struct books books;
    struct retention_rows rows = {0};
    int64_t limit = 50;
    bool frozen;
    struct str key = request_query(request, "figure");
    const struct retention_figure *figure = find_figure(key);
    if (key.p && !figure) return unknown_figure(request, key, problem);
    struct str amount = request_query(request, "amount");
    int8_t terms[FIGURE_TERMS] = {0};
    if (amount.p && !find_amounts(amount, terms)) return unknown_amount(request, amount, problem);
    enum status status = request_query_int(request, "limit", 1, 10000, &limit, problem);
    if (!status)
        status = request_retention_period(request, request_query(request, "period"), &asked, problem);
    if (!status) status = request_retention_index(request, &asked, problem);
    if (!status) status = select_accounts(request, &asked, &s, problem);
    if (status) return status;
    books_open(request->house, &asked, &books);
    status = find_rows(request, &asked, &books, &frozen, &rows, problem);
    if (status) goto done;
    struct ranked *ranked = arena_array(request->arena, rows.n + 1, sizeof *ranked);
    size_t n = 0;
    for (size_t i = 0; i < rows.n; i++) {
        const struct retention_row *row = &rows.v[i];
        if (!into_sums(&s, row->account, 0)) continue;
        add_row(&s, row->account, 0, row->v);
        if (figure && !concerns(figure, row->v)) continue;
        if (amount.p) {
            int64_t has = retention_sum(row->v, terms);
            if (has) ranked[n++] = (struct ranked){row, has};
            continue;
        }
        int64_t over = figure ? retention_sum(row->v, figure->over) : row->v[REVENUE_END],
                under = figure ? retention_sum(row->v, figure->under) : row->v[REVENUE_START];
        ranked[n++] = (struct ranked){row, !figure || figure->kept || figure->infinite ? over - under : over};
    }
    if (s.overflow) {
        status = retention_too_large(problem);
        goto done;
    }
    if (n) qsort(ranked, n, sizeof *ranked, by_weight);
    struct json_writer w = {.out = &response->body};
    json_begin_object(&w);
    write_head(&w, request, &asked);
    json_put_string(&w, "period", str_of(asked.periods->label));
    write_day(&w, "from", asked.periods->from);
    write_day(&w, "to", asked.periods->to);
    json_put_bool(&w, "frozen", frozen);
    if (figure) {
        int32_t days = asked.periods->to - asked.periods->from;
        struct figure_value value = retention_value(figure, s.sums[0], days);
        struct interval interval =
            retention_interval(figure, s.sums[0], &s.spreads[0][figure - retention_figures], days);
        json_name(&w, STR("figure"));
        json_begin_object(&w);
        write_figure_meaning(&w, figure);
        json_name(&w, STR("value"));
        write_value(&w, &value, &interval);
        json_put_int(&w, "over", retention_sum(s.sums[0], figure->over));
        json_put_int(&w, "under", retention_sum(s.sums[0], figure->under));
        json_end_object(&w);
    }
    retention_write_amounts(&w, "amounts", s.sums[0], true);
    json_put_int(&w, "accounts", (int64_t)n);
    json_name(&w, STR("data"));
    json_begin_array(&w);
    for (size_t i = 0; i < n && i < (size_t)limit; i++)
        write_row(&w, request, &books, &ranked[i]);
    json_end_array(&w);
    json_put_bool(&w, "has_more", n > (size_t)limit);
    json_end_object(&w);
done:
    retention_rows_free(&rows);
    books_close(&books);
    return status;
}
