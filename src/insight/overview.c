#include "insight/overview.h"

#include "base/format.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/health_live.h"
#include "insight/history.h"
#include "insight/odds.h"
#include "insight/score_memory.h"
#include "insight/segment.h"
#include "platform/answer.h"
#include "platform/settings.h"

#include <math.h>

const struct route_query overview_query[] = {
    {"as_of", "A day, YYYY-MM-DD: as of its start; now unless given."},
    {"known_at", "A day: only what could be known when it started."},
    {NULL, NULL},
};

enum {
    OVERVIEW_ID,
    OVERVIEW_ACCOUNT,
    OVERVIEW_NAME,
    OVERVIEW_STATUS,
    OVERVIEW_STAGE,
    OVERVIEW_SEGMENT,
    OVERVIEW_PLAN,
    OVERVIEW_COUNTRY,
    OVERVIEW_OWNER,
    OVERVIEW_OWNER_NAME,
    OVERVIEW_TEAM,
    OVERVIEW_TOUCH_MODEL,
    OVERVIEW_TOUCH_TITLE,
    OVERVIEW_STARTS_ON,
    OVERVIEW_AS_OF,
    OVERVIEW_SCORE,
    OVERVIEW_BAND,
    OVERVIEW_BAND_TITLE,
    OVERVIEW_COVERAGE,
    OVERVIEW_CARD,
    OVERVIEW_JUDGED_AT,
    OVERVIEW_CHANGE,
    OVERVIEW_ARR,
    OVERVIEW_CURRENCY,
    OVERVIEW_SEATS,
    OVERVIEW_ACTIVE_USERS,
    OVERVIEW_SEAT_USE,
    OVERVIEW_RENEWS_ON,
    OVERVIEW_DAYS_TO_RENEWAL,
    OVERVIEW_NOTICE_ON,
    OVERVIEW_LAST_CONTACT_ON,
    OVERVIEW_LAST_USE_ON,
    OVERVIEW_OVERDUE_AMOUNT,
    OVERVIEW_OVERDUE_DAYS,
    OVERVIEW_OPEN_TICKETS,
    OVERVIEW_OPEN_URGENT_TICKETS,
    OVERVIEW_MILESTONES_OVERDUE,
    OVERVIEW_ODDS,
    OVERVIEW_CAUSES,
    OVERVIEW_COUNTS,
    OVERVIEW_FIELDS
};
#define AT(member) offsetof(struct overview, member)
static const struct field fields[OVERVIEW_FIELDS] = {
    [OVERVIEW_ID] = {"id", FIELD_ID, 0, AT(id), .title = {"Id", "شناسه"}, .doc = "Identifier."},
    [OVERVIEW_ACCOUNT] = {"account", FIELD_TEXT, 0, AT(account), .title = {"Account", "مشتری"},
                          .doc = "Key of the account."},
    [OVERVIEW_NAME] = {"name", FIELD_TEXT, 0, AT(name), .title = {"Name", "نام"}, .doc = "Its name."},
    [OVERVIEW_STATUS] = {"status", FIELD_TEXT, 0, AT(status), .title = {"Status", "وضعیت"},
                         .doc = "prospect, live, leaving or lost."},
    [OVERVIEW_STAGE] = {"stage", FIELD_TEXT, 0, AT(stage), .title = {"Stage", "مرحله"},
                        .doc = "Stage of the customer's journey."},
    [OVERVIEW_SEGMENT] = {"segment", FIELD_TEXT, 0, AT(segment), .title = {"Segment", "بخش"},
                          .doc = "Segment as the source names it."},
    [OVERVIEW_PLAN] = {"plan", FIELD_TEXT, 0, AT(plan), .title = {"Plan", "طرح"},
                       .doc = "The account's plan, else that of its latest open subscription."},
    [OVERVIEW_COUNTRY] = {"country", FIELD_TEXT, 0, AT(country), .title = {"Country", "کشور"},
                          .doc = "ISO 3166-1 alpha-2."},
    [OVERVIEW_OWNER] = {"owner", FIELD_ID, 0, AT(owner), .title = {"Owner", "مسئول"},
                        .doc = "The member who looks after it, today."},
    [OVERVIEW_OWNER_NAME] = {"owner_name", FIELD_TEXT, 0, AT(owner_name), .title = {"Owner", "مسئول"},
                             .doc = "Name of the owner."},
    [OVERVIEW_TEAM] = {"team", FIELD_TEXT, 0, AT(team), .title = {"Team", "تیم"},
                       .doc = "Its team, or that of its owner."},
    [OVERVIEW_TOUCH_MODEL] = {"touch_model", FIELD_TEXT, 0, AT(touch_model),
                              .title = {"Touch model", "مدل تعامل"}, .doc = "Key of its touch model."},
    [OVERVIEW_TOUCH_TITLE] = {"touch_title", FIELD_TEXT, 0, AT(touch_title),
                              .title = {"Touch model", "مدل تعامل"},
                              .doc = "The touch model in the reader's language."},
    [OVERVIEW_STARTS_ON] = {"starts_on", FIELD_DATE, 0, AT(starts_on),
                            .title = {"Customer since", "مشتری از"}, .doc = "First day as a customer."},
    [OVERVIEW_AS_OF] = {"as_of", FIELD_DATE, 0, AT(as_of), .title = {"As of", "در تاریخ"},
                        .doc = "The local day asked for."},
    [OVERVIEW_SCORE] = {"score", FIELD_NUMBER, 0, AT(score), .title = {"Health", "سلامت"},
                        .doc = "0 to 100, higher is healthier; null: no score."},
    [OVERVIEW_BAND] = {"band", FIELD_TEXT, 0, AT(band), .title = {"Band", "وضعیت"},
                       .doc = "Band of the scorecard, or unknown."},
    [OVERVIEW_BAND_TITLE] = {"band_title", FIELD_TEXT, 0, AT(band_title), .title = {"Band", "وضعیت"},
                             .doc = "The band in the reader's language."},
    [OVERVIEW_COVERAGE] = {"coverage", FIELD_NUMBER, 0, AT(coverage), .title = {"Coverage", "پوشش"},
                           .doc = "Share of the card with known, valid values, 0 to 1."},
    [OVERVIEW_CARD] = {"card", FIELD_TEXT, 0, AT(card), .title = {"Scorecard", "کارت امتیاز"},
                       .doc = "Scorecard and version; null: none applies."},
    [OVERVIEW_JUDGED_AT] = {"judged_at", FIELD_INSTANT, 0, AT(judged_at), .title = {"Judged", "زمان سنجش"},
                            .doc = "When the score was last computed: the age of what is shown."},
    [OVERVIEW_CHANGE] = {"change_28d", FIELD_NUMBER, 0, AT(change), .title = {"4 weeks", "۴ هفته"},
                         .doc = "Change of the score in four weeks, as recomputed; null: no score then."},
    [OVERVIEW_ARR] = {"arr", FIELD_NUMBER, 0, AT(arr), .title = {"ARR", "درآمد سالانه"},
                      .doc = "Annual recurring revenue, minor units of the base currency."},
    [OVERVIEW_CURRENCY] = {"currency", FIELD_TEXT, 0, AT(currency), .title = {"Currency", "واحد پول"},
                           .doc = "The base currency, ISO 4217."},
    [OVERVIEW_SEATS] = {"seats", FIELD_NUMBER, 0, AT(seats), .title = {"Seats", "صندلی‌ها"},
                        .doc = "Seats bought."},
    [OVERVIEW_ACTIVE_USERS] = {"active_users_28d", FIELD_NUMBER, 0, AT(active_users),
                               .title = {"Active people", "افراد فعال"},
                               .doc = "People who used the product in 28 days."},
    [OVERVIEW_SEAT_USE] = {"seat_utilisation_28d", FIELD_NUMBER, 0, AT(seat_use),
                           .title = {"Seat use", "مصرف صندلی"}, .doc = "Active people ÷ seats."},
    [OVERVIEW_RENEWS_ON] = {"renews_on", FIELD_DATE, 0, AT(renews_on), .title = {"Renewal", "تمدید"},
                            .doc = "The earliest end of an active term."},
    [OVERVIEW_DAYS_TO_RENEWAL] = {"days_to_renewal", FIELD_NUMBER, 0, AT(days_to_renewal),
                                  .title = {"Days to renewal", "روز تا تمدید"}, .doc = "Days until then."},
    [OVERVIEW_NOTICE_ON] = {"notice_on", FIELD_DATE, 0, AT(notice_on), .title = {"Notice", "مهلت اعلام"},
                            .doc = "The earliest day until which notice may be given."},
    [OVERVIEW_LAST_CONTACT_ON] = {"last_contact_on", FIELD_DATE, 0, AT(last_contact_on),
                                  .title = {"Last contact", "آخرین تماس"},
                                  .doc = "Day of the last activity with it."},
    [OVERVIEW_LAST_USE_ON] = {"last_use_on", FIELD_DATE, 0, AT(last_use_on),
                              .title = {"Last use", "آخرین استفاده"}, .doc = "Day of its last event."},
    [OVERVIEW_OVERDUE_AMOUNT] = {"overdue_amount", FIELD_NUMBER, 0, AT(overdue_amount),
                                 .title = {"Overdue", "سررسیدگذشته"},
                                 .doc = "Unpaid beyond its due day, minor units of the base currency."},
    [OVERVIEW_OVERDUE_DAYS] = {"overdue_days", FIELD_NUMBER, 0, AT(overdue_days),
                               .title = {"Days overdue", "روز سررسیدگذشته"},
                               .doc = "Since the oldest unpaid due day."},
    [OVERVIEW_OPEN_TICKETS] = {"open_tickets", FIELD_NUMBER, 0, AT(open_tickets),
                               .title = {"Open tickets", "تیکت‌های باز"},
                               .doc = "Tickets that are open."},
    [OVERVIEW_OPEN_URGENT_TICKETS] = {"open_urgent_tickets", FIELD_NUMBER, 0, AT(open_urgent_tickets),
                                      .title = {"Open urgent tickets", "تیکت‌های فوری باز"},
                                      .doc = "Urgent ones among them."},
    [OVERVIEW_MILESTONES_OVERDUE] = {"milestones_overdue", FIELD_NUMBER, 0, AT(milestones_overdue),
                                     .title = {"Late milestones", "نقطه‌های عطف دیرکرده"},
                                     .doc = "Milestones beyond their due day in the present stage."},
    [OVERVIEW_ODDS] = {"odds", FIELD_JSON, 0, AT(odds), .title = {"Customers like this", "مشتریان مانند این"},
                       .doc = "{text, band, bin}: what became of customers with such a score (ScoreOdds); "
                              "of now alone."},
    [OVERVIEW_CAUSES] = {"causes", FIELD_JSON, 0, AT(causes), .title = {"Why not known", "چرا نامعلوم"},
                         .doc = "{field: why it has no value}, in the reader's language."},
    [OVERVIEW_COUNTS] = {"counts", FIELD_JSON, 0, AT(counts), .title = {"Rows", "ردیف‌ها"},
                         .doc = "{contacts, subscriptions, invoices, tickets, answers, activities, "
                                "milestones}: rows known by then; contacts: who is there."},
};
RECORD_TYPE(overview_type, "AccountOverview", struct overview, fields);

