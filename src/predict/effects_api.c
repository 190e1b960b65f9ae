/* What makes customers leave sooner: Cox's model of facts as known when the watch of each life begins. */
#include "base/format.h"
#include "base/vec.h"
#include "insight/figure.h"
#include "predict/lives.h"
#include "predict/panel.h"
#include "statistics/cox.h"
#include "statistics/tails.h"

#include <math.h>

const struct route_query survival_effects_query[] = {
    LIVES_QUERY,
    {"facts", "Keys of facts, separated by commas; some that most companies have unless given."},
    {"strata",
     "A text or yes/no fact: its values are compared only with themselves, each with its own curve."},
    {"ties", "efron (default) or breslow: how losses of the same month are taken."},
    {"after", "Months of age at which facts are read and from which lives are watched; 3 unless given."},
    {NULL, NULL},
};

enum {
    AFTER = 3,
    LEAST_LIVES = 10,
    LEAST_ENDED = 20,
    LEAST_EACH = 5 /* lost for each column */,
    MOST_FACTS = 20,
    MOST_VALUES = 8
};
static const char *const usual[] = {
    "arr", "breadth_90d", "active_days_90d", "seat_utilisation_28d", "open_tickets", "nps_mean_180d", "plan"};

struct effect {
    uint32_t fact;
    struct str value;    /* of a text; p NULL: of a number, yes/no or date */
    double mean, spread; /* of a number: it enters in spreads around the mean; else 0 and 1 */
};
struct absent {
    uint32_t fact;
    const struct text *why;
};
struct making {
    const struct request *request;
    const struct lives_asked *asked;
    const struct catalogue *catalogue;
    VEC(uint32_t) facts;
    VEC(struct effect) effects;
    VEC(struct absent) absent;
    VEC(double *) columns; /* of the effects, by life */
};
static const struct text
    little_known = {"Known of fewer than half of the customers when the watch begins",
                    "هنگام آغاز مشاهده برای کمتر از نیمی از مشتریان معلوم است"},
    constant = {"The same for everybody", "برای همه یکسان است"},
    nothing_more = {"Says nothing that those before it do not say",
                    "چیزی نمی‌گوید که پیش از آن گفته نشده باشد"},
    tells_all = {
        "Its values tell everybody who left from everybody who stayed: no ratio can "
        "be given",
        "مقدارهایش همهٔ رفتگان را از ماندگان جدا می‌کند: نسبتی گفته نمی‌شود"};

/* ---- which facts ---- */

static enum status add_fact(struct making *m, struct str key, const char *parameter,
                            struct problem *problem) {
    uint32_t fact = catalogue_find(m->catalogue, key);
    if (fact == DICT_NONE)
        return fail_at(problem, str_of(parameter),
                       MESSAGE("effect_unknown", "There is no fact “{0}”. See: vafa facts list DATA.",
                               "شاخص «{0}» وجود ندارد. فهرست: vafa facts list DATA."),
                       ARGS(key));
    const struct text *why = panel_barred(m->catalogue, fact);
    if (why)
        return fail_at(
            problem, str_of(parameter),
            MESSAGE(
                "effect_barred",
                "“{0}” would know the end: it is written, or moved by hand, when a customer "
                "leaves, or made by Vafa. Choose another fact.",
                "«{0}» پایان را از پیش می‌داند: هنگام رفتن مشتری یا با دست نوشته می‌شود، یا ساختهٔ وفاست. شاخص "
                "دیگری برگزینید."),
            ARGS(key));
    for (size_t i = 0; i < m->facts.n; i++)
        if (m->facts.v[i] == fact) return OK;
    if (m->facts.n == MOST_FACTS)
        return fail_at(problem, str_of(parameter),
                       MESSAGE("effects_too_many", "At most 20 facts can be taken together.",
                               "حداکثر ۲۰ شاخص را می‌توان با هم گرفت."),
                       NO_ARGS);
    VEC_PUSH(&m->facts, fact);
    return OK;
}

