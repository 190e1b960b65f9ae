/* Retention against arithmetic by hand, metric by metric and edge by edge (metrics.md). */
#include "retention_world.h"

/* ---- every metric of the table ---- */

/* Five customers over 2025, in dollars a year:
 *   A 1,000 → 1,200 (price, in June)      B 1,000 → 700 (price)       C 500 → gone in April
 *   D 500 stays                           E new in July at 800
 * Start 3,000; customers 4; end 1,200 + 700 + 500 + 800 = 3,200.
 * Logo 3/4. GRR (1,000 + 700 + 0 + 500)/3,000 = 2,200/3,000. NRR (1,200 + 700 + 500)/3,000 = 2,400/3,000.
 * Gross churn (500 + 300)/3,000. Net churn (500 + 300 − 200)/3,000. Quick (800 + 200)/(500 + 300) = 1.25. */
static void five_customers(struct world *w) {
    day_t s = day(2025, 1, 1);
    pays(w, 0, MAIN, s - 200, day(2025, 5, 31), 100000);
    pays(w, 0, MAIN, day(2025, 6, 1), DAY_NEVER, 120000);
    pays(w, 1, MAIN, s - 200, day(2025, 8, 14), 100000);
    pays(w, 1, MAIN, day(2025, 8, 15), DAY_NEVER, 70000);
    pays(w, 2, MAIN, s - 364, day(2025, 4, 10), 50000);
    pays(w, 3, MAIN, s - 10, DAY_NEVER, 50000);
    pays(w, 4, MAIN, day(2025, 7, 1), DAY_NEVER, 80000);
}

static void metrics_of_the_table(void **state) {
    struct world *w = *state;
    five_customers(w);
    for (int flow = 0; flow < 2; flow++) { /* nobody falls and rises again: both ways agree */
        w->flow = flow;
        struct sums s = measured(w, day(2025, 1, 1), day(2026, 1, 1));
        IS(s, "logo_retention", 0.75);
        IS(s, "customer_churn", 0.25);
        IS(s, "customer_churn_annual", 0.25);                   /* 365 days as they are */
        IS(s, "customer_churn_monthly", 1 - 0.976311575777393); /* ¾^(1/12), in 25 digits */
        IS(s, "grr", 2200.0 / 3000);
        IS(s, "nrr", 2400.0 / 3000);
        IS(s, "gross_revenue_churn", 800.0 / 3000);
        IS(s, "net_revenue_churn", 600.0 / 3000);
        IS(s, "quick_ratio", 1.25);
        IS(s, "expansion_rate", 200.0 / 3000);
        IS(s, "price_effect", -100.0 / 3000); /* +200 − 300 */
        assert_int_equal(s.v[REVENUE_NEW], 80000);
        assert_int_equal(s.v[REVENUE_END], 320000);
        closes(&s);
    }
}

/* metrics.md: a base of nothing is n/a, never 100 %. Here: no customer at all; then one that is new. */
static void a_zero_base_is_not_applicable(void **state) {
    struct world *w = *state;
    static const char *const keys[] = {
        "logo_retention",      "customer_churn",    "grr",          "nrr",
        "gross_revenue_churn", "net_revenue_churn", "renewal_rate", "quick_ratio"};
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    for (size_t i = 0; i < COUNT(keys); i++)
        NOT_APPLICABLE(s, keys[i]);
    pays(w, 0, MAIN, day(2025, 1, 10), DAY_NEVER, 1000);
    s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    for (size_t i = 0; i + 1 < COUNT(keys); i++)
        NOT_APPLICABLE(s, keys[i]);
    assert_int_equal(figure(&s, "quick_ratio").state, FIGURE_INFINITE); /* 1,000 ÷ 0 */
}

/* Active at t: start ≤ t and end > t. What starts on the first day is there on it; what ended the day before
 * is not. */
static void edges_of_a_period(void **state) {
    struct world *w = *state;
    day_t s = day(2025, 1, 1), e = day(2025, 2, 1);
    pays(w, 0, MAIN, s, DAY_NEVER, 100);      /* in the start */
    pays(w, 1, MAIN, s - 90, s - 1, 200);     /* ended the day before: not in it */
    pays(w, 2, MAIN, s - 90, e - 1, 400);     /* covered to the last day: lost in the period */
    pays(w, 3, MAIN, e, DAY_NEVER, 800);      /* there on the day that the period ends at */
    pays(w, 4, MAIN, e + 1, DAY_NEVER, 1600); /* not yet */
    struct sums r = measured(w, s, e);
    assert_int_equal(r.v[REVENUE_START], 500);
    assert_int_equal(r.v[REVENUE_CHURN], 400);
    assert_int_equal(r.v[REVENUE_NEW], 800);
    assert_int_equal(r.v[REVENUE_END], 900);
    closes(&r);
}

/* ---- reactivation ---- */

/* A lapses on 1 March (covered to 28 February). Back on 31 March is a gap of 30 days: a late renewal, nothing
 * happened. Back on 1 April, 31 days: churn, then returned. */
