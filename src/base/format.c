#include "base/format.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>

static const struct text gregorian_months[] = {
    {"January", "ژانویه"}, {"February", "فوریه"},  {"March", "مارس"},
    {"April", "آوریل"},    {"May", "مه"},          {"June", "ژوئن"},
    {"July", "ژوئیه"},     {"August", "اوت"},      {"September", "سپتامبر"},
    {"October", "اکتبر"},  {"November", "نوامبر"}, {"December", "دسامبر"},
};
static const struct text persian_months[] = {
    {"Farvardin", "فروردین"}, {"Ordibehesht", "اردیبهشت"},
    {"Khordad", "خرداد"},     {"Tir", "تیر"},
    {"Mordad", "مرداد"},      {"Shahrivar", "شهریور"},
    {"Mehr", "مهر"},          {"Aban", "آبان"},
    {"Azar", "آذر"},          {"Dey", "دی"},
    {"Bahman", "بهمن"},       {"Esfand", "اسفند"},
};
static const struct text weekdays[] = {
    {"Sunday", "یکشنبه"},    {"Monday", "دوشنبه"}, {"Tuesday", "سه‌شنبه"}, {"Wednesday", "چهارشنبه"},
    {"Thursday", "پنجشنبه"}, {"Friday", "جمعه"},   {"Saturday", "شنبه"},
};
/* Currencies with a name in both languages; the others show their code. */
static const struct {
    const char *code;
    struct text name;
} currency_names[] = {
    {"IRR", {"rial", "ریال"}}, {"USD", {"USD", "دلار"}}, {"EUR", {"EUR", "یورو"}},
    {"GBP", {"GBP", "پوند"}},  {"AED", {"AED", "درهم"}}, {"TRY", {"TRY", "لیر"}},
};
static const struct text TOMAN = {"toman", "تومان"};

static const char *say(const struct format *format, struct text text) {
    return format->language == PERSIAN ? text.fa : text.en;
}

static bool persian_digits(const struct format *format) {
    return format->digits == DIGITS_BY_LANGUAGE ? format->language == PERSIAN
                                                : format->digits == DIGITS_PERSIAN;
}

static void put_digit(struct buf *out, const struct format *format, char digit) {
    if (persian_digits(format)) {
        const char persian[] = {(char)0xDB, (char)(0xB0 + digit - '0')}; /* U+06F0 and after */
        buf_put(out, persian, sizeof persian);
    } else {
        buf_put_byte(out, digit);
    }
}

void format_digits(struct buf *out, const struct format *format, struct str text) {
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9')
            put_digit(out, format, text.p[i]);
        else
            buf_put_byte(out, text.p[i]);
    }
}

/* In Persian text the sign needs a mark, or it would jump to the other side of the digits. */
#define MARKED_MINUS "\u200e\u2212"

static void put_minus(struct buf *out, const struct format *format) {
    buf_put_c(out, format->language == PERSIAN || persian_digits(format) ? MARKED_MINUS : "-");
}

/* ASCII digits, the last `decimals` of them behind the point. */
static void put_grouped(struct buf *out, const struct format *format, const char *digits, size_t n,
                        size_t decimals) {
    for (size_t i = 0; i < n; i++) {
        size_t left = n - decimals - i; /* digits of the whole part from here on */
        if (i == n - decimals)
            buf_put_c(out, persian_digits(format) ? "٫" : ".");
        else if (i && i < n - decimals && left % 3 == 0)
            buf_put_c(out, persian_digits(format) ? "٬" : ",");
        put_digit(out, format, digits[i]);
    }
}

static void put_scaled(struct buf *out, const struct format *format, int64_t value, int decimals) {
    char digits[40];
    uint64_t magnitude = value < 0 ? -(uint64_t)value : (uint64_t)value;
    int n = snprintf(digits, sizeof digits, "%0*llu", decimals + 1, (unsigned long long)magnitude);
    if (value < 0) put_minus(out, format);
    put_grouped(out, format, digits, (size_t)n, (size_t)decimals);
}

void format_int(struct buf *out, const struct format *format, int64_t value) {
    put_scaled(out, format, value, 0);
}

/* More places than any tie has: a double that ends in exactly …5 behind d places has no digits beyond. */
enum { EXACT_PLACES = 30, NUMBER_ROOM = 400 };

void format_number(struct buf *out, const struct format *format, double value, int decimals) {
    if (!isfinite(value)) {
        buf_put_c(out, "–");
        return;
    }
    char digits[NUMBER_ROOM], text[NUMBER_ROOM] = "0"; /* a place in front for the carry */
    int whole = snprintf(digits, sizeof digits, "%.*f", decimals + EXACT_PLACES, fabs(value));
    size_t n = 1;
    for (int i = 0; i < whole - EXACT_PLACES; i++)
        if (digits[i] != '.') text[n++] = digits[i];
    if (digits[whole - EXACT_PLACES] >= '5') {
        size_t i = n;
        while (text[--i] == '9')
            text[i] = '0';
        text[i]++;
    }
    size_t places = (size_t)decimals, from = 0;
    while (places && text[n - 1] == '0')
        n--, places--;
    while (from + places + 1 < n && text[from] == '0')
        from++;
    bool zero = true;
    for (size_t i = from; i < n; i++)
        zero = zero && text[i] == '0';
    if (value < 0 && !zero) put_minus(out, format);
    put_grouped(out, format, text + from, n - from, places);
}

