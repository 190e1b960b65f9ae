/* JSON: one reader for everything, behind simdjson's DOM for API bodies; writing is a few functions on a
 * buffer. The track API's hot path has its own reader on the same library (signals/track_json.h). */
#ifndef VAFA_BASE_JSON_H
#define VAFA_BASE_JSON_H
#include "base/buf.h"
#include "base/problem.h"

enum json_kind { JSON_NULL, JSON_BOOL, JSON_INT, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A parsed value; trees live in the arena given to json_parse. */
struct json {
    enum json_kind kind;
    bool boolean;       /* JSON_BOOL */
    int64_t integer;    /* JSON_INT */
    double number;      /* JSON_INT and JSON_NUMBER */
    struct str string;  /* JSON_STRING, unescaped, valid UTF-8 */
    struct json *items; /* JSON_ARRAY and JSON_OBJECT: the members, in the order given */
    struct str *names;  /* JSON_OBJECT: their names; a name given twice is refused at parse */
    size_t n;           /* count of items */
};

enum { JSON_MAX_DEPTH = 64 };

/* Parses a whole document (RFC 8259, UTF-8, depth ≤ JSON_MAX_DEPTH). BAD_INPUT names the byte where it
 * stopped. */
enum status json_parse(struct str text, struct arena *arena, struct json *out,
                       struct problem *problem) MUST_USE;
const struct json *json_get(const struct json *object,
                            const char *name); /* NULL when absent or not an object */
struct str json_get_string(const struct json *object,
                           const char *name);                        /* empty when absent or not a string */
double json_get_number(const struct json *object, const char *name); /* NAN when absent or not a number */

/* Writing. The writer puts commas and quotes; the caller keeps begin and end in balance. */
struct json_writer {
    struct buf *out;
    bool need_comma;
};
void json_begin_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_name(struct json_writer *w, struct str name);
void json_string(struct json_writer *w, struct str s); /* escaped; bytes that are not UTF-8 become U+FFFD */
void json_int(struct json_writer *w, int64_t i);
void json_number(struct json_writer *w,
                 double d); /* shortest text that reads back equal; NaN and infinity are null */
void json_bool(struct json_writer *w, bool b);
void json_null(struct json_writer *w);
void json_raw(struct json_writer *w, struct str json); /* already JSON */
void json_write(struct json_writer *w, const struct json *value);
/* name and value at once */
void json_put_string(struct json_writer *w, const char *name, struct str s);
void json_put_int(struct json_writer *w, const char *name, int64_t i);
void json_put_number(struct json_writer *w, const char *name, double d);
void json_put_bool(struct json_writer *w, const char *name, bool b);

#endif
