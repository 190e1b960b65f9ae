/* The figures of retention, declared: what they are called, what they are made of, and what they mean, in
 * both languages (metrics.md is the source of every formula). */
#include "insight/retention.h"
#include "statistics/tails.h"

#include <math.h>

const struct retention_amount_info retention_amounts[RETENTION_AMOUNTS] = {
    [CUSTOMERS_START] = {"customers_start", {"Customers at the start", "مشتریان آغاز دوره"}},
    [CUSTOMERS_KEPT] = {"customers_kept", {"Customers kept", "مشتریان مانده"}},
    [CUSTOMERS_NEW] = {"customers_new", {"New customers", "مشتریان تازه"}},
    [CUSTOMERS_RETURNED] = {"customers_returned", {"Customers who returned", "مشتریان بازگشته"}},
    [CUSTOMERS_LOST] = {"customers_lost", {"Customers lost", "مشتریان ازدست‌رفته"}},
    [CUSTOMERS_END] = {"customers_end", {"Customers at the end", "مشتریان پایان دوره"}},
    [CUSTOMERS_PENDING] = {"customers_pending", {"Lapsed, within the grace", "منقضی، در مهلت تمدید"}},
    [CUSTOMERS_EARLY] = {"customers_early_churn",
                         {"New and lost in the period",
                          "تازه و ازدست‌رفته در همین دوره"}},
    [CUSTOMERS_NOT_CONVERTED] = {"customers_not_converted",
                                 {"Customers without a rate or an amount", "مشتریان بدون نرخ یا مبلغ"}},
    [REVENUE_START] = {"start", {"ARR at the start", "درآمد سالانهٔ آغاز دوره"}, true},
    [REVENUE_GROSS] = {"kept_gross", {"Kept, without rises", "ماندهٔ ناخالص"}, true},
    [REVENUE_NET] = {"kept_net", {"Kept, with rises", "ماندهٔ خالص"}, true},
    [REVENUE_NET_ESCALATORS] = {"kept_escalators",
                                {"Of it by contracted price changes", "سهم تغییر قیمت قراردادی از آن"},
                                true},
    [REVENUE_NEW] = {"new", {"New", "تازه"}, true},
    [REVENUE_RETURNED] = {"returned", {"Returned", "بازگشته"}, true},
    [REVENUE_EXPANSION + PART_SEATS] = {"expansion_seats", {"Expansion by seats", "رشد از صندلی"}, true},
    [REVENUE_EXPANSION + PART_PRICE] = {"expansion_price", {"Expansion by price", "رشد از قیمت"}, true},
    [REVENUE_EXPANSION + PART_ESCALATOR] = {"expansion_escalator",
                                            {"Expansion by contracted price", "رشد از قیمت قراردادی"},
                                            true},
    [REVENUE_EXPANSION + PART_PLAN] = {"expansion_plan", {"Expansion by plan", "رشد از طرح"}, true},
    [REVENUE_EXPANSION + PART_PRODUCT] = {"expansion_product", {"Cross-sell", "فروش محصول دیگر"}, true},
    [REVENUE_CONTRACTION +
        PART_SEATS] = {"contraction_seats", {"Contraction by seats", "کاهش از صندلی"}, true},
    [REVENUE_CONTRACTION +
        PART_PRICE] = {"contraction_price", {"Contraction by price", "کاهش از قیمت"}, true},
    [REVENUE_CONTRACTION + PART_ESCALATOR] = {"contraction_escalator",
                                              {"Contraction by contracted price", "کاهش از قیمت قراردادی"},
                                              true},
    [REVENUE_CONTRACTION + PART_PLAN] = {"contraction_plan", {"Contraction by plan", "کاهش از طرح"}, true},
    [REVENUE_CONTRACTION +
        PART_PRODUCT] = {"contraction_product", {"Contraction by product", "کاهش از محصول"}, true},
    [REVENUE_CHURN] = {"churn", {"Churn", "ریزش"}, true},
    [REVENUE_FX] = {"fx", {"Exchange effect", "اثر نرخ ارز"}, true},
    [REVENUE_END] = {"end", {"ARR at the end", "درآمد سالانهٔ پایان دوره"}, true},
    [REVENUE_PENDING] = {"pending", {"Lapsed, within the grace", "منقضی، در مهلت تمدید"}, true},
    [REVENUE_PENDING_GROSS] = {"pending_gross", {"The same, without rises", "همان، بدون رشد"}, true},
    [REVENUE_EARLY] = {"early_churn",
                       {"New and lost in the period",
                        "تازه و ازدست‌رفته در همین دوره"},
                       true},
    [REVENUE_DUE] = {"due", {"Due for renewal", "موعد تمدید"}, true},
    [REVENUE_RENEWED] = {"renewed", {"Renewed", "تمدیدشده"}, true},
    [REVENUE_DUE_PENDING] = {"due_pending", {"Due, within the grace", "موعد رسیده، در مهلت تمدید"}, true},
    [REVENUE_EXPANSION_USAGE] = {"expansion_usage", {"Expansion by use", "رشد از مصرف"}, true},
    [REVENUE_CONTRACTION_USAGE] = {"contraction_usage", {"Contraction by use", "کاهش از مصرف"}, true},
    [REVENUE_USAGE_LEVEL] = {"usage_level",
                             {"From use to its three-month mean",
                              "از مصرف تا میانگین سه‌ماههٔ آن"},
                             true},
    [REVENUE_INFLATION] = {"inflation", {"Inflation", "تورم"}, true},
    [RENEWALS_DUE] = {"renewals_due", {"Terms due for renewal", "دوره‌های موعد تمدید"}},
    [RENEWALS_DONE] = {"renewals_done", {"Terms renewed", "دوره‌های تمدیدشده"}},
};