static void coming_back_inside_the_grace_is_a_late_renewal(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 3, 1), day(2025, 2, 28), 1000);
    pays(w, 0, MAIN, day(2025, 3, 31), DAY_NEVER, 1000);
    struct sums march = measured(w, day(2025, 3, 1), day(2025, 4, 1));
    IS(march, "grr", 1);
    IS(march, "logo_retention", 1);
    assert_int_equal(march.v[CUSTOMERS_LOST] + march.v[CUSTOMERS_RETURNED], 0);
    struct sums february = measured(w, day(2025, 2, 1), day(2025, 3, 1));
    IS(february, "grr", 1); /* through the gap the old amount goes on */
    IS(february, "renewal_rate", 1);
}

/* A free term begins inside the gap, whose price would follow use: free is as nothing, so that the gap is
 * one. */
static void a_free_term_inside_the_grace_is_no_return(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 3, 1), day(2025, 2, 28), 1000)->usage = true;
    pays(w, 0, MAIN, day(2025, 3, 10), day(2025, 3, 20), 0)->usage = true;
    pays(w, 0, MAIN, day(2025, 3, 21), DAY_NEVER, 1000)->usage = true;
    pays(w, 0, ADDON, day(2024, 3, 1), DAY_NEVER, 500);
    w->flow = true; /* sees each day */
    struct sums sums = measured(w, day(2025, 2, 1), day(2025, 4, 1));
    IS(sums, "grr", 1);
    assert_int_equal(sums.v[CUSTOMERS_START], 1);
    assert_int_equal(sums.v[CUSTOMERS_LOST] + sums.v[CUSTOMERS_RETURNED], 0);
}

static void coming_back_outside_the_grace_is_churn_and_return(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 3, 1), day(2025, 2, 28), 1000);
    pays(w, 0, MAIN, day(2025, 4, 1), DAY_NEVER, 900);
    pays(w, 1, MAIN, day(2024, 1, 1), DAY_NEVER, 1000);
    struct sums february =
        measured(w, day(2025, 2, 1), day(2025, 3, 1)); /* ends at 1 March, which is not covered */
    IS(february, "grr", 0.5);
    assert_int_equal(february.v[CUSTOMERS_LOST], 1);
    struct sums march =
        measured(w, day(2025, 3, 1), day(2025, 4, 1)); /* back on 1 April: not in March's cohort */
    assert_int_equal(march.v[REVENUE_START], 1000);
    assert_int_equal(march.v[CUSTOMERS_RETURNED], 1);
    assert_int_equal(march.v[REVENUE_RETURNED], 900);
    assert_int_equal(march.v[REVENUE_NEW], 0);
    IS(march, "grr", 1);
    IS(march, "nrr", 1);
    IS(march, "net_revenue_churn", -0.9); /* (0 − 900) ÷ 1,000: returning offsets it, unlike NRR */
    closes(&march);
    /* Over the quarter A was there at both ends: kept, point to point. By movements it churned 1,000 and 900
     * returned. */
    struct sums quarter = measured(w, day(2025, 1, 15), day(2025, 4, 15));
    IS(quarter, "logo_retention", 1);
    IS(quarter, "grr", 1900.0 / 2000);
    assert_int_equal(falls(&quarter), 100);
    w->flow = true;
    struct sums flow = measured(w, day(2025, 1, 15), day(2025, 4, 15));
    IS(flow, "logo_retention", 0.5);
    IS(flow, "grr", 0.5);
    IS(flow, "nrr", 0.5);
    assert_int_equal(flow.v[REVENUE_CHURN], 1000);
    assert_int_equal(flow.v[REVENUE_RETURNED], 900);
    closes(&flow);
}

/* New in the period and lost in it: in neither side, told apart. */
static void early_churn_is_in_no_rate(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 1000);
    pays(w, 1, MAIN, day(2025, 1, 10), day(2025, 2, 9), 600);
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 4, 1));
    IS(s, "grr", 1);
    IS(s, "nrr", 1);
    IS(s, "logo_retention", 1);
    assert_int_equal(s.v[CUSTOMERS_EARLY], 1);
    assert_int_equal(s.v[REVENUE_EARLY], 600);
    assert_int_equal(s.v[CUSTOMERS_NEW], 0);
    closes(&s);
    w->flow = true;
    s = measured(w, day(2025, 1, 1), day(2025, 4, 1));
    assert_int_equal(s.v[REVENUE_NEW], 600);
    assert_int_equal(s.v[REVENUE_CHURN], 600);
    assert_int_equal(s.v[CUSTOMERS_EARLY], 1);
    IS(s, "grr", 1);
    closes(&s);
}

