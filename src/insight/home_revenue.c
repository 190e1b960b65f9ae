/* Home: renewals ahead and what was kept, out of the ledger of the book. Lost customers are no
 * longer in the book, but count in what was kept. */
#include "insight/home.h"
#include "insight/history.h"
#include "insight/retention_books.h"
#include "platform/settings.h"

#include <math.h>
#include <stdlib.h>

struct kept kept_share(const double *start, const double *kept, size_t n) {
    double base = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        base += start[i];
        sum += kept[i];
    }
    if (!(base > 0)) return (struct kept){NAN, NAN, NAN};
    double value = sum / base;
    if (n < HOME_LEAST) return (struct kept){value, NAN, NAN};
    for (size_t i = 0; i < n; i++)
        squares += (kept[i] - value * start[i]) * (kept[i] - value * start[i]);
    double margin = 1.96 * sqrt((double)n / (double)(n - 1) * squares) / base;
    return (struct kept){value, value - margin < 0 ? 0 : value - margin, value + margin};
}

struct keeping {
    double *start, *net, *gross;
    size_t n;
};

static void keep_row(void *self, uint32_t account, size_t period, const int64_t *amounts) {
    (void)account, (void)period;
    struct keeping *k = self;
    if (!amounts[REVENUE_START]) return;
    k->start[k->n] = (double)amounts[REVENUE_START];
    k->net[k->n] = (double)amounts[REVENUE_NET];
    k->gross[k->n++] = (double)amounts[REVENUE_GROSS];
}

/* ---- renewals ---- */

struct terms {
    struct ledger_row *rows; /* by account */
    size_t n;
    day_t today;
};

/* Whether a term of the account that ends on the day renews by itself, and the day to say no has passed. */
static bool is_committed(const struct terms *terms, uint32_t account, day_t day) {
    size_t low = 0, high = terms->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (terms->rows[middle].account < account)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t i = low; i < terms->n && terms->rows[i].account == account; i++) {
        const struct ledger_row *row = &terms->rows[i];
        bool newest = row->known_until == INT64_MAX && row->effective <= terms->today;
        for (size_t k = low; k < terms->n && terms->rows[k].account == account && newest; k++)
            newest = terms->rows[k].key != row->key || terms->rows[k].effective <= row->effective ||
                     terms->rows[k].effective > terms->today;
        if (newest && row->term.renews && row->term.cancelled == DAY_NEVER &&
            term_next_end(&row->term, day - 1) == day && day - row->term.notice < terms->today)
            return true;
    }
    return false;
}

static int by_day(const void *a, const void *b) {
    const struct renewal *x = a, *y = b;
    if (x->day != y->day) return x->day < y->day ? -1 : 1;
    if (x->arr != y->arr) return x->arr > y->arr ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static void find_renewals(const struct book *book, const struct books *books, const struct terms *terms,
                          struct home_revenue *ret) {
    const struct ledger *ledger = &books->ledger;
    day_t today = book->moment.day;
    ret->renewals = arena_array(book->request->arena, ledger->dues.n + 1, sizeof *ret->renewals);
    for (size_t i = 0; i < book->n; i++) {
        uint32_t account = book->accounts[i];
        if (account >= ledger->accounts) continue;
        for (size_t d = ledger->due_of[account]; d < ledger->due_of[account + 1]; d++) {
            const struct ledger_due *due = &ledger->dues.v[d];
            if (due->day < today || due->day >= today + 7 * HOME_WEEKS) continue;
            uint32_t number = ledger->lines.v[due->line].currency;
            struct str currency = number == NO_TEXT ? (struct str){0} : dict_key(&books->currencies, number);
            int64_t amount;
            bool plain = !books->rates.base[0];
            bool known =
                plain || rate_convert(rates_at(&books->rates, currency, today, INT64_MAX), due->arr, &amount);
            if (plain) amount = due->arr;
            ret->renewals[ret->renewal_n++] =
                (struct renewal){.at = i,
                                 .day = due->day,
                                 .arr = known ? (double)amount : NAN,
                                 .state = book_at_risk(book, i)                    ? RENEWAL_AT_RISK
                                          : is_committed(terms, account, due->day) ? RENEWAL_COMMITTED
                                                                                   : RENEWAL_OPEN};
        }
    }
    if (ret->renewal_n) qsort(ret->renewals, ret->renewal_n, sizeof *ret->renewals, by_day);
}

enum status home_revenue(const struct book *book, struct home_revenue *ret, struct problem *problem) {
    struct house *house = book->house;
    struct insight *insight = house->insight;
    struct arena *arena = book->request->arena;
    enum calendar calendar = (enum calendar)settings_choice(house->settings, SETTING_ORGANISATION_CALENDAR);
    struct ledger_settings settings = books_settings(house->settings);
    day_t today = book->moment.day;
    struct books books;
    struct terms terms = {.today = today};
    *ret = (struct home_revenue){.from = day_add_months(today, calendar, -12), .to = today};
    books_read_some(insight, &settings, book->included, book->included_n, INT64_MAX, today + 7 * HOME_WEEKS,
                    &books);
    pthread_rwlock_rdlock(&insight->lock);
    terms.rows = ledger_rows_read(insight_table(insight, "subscriptions"), house->zone, book->included,
                                  book->included_n, &terms.n);
    pthread_rwlock_unlock(&insight->lock);
    struct period period = {.from = ret->from, .to = today, .unit = PERIOD_YEAR, .calendar = calendar};
    books.query.periods = &period;
    books.query.count = 1;
    books.query.seen_on = today;
    struct keeping k = {.start = arena_array(arena, book->seen + 1, sizeof(double)),
                        .net = arena_array(arena, book->seen + 1, sizeof(double)),
                        .gross = arena_array(arena, book->seen + 1, sizeof(double))};
    enum status status = retention_read(&books.ledger, &books.query, keep_row, &k, problem);
    if (!status) {
        ret->customers = k.n;
        ret->net = kept_share(k.start, k.net, k.n);
        ret->gross = kept_share(k.start, k.gross, k.n);
        if (ret->gross.high > 1) ret->gross.high = 1;
        find_renewals(book, &books, &terms, ret);
    }
    free(terms.rows);
    books_close(&books);
    return status;
}