void format_percent(struct buf *out, const struct format *format, double ratio, int decimals) {
    struct buf text = {0};
    format_number(&text, format, ratio * 100, decimals);
    if (isfinite(ratio * 100)) buf_put_c(&text, persian_digits(format) ? "٪" : "%");
    /* In Persian text a mark keeps the percent sign at the left of the number, wherever it stands. A loss is
     * written as CLDR has it, within an isolate: its two signs and what stands beside it do not move each
     * other. */
    bool loss = str_starts(buf_str(&text), STR(MARKED_MINUS));
    bool marked = format->language == PERSIAN && isfinite(ratio * 100);
    if (marked) buf_put_c(out, loss ? "\u2066" : "\u061c");
    buf_put_str(out, buf_str(&text));
    if (marked && loss) buf_put_c(out, "\u2069");
    buf_free(&text);
}

void format_compact(struct buf *out, const struct format *format, double value) {
    static const struct {
        double least, unit;
        struct text name;
    } steps[] = {
        /* a value that would round up to 1,000 of a step belongs to the next */
        {999950000000, 1e12, {"T", " هزار میلیارد"}},
        {999950000, 1e9, {"B", " میلیارد"}},
        {999950, 1e6, {"M", " میلیون"}},
        {1000, 1e3, {"K", " هزار"}},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (isfinite(value) && fabs(value) >= steps[i].least) {
            format_number(out, format, value / steps[i].unit, 1);
            buf_put_c(out, say(format, steps[i].name));
            return;
        }
    format_number(out, format, value, fabs(value) < 100 ? 1 : 0);
}

static void put_padded(struct buf *out, const struct format *format, int32_t value, int places) {
    char digits[16];
    int n = snprintf(digits, sizeof digits, "%0*d", places, value);
    format_digits(out, format, (struct str){digits, (size_t)n});
}

void format_day(struct buf *out, const struct format *format, day_t day, enum day_style style) {
    struct date date = date_from_day(day, format->calendar);
    const struct text *months = format->calendar == CALENDAR_PERSIAN ? persian_months : gregorian_months;
    bool persian = format->language == PERSIAN;
    if (style == DAY_SHORT || style == DAY_PADDED) {
        bool slashes = persian || format->calendar == CALENDAR_PERSIAN;
        int places = slashes && style == DAY_SHORT ? 1 : 2;
        put_padded(out, format, date.year, 4);
        buf_put_byte(out, slashes ? '/' : '-');
        put_padded(out, format, date.month, places);
        buf_put_byte(out, slashes ? '/' : '-');
        put_padded(out, format, date.day, places);
        return;
    }
    if (style == DAY_FULL) {
        buf_put_c(out, say(format, weekdays[day_weekday(day)]));
        buf_put_c(out, persian ? " " : ", ");
    }
    if (style != DAY_MONTH) {
        put_padded(out, format, date.day, 1);
        buf_put_byte(out, ' ');
    }
    buf_put_c(out, say(format, months[date.month - 1]));
    buf_put_byte(out, ' ');
    put_padded(out, format, date.year, 4);
}

void format_instant(struct buf *out, const struct format *format, const struct zone *zone, instant_t at) {
    int64_t local = at + zone_offset(zone, at);
    int32_t minutes = (int32_t)((local % DAY_MS + DAY_MS) % DAY_MS / 60000);
    day_t day = (day_t)((local - (local % DAY_MS + DAY_MS) % DAY_MS) /
                        DAY_MS); /* the wall's date, also in an hour that repeats */
    format_day(out, format, day, DAY_LONG);
    buf_put_c(out, format->language == PERSIAN ? "، " : ", ");
    put_padded(out, format, minutes / 60, 2);
    buf_put_byte(out, ':');
    put_padded(out, format, minutes % 60, 2);
}

void format_money(struct buf *out, const struct format *format, int64_t minor, struct str currency) {
    int exponent = currency_exponent(currency);
    bool rial = str_equal_nocase(currency, STR("IRR"));
    if (rial && format->toman) {
        if (minor % 10)
            put_scaled(out, format, minor, 1);
        else
            format_int(out, format, minor / 10);
        buf_put_byte(out, ' ');
        buf_put_c(out, say(format, TOMAN));
        return;
    }
    put_scaled(out, format, minor, exponent < 0 ? 0 : exponent);
    buf_put_byte(out, ' ');
    for (size_t i = 0; i < sizeof currency_names / sizeof *currency_names; i++)
        if (str_equal_nocase(currency, str_of(currency_names[i].code))) {
            buf_put_c(out, say(format, currency_names[i].name));
            return;
        }
    buf_put_str(out, currency);
}

void format_days(struct buf *out, const struct format *format, int64_t days) {
    format_int(out, format, days);
    buf_put_c(out, format->language == PERSIAN ? " روز" : days == 1 || days == -1 ? " day" : " days");
}