/* 31 December to 1 January leaves no gap, with no grace either; one uncovered day does. */
static void a_term_to_31_december_and_one_from_1_january_are_continuous(void **state) {
    struct world *w = *state;
    w->settings.grace_days = 0;
    pays(w, 0, MAIN, day(2024, 1, 1), day(2024, 12, 31), 1000);
    pays(w, 0, MAIN, day(2025, 1, 1), day(2025, 12, 31), 1000);
    struct sums s = measured(w, day(2024, 12, 1), day(2025, 2, 1));
    IS(s, "grr", 1);
    IS(s, "renewal_rate", 1);
    assert_int_equal(s.v[CUSTOMERS_RETURNED], 0);
    w->flow = true;
    s = measured(w, day(2024, 12, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_CHURN], 0);
    w->rows[1].starts = w->rows[1].effective = day(2025, 1, 2);
    s = measured(w, day(2024, 12, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_CHURN], 1000);
    assert_int_equal(s.v[REVENUE_RETURNED], 1000);
}

/* Overlap of one product: the maximum, 1,200 over 1,000, not 2,200. By setting the sum. Two products always
 * add. */
static void overlap_counts_by_its_maximum(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), day(2025, 1, 31), 1000);
    pays(w, 0, MAIN, day(2025, 1, 15), DAY_NEVER, 1200);
    pays(w, 0, ADDON, day(2024, 1, 1), DAY_NEVER, 50);
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 1, 20));
    assert_int_equal(s.v[REVENUE_START], 1050);
    assert_int_equal(s.v[REVENUE_END], 1250);
    IS(s, "nrr", 1250.0 / 1050);
    w->settings.sum_overlap = true;
    s = measured(w, day(2025, 1, 1), day(2025, 1, 20));
    assert_int_equal(s.v[REVENUE_END], 2250);
}

/* Two customers of 1,000 and 500 that are one: 1,500 at both ends (the rows come with the account they live
 * in). After the merge one renews and the other does not: contraction, not churn. */
static void merged_accounts_are_one_customer(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 1000);
    pays(w, 0, MAIN, day(2024, 1, 1), day(2025, 1, 9), 500)->holder = 1; /* the same product: two contracts */
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[CUSTOMERS_START], 1);
    assert_int_equal(s.v[REVENUE_START], 1500);
    IS(s, "logo_retention", 1);
    IS(s, "grr", 1000.0 / 1500);
    assert_int_equal(s.v[REVENUE_CONTRACTION + PART_PRODUCT], 500);
    assert_int_equal(s.v[REVENUE_CHURN], 0);
}

/* ---- parts of a change ---- */

/* 10 seats at 100 = 1,000; then 14 seats at 110 = 1,540. By seats 4 × 100 = 400; by price 14 × 10 = 140. */
static void seats_and_price_apart(void **state) {
    struct world *w = *state;
    struct ledger_row *before = pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 1000), *after;
    before->seats = 10;
    after = pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 1540);
    after->key = before->key;
    after->effective = day(2025, 1, 10);
    after->seats = 14;
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_EXPANSION + PART_SEATS], 400);
    assert_int_equal(s.v[REVENUE_EXPANSION + PART_PRICE], 140);
    IS(s, "price_effect", 0.14);
    /* In the contract: the same 140 as an escalator, which can be left out of NRR: 1,540 − 140 = 1,400. */
    after->escalator = true;
    s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_EXPANSION + PART_ESCALATOR], 140);
    IS(s, "nrr", 1.54);
    IS(s, "nrr_without_escalators", 1.4);
    IS(s, "price_effect", 0.14);
    /* Another plan: what seats do not explain is the plan. */
    after->plan = PRO;
    s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_EXPANSION + PART_PLAN], 140);
    /* Cross-sell: 300 of a second product on 20 January. */
    pays(w, 0, ADDON, day(2025, 1, 20), DAY_NEVER, 300);
    s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    IS(s, "cross_sell_rate", 0.3);
    closes(&s);
}

/* One product rises by 200, another falls by 300: the customer as a whole contracts by 100, and GRR caps the
 * customer, not the product: 1,900 of 2,000. */
static void contraction_is_of_the_customer(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), day(2025, 1, 14), 1000);
    pays(w, 0, MAIN, day(2025, 1, 15), DAY_NEVER, 1200);
    pays(w, 0, ADDON, day(2024, 1, 1), day(2025, 1, 14), 1000);
    pays(w, 0, ADDON, day(2025, 1, 15), DAY_NEVER, 700);
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    IS(s, "grr", 0.95);
    assert_int_equal(rises(&s), 0);
    assert_int_equal(s.v[REVENUE_CONTRACTION + PART_PRICE], 100);
    closes(&s);
}

/* Falls in February from 1,000 to 400 and rises in March to 900. Snapshot of the quarter: GRR 900. Flow:
 * −600, +500; GRR 400, NRR 900. */
static void snapshot_and_flow_differ(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), day(2025, 2, 9), 1000);
    pays(w, 0, MAIN, day(2025, 2, 10), day(2025, 3, 9), 400);
    pays(w, 0, MAIN, day(2025, 3, 10), DAY_NEVER, 900);
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 4, 1));
    IS(s, "grr", 0.9);
    assert_int_equal(rises(&s), 0);
    w->flow = true;
    s = measured(w, day(2025, 1, 1), day(2025, 4, 1));
    IS(s, "grr", 0.4);
    IS(s, "nrr", 0.9);
    assert_int_equal(rises(&s), 500);
    assert_int_equal(falls(&s), 600);
    closes(&s);
}

