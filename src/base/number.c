#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const struct message NOT_A_NUMBER =
    MESSAGE("not_a_number", "“{0}” is not a number. Write it like 1234.5 or 1,234.5.",
            "«{0}» عدد نیست. آن را مانند ۱۲۳۴٫۵ یا ۱٬۲۳۴٫۵ بنویسید.");
static const struct message NOT_FINITE = MESSAGE(
    "number_not_finite", "“{0}” is not a finite number. Leave the cell empty when the value is not known.",
    "«{0}» عددی معین نیست. اگر مقدار معلوم نیست، خانه را خالی بگذارید.");
static const struct message GROUPING = MESSAGE(
    "number_grouping",
    "“{0}” could mean two numbers. Group by threes (1,234,567) and put a point before decimals (1.25).",
    "«{0}» را می‌توان دو جور خواند. رقم‌ها را سه‌تاسه‌تا جدا کنید (۱٬۲۳۴٬۵۶۷) و پیش از اعشار ممیز "
    "بگذارید (۱٫۲۵).");
static const struct message TOO_BIG =
    MESSAGE("number_too_big", "“{0}” is too big to be stored.",
            "«{0}» بزرگ‌تر از آن است که ذخیره شود.");
static const struct message NOT_WHOLE =
    MESSAGE("number_not_whole", "“{0}” must be a whole number.", "«{0}» باید عدد صحیح باشد.");
static const struct message TOO_FINE = MESSAGE(
    "money_too_fine",
    "“{0}” has more decimals than the currency has. Money is never rounded silently: correct it.",
    "«{0}» بیش از واحد پول رقم اعشار دارد. مبلغ‌ها بی‌خبر گرد نمی‌شوند؛ آن را اصلاح "
    "کنید.");

/* Numbers longer than this are no numbers of ours. */
enum { MAX_TEXT = 128, MAX_DIGITS = 96 };

/* The code points that matter, one char each: digits as ASCII; '.' for both decimal signs; ',' and ';' for
 * the two grouping signs, so that a mixture of them is seen; '-' for both minus signs. 0 for anything else.
 */
static char plain(uint32_t c) {
    if (c >= 0x6F0 && c <= 0x6F9) return (char)('0' + c - 0x6F0);
    if (c >= 0x660 && c <= 0x669) return (char)('0' + c - 0x660);
    switch (c) {
    case 0x66B:
        return '.';
    case 0x66C:
        return ';';
    case 0x2212:
        return '-';
    case ';':
        return 0;
    default:
        return c < 0x80 ? (char)c : 0;
    }
}

static bool is_direction_mark(uint32_t c) {
    return c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x61C;
}

size_t digits_to_ascii(struct str s, char *out, size_t size) {
    size_t n = 0;
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        bool digit = (c >= 0x6F0 && c <= 0x6F9) || (c >= 0x660 && c <= 0x669);
        size_t bytes = digit ? 1 : at - from;
        if (size - n < bytes) return SIZE_MAX;
        if (digit) {
            out[n++] = plain(c);
        } else {
            memcpy(out + n, s.p + from, bytes);
            n += bytes;
        }
    }
    return n;
}

/* A number taken apart. Digits are ASCII, without leading zeros of the whole part. */
struct parts {
    bool negative;
    char digits[MAX_DIGITS];
    int whole, decimals; /* counts of digits before and behind the point */
    int exponent;        /* behind 'e' */
};

static const struct message *take_apart(struct str s, bool exponent_allowed, struct parts *parts) {
    char text[MAX_TEXT + 1];
    size_t n = 0;
    *parts = (struct parts){0};
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (is_direction_mark(c)) continue;
        if (c == 0xA0 || c == 0x202F) c = ' ';
        if (n == MAX_TEXT) return &NOT_A_NUMBER;
        text[n++] = plain(c);
    }
    text[n] = 0;
    struct str t = str_trim((struct str){text, n});
    const char *p = t.p, *end = t.p + t.n;
    if (p < end && (*p == '-' || *p == '+')) parts->negative = *p++ == '-';
    struct str word = {p, (size_t)(end - p)};
    if (str_equal_nocase(word, STR("nan")) || str_equal_nocase(word, STR("inf")) ||
        str_equal_nocase(word, STR("infinity")))
        return &NOT_FINITE;

    char separator = 0;
    int seen = 0, group = 0; /* digits of the whole part; those since the last separator */
    const char *first = p;
    for (; p < end && *p != '.' && *p != 'e' && *p != 'E'; p++) {
        if (*p == ',' || *p == ';') {
            if (separator ? (*p != separator || group != 3) : (group < 1 || group > 3))
                return seen ? &GROUPING : &NOT_A_NUMBER;
            if (!separator && *first == '0') return &GROUPING;
            separator = *p;
            group = 0;
        } else if (*p >= '0' && *p <= '9') {
            seen++, group++;
            if (!parts->whole && *p == '0') continue;
            if (parts->whole == MAX_DIGITS) return &TOO_BIG;
            parts->digits[parts->whole++] = *p;
        } else {
            return &NOT_A_NUMBER;
        }
    }
    if (separator && group != 3) return &GROUPING;
    if (p < end && *p == '.') {
        for (p++; p < end && *p >= '0' && *p <= '9'; p++) {
            if (parts->whole + parts->decimals == MAX_DIGITS) return &TOO_BIG;
            parts->digits[parts->whole + parts->decimals++] = *p;
        }
        if (!parts->decimals) return &NOT_A_NUMBER;
        if (p < end && (*p == '.' || *p == ',' || *p == ';') && seen) return &GROUPING;
    }
    if (!seen && !parts->decimals) return &NOT_A_NUMBER;
    if (p < end && exponent_allowed && (*p == 'e' || *p == 'E')) {
        int64_t exponent;
        if (!str_to_int((struct str){p + 1, (size_t)(end - p - 1)}, &exponent)) return &NOT_A_NUMBER;
        if (exponent > 9999) exponent = 9999;
        if (exponent < -9999) exponent = -9999;
        parts->exponent = (int)exponent;
        p = end;
    }
    return p == end ? NULL : &NOT_A_NUMBER;
}

