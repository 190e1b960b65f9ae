#include "signals/json_index.h"

#include <new>
#include <simdjson.h>

/* The implementation object of simdjson's DOM parser is public and virtual: its stage 1 is the library's own
 * code, compiled for every kernel. The On-Demand front end would bind to one kernel at compile time. */
struct json_index {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    size_t capacity = 0;
};

struct json_index *json_index_new(void) {
    return new (std::nothrow) json_index;
}

void json_index_free(struct json_index *index) {
    delete index;
}

const uint32_t *json_index_make(struct json_index *index, const char *text, size_t n, size_t *count) {
    enum { SMALLEST = 64 << 10 };
    *count = 0;
    if (n == 0 || n >= UINT32_MAX - 64) return nullptr;
    if (n > index->capacity) {
        size_t capacity = index->capacity ? index->capacity : (size_t)SMALLEST;
        while (capacity < n)
            capacity *= 2;
        index->capacity = 0;
        index->stage.reset();
        if (simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 64,
                                                                                    index->stage))
            return nullptr;
        index->capacity = capacity;
    }
    if (index->stage->stage1((const uint8_t *)text, n, simdjson::stage1_mode::regular)) return nullptr;
    *count = index->stage->n_structural_indexes;
    return index->stage->structural_indexes.get();
}
