#include "app/demo_internal.h"

#include "base/vec.h"
#include "customers/account.h"
#include "customers/contact.h"
#include "customers/subscription.h"
#include "signals/invoice.h"

#define BIT(field) ((uint64_t)1 << (field))
enum { MONTHS_HALF = 6, MONTHS_YEAR = 12 };

struct str demo_account_key(const struct demo_account *account, struct arena *arena) {
    return str_format(arena, "D%04d", account->number + 1);
}

struct str demo_person_key(const struct demo_account *account, int person, struct arena *arena) {
    return str_format(arena, "D%04d-P%02d", account->number + 1, person + 1);
}

int demo_owner(const struct demo_account *account) {
    /* Persian customers have a colleague who speaks Persian, as far as there are two of three. */
    static const int persian[] = {1, 3, 5}, others[] = {0, 2, 4};
    return account->persian ? persian[account->number % 3] : others[account->number % 3];
}

instant_t demo_instant(const struct demo_company *company, day_t day, struct demo_random *random) {
    enum { MINUTE_MS = 60000, OPENS = 8 * 60, CLOSES = 18 * 60 };
    int32_t ms = demo_between(random, OPENS, CLOSES - 1) * MINUTE_MS;
    return company->origin.zone ? zone_instant(company->origin.zone, day, ms) : (instant_t)day * DAY_MS + ms;
}

/* ---- the account and its stages ---- */

struct change {
    day_t day;
    struct account patch;
};
enum { MOST_CHANGES = 3 * DEMO_MOST_TERMS + 8 };
struct changes {
    struct change v[MOST_CHANGES];
    size_t n;
};

static void change_stage(struct changes *changes, day_t day, struct str stage) {
    changes->v[changes->n++] = (struct change){day, {.has = BIT(ACCOUNT_STAGE), .stage = stage}};
}

static void change_status(struct changes *changes, day_t day, enum account_status status, struct str reason) {
    struct account patch = {.has = BIT(ACCOUNT_STATUS) | BIT(ACCOUNT_STATUS_ON) | BIT(ACCOUNT_STATUS_REASON),
                            .status = status,
                            .status_on = day,
                            .status_reason = reason};
    changes->v[changes->n++] = (struct change){day, patch};
}

static int by_day(const void *a, const void *b) {
    const struct change *x = a, *y = b;
    return x->day < y->day ? -1 : x->day > y->day;
}

static struct str reason_of(const struct demo_account *account) {
    static const struct text reasons[] = {
        [DEMO_STAYS] = {"", ""},
        [DEMO_ONBOARDING] = {"never came to use", "هرگز به کار گرفته نشد"},
        [DEMO_CHAMPION] = {"the champion left", "حامی داخلی رفت"},
        [DEMO_SERVICE] = {"dissatisfied with the service", "نارضایتی از خدمات"},
        [DEMO_PRICE] = {"price", "بها"},
        [DEMO_CLOSURE] = {"closed its business", "تعطیلی کسب‌وکار"},
    };
    return str_of(account->persian ? reasons[account->cause].fa : reasons[account->cause].en);
}

/* Onboarding ends when the product has come to use; before the end of each term lies its renewal. */
static void lay_changes(const struct demo_account *account, struct changes *changes) {
    int onboarding = 100 - (int)(60 * account->fit);
    if (account->cause != DEMO_ONBOARDING)
        change_stage(changes, account->starts + onboarding, STR("adopting"));
    for (int i = 0; i < account->term_count; i++) {
        const struct demo_term *term = &account->terms[i];
        int before = term->ends - term->starts < 200 ? 45 : 90;
        change_stage(changes, term->ends - before, STR("renewing"));
        if (i + 1 < account->term_count) change_stage(changes, term->ends + 1, STR("adopting"));
        if (term->cancelled != INT32_MIN)
            change_status(changes, term->cancelled, ACCOUNT_LEAVING, reason_of(account));
    }
    if (account->leaves != INT32_MAX)
        change_status(changes, account->leaves, ACCOUNT_LOST, reason_of(account));
    /* Few rows that are almost in order: by insertion, so that equal days stay as they were laid. */
    for (size_t i = 1; i < changes->n; i++) {
        struct change change = changes->v[i];
        size_t k = i;
        for (; k && by_day(&changes->v[k - 1], &change) > 0; k--)
            changes->v[k] = changes->v[k - 1];
        changes->v[k] = change;
    }
}