const struct message *number_parse(struct str s, double *out) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    struct parts parts;
    const struct message *fault = take_apart(s, true, &parts);
    if (fault) return fault;
    int count = parts.whole + parts.decimals, exponent = parts.exponent - parts.decimals;
    double value;
    if (count <= 15 && exponent >= -22 && exponent <= 22) {
        /* both operands are exact doubles, so that one operation rounds once (Clinger 1990) */
        int64_t mantissa = 0;
        for (int i = 0; i < count; i++)
            mantissa = mantissa * 10 + (parts.digits[i] - '0');
        value = exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
    } else {
        char text[MAX_DIGITS + 16];
        snprintf(text, sizeof text, "%.*se%d", count, parts.digits, exponent);
        value = strtod(text, NULL); /* no decimal point in it: the same in every locale */
    }
    if (!isfinite(value)) return &TOO_BIG;
    *out = parts.negative ? -value : value;
    return NULL;
}

/* The digits with `decimals` of them behind the point, as an integer; finer digits must be zeros. */
static const struct message *scale(const struct parts *parts, int decimals, const struct message *finer,
                                   int64_t *out) {
    int64_t value = 0;
    for (int i = 0; i < parts->whole + decimals; i++) {
        int digit = i < parts->whole + parts->decimals ? parts->digits[i] - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value)) return &TOO_BIG;
        if (__builtin_add_overflow(value, parts->negative ? -digit : digit, &value)) return &TOO_BIG;
    }
    for (int i = decimals; i < parts->decimals; i++)
        if (parts->digits[parts->whole + i] != '0') return finer;
    *out = value;
    return NULL;
}

const struct message *number_parse_int(struct str s, int64_t *out) {
    struct parts parts;
    const struct message *fault = take_apart(s, false, &parts);
    if (fault) return fault;
    if (parts.decimals) return &NOT_WHOLE;
    return scale(&parts, 0, &NOT_WHOLE, out);
}

const struct message *money_parse(struct str s, int exponent, int64_t *minor) {
    struct parts parts;
    const struct message *fault = take_apart(s, false, &parts);
    return fault ? fault : scale(&parts, exponent, &TOO_FINE, minor);
}

/* ISO 4217 codes by the decimals of their minor unit. The rial is counted whole: nobody uses its hundredths.
 */
static const struct {
    int exponent;
    const char *codes;
} currencies[] = {
    {2, "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
        "CHF CNY COP CRC "
        "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
        "INR JMD KES KGS "
        "KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN "
        "NIO NOK NPR NZD "
        "PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
        "THB TJS TMT TOP "
        "TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG"},
    {0, "BIF CLP DJF GNF IRR ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"},
    {3, "BHD IQD JOD KWD LYD OMR TND"},
    {4, "CLF UYW"},
};

int currency_exponent(struct str code) {
    if (code.n != 3) return -1;
    for (size_t i = 0; i < sizeof currencies / sizeof *currencies; i++)
        for (const char *c = currencies[i].codes;; c += 4) {
            if (strncasecmp(c, code.p, 3) == 0) return currencies[i].exponent;
            if (!c[3]) break;
        }
    return -1;
}

bool money_unit_parse(struct str s, struct money_unit *out) {
    static const struct {
        const char *name;
        int shift;
    } named[] = {{"rial", 0},  {"rials", 0},  {"ریال", 0},  {"ريال", 0}, {"﷼", 0},
                 {"toman", 1}, {"tomans", 1}, {"تومان", 1}, {"تومن", 1}, {"IRT", 1}};
    s = str_trim(s);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (str_equal_nocase(s, str_of(named[i].name))) {
            *out = (struct money_unit){"IRR", 0, named[i].shift};
            return true;
        }
    int exponent = currency_exponent(s);
    if (exponent < 0) return false;
    *out = (struct money_unit){.exponent = exponent};
    for (int i = 0; i < 3; i++)
        out->currency[i] = (char)(s.p[i] & ~0x20);
    return true;
}

const struct message *money_parse_unit(struct str s, const struct money_unit *unit, int64_t *minor) {
    return money_parse(s, unit->exponent + unit->shift, minor);
}
