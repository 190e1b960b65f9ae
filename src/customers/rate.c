#include "customers/rate.h"

#include "base/number.h"
#include "customers/entry.h"
#include "queries.h"

#include <stdlib.h>

#define BIT(field) ((uint64_t)1 << (field))

enum { MOST_DIGITS = 15, MOST_DECIMALS = 18 };

const struct rate rate_one = {1, 0, 0};

const struct message *rate_parse(struct str text, int exponent, int base_exponent, struct rate *out) {
    static const struct message wrong = {
        "rate_wrong",
        "“{0}” is no rate. Write a positive decimal of at most 15 digits, such as 1.0835: the worth of one "
        "unit.",
        "«{0}» نرخ نیست. عددی مثبت با حداکثر ۱۵ رقم بنویسید، مانند 1.0835: ارزش یک واحد."};
    static const char persian_point[] = "٫";
    char plain[64];
    size_t n = digits_to_ascii(str_trim(text), plain, sizeof plain);
    int64_t numerator = 0;
    int digits = 0, decimals = 0;
    bool point = false, any = false;
    if (n == SIZE_MAX) return &wrong;
    for (size_t i = 0; i < n;) {
        size_t width = n - i >= 2 && memcmp(plain + i, persian_point, 2) == 0 ? 2 : 1;
        if (width == 2 || plain[i] == '.') {
            if (point) return &wrong;
            point = true;
        } else if (plain[i] < '0' || plain[i] > '9') {
            return &wrong;
        } else {
            any = true;
            digits += digits > 0 || plain[i] != '0';
            decimals += point;
            if (digits > MOST_DIGITS || decimals > MOST_DECIMALS) return &wrong;
            numerator = numerator * 10 + (plain[i] - '0');
        }
        i += width;
    }
    if (!any || !numerator) return &wrong;
    *out = (struct rate){numerator, (int8_t)base_exponent, (int8_t)(decimals + exponent)};
    return NULL;
}

static __int128 ten_to(int n) {
    __int128 x = 1;
    while (n-- > 0)
        x *= 10;
    return x;
}

bool rate_convert(struct rate rate, int64_t minor, int64_t *out) {
    if (rate.numerator <= 0) return false;
    int up = rate.up > rate.down ? rate.up - rate.down : 0,
        down = rate.down > rate.up ? rate.down - rate.up : 0;
    __int128 by = ten_to(down), total = (__int128)minor * rate.numerator * ten_to(up), whole = total / by,
             rest = total % by;
    if (rest < 0) rest = -rest;
    if (rest * 2 > by || (rest * 2 == by && whole % 2 != 0)) whole += total < 0 ? -1 : 1;
    if (whole > INT64_MAX || whole < INT64_MIN) return false;
    *out = (int64_t)whole;
    return true;
}

/* ---- taking in ---- */

static enum status check(const struct rate_row *row, struct str base, struct rate *rate,
                         struct problem *problem) {
    enum status status = OK;
    if (!entry_currency_known(row->currency) || str_equal(row->currency, base))
        status = fail_at(problem, STR("/currency"),
                         MESSAGE("rate_currency",
                                 "“{0}” is no currency to convert: three capital letters of ISO 4217, other "
                                 "than the base {1}.",
                                 "«{0}» ارز قابل تبدیل نیست: سه حرف بزرگ ISO 4217 و جز ارز پایه ({1})."),
                         ARGS(row->currency, base));
    if (row->has & BIT(RATE_BASE) && !str_equal(row->base, base))
        status = fail_at(
            problem, STR("/base"),
            MESSAGE(
                "rate_base", "Rates are kept in the base currency {1}, but this one is in {0}.",
                "نرخ‌ها به ارز پایه ({1}) نگه داشته می‌شوند، ولی این یکی به {0} است."),
            ARGS(row->base, base));
    if (status) return status;
    const struct message *fault =
        rate_parse(row->rate, currency_exponent(row->currency), currency_exponent(base), rate);
    return fault ? fail_at(problem, STR("/rate"), *fault, ARGS(row->rate)) : OK;
}

