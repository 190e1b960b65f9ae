#include "insight/history.h"

#include <stdlib.h>

const struct signal_table *insight_table(const struct insight *insight, const char *key) {
    for (int i = 0; signal_sources[i]; i++)
        if (strcmp(signal_sources[i]->key, key) == 0) return &insight->tables[i];
    abort(); /* the program's own table */
}

size_t history_of(const struct insight *insight, uint32_t account, struct str field,
                  const struct moment *moment, struct arena *arena, struct history_change **ret) {
    const struct signal_table *table = insight_table(insight, "attributes");
    int field_column = signal_text(table->source, STR("field")),
        value_column = signal_text(table->source, STR("value"));
    uint32_t word = dict_find(&table->texts[field_column], field);
    *ret = NULL;
    if (account >= table->n || word == DICT_NONE) return 0;
    const struct signal_account *rows = &table->accounts[account];
    struct history_change *list = arena_array(arena, rows->n + 1, sizeof *list);
    size_t n = 0;
    for (uint32_t i = 0; i < rows->n; i++) { /* by occurred, then known_from */
        const struct signal_row *row = &rows->rows[i];
        if (row->text[field_column] != word || row->known_from > moment->known_at ||
            row->occurred > moment->at || (row->occurred == moment->at && !moment->now))
            continue;
        struct history_change change = {.day = zone_day(insight->parts.zone, row->occurred)};
        uint32_t value = row->text[value_column];
        if (value != NO_TEXT) change.value = dict_key(&table->texts[value_column], value);
        if (n && list[n - 1].day == change.day)
            list[n - 1] = change;
        else if (!n || !str_equal(list[n - 1].value, change.value))
            list[n++] = change;
    }
    *ret = list;
    return n;
}

day_t history_lost(const struct insight *insight, uint32_t account, const struct moment *moment,
                   struct arena *arena) {
    struct history_change *list;
    size_t n = history_of(insight, account, STR("status"), moment, arena, &list);
    return n && str_is(list[n - 1].value, "lost") ? list[n - 1].day : INT32_MAX;
}
