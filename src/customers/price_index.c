#include "customers/price_index.h"

#include "base/vec.h"
#include "customers/rate.h"
#include "queries.h"

#define BIT(field) ((uint64_t)1 << (field))

static bool read_level(struct str text, int64_t *level) {
    enum { MOST_DECIMALS = 6 };
    static const int64_t most = 1000000000000000000;
    struct rate rate;
    if (rate_parse(text, 0, 0, &rate) || rate.down > MOST_DECIMALS) return false;
    for (int d = rate.down; d < MOST_DECIMALS; d++) {
        if (rate.numerator > most / 10) return false;
        rate.numerator *= 10;
    }
    *level = rate.numerator;
    return true;
}

static enum status check(const struct price_index_row *row, int64_t *level, struct problem *problem) {
    enum status status = OK;
    bool right = row->name.n > 0;
    for (size_t i = 0; i < row->name.n; i++) {
        char c = row->name.p[i];
        right &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }
    if (!right)
        status = fail_at(
            problem, STR("/name"),
            MESSAGE(
                "price_index_name",
                "“{0}” is no name of an index: small letters, digits, - and _, such as cpi.",
                "«{0}» نام شاخص قیمت نیست: حرف‌های کوچک لاتین، رقم، - و _، مانند cpi."),
            ARGS(row->name));
    if (!read_level(row->value, level))
        status = fail_at(
            problem, STR("/value"),
            MESSAGE("price_index_value",
                    "“{0}” is no level of prices. Write a positive decimal such as 134.6: at most 12 "
                    "digits before the point and 6 behind it.",
                    "«{0}» سطح قیمت نیست. عددی مثبت مانند 134.6 بنویسید: حداکثر ۱۲ رقم پیش از ممیز و ۶ رقم "
                    "پس از آن."),
            ARGS(row->value));
    return status;
}

enum status price_index_upsert(struct session *session, const struct origin *origin,
                               const struct price_index_row *given, enum upsert_result *result,
                               struct problem *problem) {
    struct price_index_row row = *given;
    int64_t level, before = 0;
    enum status status = check(&row, &level, problem);
    if (status) return status;
    row.source = origin->source;
    row.known_from = origin_known_from(origin, NULL, origin_day_start(origin, row.day), &row.known_assumed);
    row.has = BIT(PRICE_INDEX_FIELDS) - 1;
    struct rows *rows = rows_open(session, &query_price_index_newest);
    rows_bind_record(rows, &price_index_type, &row);
    bool found = rows_next(rows);
    instant_t known = found ? rows_int(rows, 1) : 0;
    bool same = found && read_level(rows_text(rows, 0, NULL), &before) && before == level;
    if ((status = rows_close(rows, problem))) return status;
    *result = same ? UPSERT_UNCHANGED : found ? UPSERT_UPDATED : UPSERT_CREATED;
    if (same) return OK;
    bool in_place = found && row.known_from <= known; /* history told anew: it was known so all along */
    if (in_place) row.known_from = known;
    return session_run(session, in_place ? &query_price_index_update : &query_price_index_insert,
                       &price_index_type, &row, problem);
}

enum status price_index_at(struct session *session, struct str name, const day_t *days, size_t n,
                           instant_t known_at, int64_t *levels, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_price_index_of);
    bool any = false;
    size_t at = 0; /* days before it have their level */
    int64_t level = 0;
    rows_bind_text(rows, "name", name);
    while (rows_next(rows)) {
        int64_t next;
        any = true;
        if (rows_int(rows, 2) > known_at || !read_level(rows_text(rows, 1, NULL), &next)) continue;
        for (; at < n && days[at] < rows_int(rows, 0); at++)
            levels[at] = level;
        level = next;
    }
    for (; at < n; at++)
        levels[at] = level;
    enum status status = rows_close(rows, problem);
    if (status || (n && levels[0])) return status;
    if (!any)
        return fail_at(
            problem, STR("index"),
            MESSAGE("price_index_unknown",
                    "There is no price index “{0}”. Take one in: vafa import indices, or see vafa "
                    "indices list.",
                    "شاخص قیمتی به نام «{0}» نیست. آن را با vafa import indices وارد کنید یا vafa indices "
                    "list را ببینید."),
            ARGS(name));
    char day[DAY_TEXT + 1] = "";
    if (n) day_print(days[0], day);
    return fail_at(
        problem, STR("index"),
        MESSAGE(
            "price_index_begins_later",
            "The price index “{0}” has no value on {1} yet. Take in older values, or begin later.",
            "شاخص قیمت «{0}» در {1} هنوز مقداری ندارد. مقدارهای قدیمی‌تر را وارد کنید یا از روزی دیرتر آغاز "
            "کنید."),
        ARGS(name, str_of(day)));
}
