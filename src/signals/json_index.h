/* Where the tokens of a JSON text stand: simdjson's first stage, with the kernel that suits the processor
 * chosen at run time. It checks UTF-8, refuses unclosed strings and raw control characters in strings, and
 * lists the first byte of every token outside of strings; the grammar itself is checked by whoever walks the
 * list (signals/track_json.c). */
#ifndef VAFA_SIGNALS_JSON_INDEX_H
#define VAFA_SIGNALS_JSON_INDEX_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_index;
struct json_index *json_index_new(void); /* one for each thread at a time */
void json_index_free(struct json_index *index);
/* Positions of `text`, valid until the next call; positions[*count] is n. NULL when the text cannot be JSON.
 */
const uint32_t *json_index_make(struct json_index *index, const char *text, size_t n, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