enum status request_account_index(struct request *request, uint32_t *index, struct problem *problem) {
    struct directory *directory = request->house->directory;
    struct id id;
    enum status status = request_account(request, &id, problem);
    if (status) return status;
    directory_lock(directory);
    *index = directory_by_id(directory, id);
    if (*index != ACCOUNT_NONE) *index = directory_root(directory, *index);
    directory_unlock(directory);
    if (*index != ACCOUNT_NONE) return OK;
    /* stored a moment ago, not yet in the directory */
    return fail_not_found(problem, (struct text){"account", "مشتری"}, request_param(request, "id"));
}

/* ---- facts ---- */

/* A fact and where its value goes. DAYS_SINCE and DAYS_UNTIL become the day. */
enum take { TAKE_NUMBER, TAKE_TEXT, TAKE_DAY, TAKE_DAYS_SINCE, TAKE_DAYS_UNTIL };
static const struct taken {
    const char *fact;
    enum take take;
    int field;
} taken[] = {
    {"stage", TAKE_TEXT, OVERVIEW_STAGE},
    {"segment", TAKE_TEXT, OVERVIEW_SEGMENT},
    {"plan", TAKE_TEXT, OVERVIEW_PLAN},
    {"subscription_plan", TAKE_TEXT, OVERVIEW_PLAN}, /* where the account says none */
    {"country", TAKE_TEXT, OVERVIEW_COUNTRY},
    {"status", TAKE_TEXT, OVERVIEW_STATUS},
    {"touch_model", TAKE_TEXT, OVERVIEW_TOUCH_MODEL},
    {"arr", TAKE_NUMBER, OVERVIEW_ARR},
    {"seats", TAKE_NUMBER, OVERVIEW_SEATS},
    {"active_users_28d", TAKE_NUMBER, OVERVIEW_ACTIVE_USERS},
    {"seat_utilisation_28d", TAKE_NUMBER, OVERVIEW_SEAT_USE},
    {"days_to_renewal", TAKE_NUMBER, OVERVIEW_DAYS_TO_RENEWAL},
    {"days_to_renewal", TAKE_DAYS_UNTIL, OVERVIEW_RENEWS_ON},
    {"notice_date", TAKE_DAY, OVERVIEW_NOTICE_ON},
    {"days_since_last_contact", TAKE_DAYS_SINCE, OVERVIEW_LAST_CONTACT_ON},
    {"days_since_last_use", TAKE_DAYS_SINCE, OVERVIEW_LAST_USE_ON},
    {"overdue_amount", TAKE_NUMBER, OVERVIEW_OVERDUE_AMOUNT},
    {"overdue_days", TAKE_NUMBER, OVERVIEW_OVERDUE_DAYS},
    {"open_tickets", TAKE_NUMBER, OVERVIEW_OPEN_TICKETS},
    {"open_urgent_tickets", TAKE_NUMBER, OVERVIEW_OPEN_URGENT_TICKETS},
    {"milestones_overdue", TAKE_NUMBER, OVERVIEW_MILESTONES_OVERDUE},
};