enum status rate_upsert(struct session *session, const struct origin *origin, struct str base,
                        const struct rate_row *given, enum upsert_result *result, struct problem *problem) {
    struct rate_row row = *given;
    struct rate rate, before;
    enum status status = check(&row, base, &rate, problem);
    if (status) return status;
    row.base = base;
    row.source = origin->source;
    row.known_from = origin_known_from(origin, NULL, origin_day_start(origin, row.day), &row.known_assumed);
    row.has = BIT(RATE_FIELDS) - 1;
    struct rows *rows = rows_open(session, &query_rate_newest);
    rows_bind_record(rows, &rate_type, &row);
    bool found = rows_next(rows);
    instant_t known = found ? rows_int(rows, 1) : 0;
    bool same =
        found &&
        !rate_parse(rows_text(rows, 0, NULL), currency_exponent(row.currency), currency_exponent(base),
                    &before) &&
        (__int128)before.numerator * ten_to(rate.down) == (__int128)rate.numerator * ten_to(before.down);
    if ((status = rows_close(rows, problem))) return status;
    *result = same ? UPSERT_UNCHANGED : found ? UPSERT_UPDATED : UPSERT_CREATED;
    if (same) return OK;
    bool in_place = found && row.known_from <= known; /* history told anew: it was known so all along */
    if (in_place) row.known_from = known;
    return session_run(session, in_place ? &query_rate_update : &query_rate_insert, &rate_type, &row,
                       problem);
}

/* ---- in memory ---- */

static int by_day(const void *a, const void *b) {
    const struct dated_rate *x = a, *y = b;
    int order = strcmp(x->currency, y->currency);
    if (order) return order;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    return (x->known_from > y->known_from) - (x->known_from < y->known_from);
}

void rates_sort(struct rates *rates) {
    if (rates->rows.n) qsort(rates->rows.v, rates->rows.n, sizeof *rates->rows.v, by_day);
}

void rates_free(struct rates *rates) {
    VEC_FREE(&rates->rows);
}

enum status rates_load(struct rates *rates, struct session *session, struct str base,
                       struct problem *problem) {
    rates->rows.n = 0;
    memset(rates->base, 0, sizeof rates->base);
    memcpy(rates->base, base.p, base.n < 3 ? base.n : 3);
    struct rows *rows = rows_open(session, &query_rate_all);
    rows_bind_text(rows, "base", base);
    while (rows_next(rows)) {
        struct dated_rate row = {.day = (day_t)rows_int(rows, 1), .known_from = rows_int(rows, 3)};
        struct str currency = rows_text(rows, 0, NULL);
        memcpy(row.currency, currency.p, currency.n < 3 ? currency.n : 3);
        if (!rate_parse(rows_text(rows, 2, NULL), currency_exponent(str_of(row.currency)),
                        currency_exponent(base), &row.rate))
            VEC_PUSH(&rates->rows, row);
    }
    rates_sort(rates);
    return rows_close(rows, problem);
}

struct rate rates_at(const struct rates *rates, struct str currency, day_t day, instant_t known_at) {
    struct dated_rate wanted = {.day = day, .known_from = INT64_MAX};
    if (str_is(currency, rates->base)) return rate_one;
    if (currency.n != 3) return (struct rate){0};
    memcpy(wanted.currency, currency.p, 3);
    size_t low = 0, high = rates->rows.n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (by_day(&rates->rows.v[middle], &wanted) > 0)
            high = middle;
        else
            low = middle + 1;
    }
    while (low > 0 && strcmp(rates->rows.v[low - 1].currency, wanted.currency) == 0) {
        if (rates->rows.v[--low].known_from <= known_at) return rates->rows.v[low].rate;
    }
    return (struct rate){0};
}