static enum status put_changes(struct demo_company *company, struct session *session,
                               const struct demo_account *account, struct account *stored,
                               struct problem *problem) {
    struct changes *changes = arena_alloc(problem->arena, sizeof *changes);
    lay_changes(account, changes);
    for (size_t i = 0; i < changes->n && changes->v[i].day < company->end; i++) {
        struct origin origin = company->origin;
        uint64_t changed;
        origin.changed_at = origin_day_start(&origin, changes->v[i].day);
        enum status status =
            account_change(session, &origin, stored, &changes->v[i].patch, 0, &changed, problem);
        if (status) return status;
    }
    return OK;
}

static enum status another_demo(struct problem *problem, struct str name) {
    return fail(problem, CONFLICT,
                MESSAGE("demo_another",
                        "The folder holds the account “{0}” of another demo company (other seed, size or "
                        "dates). Make a new folder for this one.",
                        "پوشه مشتری «{0}» از شرکت نمایشی دیگری را دارد (بذر، اندازه یا تاریخ دیگر). برای این "
                        "یکی پوشهٔ تازه‌ای بسازید."),
                ARGS(name));
}

static const char *const segments[] = {"small", "medium", "large"}, *const plans[] = {"starter", "team",
                                                                                      "enterprise"};

static enum status put_account(struct demo_company *company, struct session *session,
                               const struct demo_account *account, struct id *id, bool *made,
                               struct problem *problem) {
    int owner = demo_owner(account);
    struct account row = {
        .key = demo_account_key(account, problem->arena),
        .name = demo_company_name(account, company->options->seed, problem->arena),
        .status = ACCOUNT_LIVE,
        .status_on = account->starts,
        .stage = STR("onboarding"),
        .owner = company->members[owner],
        .team = str_of(demo_members[owner].team),
        .plan = str_of(plans[account->size]),
        .segment = str_of(segments[account->size]),
        .country = str_of(demo_country(account)),
        .currency = company->currency,
        .starts_on = account->starts,
        .demo = true,
    };
    row.has = BIT(ACCOUNT_KEY) | BIT(ACCOUNT_NAME) | BIT(ACCOUNT_STATUS) | BIT(ACCOUNT_STATUS_ON) |
              BIT(ACCOUNT_STAGE) | BIT(ACCOUNT_OWNER) | BIT(ACCOUNT_TEAM) | BIT(ACCOUNT_PLAN) |
              BIT(ACCOUNT_SEGMENT) | BIT(ACCOUNT_COUNTRY) | BIT(ACCOUNT_CURRENCY) | BIT(ACCOUNT_STARTS_ON) |
              BIT(ACCOUNT_DEMO);
    enum status status = account_store_by_key(session, company->origin.source, row.key, id, made, problem);
    if (status) return status;
    if ((*made = !*made)) {
        struct origin origin = company->origin;
        origin.changed_at = origin_day_start(&origin, account->starts);
        if ((status = account_create(session, &origin, &row, problem))) return status;
        *id = row.id;
        return put_changes(company, session, account, &row, problem);
    }
    struct account there = {0};
    if ((status = account_store_get(session, *id, &there, problem->arena, problem))) return status;
    return there.starts_on == row.starts_on && str_equal(there.segment, row.segment)
               ? OK
               : another_demo(problem, there.name);
}

/* ---- its people ---- */