static void take(const struct taken *one, const struct fact *fact, const struct column *column, day_t day,
                 struct overview *out) {
    char *to = (char *)out + fields[one->field].offset;
    double value = column->number[0];
    if (column->state[0] != FACT_KNOWN || field_has(out, one->field)) return;
    switch (one->take) {
    case TAKE_NUMBER:
        *(double *)(void *)to = value;
        break;
    case TAKE_TEXT:
        *(struct str *)(void *)to = dict_key(fact->texts, (uint32_t)value);
        break;
    case TAKE_DAY:
        *(day_t *)(void *)to = (day_t)value;
        break;
    case TAKE_DAYS_SINCE:
        *(day_t *)(void *)to = day - (day_t)value;
        break;
    case TAKE_DAYS_UNTIL:
        *(day_t *)(void *)to = day + (day_t)value;
        break;
    }
    field_set(out, one->field);
}

static struct str copied(struct buf *buf, struct arena *arena) {
    struct str text = str_copy(arena, buf_str(buf));
    buf_free(buf);
    return text;
}

static enum status take_facts(struct request *request, const struct moment *moment, uint32_t account,
                              struct overview *out, struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct catalogue *catalogue = insight_catalogue(insight);
    uint32_t numbers[COUNT(taken)];
    struct column columns[COUNT(taken)];
    for (size_t i = 0; i < COUNT(taken); i++)
        numbers[i] = catalogue_find(catalogue, str_of(taken[i].fact));
    enum status status = facts_evaluate(insight, catalogue, numbers, COUNT(taken), moment, account, 1,
                                        request->arena, columns, problem);
    if (status) return status;
    for (size_t i = 0; i < COUNT(taken); i++)
        take(&taken[i], catalogue_fact(catalogue, numbers[i]), &columns[i], moment->day, out);
    struct buf causes = {0};
    struct json_writer w = {&causes};
    json_begin_object(&w);
    for (size_t i = 0; i < COUNT(taken); i++) {
        bool again = i && taken[i - 1].field == taken[i].field;
        if (again || field_has(out, taken[i].field)) continue;
        struct text cause = fact_cause_text[columns[i].cause[0]];
        json_put_string(&w, fields[taken[i].field].name,
                        str_of(request->language == PERSIAN ? cause.fa : cause.en));
    }
    json_end_object(&w);
    out->causes = copied(&causes, request->arena);
    field_set(out, OVERVIEW_CAUSES);
    const struct segment_set *set = catalogue->world.segments;
    for (size_t t = 0; set && field_has(out, OVERVIEW_TOUCH_MODEL) && t < set->touch_n; t++) {
        if (!str_equal(set->touch[t]->key, out->touch_model)) continue;
        struct text title = set->touch[t]->title;
        out->touch_title = str_of(request->language == PERSIAN && title.fa ? title.fa : title.en);
        field_set(out, OVERVIEW_TOUCH_TITLE);
    }
    return OK;
}