static enum status read_facts(struct making *m, struct problem *problem) {
    struct str list = request_query(m->request, "facts");
    enum status status = OK;
    for (size_t i = 0; !list.n && i < COUNT(usual) && !status; i++)
        if (catalogue_find(m->catalogue, str_of(usual[i])) != DICT_NONE)
            status = add_fact(m, str_of(usual[i]), "facts", problem);
    for (size_t from = 0, i = 0; list.n && i <= list.n && !status; i++) {
        if (i < list.n && list.p[i] != ',') continue;
        struct str key = str_trim((struct str){list.p + from, i - from});
        if (key.n) status = add_fact(m, key, "facts", problem);
        from = i + 1;
    }
    return status;
}

/* ---- their columns ---- */

static void leave_out(struct making *m, uint32_t fact, const struct text *why) {
    VEC_PUSH(&m->absent, (struct absent){fact, why});
}

static void add_number(struct making *m, uint32_t fact, const double *values, bool yes_no) {
    size_t n = m->asked->lives.n, known = 0;
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) known++, sum += values[i];
    double mean = sum / (double)known;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) square += (values[i] - mean) * (values[i] - mean);
    double spread = sqrt(square / (double)known);
    if (!(spread > 1e-12 * (1 + fabs(mean)))) {
        leave_out(m, fact, &constant);
        return;
    }
    double *column = arena_array(m->request->arena, n + 1, sizeof *column);
    struct effect effect = {fact, .mean = yes_no ? 0 : mean, .spread = yes_no ? 1 : spread};
    for (size_t i = 0; i < n; i++)
        column[i] = (values[i] - effect.mean) / effect.spread;
    VEC_PUSH(&m->effects, effect);
    VEC_PUSH(&m->columns, column);
}

/* Its frequent values, each against all others. */
static enum status add_text(struct making *m, uint32_t fact, const double *values, struct problem *problem) {
    struct life_groups groups;
    const struct lives *lives = &m->asked->lives;
    enum status status = lives_group(catalogue_fact(m->catalogue, fact), values, lives, LEAST_LIVES,
                                     m->request->arena, &groups, problem);
    size_t most = 0, taken = 0;
    if (status) return status;
    for (size_t g = 0; g < groups.n; g++)
        if (groups.keys[g].n && (!groups.keys[most].n || groups.counts[g] > groups.counts[most])) most = g;
    for (size_t g = 0; g < groups.n && taken < MOST_VALUES; g++) {
        if (g == most || !groups.keys[g].n) continue;
        double *column = arena_array(m->request->arena, lives->n + 1, sizeof *column);
        for (size_t i = 0; i < lives->n; i++)
            column[i] = isnan(values[i]) ? NAN : groups.of[i] == g;
        VEC_PUSH(&m->effects, (struct effect){fact, str_copy(m->request->arena, groups.keys[g]), 0, 1});
        VEC_PUSH(&m->columns, column);
        taken++;
    }
    if (!taken) leave_out(m, fact, &constant);
    return OK;
}

static enum status make_columns(struct making *m, const double *raw, struct problem *problem) {
    size_t n = m->asked->lives.n;
    enum status status = OK;
    for (size_t f = 0; f < m->facts.n && !status; f++) {
        const double *values = raw + f * n;
        size_t known = 0;
        for (size_t i = 0; i < n; i++)
            known += !isnan(values[i]);
        enum value_type type = catalogue_fact(m->catalogue, m->facts.v[f])->type;
        if (2 * known < n || !known)
            leave_out(m, m->facts.v[f], &little_known);
        else if (type == VALUE_TEXT)
            status = add_text(m, m->facts.v[f], values, problem);
        else
            add_number(m, m->facts.v[f], values, type == VALUE_BOOL);
    }
    return status;
}

/* ---- the fit: a column to blame is left out, and said ---- */