static enum status put_people(struct demo_company *company, struct session *session,
                              const struct demo_account *account, struct id id, struct problem *problem) {
    static const char *const roles[] = {"champion", "sponsor", "admin"};
    struct demo_random random = demo_stream(company, account, STREAM_PEOPLE);
    for (int person = 0; person < account->people; person++) {
        struct demo_person_name name = demo_person_name(account, person, &random, problem->arena);
        day_t from = account->starts;
        while (from < company->end && !demo_person_present(account, person, from))
            from += 7;
        if (from >= company->end) continue;
        struct contact row = {
            .account = id,
            .user_key = demo_person_key(account, person, problem->arena),
            .name = name.name,
            .email = str_format(problem->arena, "%.*s@d%04d.demo.vafa.example", STR_ARG(name.mail),
                                account->number + 1),
            .title = str_of(name.title),
            .role = str_of(person < (int)COUNT(roles) ? roles[person] : "user"),
            .champion = person == 0,
            .valid_from = origin_day_start(&company->origin, from),
        };
        row.has = BIT(CONTACT_ACCOUNT) | BIT(CONTACT_USER_KEY) | BIT(CONTACT_NAME) | BIT(CONTACT_EMAIL) |
                  BIT(CONTACT_TITLE) | BIT(CONTACT_ROLE) | BIT(CONTACT_CHAMPION) | BIT(CONTACT_VALID_FROM);
        if (person == 0 && account->cause == DEMO_CHAMPION && account->trouble < company->end) {
            row.valid_to = origin_day_start(&company->origin, account->trouble);
            row.has |= BIT(CONTACT_VALID_TO);
        }
        enum upsert_result result;
        struct id contact, person_id;
        enum status status = contact_upsert(session, &company->origin, &row, 0, TRAIT_SERVER, &result,
                                            &contact, &person_id, problem);
        if (status) return status;
        company->figures->contacts++;
    }
    return OK;
}

/* ---- what it pays ---- */

static int term_months(const struct demo_term *term) {
    return term->ends - term->starts < 200 ? MONTHS_HALF : MONTHS_YEAR;
}

/* What is sold; beside the main product what customers come to buy later, whom it suits sooner. monthly: the
 * chance that a customer whom it suits best buys it in a month, by its size. */
static const struct product {
    const char *key, *suffix;
    int price_percent; /* of the main product's */
    double monthly[3];
} products[] = {
    {"main", "S", 100, {0}},
    {"analytics", "A", 30, {0.03, 0.1, 0.25}},
    {"security", "E", 20, {0, 0, 0.015}},
};

/* The day from which an account has a product; INT32_MAX: never. */
static day_t bought_on(const struct demo_company *company, const struct demo_account *account,
                       const struct product *product, struct demo_random *random) {
    enum { MONTH = 30, FIRST_MONTHS = 4 };
    day_t gone = demo_gone(company, account);
    if (product == products) return account->starts;
    for (day_t day = account->starts + FIRST_MONTHS * MONTH; day < gone; day += MONTH) {
        bool asks = demo_chance(random, product->monthly[account->size] * account->fit * account->fit);
        int after = demo_between(random, 0, MONTH - 1);
        if (asks && day + after < gone && day < account->trouble) return day + after;
    }
    return INT32_MAX;
}

/* A subscription that is renewed with the contract: each term is a version of it from its start, a
 * cancellation one from its day. */
static enum status put_subscription(struct demo_company *company, struct session *session,
                                    const struct demo_account *account, struct id id,
                                    const struct product *product, day_t from, struct problem *problem) {
    struct demo_random random = demo_stream(company, account, STREAM_MONEY);
    bool auto_renew = demo_chance(&random, 0.7);
    for (int i = 0; i < account->term_count && account->terms[i].starts < company->end; i++) {
        const struct demo_term *term = &account->terms[i];
        day_t starts = term->starts > from ? term->starts : from;
        if (starts > term->ends) continue;
        struct subscription row = {
            .entry = {.account = id,
                      .key = str_format(problem->arena, "D%04d-%s", account->number + 1, product->suffix)},
            .product = str_of(product->key),
            .plan = str_of(plans[account->size]),
            .starts_on = starts,
            .ends_on = term->ends,
            .seats = term->seats,
            .amount = term->price * term->seats * company->unit * product->price_percent / 100,
            .amount_per = PER_YEAR,
            .currency = company->currency,
            .term_months = term_months(term),
            .auto_renew = auto_renew,
            .notice_days = account->size == DEMO_LARGE ? 60 : 30,
            .effective_from = starts,
        };
        row.entry.has = BIT(ENTRY_ACCOUNT) | BIT(ENTRY_KEY) | BIT(SUBSCRIPTION_PRODUCT) |
                        BIT(SUBSCRIPTION_PLAN) | BIT(SUBSCRIPTION_STARTS_ON) | BIT(SUBSCRIPTION_ENDS_ON) |
                        BIT(SUBSCRIPTION_AMOUNT) | BIT(SUBSCRIPTION_AMOUNT_PER) | BIT(SUBSCRIPTION_CURRENCY) |
                        BIT(SUBSCRIPTION_TERM_MONTHS) | BIT(SUBSCRIPTION_AUTO_RENEW) |
                        BIT(SUBSCRIPTION_NOTICE_DAYS) | BIT(SUBSCRIPTION_EFFECTIVE_FROM);
        if (product == products) row.entry.has |= BIT(SUBSCRIPTION_SEATS); /* people sit there once */
        enum upsert_result result;
        struct id entry;
        enum status status =
            subscription_upsert(session, &company->origin, &row, 0, &result, &entry, problem);
        if (!status && term->cancelled != INT32_MIN && term->cancelled < company->end) {
            row.effective_from = row.cancelled_on = term->cancelled;
            row.entry.has |= BIT(SUBSCRIPTION_CANCELLED_ON);
            status = subscription_upsert(session, &company->origin, &row, 0, &result, &entry, problem);
            company->figures->subscriptions++;
        }
        if (status) return status;
        company->figures->subscriptions++;
    }
    return OK;
}

