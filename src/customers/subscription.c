#include "customers/subscription.h"

#include "platform/records.h"
#include "queries.h"

#define BIT(field) ((uint64_t)1 << (field))

/* Facts and the ledger read amounts as doubles, which hold whole numbers exactly up to here. */
static const int64_t MOST_ARR = (int64_t)1 << 53;

bool subscription_arr(int64_t amount, enum amount_per per, int64_t term_months, int64_t *arr) {
    static const int times[] = {[PER_MONTH] = 12, [PER_QUARTER] = 4, [PER_YEAR] = 1, [PER_TERM] = 12};
    int64_t by = per == PER_TERM ? term_months : 1;
    if (by <= 0) return false;
    __int128 total = (__int128)amount * times[per], whole = total / by, rest = total % by;
    if (rest < 0) rest = -rest;
    if (rest * 2 > by || (rest * 2 == by && whole % 2 != 0)) whole += total < 0 ? -1 : 1;
    if (whole > INT64_MAX || whole < INT64_MIN) return false;
    *arr = (int64_t)whole;
    return true;
}

static enum status check_money(struct subscription *s, struct problem *problem) {
    s->entry.has &= ~BIT(SUBSCRIPTION_ARR);
    if (!(s->entry.has & BIT(SUBSCRIPTION_AMOUNT))) return OK;
    if (!(s->entry.has & BIT(SUBSCRIPTION_CURRENCY)) || !entry_currency_known(s->currency))
        return entry_fault(
            &subscription_kind, SUBSCRIPTION_CURRENCY,
            MESSAGE("money_without_unit",
                    "An amount needs its currency: three capital letters of ISO 4217, such as EUR or IRR.",
                    "مبلغ بدون واحد پول پذیرفته نیست: سه حرف بزرگ ISO 4217 بدهید، مانند EUR یا IRR."),
            NO_ARGS, problem);
    if (!(s->entry.has & BIT(SUBSCRIPTION_AMOUNT_PER)))
        return entry_fault(&subscription_kind, SUBSCRIPTION_AMOUNT_PER,
                           MESSAGE("amount_per_missing",
                                   "Say what the amount is paid for: month, quarter, year or term.",
                                   "بگویید مبلغ برای چه دوره‌ای است: month، "
                                   "quarter، year یا term."),
                           NO_ARGS, problem);
    int64_t months = s->entry.has & BIT(SUBSCRIPTION_TERM_MONTHS) ? s->term_months : 0;
    if (s->amount_per == PER_TERM && months <= 0)
        return entry_fault(
            &subscription_kind, SUBSCRIPTION_TERM_MONTHS,
            MESSAGE(
                "term_months_missing", "An amount for the term needs the months of the term.",
                "مبلغ دوره بدون تعداد ماه‌های دوره پذیرفته نیست."),
            NO_ARGS, problem);
    if (!subscription_arr(s->amount, (enum amount_per)s->amount_per, months, &s->arr) || s->arr > MOST_ARR ||
        s->arr < -MOST_ARR)
        return entry_fault(
            &subscription_kind, SUBSCRIPTION_AMOUNT,
            MESSAGE(
                "amount_too_large",
                "The amount is too large: a year comes to more than 9,007,199,254,740,992 minor units.",
                "مبلغ بیش از اندازه بزرگ است: در سال از ۹٬۰۰۷٬۱۹۹٬۲۵۴٬۷۴۰٬۹۹۲ واحد خرد بیشتر می‌شود."),
            NO_ARGS, problem);
    s->entry.has |= BIT(SUBSCRIPTION_ARR);
    return OK;
}

static enum status check_currency(struct session *session, const struct subscription *s,
                                  struct problem *problem) {
    if (!(s->entry.has & BIT(SUBSCRIPTION_CURRENCY))) return OK;
    struct rows *rows = rows_open(session, &query_subscription_other_currency);
    rows_bind_id(rows, "id", s->entry.id);
    rows_bind_id(rows, "account", s->entry.account);
    rows_bind_text(rows, "product", s->product);
    rows_bind_text(rows, "currency", s->currency);
    struct str other = {0}, key = {0};
    if (rows_next(rows)) {
        other = rows_text(rows, 0, problem->arena);
        key = rows_text(rows, 1, problem->arena);
    }
    enum status status = rows_close(rows, problem);
    if (status || !other.n) return status;
    return entry_fault(&subscription_kind, SUBSCRIPTION_CURRENCY,
                       MESSAGE("currencies_contradict",
                               "The account pays for “{0}” in {1} (subscription “{2}”), but this row says "
                               "{3}: correct one of them.",
                               "این مشتری برای «{0}» با {1} می‌پردازد "
                               "(اشتراک «{2}»)، ولی این سطر {3} می‌گوید: "
                               "یکی را درست کنید."),
                       ARGS(s->product, other, key, s->currency), problem);
}

static enum status check(struct session *session, void *record, const struct origin *origin,
                         struct problem *problem) {
    struct subscription *s = record;
    enum status status = OK;
    if (!(s->entry.has & BIT(SUBSCRIPTION_PRODUCT))) {
        s->product = STR("main");
        s->entry.has |= BIT(SUBSCRIPTION_PRODUCT);
    }
    if (!(s->entry.has & BIT(SUBSCRIPTION_EFFECTIVE_FROM))) {
        s->effective_from = s->starts_on;
        s->entry.has |= BIT(SUBSCRIPTION_EFFECTIVE_FROM);
    }
    s->entry.has |= BIT(SUBSCRIPTION_EFFECTIVE_ASSUMED);
    if (s->entry.has & BIT(SUBSCRIPTION_ENDS_ON) && s->ends_on < s->starts_on)
        status =
            entry_fault(&subscription_kind, SUBSCRIPTION_ENDS_ON,
                        MESSAGE("ends_before_start", "The end lies before the start: correct one of them.",
                                "پایان پیش از آغاز است: یکی را درست کنید."),
                        NO_ARGS, problem);
    if (s->entry.has & BIT(SUBSCRIPTION_SEATS) && s->seats < 0)
        status = entry_fault(&subscription_kind, SUBSCRIPTION_SEATS,
                             MESSAGE("seats_negative", "Seats cannot be negative.",
                                     "تعداد صندلی نمی‌تواند منفی باشد."),
                             NO_ARGS, problem);
    if (check_money(s, problem)) status = BAD_INPUT;
    (void)origin;
    return status ? status : check_currency(session, s, problem);
}