#define PLUS(amount)  (amount) + 1
#define MINUS(amount) -((amount) + 1)
#define EXPANSION                                                                                            \
    PLUS(REVENUE_EXPANSION), PLUS(REVENUE_EXPANSION + 1), PLUS(REVENUE_EXPANSION + 2),                       \
        PLUS(REVENUE_EXPANSION + 3), PLUS(REVENUE_EXPANSION + 4), PLUS(REVENUE_EXPANSION_USAGE)
#define LESS_EXPANSION                                                                                       \
    MINUS(REVENUE_EXPANSION), MINUS(REVENUE_EXPANSION + 1), MINUS(REVENUE_EXPANSION + 2),                    \
        MINUS(REVENUE_EXPANSION + 3), MINUS(REVENUE_EXPANSION + 4), MINUS(REVENUE_EXPANSION_USAGE)
#define CONTRACTION                                                                                          \
    PLUS(REVENUE_CONTRACTION), PLUS(REVENUE_CONTRACTION + 1), PLUS(REVENUE_CONTRACTION + 2),                 \
        PLUS(REVENUE_CONTRACTION + 3), PLUS(REVENUE_CONTRACTION + 4), PLUS(REVENUE_CONTRACTION_USAGE)

const struct retention_figure retention_figures[] = {
    {"grr",
     {"Gross revenue retention", "نگهداشت ناخالص درآمد"},
     {"Of the yearly revenue of the customers at the start, the share still there at the end, every customer "
      "counted up to what it paid at the start; rises and new customers are left out.",
      "سهمی از درآمد سالانهٔ مشتریان آغاز دوره که در پایان مانده است؛ هر مشتری حداکثر به اندازهٔ مبلغ آغازش "
      "شمرده می‌شود و رشد و مشتری تازه در آن نیست."},
     {PLUS(REVENUE_GROSS)},
     {PLUS(REVENUE_START)},
     .kept = true,
     .pending = PLUS(REVENUE_PENDING_GROSS)},
    {"nrr",
     {"Net revenue retention", "نگهداشت خالص درآمد"},
     {"The same customers' yearly revenue at the end, with rises, over what it was at the start; new and "
      "returned customers are left out.",
      "درآمد سالانهٔ همان مشتریان در پایان، با رشد، بخش بر درآمدشان در آغاز؛ مشتریان تازه و بازگشته در آن "
      "نیستند."},
     {PLUS(REVENUE_NET)},
     {PLUS(REVENUE_START)},
     .kept = true,
     .pending = PLUS(REVENUE_PENDING)},
    {"nrr_without_escalators",
     {"Net revenue retention without contracted price changes",
      "نگهداشت خالص درآمد بدون تغییر قیمت قراردادی"},
     {"Net revenue retention with price changes that contracts foresee left out.",
      "نگهداشت خالص درآمد، بی‌آنکه تغییر قیمت پیش‌بینی‌شده در قرارداد به حساب آید."},
     {PLUS(REVENUE_NET), MINUS(REVENUE_NET_ESCALATORS)},
     {PLUS(REVENUE_START)},
     .kept = true,
     .pending = PLUS(REVENUE_PENDING)},
    {"logo_retention",
     {"Logo retention", "نگهداشت مشتری"},
     {"Of the customers at the start, the share that is still a customer at the end.",
      "سهمی از مشتریان آغاز دوره که در پایان هنوز مشتری‌اند."},
     {PLUS(CUSTOMERS_KEPT)},
     {PLUS(CUSTOMERS_START)},
     .kept = true,
     .pending = PLUS(CUSTOMERS_PENDING)},
    {"customer_churn",
     {"Customer churn", "ریزش مشتری"},
     {"1 − logo retention.", "۱ − نگهداشت مشتری."},
     {PLUS(CUSTOMERS_KEPT)},
     {PLUS(CUSTOMERS_START)},
     .kept = true,
     .pending = PLUS(CUSTOMERS_PENDING),
     .complement = true},
    {"customer_churn_monthly",
     {"Customer churn, rescaled to a month", "ریزش مشتری، در مقیاس ماه"},
     {"1 − (1 − customer churn)^(365/12 ÷ days of the period).",
      "۱ − (۱ − ریزش مشتری) به توان (۳۶۵/۱۲ ÷ روزهای دوره)."},
     {PLUS(CUSTOMERS_KEPT)},
     {PLUS(CUSTOMERS_START)},
     .kept = true,
     .complement = true,
     .days = 365.0 / 12},
    {"customer_churn_annual",
     {"Customer churn, rescaled to a year", "ریزش مشتری، در مقیاس سال"},
     {"1 − (1 − customer churn)^(365 ÷ days of the period).",
      "۱ − (۱ − ریزش مشتری) به توان (۳۶۵ ÷ روزهای دوره)."},
     {PLUS(CUSTOMERS_KEPT)},
     {PLUS(CUSTOMERS_START)},
     .kept = true,
     .complement = true,
     .days = 365},
    {"gross_revenue_churn",
     {"Gross MRR churn", "ریزش ناخالص درآمد"},
     {"(Churn + contraction) ÷ revenue at the start. Monthly and yearly revenue give the same share.",
      "(ریزش + کاهش) ÷ درآمد آغاز دوره. با درآمد ماهانه یا سالانه نسبت یکی است."},
     {PLUS(REVENUE_CHURN), CONTRACTION},
     {PLUS(REVENUE_START)}},
    {"net_revenue_churn",
     {"Net MRR churn", "ریزش خالص درآمد"},
     {"(Churn + contraction − expansion − returned) ÷ revenue at the start. Those who return offset it, so it "
      "need not be 1 − net revenue retention.",
      "(ریزش + کاهش − رشد − بازگشته) ÷ درآمد آغاز دوره. بازگشتگان از آن می‌کاهند، پس الزاماً ۱ − نگهداشت خالص "
      "نیست."},
     {PLUS(REVENUE_CHURN), CONTRACTION, LESS_EXPANSION, MINUS(REVENUE_RETURNED)},
     {PLUS(REVENUE_START)}},
    {"quick_ratio",
     {"Quick ratio", "نسبت سریع"},
     {"(New + expansion + returned) ÷ (churn + contraction); ∞ when nothing was lost.",
      "(تازه + رشد + بازگشته) ÷ (ریزش + کاهش)؛ اگر چیزی از دست نرفته باشد ∞."},
     {PLUS(REVENUE_NEW), EXPANSION, PLUS(REVENUE_RETURNED)},
     {PLUS(REVENUE_CHURN), CONTRACTION},
     .infinite = true},
    {"renewal_rate",
     {"Renewal rate", "نرخ تمدید"},
     {"Of the yearly revenue of terms that ended in the period, the share that was renewed; rises above the "
      "term's amount and terms not due are left out.",
      "از درآمد سالانهٔ دوره‌های قراردادی که موعدشان رسید، سهمی که تمدید شد؛ افزایش بیش از مبلغ پیشین و "
      "دوره‌هایی که موعدشان نرسیده در آن نیست."},
     {PLUS(REVENUE_RENEWED)},
     {PLUS(REVENUE_DUE)},
     .kept = true,
     .pending = PLUS(REVENUE_DUE_PENDING)},
    {"renewal_rate_terms",
     {"Renewal rate, by terms", "نرخ تمدید، به شمار"},
     {"Of the terms that ended in the period, the share that was renewed at any amount.",
      "از دوره‌های قراردادی که موعدشان رسید، سهمی که به هر مبلغی تمدید شد."},
     {PLUS(RENEWALS_DONE)},
     {PLUS(RENEWALS_DUE)},
     .kept = true},
    {"expansion_rate",
     {"Expansion", "رشد"},
     {"Expansion (seats, price, plan, product, use) ÷ revenue at the start.",
      "رشد (صندلی، قیمت، طرح، محصول، مصرف) ÷ درآمد آغاز دوره."},
     {EXPANSION},
     {PLUS(REVENUE_START)}},
    {"cross_sell_rate",
     {"Cross-sell", "فروش محصول دیگر"},
     {"Expansion by products that a customer did not have before ÷ revenue at the start.",
      "رشد از محصول‌هایی که مشتری پیش‌تر نداشت ÷ درآمد آغاز دوره."},
     {PLUS(REVENUE_EXPANSION + PART_PRODUCT)},
     {PLUS(REVENUE_START)}},
    {"price_effect",
     {"Price effect", "اثر قیمت"},
     {"What price changes alone, contracted ones included, did to customers who stayed ÷ revenue at the start.",
      "آنچه تنها تغییر قیمت، با قراردادی‌ها، بر مشتریان مانده افزود یا کاست ÷ درآمد آغاز دوره."},
     {PLUS(REVENUE_EXPANSION + PART_PRICE), PLUS(REVENUE_EXPANSION + PART_ESCALATOR),
      MINUS(REVENUE_CONTRACTION + PART_PRICE), MINUS(REVENUE_CONTRACTION + PART_ESCALATOR)},
     {PLUS(REVENUE_START)}},
    {"exchange_effect",
     {"Exchange effect", "اثر نرخ ارز"},
     {"What exchange rates alone did to revenue in the period ÷ revenue at the start. All other figures are "
      "at the rate of the period's first day.",
      "آنچه تنها نرخ ارز در دوره بر درآمد افزود یا کاست ÷ درآمد آغاز دوره. دیگر شاخص‌ها با نرخ روز نخست "
      "دوره‌اند."},
     {PLUS(REVENUE_FX)},
     {PLUS(REVENUE_START)}},
};
const size_t retention_figure_count = COUNT(retention_figures);