static void fit(struct making *m, const uint32_t *stratum, enum cox_ties ties, struct cox *cox) {
    const struct lives *lives = &m->asked->lives;
    double *x = arena_array(m->request->arena, lives->n * m->effects.n + 1, sizeof *x);
    for (;;) {
        size_t p = m->effects.n;
        for (size_t i = 0; i < lives->n; i++)
            for (size_t c = 0; c < p; c++)
                x[i * p + c] = m->columns.v[c][i];
        struct cox_data data = {lives->cases, x, stratum, lives->n, p, ties};
        cox_fit(&data, m->request->arena, cox);
        if (!p || (cox->status != COX_SINGULAR && cox->status != COX_MONOTONE)) return;
        leave_out(m, m->effects.v[cox->column].fact,
                  cox->status == COX_SINGULAR ? &nothing_more : &tells_all);
        for (size_t c = cox->column; c + 1 < p; c++) {
            m->effects.v[c] = m->effects.v[c + 1];
            m->columns.v[c] = m->columns.v[c + 1];
        }
        m->effects.n--;
        m->columns.n--;
    }
}

/* ---- the answer ---- */

static struct str name_of(const struct making *m, const struct effect *effect, enum language language) {
    struct arena *arena = m->request->arena;
    const struct text *title = &catalogue_fact(m->catalogue, effect->fact)->title;
    const char *name = language == PERSIAN ? title->fa : title->en;
    return effect->value.p ? str_format(arena, "%s: %.*s", name, STR_ARG(effect->value)) : str_of(name);
}

static void put_effect(const struct making *m, const struct effect *effect, const struct cox_column *column,
                       struct json_writer *w) {
    const struct fact *fact = catalogue_fact(m->catalogue, effect->fact);
    double half = NORMAL_975 * column->error;
    bool numeric = fact->type == VALUE_NUMBER || fact->type == VALUE_DATE;
    json_begin_object(w);
    json_put_string(w, "fact", fact->key);
    json_name(w, STR("value"));
    if (effect->value.p)
        json_string(w, effect->value);
    else
        json_null(w);
    put_both(w, "title", name_of(m, effect, ENGLISH), name_of(m, effect, PERSIAN));
    json_put_string(w, "unit", fact->unit);
    json_put_number(w, "step", numeric ? effect->spread : NAN);
    json_put_number(w, "ratio", exp(column->coefficient));
    json_put_number(w, "low", exp(column->coefficient - half));
    json_put_number(w, "high", exp(column->coefficient + half));
    json_put_number(w, "coefficient", column->coefficient);
    json_put_number(w, "error", column->error);
    json_put_number(w, "p", column->p);
    json_put_number(w, "drift_p", column->drift_p);
    json_put_bool(w, "changes", column->drift_p < 0.05);
    json_end_object(w);
}

