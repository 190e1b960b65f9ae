/* Bodies of the track API: what the door lets in must parse when it is applied, and every event must be
 * judged. */
#include "signals/track.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct track_limits limits = {50, 2000};
    if (size < 1) return 0;
    enum track_type type = (enum track_type)(TRACK_TRACK + data[0] % TRACK_BATCH);
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct track_parser *parser = track_parser_new();
    struct track_shape shape;
    struct track_batch batch = {0};
    char *body = malloc(size); /* of exactly its size, so that reading beyond it shows */
    if (size > 1) memcpy(body, data + 1, size - 1);
    struct str text = {body, size - 1};
    enum status checked = track_check(parser, text, type, limits, &shape, &problem);
    problem_clear(&problem);
    enum status parsed = track_parse(parser, text, type, limits, &arena, &batch, &problem);
    if (!checked && parsed) abort();
    if (!checked && batch.n != shape.events) abort();
    for (size_t i = 0; i < batch.n; i++) {
        struct track_call call;
        struct str args[2] = {{0}, {0}};
        enum track_reason reason =
            track_accept(&batch.events[i], INT64_C(1772539200000), &arena, &call, args);
        if (!reason && call.occurred < TRACK_EARLIEST) abort();
    }
    free(body);
    track_parser_free(parser);
    arena_free(&arena);
    return 0;
}