static enum status put_products(struct demo_company *company, struct session *session,
                                const struct demo_account *account, struct id id, struct problem *problem) {
    struct demo_random random = demo_stream(company, account, STREAM_PRODUCTS);
    enum status status = OK;
    for (size_t i = 0; i < COUNT(products) && !status; i++) {
        day_t from = bought_on(company, account, &products[i], &random);
        if (from < company->end)
            status = put_subscription(company, session, account, id, &products[i], from, problem);
    }
    return status;
}

/* When an invoice is paid: mostly around its due date; late in trouble over price, and no more once the
 * business closes. */
static day_t paid_on(const struct demo_account *account, day_t issued, day_t due,
                     struct demo_random *random) {
    int usual = demo_between(random, -18, 4), slow = demo_between(random, 6, 25),
        late = demo_between(random, 25, 80);
    double u = demo_uniform(random);
    if (account->cause == DEMO_CLOSURE && due + 10 >= account->trouble) return INT32_MAX;
    if (demo_in_trouble(account, DEMO_PRICE, issued + 30)) return due + late;
    if (demo_in_trouble(account, DEMO_SERVICE, issued) && u < 0.4) return due + slow;
    return due + (u < 0.07 ? slow : usual);
}

static enum status put_invoices(struct demo_company *company, struct session *session,
                                const struct demo_account *account, struct id id, struct problem *problem) {
    enum { DUE_DAYS = 30 };
    struct demo_random random = demo_stream(company, account, STREAM_MONEY);
    bool quarterly = demo_chance(&random, 0.75) || account->cause == DEMO_PRICE;
    int number = 0;
    for (int i = 0; i < account->term_count; i++) {
        const struct demo_term *term = &account->terms[i];
        int all = term_months(term), step = quarterly ? 3 : all;
        for (int month = 0; month < all; month += step) {
            day_t issued = day_add_months(term->starts, CALENDAR_GREGORIAN, month), due = issued + DUE_DAYS;
            if (issued >= company->end) return OK;
            day_t paid = paid_on(account, issued, due, &random);
            struct invoice row = {
                .entry = {.account = id,
                          .key = str_format(problem->arena, "D%04d-I%02d", account->number + 1, ++number)},
                .issued_on = issued,
                .due_on = due,
                .paid_on = paid,
                .currency = company->currency,
                .amount = term->price * term->seats * company->unit * step / MONTHS_YEAR,
            };
            row.entry.has = BIT(ENTRY_ACCOUNT) | BIT(ENTRY_KEY) | BIT(INVOICE_ISSUED_ON) |
                            BIT(INVOICE_DUE_ON) | BIT(INVOICE_AMOUNT) | BIT(INVOICE_CURRENCY);
            if (paid < company->end) row.entry.has |= BIT(INVOICE_PAID_ON);
            enum upsert_result result;
            struct id entry;
            enum status status = invoice_upsert(session, &company->origin, &row, 0, &result, &entry, problem);
            if (status) return status;
            company->figures->invoices++;
        }
    }
    return OK;
}

enum status demo_account_put(struct demo_company *company, struct session *session,
                             const struct demo_account *account, struct id *id, bool *made,
                             struct problem *problem) {
    enum status status = put_account(company, session, account, id, made, problem);
    if (status || !*made) return status;
    status = put_people(company, session, account, *id, problem);
    if (!status) status = put_products(company, session, account, *id, problem);
    return status ? status : put_invoices(company, session, account, *id, problem);
}
