/* Field tables: decode, encode and schema of one struct that has every type. Dates checked against date(1).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/fields.h"

static struct arena arena;
static struct problem problem;

struct thing {
    uint64_t has;
    struct str name, note, secret, extra;
    int64_t seats, amount, serial;
    double share;
    bool active;
    day_t starts;
    instant_t seen;
    int32_t stage;
    struct id owner;
};
static const char *const stages[] = {"new", "live", "lost", NULL};
static const struct field thing_fields[] = {
    {"name", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct thing, name), 0, 10, .title = {"Name", "نام"},
     .doc = "What it is called."},
    {"note", FIELD_TEXT, 0, offsetof(struct thing, note)},
    {"secret", FIELD_TEXT, FIELD_WRITE_ONLY, offsetof(struct thing, secret), 12, 100},
    {"extra", FIELD_JSON, 0, offsetof(struct thing, extra)},
    {"seats", FIELD_INT, 0, offsetof(struct thing, seats), 0, 1000},
    {"amount", FIELD_MONEY, 0, offsetof(struct thing, amount)},
    {"serial", FIELD_INT, FIELD_READ_ONLY, offsetof(struct thing, serial)},
    {"share", FIELD_NUMBER, 0, offsetof(struct thing, share), 0, 1},
    {"active", FIELD_BOOL, 0, offsetof(struct thing, active)},
    {"starts", FIELD_DATE, 0, offsetof(struct thing, starts)},
    {"seen", FIELD_INSTANT, 0, offsetof(struct thing, seen)},
    {"stage", FIELD_ENUM, FIELD_REQUIRED, offsetof(struct thing, stage), .options = stages},
    {"owner", FIELD_ID, 0, offsetof(struct thing, owner)},
};
static RECORD_TYPE(thing_type, "Thing", struct thing, thing_fields);

static enum status decode(const char *text, enum decode_mode mode, struct thing *thing, uint64_t *cleared) {
    struct json value;
    problem = (struct problem){.arena = &arena};
    assert_int_equal(json_parse(str_of(text), &arena, &value, &problem), OK);
    return fields_decode(&thing_type, &value, mode, thing, cleared, &arena, &problem);
}

static void decodes_every_type(void **state) {
    (void)state;
    struct thing t;
    uint64_t cleared;
    assert_int_equal(
        decode(
            "{\"name\":\"وفا\",\"note\":\"a\\n\\tb\",\"secret\":\"123456789012\",\"extra\":{\"a\":[1,2.5]},"
            "\"seats\":1e3,\"amount\":9007199254740993,\"share\":1,\"active\":true,\"starts\":\"2024-02-29\","
            "\"seen\":\"2024-03-20T09:30:00.1239+03:30\",\"stage\":\"lost\","
            "\"owner\":\"0190163D-8694-739B-AEA5-966C26F8AD91\"}",
            DECODE_NEW, &t, &cleared),
        OK);
    assert_true(str_is(t.name, "وفا"));
    assert_true(str_is(t.note, "a\n\tb"));
    assert_true(str_is(t.extra, "{\"a\":[1,2.5]}"));
    assert_int_equal(t.seats, 1000);
    assert_true(t.amount == 9007199254740993);
    assert_true(t.share == 1.0);
    assert_true(t.active);
    assert_int_equal(t.starts, 19782);    /* date -d 2024-02-29 +%s ÷ 86400 */
    assert_true(t.seen == 1710914400123); /* 06:00:00.123 UTC */
    assert_int_equal(t.stage, 2);
    assert_int_equal(t.owner.b[15], 0x91);
    assert_int_equal(t.has, 0x1FFF & ~(1u << 6)); /* all but the serial */
    assert_int_equal(cleared, 0);

    t.serial = 7;
    field_set(&t, field_index(&thing_type, STR("serial")));
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    fields_encode(&thing_type, &t, &w);
    buf_put_byte(&out, 0);
    assert_string_equal(
        out.p,
        "{\"name\":\"وفا\",\"note\":\"a\\n\\tb\",\"extra\":{\"a\":[1,2.5]},\"seats\":1000,"
        "\"amount\":9007199254740993,\"serial\":7,\"share\":1,\"active\":true,\"starts\":\"2024-02-29\","
        "\"seen\":\"2024-03-20T06:00:00.123Z\",\"stage\":\"lost\","
        "\"owner\":\"0190163d-8694-739b-aea5-966c26f8ad91\"}");
    buf_free(&out);
}

