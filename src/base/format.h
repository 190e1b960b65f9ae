/* Numbers, dates, money and durations as people read them. The same rules stand in the web client;
 * tests/golden/format.tsv holds both to one outcome. What a machine reads is printed by calendar.h and json.h
 * instead. */
#ifndef VAFA_BASE_FORMAT_H
#define VAFA_BASE_FORMAT_H
#include "base/calendar.h"

enum digits { DIGITS_BY_LANGUAGE, DIGITS_LATIN, DIGITS_PERSIAN };

struct format {
    enum language language;
    enum calendar calendar;
    bool toman;         /* rial amounts are shown in toman */
    enum digits digits; /* with their separators and signs; words stay those of the language */
};

enum day_style {
    DAY_SHORT,  /* 2026-11-23 · ۱۴۰۵/۹/۲ */
    DAY_PADDED, /* 2026-11-23 · ۱۴۰۵/۰۹/۰۲: for tables */
    DAY_LONG,   /* 23 November 2026 · ۲ آذر ۱۴۰۵ */
    DAY_FULL,   /* Monday, 23 November 2026 · دوشنبه ۲ آذر ۱۴۰۵ */
    DAY_MONTH,  /* November 2026 · آذر ۱۴۰۵ */
};

/* Each appends to *out. */
void format_int(struct buf *out, const struct format *format, int64_t value);
/* With at most `decimals` (0–9) places, zeros at the end left out; halves are rounded away from zero. Not
 * finite: "–". */
void format_number(struct buf *out, const struct format *format, double value, int decimals);
void format_percent(struct buf *out, const struct format *format, double ratio,
                    int decimals);                                               /* 0.24 → 24% · ۲۴٪ */
void format_compact(struct buf *out, const struct format *format, double value); /* 1.3B · ۱٫۳ میلیارد */
void format_day(struct buf *out, const struct format *format, day_t day, enum day_style style);
/* Long date and time of day of the zone: 23 November 2026, 14:05 · ۲ آذر ۱۴۰۵، ۱۴:۰۵ */
void format_instant(struct buf *out, const struct format *format, const struct zone *zone, instant_t at);
/* Minor units of an ISO currency: 1,250.00 USD · ۱٬۲۵۰٬۰۰۰ ریال · ۱۲۵٬۰۰۰ تومان */
void format_money(struct buf *out, const struct format *format, int64_t minor, struct str currency);
void format_days(struct buf *out, const struct format *format, int64_t days); /* 1 day, 3 days · ۳ روز */
/* Text with its ASCII digits as the language writes them; for labels such as "1394Q1". */
void format_digits(struct buf *out, const struct format *format, struct str text);

#endif