/* Flow GRR: the losses of a customer are capped at what it paid at the start. 1,000 → 1,500 → 200 loses
 * 1,300, of which 1,000 count. */
static void flow_caps_the_losses_of_a_customer(void **state) {
    struct world *w = *state;
    w->flow = true;
    pays(w, 0, MAIN, day(2024, 1, 1), day(2025, 1, 9), 1000);
    pays(w, 0, MAIN, day(2025, 1, 10), day(2025, 1, 19), 1500);
    pays(w, 0, MAIN, day(2025, 1, 20), DAY_NEVER, 200);
    pays(w, 1, MAIN, day(2024, 1, 1), DAY_NEVER, 1000);
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    IS(s, "grr", 0.5);
    IS(s, "nrr", 0.6); /* (200 + 1,000) ÷ 2,000 */
}

/* A mid-term change counts at its yearly amount from its day: 6,000 a year from 1 July is not prorated. */
static void a_mid_term_change_counts_in_full_from_its_day(void **state) {
    struct world *w = *state;
    struct ledger_row *before = pays(w, 0, MAIN, day(2025, 1, 1), day(2025, 12, 31), 5000),
                      *after = pays(w, 0, MAIN, day(2025, 1, 1), day(2025, 12, 31), 6000);
    after->key = before->key;
    after->effective = day(2025, 7, 1);
    struct sums june = measured(w, day(2025, 6, 1), day(2025, 6, 30)),
                july = measured(w, day(2025, 6, 30), day(2025, 7, 31));
    IS(june, "nrr", 1);
    IS(july, "nrr", 1.2);
    struct sums year = measured(w, day(2025, 6, 1), day(2026, 1, 1)); /* due once, at its last amount */
    assert_int_equal(year.v[RENEWALS_DUE], 1);
    assert_int_equal(year.v[REVENUE_DUE], 6000);
}

/* ---- renewals ---- */

/* Due in December: A 1,000 renews at 1,100 (1,000 counts), B 1,000 at 600, C 500 not, D 300 renews by itself;
 * E is not due. Due 2,800, renewed 1,000 + 600 + 0 + 300 = 1,900; terms 3 of 4. */
static void renewal_rate_is_of_what_was_due(void **state) {
    struct world *w = *state;
    day_t last = day(2025, 12, 15), next = last + 1;
    pays(w, 0, MAIN, day(2025, 1, 1), last, 1000);
    pays(w, 0, MAIN, next, next + 364, 1100);
    pays(w, 1, MAIN, day(2025, 1, 1), last, 1000);
    pays(w, 1, MAIN, next, next + 364, 600);
    pays(w, 2, MAIN, day(2025, 1, 1), last, 500);
    pays(w, 3, MAIN, day(2023, 12, 16), day(2024, 12, 15), 300)->term.renews = true;
    pays(w, 4, MAIN, day(2025, 6, 1), day(2026, 5, 31), 9000);
    struct sums s = measured(w, day(2025, 12, 1), day(2026, 1, 1));
    assert_int_equal(s.v[REVENUE_DUE], 2800);
    IS(s, "renewal_rate", 1900.0 / 2800);
    IS(s, "renewal_rate_terms", 0.75);
}

/* The product changes at the renewal: the term is renewed as far as the customer goes on paying. 1,000 of A
 * becomes 800 of B. */
static void renewing_into_another_product_counts(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2025, 1, 1), day(2025, 12, 15), 1000);
    pays(w, 0, ADDON, day(2025, 12, 16), DAY_NEVER, 800);
    struct sums s = measured(w, day(2025, 12, 1), day(2026, 1, 1));
    IS(s, "renewal_rate", 0.8);
    IS(s, "logo_retention", 1);
}

/* Renews by itself every 12 months from 1 June 2023; cancelled on 10 March 2025: paid until 31 May 2025.
 * Churn counts at the end of the paid term, or by setting on the day of cancelling; due for renewal on 1 June
 * either way. */
static void churn_is_recognised_where_the_setting_says(void **state) {
    struct world *w = *state;
    struct ledger_row *row = pays(w, 0, MAIN, day(2023, 6, 1), day(2024, 5, 31), 1000);
    row->term.renews = true;
    row->term.cancelled = day(2025, 3, 10);
    struct sums march = measured(w, day(2025, 3, 1), day(2025, 4, 1)),
                may = measured(w, day(2025, 5, 1), day(2025, 6, 1));
    assert_int_equal(march.v[REVENUE_CHURN], 0);
    assert_int_equal(may.v[REVENUE_CHURN], 1000);
    assert_int_equal(may.v[REVENUE_DUE], 1000);
    IS(may, "renewal_rate", 0);
    w->settings.at_cancellation = true;
    march = measured(w, day(2025, 3, 1), day(2025, 4, 1));
    may = measured(w, day(2025, 5, 1), day(2025, 6, 1));
    assert_int_equal(march.v[REVENUE_CHURN], 1000);
    assert_int_equal(may.v[REVENUE_CHURN], 0);
    IS(may, "renewal_rate", 0);
}

