#include "signals/rejected.h"
#include "queries.h"

#include <xxhash.h>

enum status rejected_store_put(struct session *session, const struct rejected *rejected,
                               struct problem *problem) {
    XXH128_canonical_t hash;
    XXH64_hash_t seed = XXH3_64bits(rejected->source.p, rejected->source.n);
    XXH128_canonicalFromHash(&hash, XXH3_128bits_withSeed(rejected->raw.p, rejected->raw.n, seed));
    struct rows *rows = rows_open(session, &query_rejected_put);
    rows_bind_record(rows, &rejected_type, rejected);
    rows_bind_blob(rows, "hash", (struct str){(const char *)hash.digest, sizeof hash.digest});
    rows_next(rows);
    return rows_close(rows, problem);
}

enum status rejected_store_count(struct session *session, int64_t *n, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_rejected_count);
    *n = rows_next(rows) ? rows_int(rows, 0) : 0;
    return rows_close(rows, problem);
}

enum status rejected_store_trim(struct session *session, int64_t n, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_rejected_trim);
    rows_bind_int(rows, "n", n);
    rows_next(rows);
    return rows_close(rows, problem);
}

enum status rejected_store_get(struct session *session, struct id id, struct rejected *rejected,
                               struct arena *arena, struct problem *problem) {
    struct rows *rows = rows_open(session, &query_rejected_get);
    rows_bind_id(rows, "id", id);
    bool found = rows_next(rows);
    if (found) rows_read(rows, &rejected_type, rejected, arena);
    enum status status = rows_close(rows, problem);
    if (status || found) return status;
    return fail(problem, NOT_FOUND,
                MESSAGE("rejected_not_found", "There is no rejected event {0}.",
                        "رویداد پذیرفته‌نشده‌ای با شناسهٔ {0} نیست."),
                ARGS(id_str(problem->arena, id)));
}

enum status rejected_store_open(struct session *session, struct id after, size_t limit, struct rejected **ret,
                                size_t *n, struct arena *arena, struct problem *problem) {
    struct rejected *list = arena_array(arena, limit, sizeof *list);
    struct rows *rows = rows_open(session, &query_rejected_open);
    rows_bind_id(rows, "after", after);
    rows_bind_int(rows, "limit", (int64_t)limit);
    *n = 0;
    while (*n < limit && rows_next(rows))
        rows_read(rows, &rejected_type, &list[(*n)++], arena);
    *ret = list;
    return rows_close(rows, problem);
}

enum status rejected_store_replayed(struct session *session, const struct rejected *rejected, instant_t at,
                                    struct problem *problem) {
    struct rows *rows = rows_open(session, &query_rejected_replayed);
    rows_bind_id(rows, "id", rejected->id);
    rows_bind_int(rows, "times", rejected->times);
    rows_bind_int(rows, "replayed_at", at);
    rows_next(rows);
    return rows_close(rows, problem);
}