/* Whose ratio changes with age, in words. */
static void put_verdict(const struct making *m, const struct cox *cox, struct json_writer *w) {
    enum cox_verdict verdict = cox_proportional(cox);
    struct buf en = {0}, fa = {0};
    size_t named = 0;
    json_put_string(w, "proportional",
                    verdict == COX_PROPORTIONAL       ? STR("yes")
                    : verdict == COX_NOT_PROPORTIONAL ? STR("no")
                                                      : STR("unknown"));
    for (size_t c = 0; verdict == COX_NOT_PROPORTIONAL && c < cox->p; c++) {
        if (!(cox->columns[c].drift_p < 0.05)) continue;
        buf_put_c(&en, named ? ", " : "");
        buf_put_c(&fa, named ? "، " : "");
        buf_put_str(&en, name_of(m, &m->effects.v[c], ENGLISH));
        buf_put_str(&fa, name_of(m, &m->effects.v[c], PERSIAN));
        named++;
    }
    struct arena *arena = m->request->arena;
    if (verdict == COX_PROPORTIONAL)
        put_both(
            w, "verdict",
            STR("No sign that an effect changes with age: one number for each may be read as it stands."),
            STR("نشانی از تغییر اثرها با سن مشتری نیست: یک عدد برای هر کدام را می‌توان همان‌گونه خواند."));
    else if (verdict == COX_UNKNOWN)
        put_both(
            w, "verdict", STR("Whether effects change with age cannot be said of these data."),
            STR("با این داده نمی‌توان گفت اثرها با سن مشتری تغییر می‌کنند یا نه."));
    else if (!named)
        put_both(
            w, "verdict",
            STR("Taken together the effects change with age, so one number for each misleads: they are averages "
                "over time."),
            STR("اثرها روی هم با سن مشتری تغییر می‌کنند؛ پس یک عدد برای هر کدام گمراه می‌کند: میانگین در زمان‌اند."));
    else
        put_both(
            w, "verdict",
            str_format(arena,
                       "The effect of %.*s changes with age, so one number for it misleads: it is an average "
                       "over time. Look at the curves, or take it as strata.",
                       STR_ARG(buf_str(&en))),
            str_format(
                arena,
                "اثر %.*s با سن مشتری تغییر می‌کند؛ پس یک عدد برای آن گمراه می‌کند: میانگینی در زمان است. "
                "منحنی‌ها را ببینید، یا آن را لایه (strata) بگیرید.",
                STR_ARG(buf_str(&fa))));
    buf_free(&en);
    buf_free(&fa);
}

static void put_absent(const struct making *m, struct json_writer *w) {
    json_name(w, STR("left_out"));
    json_begin_array(w);
    for (size_t i = 0; i < m->absent.n; i++) {
        const struct fact *fact = catalogue_fact(m->catalogue, m->absent.v[i].fact);
        const struct text *why = m->absent.v[i].why;
        json_begin_object(w);
        json_put_string(w, "fact", fact->key);
        put_both(w, "title", str_of(fact->title.en), str_of(fact->title.fa));
        put_both(w, "why", str_of(why->en), str_of(why->fa));
        json_end_object(w);
    }
    json_end_array(w);
}

/* "Left out: Country (the same for everybody); …" */
static struct str absent_words(const struct making *m, enum language language) {
    struct buf text = {0};
    buf_put_c(&text, language == PERSIAN ? "کنار گذاشته شد: " : "Left out: ");
    for (size_t i = 0; i < m->absent.n; i++) {
        const struct text *title = &catalogue_fact(m->catalogue, m->absent.v[i].fact)->title,
                          *why = m->absent.v[i].why;
        if (i) buf_put_c(&text, language == PERSIAN ? "؛ " : "; ");
        buf_put_c(&text, language == PERSIAN ? title->fa : title->en);
        buf_put_c(&text, " (");
        buf_put_c(&text, language == PERSIAN ? why->fa : why->en);
        buf_put_c(&text, ")");
    }
    buf_put_c(&text, ".");
    struct str copy = str_copy(m->request->arena, buf_str(&text));
    buf_free(&text);
    return copy;
}

/* Enough were lost among the rows that were fitted, which are those of whom all facts are known. */
static bool speaks(const struct cox *cox) {
    return cox->status == COX_FITTED && cox->events >= LEAST_ENDED && cox->events >= LEAST_EACH * cox->p;
}