/* A and B of 1,000 each; A lapsed on 20 January and by 1 February has 18 days of grace left. GRR 50 %, 100 %
 * if it renews. From 20 February on (31 days) it is lost for good. */
static void lapsed_within_the_grace_is_pending(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 20), day(2025, 1, 19), 1000);
    pays(w, 1, MAIN, day(2024, 1, 1), DAY_NEVER, 1000);
    struct sums s = seen(w, day(2025, 1, 1), day(2025, 2, 1), day(2025, 2, 1));
    IS(s, "grr", 0.5);
    IS(s, "logo_retention", 0.5);
    assert_int_equal(s.v[CUSTOMERS_PENDING], 1);
    assert_true(fabs(figure(&s, "grr").if_renewed - 1) < 1e-12);
    assert_true(fabs(figure(&s, "logo_retention").if_renewed - 1) < 1e-12);
    assert_true(fabs(figure(&s, "customer_churn").if_renewed - 0) < 1e-12);
    assert_true(fabs(figure(&s, "renewal_rate").if_renewed - 1) < 1e-12);
    assert_int_equal(seen(w, day(2025, 1, 1), day(2025, 2, 1), day(2025, 2, 19)).v[CUSTOMERS_PENDING],
                     1); /* 30 days */
    s = seen(w, day(2025, 1, 1), day(2025, 2, 1), day(2025, 2, 20));
    assert_int_equal(s.v[CUSTOMERS_PENDING], 0);
    assert_true(isnan(figure(&s, "grr").if_renewed));
}

/* ---- currencies ---- */

/* 1,000.00 EUR at 1.10 dollars on 1 January, 1.20 on 1 February; it grew to 1,500.00 EUR in January. At the
 * rate of the start: 1,100.00 → 1,650.00, NRR 1.5; exchange 1,500 × 0.10 = 150.00; end 1,800.00. */
static void other_currencies_are_compared_at_the_rate_of_the_start(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), day(2025, 1, 14), 100000)->currency = EUR;
    pays(w, 0, MAIN, day(2025, 1, 15), DAY_NEVER, 150000)->currency = EUR;
    rate(w, "EUR", day(2024, 6, 1), "1.10");
    rate(w, "EUR", day(2025, 2, 1), "1.20");
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_START], 110000);
    IS(s, "nrr", 1.5);
    assert_int_equal(s.v[REVENUE_FX], 15000);
    assert_int_equal(s.v[REVENUE_END], 180000);
    closes(&s);
    struct sums next = measured(w, day(2025, 2, 1), day(2025, 3, 1));
    assert_int_equal(next.v[REVENUE_START], s.v[REVENUE_END]);
    assert_int_equal(next.v[REVENUE_FX], 0);
}

/* Rials have no minor unit, dollars two: 50,000,000 rials at 0.0000125 are 625.00 dollars. Half to even: 1
 * rial is 0.00125 cents → 0. */
static void minor_units_differ(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 50000000)->currency = IRR;
    rate(w, "IRR", day(2024, 1, 1), "۰٫۰۰۰۰۱۲۵");
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_START], 62500);
    struct rate half;
    int64_t out;
    assert_null(rate_parse(STR("0.5"), 2, 2, &half));
    static const int64_t cases[][2] = {{1, 0}, {3, 2}, {5, 2}, {-1, 0}, {-3, -2}, {7, 4}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(rate_convert(half, cases[i][0], &out));
        assert_int_equal(out, cases[i][1]);
    }
    static const char *const wrong[] = {"", ".", "0", "-1", "1.2.3", "1e5", "1,5", "1234567890123456"};
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_non_null(rate_parse(str_of(wrong[i]), 2, 2, &half));
}

/* Without a rate, or without an amount: a customer, but in no amount, and counted so. */
static void without_a_rate_a_customer_counts_but_not_its_money(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 1000)->currency = EUR;
    pays(w, 1, MAIN, day(2024, 1, 1), day(2025, 1, 14), LEDGER_NO_AMOUNT)->currency = NO_TEXT;
    pays(w, 2, MAIN, day(2024, 1, 1), DAY_NEVER, 700);
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[CUSTOMERS_NOT_CONVERTED], 2);
    assert_int_equal(s.v[REVENUE_START], 700);
    IS(s, "grr", 1);
    IS(s, "logo_retention", 2.0 / 3);
    closes(&s);
    w->rates.rows.n = 0;
    rate(w, "EUR", day(2025, 1, 10), "1"); /* after the start of the period: still none for it */
    assert_int_equal(measured(w, day(2025, 1, 1), day(2025, 2, 1)).v[CUSTOMERS_NOT_CONVERTED], 2);
}

