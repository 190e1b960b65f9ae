/* Identifiers of our own things: UUID version 7 (RFC 9562), ordered by the time they were made. */
#ifndef VAFA_BASE_ID_H
#define VAFA_BASE_ID_H
#include "base/clock.h"
#include "base/str.h"

struct id {
    uint8_t b[16];
};
enum { ID_TEXT = 36 };

struct id
id_new(instant_t now); /* unique; ordered within a process even in one millisecond; safe on every thread */
bool id_is_none(struct id id); /* all zero bytes: no id */
bool id_equal(struct id a, struct id b);
void id_print(struct id id, char out[ID_TEXT + 1]); /* 8-4-4-4-12, lower case */
struct str id_str(struct arena *arena, struct id id);
bool id_parse(struct str text, struct id *out); /* any version; either case */

#endif