const char *const movement_keys[MOVEMENT_KINDS] = {"new", "returned", "expansion", "contraction", "churn"};
const struct text movement_titles[MOVEMENT_KINDS] = {{"New", "تازه"},
                                                     {"Returned", "بازگشته"},
                                                     {"Expansion", "رشد"},
                                                     {"Contraction", "کاهش"},
                                                     {"Churn", "ریزش"}};
const char *const part_keys[REVENUE_PARTS] = {"seats", "price", "escalator", "plan", "product", "usage"};

int64_t retention_sum(const int64_t *amounts, const int8_t *terms) {
    int64_t sum = 0;
    for (size_t i = 0; i < FIGURE_TERMS && terms[i]; i++)
        sum += terms[i] > 0 ? amounts[terms[i] - 1] : -amounts[-terms[i] - 1];
    return sum;
}

static double scaled(const struct retention_figure *figure, double value, int32_t days) {
    if (figure->days > 0) value = pow(value, figure->days / days);
    return figure->complement ? 1 - value : value;
}

struct figure_value retention_value(const struct retention_figure *figure, const int64_t *amounts,
                                    int32_t days) {
    int64_t over = retention_sum(amounts, figure->over), under = retention_sum(amounts, figure->under);
    struct figure_value ret = {.state = FIGURE_NOT_APPLICABLE, .value = NAN, .if_renewed = NAN};
    if (under == 0) {
        if (figure->infinite && over > 0) ret.state = FIGURE_INFINITE;
        return ret;
    }
    ret.state = FIGURE_KNOWN;
    ret.value = scaled(figure, (double)over / (double)under, days);
    if (figure->pending && amounts[figure->pending - 1])
        ret.if_renewed =
            scaled(figure, ((double)over + (double)amounts[figure->pending - 1]) / (double)under, days);
    return ret;
}