/* Rates as they were known: corrected on 5 February. */
static void a_rate_can_be_asked_as_it_was_known(void **state) {
    struct world *w = *state;
    struct dated_rate row = {.currency = "EUR", .day = 100, .known_from = 1000};
    assert_null(rate_parse(STR("1.1"), 2, 2, &row.rate));
    VEC_PUSH(&w->rates.rows, row);
    row.known_from = 2000;
    assert_null(rate_parse(STR("1.2"), 2, 2, &row.rate));
    VEC_PUSH(&w->rates.rows, row);
    rates_sort(&w->rates);
    int64_t out;
    assert_true(rate_convert(rates_at(&w->rates, STR("EUR"), 150, 1999), 1000, &out));
    assert_int_equal(out, 1100);
    assert_true(rate_convert(rates_at(&w->rates, STR("EUR"), 150, 2000), 1000, &out));
    assert_int_equal(out, 1200);
    assert_int_equal(rates_at(&w->rates, STR("EUR"), 99, 5000).numerator, 0);
    assert_int_equal(rates_at(&w->rates, STR("EUR"), 150, 999).numerator, 0);
}

/* ---- prices of the start, and prices that follow use ---- */

/* Prices rise by half: the index goes from 100 to 150. A pays 1,200 all along, which is worth 800 at the end;
 * B rises from 1,000 to 1,500, worth 1,000: it kept up; C is new at 300, worth 200; D of 600 leaves. Start
 * 2,800. Kept 800 + 1,000 = 1,800, of 2,800. The price of A fell by 400. End as paid 1,200 + 1,500 + 300 =
 * 3,000, worth 2,000: inflation 1,000. 2,800 + 200 − 400 − 600 + 1,000 = 3,000. */
static void an_index_compares_in_prices_of_the_start(void **state) {
    struct world *w = *state;
    static const int64_t index[] = {100000000, 150000000};
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 120000);
    pays(w, 1, MAIN, day(2024, 1, 1), day(2025, 5, 31), 100000);
    pays(w, 1, MAIN, day(2025, 6, 1), DAY_NEVER, 150000);
    pays(w, 2, MAIN, day(2025, 7, 1), DAY_NEVER, 30000);
    pays(w, 3, MAIN, day(2024, 3, 1), day(2025, 2, 28), 60000);
    struct sums nominal = measured(w, day(2025, 1, 1), day(2026, 1, 1));
    IS(nominal, "nrr", 2700.0 / 2800);
    IS(nominal, "grr", 2200.0 / 2800);
    w->index = index;
    struct sums s = measured(w, day(2025, 1, 1), day(2026, 1, 1));
    IS(s, "nrr", 1800.0 / 2800);
    IS(s, "grr", 1800.0 / 2800);
    IS(s, "logo_retention", 2.0 / 3);
    IS(s, "price_effect", -400.0 / 2800);
    assert_int_equal(s.v[REVENUE_NEW], 20000);
    assert_int_equal(s.v[REVENUE_CONTRACTION + PART_PRICE], 40000);
    assert_int_equal(s.v[REVENUE_CHURN], 60000);
    assert_int_equal(s.v[REVENUE_INFLATION], 100000);
    assert_int_equal(s.v[REVENUE_END], 300000);
    closes(&s);
    /* In euros, too: 1,000 at 1.10 is 1,100 dollars; at the end 1,200, of which 100 are the exchange. 1,100
     * is worth 733.33 of the start. */
    w->n = 0;
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, 100000)->currency = EUR;
    rate(w, "EUR", day(2024, 6, 1), "1.10");
    rate(w, "EUR", day(2025, 6, 1), "1.20");
    s = measured(w, day(2025, 1, 1), day(2026, 1, 1));
    assert_int_equal(s.v[REVENUE_NET], 73333);
    assert_int_equal(s.v[REVENUE_FX], 10000);
    assert_int_equal(s.v[REVENUE_INFLATION], 110000 - 73333);
    closes(&s);
}

/* Priced by use, a year: October 828.00, November 920.00, December 1,012.00, January 1,104.00, from 1
 * February 1,196.00. The mean of the three months before January, by days: (828 × 31 + 920 × 30 + 1,012 × 31)
 * ÷ 92 = 920.00. NRR 1,196 ÷ 920 = 1.3. February starts from (920 × 30 + 1,012 × 31 + 1,104 × 31) ÷ 92 =
 * 1,013.00, which is 183.00 less than is paid then. By movements: 1,196 − 1,104 = 92 in January, (920 + 92) ÷
 * 920 = 1.1. */