/* ---- counts ---- */

static void count_rows(struct request *request, const struct moment *moment, uint32_t account,
                       struct overview *out) {
    static const char *const counted[] = {"subscriptions", "invoices",   "tickets",
                                          "answers",       "activities", "milestones"};
    struct insight *insight = request->house->insight;
    struct contact_layout contacts;
    struct buf counts = {0};
    struct json_writer w = {&counts};
    json_begin_object(&w);
    contacts_present(insight, moment, account, 1, request->arena, &contacts);
    json_put_int(&w, "contacts", (int64_t)contacts.n);
    pthread_rwlock_rdlock(&insight->lock);
    for (size_t i = 0; i < COUNT(counted); i++) {
        const struct signal_table *table = insight_table(insight, counted[i]);
        const struct signal_account *rows = account < table->n ? &table->accounts[account] : NULL;
        int key = table->source->changes ? signal_text(table->source, STR("key")) : -1;
        int64_t n = 0;
        for (uint32_t r = 0; rows && r < rows->n; r++) {
            bool counts_once = true; /* of the versions of one thing the first */
            for (uint32_t k = 0; key >= 0 && k < r && counts_once; k++)
                counts_once = rows->rows[k].text[key] != rows->rows[r].text[key];
            n += counts_once && rows->rows[r].occurred <= moment->at &&
                 rows->rows[r].known_from <= moment->known_at;
        }
        json_put_int(&w, counted[i], n);
    }
    pthread_rwlock_unlock(&insight->lock);
    json_end_object(&w);
    out->counts = copied(&counts, request->arena);
    field_set(out, OVERVIEW_COUNTS);
}