static instant_t occurred(const void *record, const struct origin *origin) {
    const struct subscription *s = record;
    return origin_day_start(origin, s->effective_from > s->starts_on ? s->effective_from : s->starts_on);
}

static enum status find_version(struct session *session, struct str source, struct str key,
                                const day_t *effective_from, struct subscription *version, bool *found,
                                struct problem *problem) {
    struct rows *rows =
        rows_open(session, effective_from ? &query_subscription_version : &query_subscription_newest);
    rows_bind_text(rows, "source", source);
    rows_bind_text(rows, "key", key);
    if (effective_from) rows_bind_int(rows, "effective_from", *effective_from);
    *found = rows_next(rows);
    if (*found) rows_read(rows, &subscription_type, version, problem->arena);
    return rows_close(rows, problem);
}

/* A version is corrected. What it said until then is kept, so that the past can be asked as it was known. */
static enum status correct(struct session *session, const struct origin *origin,
                           const struct subscription *before, struct subscription *after,
                           const struct subscription *given, struct problem *problem) {
    if (!origin->backfill && !(given->entry.has & BIT(ENTRY_RECORDED_AT))) {
        after->entry.has &= ~BIT(ENTRY_RECORDED_AT);
        after->entry.known_from = origin->now;
        after->entry.known_assumed = false;
    }
    enum status status = entry_update(session, origin, &subscription_kind, after, problem);
    if (status || after->entry.known_from <= before->entry.known_from) return status;
    struct rows *rows = rows_open(session, &query_subscription_keep_before);
    rows_bind_record(rows, &subscription_type, before);
    rows_bind_int(rows, "known_until", after->entry.known_from);
    while (rows_next(rows)) {
    }
    return rows_close(rows, problem);
}

enum status subscription_upsert(struct session *session, const struct origin *origin,
                                const struct subscription *row, uint64_t cleared, enum upsert_result *result,
                                struct id *id, struct problem *problem) {
    struct subscription given = *row, stored = {0};
    bool found = false, exact = row->entry.has & BIT(SUBSCRIPTION_EFFECTIVE_FROM);
    uint64_t changed = 0;
    enum status status = entry_resolve(session, origin, &subscription_kind, &given, problem);
    if (!status && given.entry.key.n && exact)
        status = find_version(session, origin->source, given.entry.key, &given.effective_from, &stored,
                              &found, problem);
    bool same_version = found;
    if (!status && given.entry.key.n && !found)
        status = find_version(session, origin->source, given.entry.key, NULL, &stored, &found, problem);
    if (status) return status;
    if (!found) {
        *result = UPSERT_CREATED;
        status = entry_insert(session, origin, &subscription_kind, &given, problem);
        *id = given.entry.id;
        return status;
    }
    *id = stored.entry.id;
    struct subscription before = stored;
    status = entry_lay_over(session, origin, &subscription_kind, &stored, &given, cleared, &changed, problem);
    *result = changed ? UPSERT_UPDATED : UPSERT_UNCHANGED;
    if (status || !changed) return status;
    if (!exact) {
        stored.effective_from =
            changed & BIT(SUBSCRIPTION_STARTS_ON) ? stored.starts_on : origin_today(origin);
        stored.effective_assumed = !(changed & BIT(SUBSCRIPTION_STARTS_ON));
        if (stored.effective_from <=
            before.effective_from) { /* nothing lies between: it corrects that version */
            same_version = true;
            bool from_start = before.effective_from == before.starts_on;
            stored.effective_from = from_start ? stored.starts_on : before.effective_from;
            stored.effective_assumed = before.effective_assumed;
        }
    } else {
        stored.effective_assumed = false;
    }
    if (same_version) return correct(session, origin, &before, &stored, &given, problem);
    stored.entry.id =
        (struct id){0}; /* a row of its own: its currency is held against the versions before, too */
    status = entry_insert(session, origin, &subscription_kind, &stored, problem);
    *id = stored.entry.id;
    return status;
}

enum status subscription_put_back(struct session *session, const struct origin *origin,
                                  struct subscription *version, const struct subscription *patch,
                                  uint64_t cleared, struct problem *problem) {
    struct subscription before = *version;
    uint64_t changed = 0;
    enum status status =
        entry_lay_over(session, origin, &subscription_kind, version, patch, cleared, &changed, problem);
    return status || !changed ? status : correct(session, origin, &before, version, patch, problem);
}

static enum status upsert(struct session *session, const struct origin *origin, const void *row,
                          uint64_t cleared, enum upsert_result *result, struct id *id,
                          struct problem *problem) {
    return subscription_upsert(session, origin, row, cleared, result, id, problem);
}

const struct entry_kind subscription_kind = {
    .type = &subscription_type,
    .what = {"subscription", "اشتراک"},
    .by_key = &query_subscription_newest,
    .get = &query_subscription_get,
    .insert = &query_subscription_insert,
    .update = &query_subscription_update,
    .list = &query_subscription_list,
    .check = check,
    .occurred = occurred,
    .upsert = upsert,
};