static void use_starts_from_the_mean_of_three_months(void **state) {
    struct world *w = *state;
    static const int64_t paid[] = {82800, 92000, 101200, 110400, 119600};
    for (int i = 0; i < 5; i++) {
        struct ledger_row *row = pays(w, 0, MAIN, day(2024, 10, 1), DAY_NEVER, paid[i]);
        row->key = 0;
        row->effective = day_add_months(day(2024, 10, 1), CALENDAR_GREGORIAN, i);
        row->usage = true;
    }
    struct ledger_row *fresh =
        pays(w, 1, MAIN, day(2025, 1, 1), DAY_NEVER, 50000); /* no day before: as it pays */
    fresh->usage = true;
    struct sums s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    assert_int_equal(s.v[REVENUE_START], 92000 + 50000);
    assert_int_equal(s.v[REVENUE_EXPANSION_USAGE], 119600 - 92000);
    assert_int_equal(s.v[REVENUE_EXPANSION + PART_PRICE], 0);
    assert_int_equal(s.v[REVENUE_USAGE_LEVEL], -18300);
    assert_int_equal(s.v[REVENUE_END], 101300 + 50000);
    IS(s, "nrr", (119600.0 + 50000) / 142000);
    closes(&s);
    assert_int_equal(measured(w, day(2025, 2, 1), day(2025, 3, 1)).v[REVENUE_START], 101300 + 50000);
    w->flow = true;
    s = measured(w, day(2025, 1, 1), day(2025, 2, 1));
    IS(s, "nrr", (92000.0 + 9200 + 50000) / 142000);
    assert_int_equal(s.v[REVENUE_EXPANSION_USAGE], 9200);
    closes(&s);
}

/* ---- movements and cohorts ---- */

static void movements_to_the_day(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2025, 1, 5), day(2025, 3, 9), 1000);
    pays(w, 0, MAIN, day(2025, 3, 10), day(2025, 6, 30), 1300);
    struct ledger ledger;
    struct period period = {.from = day(2025, 1, 1), .to = day(2026, 1, 1)};
    struct retention_query query = {.periods = &period,
                                    .count = 1,
                                    .seen_on = day(2026, 1, 1),
                                    .grace_days = 30,
                                    .rates = &w->rates,
                                    .currencies = &w->currencies};
    movements list = {0};
    ledger_build(&ledger, w->rows, w->n, w->accounts, &w->settings, 0, period.to);
    retention_movements(&ledger, &query, 0, &list);
    assert_int_equal(list.n, 3);
    assert_int_equal(list.v[0].day, day(2025, 1, 5));
    assert_int_equal(list.v[0].kind, MOVEMENT_NEW);
    assert_int_equal(list.v[1].kind, MOVEMENT_EXPANSION);
    assert_int_equal(list.v[1].amount, 300);
    assert_int_equal(list.v[1].parts[PART_PRICE], 300);
    assert_int_equal(list.v[2].day, day(2025, 7, 1)); /* the first day not covered */
    assert_int_equal(list.v[2].kind, MOVEMENT_CHURN);
    assert_int_equal(list.v[2].amount, -1300);
    VEC_FREE(&list);
    ledger_free(&ledger);
}

/* January: A and B begin at 1,000 and 500; B leaves in March; A rises to 1,100 in February. February: C
 * begins at 300. Customers left at the end of the month: January 2, 2, 1; February 1, 1. Revenue: 1,500,
 * 1,600, 1,100; 300, 300. */
static void cohorts_by_the_month_of_the_start(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2025, 1, 5), day(2025, 2, 9), 1000);
    pays(w, 0, MAIN, day(2025, 2, 10), DAY_NEVER, 1100);
    pays(w, 1, MAIN, day(2025, 1, 20), day(2025, 3, 9), 500);
    pays(w, 2, MAIN, day(2025, 2, 2), DAY_NEVER, 300);
    struct period periods[3];
    periods[0] = period_of(day(2025, 1, 1), PERIOD_MONTH, CALENDAR_GREGORIAN, MONDAY);
    periods[1] = period_next(&periods[0]);
    periods[2] = period_next(&periods[1]);
    struct retention_query query = {.periods = periods,
                                    .count = 3,
                                    .seen_on = day(2026, 1, 1),
                                    .grace_days = 30,
                                    .rates = &w->rates,
                                    .currencies = &w->currencies};
    struct ledger ledger;
    struct revenue_cohorts c;
    ledger_build(&ledger, w->rows, w->n, w->accounts, &w->settings, 0, periods[2].to);
    assert_int_equal(retention_cohorts(&ledger, &query, NULL, 0, &w->arena, &c, &w->problem), OK);
    static const int64_t customers[] = {2, 2, 1, 1, 1, 0, 0, 0, 0},
                         revenue[] = {1500, 1600, 1100, 300, 300, 0, 0, 0, 0};
    for (size_t i = 0; i < COUNT(customers); i++) {
        assert_int_equal(c.customers[i], customers[i]);
        assert_int_equal(c.revenue[i], revenue[i]);
    }
    assert_int_equal(c.began[0], 2);
    assert_int_equal(c.began_revenue[0], 1500);
    ledger_free(&ledger);
}

