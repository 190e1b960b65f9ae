/* Numbers and money as people write them: ASCII, Persian (۰–۹) or Arabic (٠–٩) digits; groups of three by ','
 * or '٬'; decimals behind '.' or '٫'; a sign '-', '−' or '+' in front. White space and direction marks around
 * are ignored.
 *
 * Every parser returns NULL when it took the text, else the message to show (argument {0} is the text):
 *     const struct message *fault = number_parse(cell, &x);
 *     if (fault) return fail_at(problem, where, *fault, ARGS(cell)); */
#ifndef VAFA_BASE_NUMBER_H
#define VAFA_BASE_NUMBER_H
#include "base/problem.h"

/* A finite number; an ASCII exponent (1e-5) is accepted. Refused: NaN, infinity, overflow, junk, and grouping
 * that could mean decimals ("1,23", "0,123", "1.234.567"). */
const struct message *number_parse(struct str s, double *out) MUST_USE;
/* A whole number; "12.0" is refused. */
const struct message *number_parse_int(struct str s, int64_t *out) MUST_USE;
/* An amount as integer minor units of a currency with `exponent` decimals (0–7). More decimals than that are
 * refused unless zero: money is never rounded silently. No floating point is involved. */
const struct message *money_parse(struct str s, int exponent, int64_t *minor) MUST_USE;

/* Decimals of the minor unit of an ISO 4217 code in any case, by our own table: ISO's, but IRR has 0. −1 when
 * unknown. */
int currency_exponent(struct str code);

/* The unit of a money column: a currency code, or a named unit of one. */
struct money_unit {
    char currency[4]; /* ISO code, upper case, NUL-terminated */
    int exponent;     /* of the currency */
    int shift;        /* one of this unit is 10^shift major units of the currency: rial 0, toman 1 */
};
/* "rial", "ریال", "toman", "تومان" or an ISO code, any case, Arabic or Persian letters; false when it is none
 * of them. */
bool money_unit_parse(struct str s, struct money_unit *out);
/* An amount given in `unit` as minor units of unit->currency: 12.5 toman is 125 rial. */
const struct message *money_parse_unit(struct str s, const struct money_unit *unit, int64_t *minor) MUST_USE;

/* Copies s to out (room for `size` bytes) with Persian and Arabic digits as ASCII; the bytes written, or
 * SIZE_MAX when they do not fit. For the other parsers of this folder. */
size_t digits_to_ascii(struct str s, char *out, size_t size);

#endif