/* ---- health ---- */

static void set_health(struct request *request, double score, struct str band, struct text title,
                       double coverage, struct str card, int64_t version, struct overview *out) {
    out->band = band;
    out->band_title = str_of(request->language == PERSIAN && title.fa ? title.fa : title.en);
    out->coverage = coverage;
    out->has |=
        (uint64_t)1 << OVERVIEW_BAND | (uint64_t)1 << OVERVIEW_BAND_TITLE | (uint64_t)1 << OVERVIEW_COVERAGE;
    if (card.n) {
        out->card = str_format(request->arena, "%.*s v%lld", STR_ARG(card), (long long)version);
        field_set(out, OVERVIEW_CARD);
    }
    if (isnan(score)) return;
    out->score = score;
    field_set(out, OVERVIEW_SCORE);
}

static enum status health_now(struct request *request, uint32_t account, struct overview *out,
                              struct problem *problem) {
    struct house *house = request->house;
    struct live_score live = {.score = NAN, .band = DICT_NONE, .band_title = {"Unknown", "نامعلوم"}};
    if (health_live_read(house->health, account, &live)) {
        out->judged_at = live.at;
        field_set(out, OVERVIEW_JUDGED_AT);
    }
    struct str band = live.band == DICT_NONE ? STR("unknown") : dict_key(&house->insight->bands, live.band);
    set_health(request, live.score, band, live.band_title, live.coverage, live.card, live.version, out);
    if (!live.card.n) return OK;
    struct format format = request_format(request);
    field_set(out, OVERVIEW_ODDS);
    return odds_beside(house, live.card, live.version, live.score, band, &format, request->arena, &out->odds,
                       problem);
}