static void amounts_that_cannot_be_summed_are_refused(void **state) {
    struct world *w = *state;
    pays(w, 0, MAIN, day(2024, 1, 1), DAY_NEVER, INT64_MAX - 5);
    pays(w, 1, MAIN, day(2024, 1, 1), DAY_NEVER, INT64_MAX - 5);
    struct ledger ledger;
    struct sums sums = {0};
    struct period period = {.from = day(2025, 1, 1), .to = day(2026, 1, 1)};
    struct retention_query query = {.periods = &period,
                                    .count = 1,
                                    .seen_on = period.to,
                                    .rates = &w->rates,
                                    .currencies = &w->currencies};
    ledger_build(&ledger, w->rows, w->n, w->accounts, &w->settings, 0, period.to);
    assert_int_equal(retention_measure(&ledger, &query, into_sums, &sums, &w->problem), TOO_LARGE);
    ledger_free(&ledger);
}

/* With overlap summed, three terms of 4 × 10^18 that end together would be 1.2 × 10^19, beyond 64 bits:
 * refused, not wrapped. */
static void dues_that_cannot_be_summed_are_refused(void **state) {
    struct world *w = *state;
    w->settings.sum_overlap = true;
    for (int i = 0; i < 3; i++)
        pays(w, 0, MAIN, day(2024, 2, 1), day(2025, 1, 31), 4000000000000000000);
    struct ledger ledger;
    struct sums sums = {0};
    struct period period = {.from = day(2025, 1, 15), .to = day(2025, 3, 1)};
    struct retention_query query = {.periods = &period,
                                    .count = 1,
                                    .seen_on = period.to,
                                    .rates = &w->rates,
                                    .currencies = &w->currencies};
    ledger_build(&ledger, w->rows, w->n, w->accounts, &w->settings, 0, period.to);
    assert_int_equal(ledger.dues.n, 1);
    assert_true(ledger.dues.v[0].arr == LEDGER_MOST);
    assert_int_equal(retention_measure(&ledger, &query, into_sums, &sums, &w->problem), TOO_LARGE);
    ledger_free(&ledger);
}

/* Churn counts on 10 January, the day of cancelling; the term ends with February, when its renewal is due. Of
 * euros there is no rate: the due is in no amount, and the customer is told apart, in place of no figure at
 * all. */
static void a_due_without_a_rate_is_told_apart(void **state) {
    struct world *w = *state;
    w->settings.at_cancellation = true;
    struct ledger_row *row = pays(w, 0, MAIN, day(2024, 3, 1), day(2025, 2, 28), 1000);
    row->currency = EUR;
    row->term.cancelled = day(2025, 1, 10);
    pays(w, 1, MAIN, day(2024, 1, 1), DAY_NEVER, 500);
    struct sums s = measured(w, day(2025, 2, 1), day(2025, 3, 1));
    assert_int_equal(s.v[CUSTOMERS_NOT_CONVERTED], 1);
    assert_int_equal(s.v[REVENUE_DUE], 0);
    assert_int_equal(s.v[REVENUE_START], 500);
    rate(w, "EUR", day(2025, 1, 1), "2"); /* 1,000 € at 2 */
    s = measured(w, day(2025, 2, 1), day(2025, 3, 1));
    assert_int_equal(s.v[CUSTOMERS_NOT_CONVERTED], 0);
    assert_int_equal(s.v[REVENUE_DUE], 2000);
    assert_int_equal(s.v[REVENUE_RENEWED], 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(metrics_of_the_table),
        TEST(a_zero_base_is_not_applicable),
        TEST(edges_of_a_period),
        TEST(coming_back_inside_the_grace_is_a_late_renewal),
        TEST(a_free_term_inside_the_grace_is_no_return),
        TEST(coming_back_outside_the_grace_is_churn_and_return),
        TEST(early_churn_is_in_no_rate),
        TEST(a_term_to_31_december_and_one_from_1_january_are_continuous),
        TEST(overlap_counts_by_its_maximum),
        TEST(merged_accounts_are_one_customer),
        TEST(seats_and_price_apart),
        TEST(contraction_is_of_the_customer),
        TEST(snapshot_and_flow_differ),
        TEST(flow_caps_the_losses_of_a_customer),
        TEST(a_mid_term_change_counts_in_full_from_its_day),
        TEST(renewal_rate_is_of_what_was_due),
        TEST(renewing_into_another_product_counts),
        TEST(churn_is_recognised_where_the_setting_says),
        TEST(lapsed_within_the_grace_is_pending),
        TEST(other_currencies_are_compared_at_the_rate_of_the_start),
        TEST(minor_units_differ),
        TEST(without_a_rate_a_customer_counts_but_not_its_money),
        TEST(a_due_without_a_rate_is_told_apart),
        TEST(a_rate_can_be_asked_as_it_was_known),
        TEST(an_index_compares_in_prices_of_the_start),
        TEST(use_starts_from_the_mean_of_three_months),
        TEST(movements_to_the_day),
        TEST(cohorts_by_the_month_of_the_start),
        TEST(amounts_that_cannot_be_summed_are_refused),
        TEST(dues_that_cannot_be_summed_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