static void put_words(const struct making *m, const struct cox *cox, size_t ended, struct json_writer *w) {
    struct arena *arena = m->request->arena;
    struct str after = persian_number(arena, (double)m->asked->after, 0);
    put_both(
        w, "definition",
        str_format(
            arena,
            "How many times faster customers leave (ratio of hazards, Cox) when a fact is one step higher, the others equal: "
            "above 1 sooner, below 1 later. A step of a number is one standard deviation; of a text, that value "
            "against the others. Facts are read %lld months after the start (or when a customer is first seen), "
            "as could be known then; who left before is not in it. Associated with, not caused by.",
            (long long)m->asked->after),
        str_format(
            arena,
            "مشتریان چند برابر تندتر می‌روند (نسبت خطر، کاکس) وقتی یک شاخص یک گام بالاتر و بقیه یکسان باشد: بالای ۱ "
            "زودتر، زیر ۱ دیرتر. گام یک عدد یک انحراف معیار است؛ گام یک متن، آن مقدار در برابر دیگران. شاخص‌ها %.*s "
            "ماه پس از آغاز (یا هنگام نخستین مشاهده) خوانده می‌شوند، آن‌گونه که همان هنگام دانسته بود؛ آن که پیش‌تر "
            "رفته در آن نیست. هم‌راهی است، نه علت.",
            STR_ARG(after)));
    if (m->absent.n) put_both(w, "left_out_words", absent_words(m, ENGLISH), absent_words(m, PERSIAN));
    if (ended < LEAST_ENDED)
        put_both(
            w, "note",
            str_format(arena, "%zu customers left; from %d on it can be said what goes with it.", ended,
                       LEAST_ENDED),
            str_format(
                arena,
                "%.*s مشتری رفته است؛ از %.*s به بالا می‌توان گفت چه با آن همراه است.",
                STR_ARG(persian_number(arena, (double)ended, 0)),
                STR_ARG(persian_number(arena, LEAST_ENDED, 0))));
    else if (cox->status == COX_FITTED && cox->events < LEAST_ENDED)
        put_both(
            w, "note",
            str_format(
                arena,
                "Of the %zu customers that left, all of these facts were known of %zu; from %d on it can be "
                "said what goes with it. Leave out facts that are rarely known.",
                ended, cox->events, LEAST_ENDED),
            str_format(
                arena,
                "از %.*s مشتری که رفته است، همهٔ این شاخص‌ها برای %.*s مشتری دانسته بود؛ از %.*s به بالا می‌توان گفت چه با آن "
                "همراه است. شاخص‌هایی را که کمتر دانسته‌اند کنار بگذارید.",
                STR_ARG(persian_number(arena, (double)ended, 0)),
                STR_ARG(persian_number(arena, (double)cox->events, 0)),
                STR_ARG(persian_number(arena, LEAST_ENDED, 0))));
    else if (cox->status == COX_FITTED && !speaks(cox))
        put_both(
            w, "note",
            str_format(
                arena,
                "%zu customers left, for %zu effects: fewer than %d for each, which says little. Choose fewer "
                "facts.",
                cox->events, cox->p, LEAST_EACH),
            str_format(
                arena,
                "%.*s مشتری رفته است و اثرها %.*s تا هستند: کمتر از %.*s برای هر کدام، که کم می‌گوید. شاخص‌های کمتری برگزینید.",
                STR_ARG(persian_number(arena, (double)cox->events, 0)),
                STR_ARG(persian_number(arena, (double)cox->p, 0)),
                STR_ARG(persian_number(arena, LEAST_EACH, 0))));
    else if (cox->status != COX_FITTED)
        put_both(
            w, "note",
            STR("No model can be fitted to these facts: nothing that differs between customers was known of "
                "enough of them."),
            STR("با این شاخص‌ها مدلی ساخته نمی‌شود: چیزی که میان مشتریان فرق کند برای شمار بسنده‌ای از آنان معلوم نبود."));
}

static enum status read_strata(struct making *m, const uint32_t **stratum, struct problem *problem) {
    struct str key = request_query(m->request, "strata");
    const struct lives *lives = &m->asked->lives;
    struct life_groups groups;
    *stratum = NULL;
    if (!key.n) return OK;
    uint32_t fact = catalogue_find(m->catalogue, key);
    if (fact == DICT_NONE || (catalogue_fact(m->catalogue, fact)->type != VALUE_TEXT &&
                              catalogue_fact(m->catalogue, fact)->type != VALUE_BOOL))
        return fail_at(
            problem, STR("strata"),
            MESSAGE(
                "strata_fact", "Strata are the values of a text or yes/no fact; “{0}” is none.",
                "لایه‌ها مقدارهای یک شاخص متن یا بله/خیرند؛ «{0}» چنین نیست."),
            ARGS(key));
    double *values = arena_array(m->request->arena, lives->n + 1, sizeof *values);
    enum status status =
        lives_facts(m->request->house, m->catalogue, &fact, 1, lives, m->asked->selection.n, values, problem);
    if (!status)
        status = lives_group(catalogue_fact(m->catalogue, fact), values, lives, 1, m->request->arena, &groups,
                             problem);
    if (!status) *stratum = groups.of;
    return status;
}

