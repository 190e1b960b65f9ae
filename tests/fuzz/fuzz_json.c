/* JSON that is read, written and read again is the same value. */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void demand(bool holds) {
    if (!holds) abort();
}

static bool is_number(const struct json *value) {
    return value->kind == JSON_INT || value->kind == JSON_NUMBER;
}

/* A number may change its kind on the way: 1.0 is written as 1. */
static bool equal(const struct json *a, const struct json *b) {
    if (is_number(a) && is_number(b))
        return a->kind == JSON_INT && b->kind == JSON_INT ? a->integer == b->integer : a->number == b->number;
    if (a->kind != b->kind || a->n != b->n) return false;
    if (a->kind == JSON_BOOL) return a->boolean == b->boolean;
    if (a->kind == JSON_STRING) return str_equal(a->string, b->string);
    for (size_t i = 0; i < a->n; i++) {
        if (a->kind == JSON_OBJECT && !str_equal(a->names[i], b->names[i])) return false;
        if (!equal(&a->items[i], &b->items[i])) return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct json first, second;
    if (json_parse((struct str){(const char *)data, n}, &arena, &first, &problem)) {
        demand(problem.status != OK && problem.main.message.en && problem.main.message.fa);
    } else {
        struct buf out = {0};
        struct json_writer w = {.out = &out};
        json_write(&w, &first);
        demand(json_parse(buf_str(&out), &arena, &second, &problem) == OK);
        demand(equal(&first, &second));
        buf_free(&out);
    }
    arena_free(&arena);
    return 0;
}
