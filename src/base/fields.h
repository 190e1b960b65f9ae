/* Field tables: a struct's fields declared once, used to decode and validate JSON, encode JSON, bind and read
 * SQL rows, map CSV columns, and print the OpenAPI schema.
 *
 * The first member of every such struct is `uint64_t has`: bit i says that field i of its table has a value
 * (is not null). C type of the member by field type: TEXT struct str · INT and MONEY int64_t · NUMBER double
 * · BOOL bool · DATE day_t · INSTANT instant_t · ENUM int32_t (index into options) · ID struct id · JSON
 * struct str (valid JSON text) · LIST struct str (base/list.h; on the wire an array of texts). */
#ifndef VAFA_BASE_FIELDS_H
#define VAFA_BASE_FIELDS_H
#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/problem.h"

enum field_type {
    FIELD_TEXT,
    FIELD_INT,
    FIELD_NUMBER,
    FIELD_BOOL,
    FIELD_DATE,
    FIELD_INSTANT,
    FIELD_ENUM,
    FIELD_ID,
    FIELD_MONEY,
    FIELD_JSON,
    FIELD_LIST
};

enum field_flags {
    FIELD_REQUIRED = 1,   /* an input without it, or with a blank text, is refused */
    FIELD_READ_ONLY = 2,  /* ours to set: refused in an input, present in outputs and rows */
    FIELD_WRITE_ONLY = 4, /* accepted in inputs, never encoded (passwords) */
    FIELD_KEY = 8,        /* identifies the row in an import: upsert by it */
};

struct field {
    const char *name; /* on the wire, in SQL and as a CSV column: lower_snake */
    enum field_type type;
    uint16_t flags;
    size_t offset;
    double min, max; /* bounds of INT, NUMBER, MONEY when min < max; TEXT and LIST: shortest and longest
                        length in bytes (max 0: 1,000) */
    const char *const *options; /* ENUM: NULL-terminated wire names */
    struct text title;          /* what people call it: screens, CSV headers, errors */
    const char *synonyms;       /* more CSV headers, English and Persian, separated by '|'; or NULL */
    const char *doc;            /* for openapi.json and the reference pages; one sentence, with unit */
};

struct record_type {
    const char *name; /* schema name in openapi.json: CamelCase */
    size_t size;
    const struct field *fields;
    size_t count; /* ≤ 64 */
};

#define RECORD_TYPE(variable, schema_name, struct_type, table)                                               \
    const struct record_type variable = {schema_name, sizeof(struct_type), table,                            \
                                         sizeof(table) / sizeof *(table)}

int field_index(const struct record_type *type, struct str name); /* -1 when absent */
static inline bool field_has(const void *record, int index) {
    return *(const uint64_t *)record >> index & 1;
}
static inline void field_set(void *record, int index) {
    *(uint64_t *)record |= (uint64_t)1 << index;
}

enum decode_mode {
    DECODE_NEW,   /* required fields must be there */
    DECODE_PATCH, /* only the fields given; null clears (bit in *cleared) */
};
/* Decodes and validates; unknown, read-only, mistyped and out-of-bounds members are each a fault with a JSON
 * pointer. On failure *record is not to be used. Strings are copied to the arena. */
enum status fields_decode(const struct record_type *type, const struct json *object, enum decode_mode mode,
                          void *record, uint64_t *cleared, struct arena *arena,
                          struct problem *problem) MUST_USE;
/* Writes {"name": value, …}: every field but write-only ones; fields without a value as null. */
void fields_encode(const struct record_type *type, const void *record, struct json_writer *w);
void fields_encode_members(const struct record_type *type, const void *record,
                           struct json_writer *w); /* no braces */
/* The JSON Schema (OpenAPI 3.1) of the type as input or as output. */
void fields_schema(const struct record_type *type, bool input, struct json_writer *w);

#endif