static void patches(void **state) {
    (void)state;
    struct thing t;
    uint64_t cleared;
    assert_int_equal(decode("{\"note\":null,\"seats\":3}", DECODE_PATCH, &t, &cleared), OK);
    assert_int_equal(t.has, 1u << 4);
    assert_int_equal(cleared, 1u << 1);
    assert_int_equal(decode("{\"name\":null}", DECODE_PATCH, &t, &cleared), BAD_INPUT);
    assert_string_equal(problem.main.message.code, "required");
}

static void names_every_fault(void **state) {
    (void)state;
    static const struct {
        const char *text, *where, *code;
    } cases[] = {
        {"{\"stage\":\"new\"}", "/name", "required"},
        {"{\"name\":null,\"stage\":\"new\"}", "/name", "required"},
        {"{\"name\":\" \\t\",\"stage\":\"new\"}", "/name", "required"},
        {"{\"name\":5,\"stage\":\"new\"}", "/name", "not_text"},
        {"{\"name\":\"12345678901\",\"stage\":\"new\"}", "/name", "too_long"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"secret\":\"12345678901\"}", "/secret", "too_short"},
        {"{\"name\":\"a\\u0000\",\"stage\":\"new\"}", "/name", "control_character"},
        {"{\"name\":\"a\\r\",\"stage\":\"new\"}", "/name", "control_character"},
        {"{\"name\":\"a\",\"stage\":\"old\"}", "/stage", "not_an_option"},
        {"{\"name\":\"a\",\"stage\":1}", "/stage", "not_text"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"a/b~\":1}", "/a~1b~0", "unknown_field"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"serial\":1}", "/serial", "read_only"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seats\":-1}", "/seats", "out_of_bounds"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seats\":1001}", "/seats", "out_of_bounds"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seats\":1.5}", "/seats", "not_integer"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seats\":\"1\"}", "/seats", "not_integer"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"amount\":1e300}", "/amount", "not_money"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"share\":true}", "/share", "not_number"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"active\":0}", "/active", "not_bool"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"starts\":\"2023-02-30\"}", "/starts", "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"starts\":\"1900-02-29\"}", "/starts", "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"starts\":\"2023-13-01\"}", "/starts", "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"starts\":\"2023-1-1\"}", "/starts", "not_date"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"starts\":\"1404/12/30\"}", "/starts", "not_date"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"starts\":\"2023-01-01T00:00:00Z\"}", "/starts", "not_date"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"2023-01-01\"}", "/seen", "not_instant"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"2023-01-01T00:00:00\"}", "/seen", "not_instant"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"2023-01-01T00:00:00.Z\"}", "/seen", "not_instant"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"2023-01-01T24:00:00Z\"}", "/seen", "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"2023-02-29T00:00:00Z\"}", "/seen", "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"9999-12-31T23:59:59-00:01\"}", "/seen",
         "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"0001-01-01T00:00:00+00:01\"}", "/seen",
         "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"seen\":\"2023-01-01T00:00:61Z\"}", "/seen", "no_such_moment"},
        {"{\"name\":\"a\",\"stage\":\"new\",\"owner\":\"0190163d\"}", "/owner", "not_id"},
        {"[]", "", "not_object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct thing t;
        if (decode(cases[i].text, DECODE_NEW, &t, NULL) != BAD_INPUT) fail_msg("accepted: %s", cases[i].text);
        assert_int_equal(problem.fault_count, 1);
        assert_string_equal(problem.faults[0].message.code, cases[i].code);
        assert_string_equal(problem.faults[0].where.p, cases[i].where);
    }
    struct thing t;
    assert_int_equal(decode("{\"seats\":-1,\"x\":1,\"stage\":\"old\"}", DECODE_NEW, &t, NULL), BAD_INPUT);
    assert_int_equal(problem.fault_count, 4); /* each of them, and the missing name */
    assert_true(str_is(problem.faults[2].args[1], "new, live, lost"));
}

static void dates_go_both_ways(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* date -u -d … +%s, times 1000 */
    } cases[] = {{"1970-01-01T00:00:00.000Z", 0},
                 {"1969-12-31T23:59:59.999Z", -1},
                 {"2000-02-29T12:00:00.000Z", 951825600000},
                 {"1600-03-01T00:00:00.000Z", -11670912000000},
                 {"9999-12-31T23:59:59.000Z", 253402300799000},
                 {"0001-01-01T00:00:00.000Z", -62135596800000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct thing t;
        const char *text = str_format(&arena, "{\"seen\":\"%s\"}", cases[i].text).p;
        assert_int_equal(decode(text, DECODE_PATCH, &t, NULL), OK);
        assert_true(t.seen == cases[i].ms);
        struct buf out = {0};
        struct json_writer w = {.out = &out};
        fields_encode(&thing_type, &t, &w);
        buf_put_byte(&out, 0);
        assert_non_null(strstr(out.p, cases[i].text));
        buf_free(&out);
    }
    day_t last = 0;
    for (int year = 1; year <= 9999; year++) /* a year has 365 days or 366, as everybody counts them */
        for (int end = 0; end < 2; end++) {
            struct thing t;
            const char *text =
                str_format(&arena, "{\"starts\":\"%04d-%s\"}", year, end ? "12-31" : "01-01").p;
            assert_int_equal(decode(text, DECODE_PATCH, &t, NULL), OK);
            bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
            if (end)
                assert_int_equal(t.starts - last, leap ? 365 : 364);
            else if (year > 1)
                assert_int_equal(t.starts - last, 1);
            last = t.starts;
        }
}

static void prints_its_schema(void **state) {
    (void)state;
    struct buf out = {0};
    struct json_writer w = {.out = &out};
    fields_schema(&thing_type, true, &w);
    struct json schema;
    problem = (struct problem){.arena = &arena};
    assert_int_equal(json_parse(buf_str(&out), &arena, &schema, &problem), OK);
    const struct json *properties = json_get(&schema, "properties");
    assert_int_equal(properties->n, 12);
    assert_null(json_get(properties, "serial"));
    const struct json *name = json_get(properties, "name");
    assert_true(str_is(json_get_string(name, "type"), "string"));
    assert_true(str_is(json_get_string(name, "description"), "What it is called."));
    assert_int_equal(json_get(name, "maxLength")->integer, 10);
    const struct json *seats = json_get(properties, "seats");
    assert_true(str_is(json_get(seats, "type")->items[0].string, "integer"));
    assert_true(str_is(json_get(seats, "type")->items[1].string, "null"));
    assert_int_equal(json_get(seats, "maximum")->integer, 1000);
    assert_true(str_is(json_get_string(json_get(properties, "starts"), "format"), "date"));
    assert_true(str_is(json_get_string(json_get(properties, "seen"), "format"), "date-time"));
    assert_true(str_is(json_get_string(json_get(properties, "owner"), "format"), "uuid"));
    assert_int_equal(json_get(json_get(properties, "stage"), "enum")->n, 3);
    assert_true(json_get(json_get(properties, "secret"), "writeOnly")->boolean);
    assert_int_equal(json_get(&schema, "required")->n, 2);
    buf_clear(&out);
    w.need_comma = false;
    fields_schema(&thing_type, false, &w);
    assert_int_equal(json_parse(buf_str(&out), &arena, &schema, &problem), OK);
    properties = json_get(&schema, "properties");
    assert_null(json_get(properties, "secret"));
    assert_true(json_get(json_get(properties, "serial"), "readOnly")->boolean);
    assert_int_equal(json_get(&schema, "required")->n, 12);
    buf_free(&out);
}

static int clean(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_every_type), cmocka_unit_test(patches),
        cmocka_unit_test(names_every_fault),  cmocka_unit_test(dates_go_both_ways),
        cmocka_unit_test(prints_its_schema),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