static enum status prepare(struct making *m, const uint32_t **stratum, struct problem *problem) {
    const struct lives *lives = &m->asked->lives;
    double *raw = arena_array(m->request->arena, m->facts.n * lives->n + 1, sizeof *raw);
    enum status status = lives_facts(m->request->house, m->catalogue, m->facts.v, m->facts.n, lives,
                                     m->asked->selection.n, raw, problem);
    if (!status) status = make_columns(m, raw, problem);
    return status ? status : read_strata(m, stratum, problem);
}

enum status survival_effects_handle(struct request *request, struct response *response,
                                    struct problem *problem) {
    static const char *const ties_names[] = {"efron", "breslow", NULL};
    struct lives_asked asked;
    struct making m = {.request = request, .asked = &asked};
    struct cox cox = {.status = COX_NO_EVENTS};
    const uint32_t *stratum = NULL;
    int ties = 0;
    size_t ended = 0;
    enum status status = request_query_choice(request, "ties", ties_names, &ties, problem);
    enum status lives = request_lives(request, AFTER, &asked, problem);
    if (!status) status = lives;
    m.catalogue = lives ? NULL : asked.selector.catalogue;
    if (!status) status = read_facts(&m, problem);
    if (!status) status = prepare(&m, &stratum, problem);
    for (size_t i = 0; !status && i < asked.lives.n; i++)
        ended += asked.lives.cases[i].event;
    if (!status && ended >= LEAST_ENDED && m.effects.n) fit(&m, stratum, (enum cox_ties)ties, &cox);
    if (!status) {
        struct json_writer w = {&response->body};
        bool fitted = speaks(&cox);
        json_begin_object(&w);
        json_name(&w, STR("data"));
        json_begin_array(&w);
        for (size_t c = 0; fitted && c < cox.p; c++)
            put_effect(&m, &m.effects.v[c], &cox.columns[c], &w);
        json_end_array(&w);
        put_day(&w, "as_of", asked.spans.moment.day);
        json_put_int(&w, "after", asked.after);
        json_put_string(&w, "ties", str_of(ties_names[ties]));
        json_put_int(&w, "lives", (int64_t)asked.lives.n);
        json_put_int(&w, "ended", (int64_t)ended);
        json_put_int(&w, "taken", fitted ? (int64_t)cox.cases : 0);
        json_put_int(&w, "taken_ended", cox.status == COX_FITTED ? (int64_t)cox.events : 0);
        json_put_int(&w, "not_known", fitted ? (int64_t)cox.left_out : 0);
        json_put_int(&w, "gone_before", (int64_t)asked.lives.gone);
        json_put_number(&w, "log_likelihood", fitted ? cox.loglik : NAN);
        json_put_number(&w, "log_likelihood_null", fitted ? cox.loglik_null : NAN);
        json_put_number(&w, "concordance", fitted ? cox.concordance : NAN);
        json_put_number(&w, "drift_p", fitted ? cox.drift_p : NAN);
        if (fitted) put_verdict(&m, &cox, &w);
        put_absent(&m, &w);
        put_words(&m, &cox, ended, &w);
        json_end_object(&w);
    }
    VEC_FREE(&m.facts);
    VEC_FREE(&m.effects);
    VEC_FREE(&m.absent);
    VEC_FREE(&m.columns);
    return status;
}
