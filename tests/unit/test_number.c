#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/number.h"

static const char *code_of(const struct message *fault) {
    return fault ? fault->code : "";
}

static void numbers(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {
        {"0", 0},
        {"12", 12},
        {" 12.5 ", 12.5},
        {"-3", -3},
        {"−3", -3},
        {"+7", 7},
        {".5", .5},
        {"007", 7},
        {"1,234", 1234},
        {"1,234,567.25", 1234567.25},
        {"۱٬۲۳۴٫۵", 1234.5},
        {"٣٫١٤", 3.14},
        {"\u200e−۱٬۲۳۴٬۵۶۷٫۵", -1234567.5},
        {"12٬345", 12345},
        {"1e3", 1000},
        {"1.5E-3", .0015},
        {"0.1", .1},
        {"123456789012345678901234567890", 1.2345678901234568e29},
        {"0.30000000000000004", .30000000000000004},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"5e-324", 5e-324},
        {"1e-9999", 0},
        {"0000000000000000000000000000000012", 12},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double value = 99;
        const struct message *fault = number_parse(str_of(good[i].text), &value);
        if (fault || value != good[i].value) fail_msg("%s: %s %.17g", good[i].text, code_of(fault), value);
    }
    static const struct {
        const char *text, *code;
    } bad[] = {
        {"", "not_a_number"},
        {"-", "not_a_number"},
        {"abc", "not_a_number"},
        {"12a", "not_a_number"},
        {"1 2", "not_a_number"},
        {"--1", "not_a_number"},
        {"0x10", "not_a_number"},
        {"1e", "not_a_number"},
        {"5.", "not_a_number"},
        {".", "not_a_number"},
        {"1;234", "not_a_number"},
        {"1/2", "not_a_number"},
        {"۱۲ ریال", "not_a_number"},
        {",123", "not_a_number"},
        {"NaN", "number_not_finite"},
        {"-inf", "number_not_finite"},
        {"Infinity", "number_not_finite"},
        {"1e400", "number_too_big"},
        {"-1e400", "number_too_big"},
        {"1,23", "number_grouping"},
        {"1,2345", "number_grouping"},
        {"1234,567", "number_grouping"},
        {"0,123", "number_grouping"},
        {"1.234.567", "number_grouping"},
        {"1.234,56", "number_grouping"},
        {"1,234٬567", "number_grouping"},
        {"1,234,56", "number_grouping"},
        {"1,,234", "number_grouping"},
        {"1,", "number_grouping"},
        {"۱٬۲۳", "number_grouping"},
        {"1,23e2", "number_grouping"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double value = 99;
        assert_string_equal(code_of(number_parse(str_of(bad[i].text), &value)), bad[i].code);
        assert_true(value == 99);
    }
    char zero[] = "1\0002";
    double value;
    assert_string_equal(code_of(number_parse((struct str){zero, 3}, &value)), "not_a_number");
}

static void integers(void **state) {
    (void)state;
    int64_t value;
    assert_null(number_parse_int(STR("9223372036854775807"), &value));
    assert_true(value == INT64_MAX);
    assert_null(number_parse_int(STR("-9,223,372,036,854,775,808"), &value));
    assert_true(value == INT64_MIN);
    assert_null(number_parse_int(str_of("۱۲"), &value));
    assert_int_equal(value, 12);
    assert_string_equal(code_of(number_parse_int(STR("9223372036854775808"), &value)), "number_too_big");
    assert_string_equal(code_of(number_parse_int(STR("12.0"), &value)), "number_not_whole");
    assert_string_equal(code_of(number_parse_int(STR("1e3"), &value)), "not_a_number");
}

static void money(void **state) {
    (void)state;
    static const struct {
        const char *text, *unit;
        int64_t minor;
        const char *currency;
    } good[] = {
        {"1250", "USD", 125000, "USD"},
        {"1,250.5", "usd", 125050, "USD"},
        {"-0.07", "EUR", -7, "EUR"},
        {"10.10", "EUR", 1010, "EUR"},
        {"1.2500", "USD", 125, "USD"},
        {"۱٬۲۵۰٬۰۰۰", "ریال", 1250000, "IRR"},
        {"۱۲۵٬۰۰۰", "تومان", 1250000, "IRR"},
        {"12.5", "Toman", 125, "IRR"},
        {"5", "ريال", 5, "IRR"},
        {"100", "JPY", 100, "JPY"},
        {"1.234", "KWD", 1234, "KWD"},
        {"92233720368547758.07", "USD", INT64_MAX, "USD"},
        {"-92233720368547758.08", "USD", INT64_MIN, "USD"},
        {"0", "IRR", 0, "IRR"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct money_unit unit;
        int64_t minor = 99;
        assert_true(money_unit_parse(str_of(good[i].unit), &unit));
        assert_string_equal(unit.currency, good[i].currency);
        const struct message *fault = money_parse_unit(str_of(good[i].text), &unit, &minor);
        if (fault || minor != good[i].minor)
            fail_msg("%s %s: %s %lld", good[i].text, good[i].unit, code_of(fault), (long long)minor);
    }
    int64_t minor;
    assert_string_equal(code_of(money_parse(STR("1.255"), 2, &minor)), "money_too_fine");
    assert_string_equal(code_of(money_parse(STR("0.5"), 0, &minor)), "money_too_fine");
    assert_string_equal(code_of(money_parse(STR("92233720368547758.08"), 2, &minor)), "number_too_big");
    assert_string_equal(code_of(money_parse(STR("1,23"), 2, &minor)), "number_grouping");
    assert_string_equal(code_of(money_parse(STR("1e3"), 2, &minor)), "not_a_number");
    struct money_unit unit;
    assert_false(money_unit_parse(STR("dollars"), &unit));
    assert_false(money_unit_parse(STR(""), &unit));
}

static void currencies(void **state) {
    (void)state;
    assert_int_equal(currency_exponent(STR("IRR")), 0); /* ours; ISO 4217 says 2 */
    assert_int_equal(currency_exponent(STR("USD")), 2);
    assert_int_equal(currency_exponent(STR("zwg")), 2);
    assert_int_equal(currency_exponent(STR("XPF")), 0);
    assert_int_equal(currency_exponent(STR("TND")), 3);
    assert_int_equal(currency_exponent(STR("CLF")), 4);
    assert_int_equal(currency_exponent(STR("XXX")), -1);
    assert_int_equal(currency_exponent(STR("ED ")), -1);
    assert_int_equal(currency_exponent(STR("US")), -1);
}

static void digits(void **state) {
    (void)state;
    char out[16];
    size_t n = digits_to_ascii(str_of("۱۴۰۵/٠٩/2"), out, sizeof out);
    assert_true(str_is((struct str){out, n}, "1405/09/2"));
    assert_true(digits_to_ascii(str_of("12345678901234567"), out, sizeof out) == SIZE_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(numbers), cmocka_unit_test(integers),
                                       cmocka_unit_test(money), cmocka_unit_test(currencies),
                                       cmocka_unit_test(digits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