void retention_spread_add(struct retention_spread *spread, const struct retention_figure *figure,
                          const int64_t *amounts) {
    double over = (double)retention_sum(amounts, figure->over),
           under = (double)retention_sum(amounts, figure->under);
    spread->customers += under != 0;
    spread->over += over * over;
    spread->both += over * under;
    spread->under += under * under;
}

struct interval retention_interval(const struct retention_figure *figure, const int64_t *amounts,
                                   const struct retention_spread *spread, int32_t days) {
    double over = (double)retention_sum(amounts, figure->over),
           under = (double)retention_sum(amounts, figure->under), n = spread->customers;
    struct interval raw;
    if (n < RETENTION_LEAST_CUSTOMERS || under == 0 || figure->infinite)
        return (struct interval){.low = NAN, .high = NAN};
    if (retention_amounts[figure->under[0] - 1].money) {
        double ratio = over / under,
               squares = spread->over - 2 * ratio * spread->both + ratio * ratio * spread->under,
               margin = NORMAL_975 * sqrt(fmax(squares, 0) * n / (n - 1)) / fabs(under);
        raw = (struct interval){.low = ratio - margin, .high = ratio + margin};
    } else {
        raw = proportion_wilson(over, under);
    }
    if (figure->days > 0) raw.low = fmax(raw.low, 0);
    double a = scaled(figure, raw.low, days), b = scaled(figure, raw.high, days);
    return (struct interval){.low = fmin(a, b), .high = fmax(a, b)};
}
