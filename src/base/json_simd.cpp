/* simdjson's DOM parser, its result copied into a tree in the caller's arena. */
#include "base/json_simd.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <simdjson.h>
#include <vector>

using namespace simdjson;

namespace {

enum { FEW_NAMES = 12, COUNT_SATURATED = 0xFFFFFF };

/* The library's own count stops at COUNT_SATURATED. */
template <typename T> size_t count(T &container) {
    size_t n = 0;
    for (auto at = container.begin(); at != container.end(); ++at)
        n++;
    return n;
}

struct copier {
    struct arena *arena;
    char *
        strings; /* room for every string of the document: each is no longer than its source without quotes */
    struct str *twice;

    struct str copy(std::string_view s) {
        char *at = strings;
        if (!s.empty()) memcpy(at, s.data(), s.size());
        at[s.size()] = 0;
        strings += s.size() + 1;
        return {at, s.size()};
    }

    bool has_twice(const struct str *names, size_t n) {
        if (n <= FEW_NAMES) {
            for (size_t i = 1; i < n; i++)
                for (size_t j = 0; j < i; j++)
                    if (str_equal(names[i], names[j])) {
                        *twice = names[i];
                        return true;
                    }
            return false;
        }
        std::vector<struct str> sorted(names, names + n);
        std::sort(sorted.begin(), sorted.end(),
                  [](const struct str &a, const struct str &b) { return str_compare(a, b) < 0; });
        for (size_t i = 1; i < n; i++)
            if (str_equal(sorted[i - 1], sorted[i])) {
                *twice = sorted[i];
                return true;
            }
        return false;
    }

    json_simd_result copy_array(dom::array array, struct json *out, int depth) {
        size_t n = array.size();
        if (n == COUNT_SATURATED) n = count(array);
        out->kind = JSON_ARRAY;
        out->n = n;
        out->items = (struct json *)arena_array(arena, n, sizeof *out->items);
        size_t i = 0;
        for (dom::element item : array)
            if (json_simd_result bad = copy_value(item, &out->items[i++], depth + 1)) return bad;
        return JSON_SIMD_OK;
    }

    json_simd_result copy_object(dom::object object, struct json *out, int depth) {
        size_t n = object.size();
        if (n == COUNT_SATURATED) n = count(object);
        out->kind = JSON_OBJECT;
        out->n = n;
        out->items = (struct json *)arena_array(arena, n, sizeof *out->items);
        out->names = (struct str *)arena_array(arena, n, sizeof *out->names);
        size_t i = 0;
        for (dom::key_value_pair member : object) {
            out->names[i] = copy(member.key);
            if (json_simd_result bad = copy_value(member.value, &out->items[i++], depth + 1)) return bad;
        }
        return has_twice(out->names, n) ? JSON_SIMD_TWICE : JSON_SIMD_OK;
    }

    json_simd_result copy_value(dom::element value, struct json *out, int depth) {
        switch (value.type()) {
        case dom::element_type::NULL_VALUE:
            out->kind = JSON_NULL;
            break;
        case dom::element_type::BOOL:
            out->kind = JSON_BOOL;
            out->boolean = value.get_bool().value_unsafe();
            break;
        case dom::element_type::INT64:
            out->kind = JSON_INT;
            out->integer = value.get_int64().value_unsafe();
            out->number = (double)out->integer;
            break;
        case dom::element_type::UINT64: /* beyond int64 */
            out->kind = JSON_NUMBER;
            out->number = (double)value.get_uint64().value_unsafe();
            break;
        case dom::element_type::DOUBLE:
            out->kind = JSON_NUMBER;
            out->number = value.get_double().value_unsafe();
            break;
        case dom::element_type::STRING:
            out->kind = JSON_STRING;
            out->string = copy(value.get_string().value_unsafe());
            break;
        case dom::element_type::ARRAY:
            if (depth > JSON_MAX_DEPTH) return JSON_SIMD_DEEP;
            return copy_array(value.get_array().value_unsafe(), out, depth);
        case dom::element_type::OBJECT:
            if (depth > JSON_MAX_DEPTH) return JSON_SIMD_DEEP;
            return copy_object(value.get_object().value_unsafe(), out, depth);
        }
        return JSON_SIMD_OK;
    }
};

json_simd_result result_of(error_code error) {
    switch (error) {
    case SUCCESS:
        return JSON_SIMD_OK;
    case NUMBER_ERROR:
    case NUMBER_OUT_OF_RANGE:
        return JSON_SIMD_NUMBER;
    case DEPTH_ERROR:
        return JSON_SIMD_DEEP;
    case CAPACITY:
        return JSON_SIMD_LARGE;
    default:
        return JSON_SIMD_MALFORMED;
    }
}

} // namespace

json_simd_result json_simd_parse(struct str text, struct arena *arena, struct json *out, struct str *twice) {
    dom::parser parser;
    /* The library counts one level more than the document has; the copy holds the limit exactly. */
    if (error_code error = parser.allocate(text.n ? text.n : 1, JSON_MAX_DEPTH + 2)) return result_of(error);
    dom::element root;
    error_code error =
        parser.parse(text.p ? text.p : "", text.n, true).get(root); /* true: copied with padding */
    if (error) return result_of(error);
    copier copier = {arena, (char *)arena_alloc(arena, text.n + 1), twice};
    *out = {};
    return copier.copy_value(root, out, 1);
}