static enum status health_then(struct request *request, const struct moment *moment, uint32_t account,
                               struct overview *out, struct problem *problem) {
    struct card_set set;
    struct health health;
    enum status status =
        card_set_make(request->house, moment, (struct str){0}, request->arena, &set, problem);
    if (!status)
        status =
            health_evaluate(request->house, &set, moment, account, 1, NULL, request->arena, &health, problem);
    if (status) return status;
    const struct scorecard *card = health.card[0] < 0 ? NULL : set.cards[health.card[0]];
    set_health(request, health.score[0], str_of(health_band_key(&health, 0)), health_band_title(&health, 0),
               health.coverage[0], card ? card->key : (struct str){0}, card ? card->version : 0, out);
    return OK;
}

static enum status set_change(struct request *request, const struct moment *moment, uint32_t account,
                              struct overview *out, struct problem *problem) {
    struct past_score past;
    if (!field_has(out, OVERVIEW_SCORE)) return OK;
    enum status status = score_memory_read(request->house->past_scores, moment->day - SCORE_CHANGE_DAYS,
                                           &account, 1, &past, problem);
    if (status || isnan(past.score)) return status;
    out->change = out->score - past.score;
    field_set(out, OVERVIEW_CHANGE);
    return OK;
}

enum status overview_handle(struct request *request, struct response *response, struct problem *problem) {
    struct house *house = request->house;
    struct moment moment;
    uint32_t index;
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = request_account_index(request, &index, problem);
    if (status) return status;
    struct overview out = {.as_of = moment.day};
    directory_lock(house->directory);
    const struct directory_account *account = directory_account(house->directory, index);
    out.id = account->id;
    out.account = account->key;
    out.name = account->name;
    out.owner = account->owner;
    out.owner_name = account->owner_name;
    out.team = account->team;
    out.starts_on = account->starts_on;
    directory_unlock(house->directory);
    out.has = (uint64_t)1 << OVERVIEW_ID | (uint64_t)1 << OVERVIEW_NAME | (uint64_t)1 << OVERVIEW_AS_OF;
    if (out.account.n) field_set(&out, OVERVIEW_ACCOUNT);
    if (!id_is_none(out.owner)) field_set(&out, OVERVIEW_OWNER);
    if (out.owner_name.n) field_set(&out, OVERVIEW_OWNER_NAME);
    if (out.team.n) field_set(&out, OVERVIEW_TEAM);
    if (out.starts_on != INT32_MIN) field_set(&out, OVERVIEW_STARTS_ON);
    out.currency = str_of(house->insight->parts.base_currency);
    if (out.currency.n) field_set(&out, OVERVIEW_CURRENCY);
    status = take_facts(request, &moment, index, &out, problem);
    if (!status)
        status = moment.now ? health_now(request, index, &out, problem)
                            : health_then(request, &moment, index, &out, problem);
    if (!status) status = set_change(request, &moment, index, &out, problem);
    if (status) return status;
    count_rows(request, &moment, index, &out);
    answer_record(request, response, 200, &overview_type, &out, 0);
    return OK;
}
