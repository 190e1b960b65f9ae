#include "app/demo_model.h"

#include "base/calendar.h"

#include <math.h>

const struct demo_feature demo_features[DEMO_FEATURES] = {
    {"dashboard", "Dashboard", "داشبورد", true, 0.85, 0},
    {"orders", "Orders", "سفارش‌ها", true, 0.60, 5},
    {"reports", "Reports", "گزارش‌ها", true, 0.40, 20},
    {"export", "Export", "خروجی‌گیری", true, 0.22, 30},
    {"approvals", "Approvals", "تأییدها", true, 0.28, 45},
    {"forecast", "Forecast", "پیش‌بینی", false, 0.14, 90},
    {"mobile", "Mobile app", "برنامهٔ موبایل", false, 0.30, 15},
    {"api", "API", "API", false, 0.08, 60},
};

/* ---- chance ---- */

static uint64_t splitmix(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

struct demo_random demo_random(uint64_t seed, uint64_t stream) {
    uint64_t state = seed * 0x2545f4914f6cdd1dull + stream;
    struct demo_random random;
    for (int i = 0; i < 4; i++)
        random.s[i] = splitmix(&state);
    return random;
}

static uint64_t rotate(uint64_t x, int by) {
    return x << by | x >> (64 - by);
}

uint64_t demo_next(struct demo_random *random) {
    uint64_t *s = random->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

double demo_uniform(struct demo_random *random) {
    return (double)(demo_next(random) >> 11) * 0x1p-53;
}

int demo_between(struct demo_random *random, int low, int high) {
    return low + (int)(demo_uniform(random) * (high - low + 1));
}

bool demo_chance(struct demo_random *random, double probability) {
    return demo_uniform(random) < probability;
}

int demo_poisson(struct demo_random *random, double mean) {
    double limit = exp(-mean), product = demo_uniform(random);
    int n = 0;
    while (product > limit) {
        product *= demo_uniform(random);
        n++;
    }
    return n;
}

/* ---- a life ---- */

enum { SEEN_DAYS = 90 }; /* of an account that leaves, at least so much lies in the demo's time */

/* Leaving within the life of a contract: about one in six a year, more among the small and among those the
 * product suits less. */
static enum demo_cause draw_cause(struct demo_account *account) {
    static const double by_size[] = {0.24, 0.15, 0.09};
    double years = 2.5;
    double risk = 1 - pow(1 - by_size[account->size] * (1.5 - account->fit), years);
    if (!demo_chance(&account->random, risk)) return DEMO_STAYS;
    double u = demo_uniform(&account->random);
    if (u < 0.18) return DEMO_ONBOARDING;
    if (u < 0.48) return DEMO_CHAMPION;
    if (u < 0.74) return DEMO_SERVICE;
    if (u < 0.90) return DEMO_PRICE;
    return DEMO_CLOSURE;
}

/* Terms follow one another until the account leaves, which nobody does before the demo has begun. Seats grow
 * where the product suits, and shrink where it does not. */
static void lay_terms(struct demo_account *account, day_t first, day_t last) {
    struct demo_random *random = &account->random;
    static const int seats_low[] = {5, 20, 50}, seats_high[] = {18, 45, 80};
    static const int64_t price[] = {240, 360, 480};
    int months = account->size == DEMO_SMALL && demo_chance(random, 0.5) ? 6 : 12;
    int seats = demo_between(random, seats_low[account->size], seats_high[account->size]);
    int64_t seat_price = price[account->size];
    int leave_after = account->cause == DEMO_ONBOARDING ? 1 : demo_between(random, 1, 3); /* terms */
    day_t start = account->starts;

    account->people = seats < DEMO_MOST_PEOPLE ? seats : DEMO_MOST_PEOPLE;
    for (int i = 0; i < DEMO_MOST_TERMS && start <= last; i++) {
        day_t next = day_add_months(start, CALENDAR_GREGORIAN, months);
        account->terms[account->term_count++] =
            (struct demo_term){start, next - 1, seats, seat_price, INT32_MIN};
        if (account->cause != DEMO_STAYS && i + 1 >= leave_after && next >= first + SEEN_DAYS) {
            int notice = account->cause == DEMO_CLOSURE ? 5 : demo_between(random, 20, 60);
            account->leaves = next;
            account->terms[i].cancelled = next - notice;
            int before =
                account->cause == DEMO_ONBOARDING ? next - start - 20 : demo_between(random, 90, 200);
            account->trouble =
                account->cause == DEMO_CLOSURE ? next - demo_between(random, 8, 20) : next - before;
            if (account->trouble < account->starts) account->trouble = account->starts + 10;
            return;
        }
        double u = demo_uniform(random);
        if (u < 0.35 * account->fit)
            seats += seats * demo_between(random, 8, 35) / 100 + 1;
        else if (u > 0.90 + 0.1 * account->fit && seats > 6)
            seats -= seats * demo_between(random, 10, 25) / 100;
        if (demo_chance(random, 0.4)) seat_price += seat_price * demo_between(random, 2, 7) / 100;
        if (seats > account->people && account->people < DEMO_MOST_PEOPLE)
            account->people = seats < DEMO_MOST_PEOPLE ? seats : DEMO_MOST_PEOPLE;
        start = next;
    }
}

struct demo_account demo_account(uint64_t seed, int number, day_t first, day_t last) {
    struct demo_account account = {.number = number,
                                   .trouble = INT32_MAX,
                                   .leaves = INT32_MAX,
                                   .random = demo_random(seed, (uint64_t)number)};
    struct demo_random *random = &account.random;
    double u = demo_uniform(random);
    account.size = u < 0.55 ? DEMO_SMALL : u < 0.87 ? DEMO_MEDIUM : DEMO_LARGE;
    account.persian = demo_chance(random, 0.45);
    account.fit = 0.3 + 0.7 * sqrt(demo_uniform(random));
    /* Half were there before the demo begins (up to a year), the others join over its months. */
    int days = last - first;
    account.starts = demo_chance(random, 0.5) ? first - demo_between(random, 0, 364)
                                              : first + demo_between(random, 0, days - 45);
    account.cause = draw_cause(&account);
    /* Who never came to use it leaves after the first term: a start that can be seen. */
    if (account.cause == DEMO_ONBOARDING && account.starts < first)
        account.starts = first + demo_between(random, 0, days - 45);
    lay_terms(&account, first, last);
    account.dip_from = account.dip_to = INT32_MAX;
    if (account.cause == DEMO_STAYS && demo_chance(random, 0.4)) {
        account.dip_from = account.starts + demo_between(random, 45, 45 + (last - account.starts));
        account.dip_to = account.dip_from + demo_between(random, 30, 120);
        account.dip_depth = 0.15 + 0.5 * demo_uniform(random);
    }
    return account;
}

const struct demo_term *demo_term_on(const struct demo_account *account, day_t day) {
    for (int i = account->term_count - 1; i >= 0; i--) {
        if (account->terms[i].starts <= day && day <= account->terms[i].ends) return &account->terms[i];
    }
    return NULL;
}

/* ---- seasons and trouble ---- */

/* Nowruz empties offices in Iran for two weeks; elsewhere the days around New Year and, less, August. */
static double season(const struct demo_account *account, day_t day) {
    if (account->persian) {
        struct date date = date_from_day(day, CALENDAR_PERSIAN);
        if (date.month == 1 && date.day <= 13) return 0.06;
        if (date.month == 12 && date.day >= 25) return 0.6;
        return 1;
    }
    struct date date = date_from_day(day, CALENDAR_GREGORIAN);
    if ((date.month == 12 && date.day >= 23) || (date.month == 1 && date.day <= 2)) return 0.12;
    return date.month == 8 ? 0.75 : 1;
}

static double weekday_share(const struct demo_account *account, day_t day) {
    enum weekday weekday = day_weekday(day);
    if (account->persian) return weekday == FRIDAY ? 0.03 : weekday == THURSDAY ? 0.35 : 1;
    return weekday == SATURDAY || weekday == SUNDAY ? 0.04 : 1;
}

static double trouble_share(const struct demo_account *account, day_t day) {
    if (day >= account->dip_from && day < account->dip_to) return account->dip_depth;
    if (day < account->trouble) return 1;
    double weeks = (day - account->trouble) / 7.0;
    switch (account->cause) {
    case DEMO_ONBOARDING:
        return 0.16 * exp(-weeks / 20);
    case DEMO_CHAMPION:
        return 0.05 + 0.95 * exp(-weeks / 4);
    case DEMO_SERVICE:
        return weeks < 5 ? 1 : 0.12 + 0.88 * exp(-(weeks - 5) / 6);
    case DEMO_PRICE:
        return 0.95;
    case DEMO_CLOSURE:
        return 0.05;
    case DEMO_STAYS:
        return 1;
    }
    return 1;
}

double demo_activity(const struct demo_account *account, day_t day) {
    if (day < account->starts || day >= account->leaves) return 0;
    double adoption = 1 - exp(-(day - account->starts + 3) / (60.0 - 35.0 * account->fit));
    double level = (0.18 + 0.40 * account->fit) * adoption;
    return level * season(account, day) * weekday_share(account, day) * trouble_share(account, day);
}

bool demo_person_present(const struct demo_account *account, int person, day_t day) {
    if (person == 0) return account->cause != DEMO_CHAMPION || day < account->trouble;
    const struct demo_term *term = demo_term_on(account, day);
    int room = term ? (term->seats < account->people ? term->seats : account->people) : 0;
    double filled =
        0.25 + 0.75 * (1 - exp(-(day - account->starts) / 70.0)); /* seats fill over the first months */
    return person < (int)(room * filled + 0.999);
}
