#include "base/list.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>

/* Length of the separator at the start of s, 0: none there. */
static size_t separator(struct str s) {
    if (s.p[0] == ',' || s.p[0] == ';' || s.p[0] == '\n') return 1;
    return str_starts(s, STR("،")) || str_starts(s, STR("؛")) ? 2 : 0;
}

size_t list_split(struct str text, struct arena *arena, struct str **items) {
    size_t n = 0, most = 1, from = 0;
    for (size_t i = 0; i < text.n; i++)
        most += separator(str_slice(text, i, text.n)) != 0;
    *items = arena_array(arena, most, sizeof **items);
    for (size_t i = 0; i <= text.n;) {
        size_t skip = i < text.n ? separator(str_slice(text, i, text.n)) : 1;
        if (!skip) {
            i++;
            continue;
        }
        struct str item = str_trim(str_slice(text, from, i));
        if (item.n) (*items)[n++] = item;
        from = i += skip;
    }
    return n;
}

static int by_bytes(const void *a, const void *b) {
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

struct str list_make(const struct str *items, size_t n, struct arena *arena) {
    struct str *sorted = arena_array(arena, n + 1, sizeof *sorted),
               *keys = arena_array(arena, n + 1, sizeof *keys);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        struct str item = str_trim(utf8_correct(arena, items[i])), key = utf8_fold(arena, item);
        bool there = !item.n;
        for (size_t k = 0; k < kept && !there; k++)
            there = str_equal(keys[k], key);
        if (there) continue;
        keys[kept] = key;
        sorted[kept++] = item;
    }
    qsort(sorted, kept, sizeof *sorted, by_bytes);
    struct buf out = {0};
    for (size_t i = 0; i < kept; i++) {
        if (i) buf_put_c(&out, ", ");
        buf_put_str(&out, sorted[i]);
    }
    struct str list = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return list;
}

bool list_has(struct str list, struct str folded, struct arena *scratch) {
    struct str *items;
    size_t n = list_split(list, scratch, &items);
    for (size_t i = 0; i < n; i++)
        if (str_equal(utf8_fold(scratch, items[i]), folded)) return true;
    return false;
}
