#include "insight/knowledge.h"

#include "insight/selection.h"
#include "platform/events.h"

static void count_rows(const struct signal_table *table, const uint8_t *scope, size_t scope_n,
                       instant_t before, struct knowledge *ret) {
    for (size_t i = 0; i < table->n; i++) {
        if (scope && (i >= scope_n || !scope[i])) continue;
        const struct signal_account *account = &table->accounts[i];
        for (uint32_t k = 0; k < account->n; k++) {
            if (account->rows[k].known_from >= before) continue;
            ret->known++;
            ret->assumed += account->rows[k].assumed;
        }
    }
    ret->counted = true;
}

enum status knowledge_count(const struct request *request, instant_t before, struct knowledge *list, size_t n,
                            struct problem *problem) {
    struct house *house = request->house;
    size_t scope_n;
    const uint8_t *scope = request_scope_mask(request, &scope_n);
    pthread_rwlock_rdlock(&house->insight->lock);
    for (size_t i = 0; i < n; i++)
        for (size_t s = 0; signal_sources[s]; s++)
            if (str_is(list[i].source, signal_sources[s]->key))
                count_rows(&house->insight->tables[s], scope, scope_n, before, &list[i]);
    pthread_rwlock_unlock(&house->insight->lock);
    for (size_t i = 0; i < n; i++) {
        if (scope || !str_is(list[i].source, "usage")) continue;
        enum status status = events_known(house->events, before, &list[i].known, &list[i].assumed, problem);
        if (status) return status;
        list[i].counted = true;
    }
    return OK;
}

void knowledge_put(const struct knowledge *list, size_t n, struct json_writer *w) {
    uint64_t known = 0, assumed = 0;
    json_name(w, STR("knowledge"));
    json_begin_object(w);
    json_name(w, STR("sources"));
    json_begin_array(w);
    for (size_t i = 0; i < n; i++) {
        json_begin_object(w);
        json_put_string(w, "source", list[i].source);
        json_name(w, STR("known"));
        list[i].counted ? json_int(w, (int64_t)list[i].known) : json_null(w);
        json_name(w, STR("assumed"));
        list[i].counted ? json_int(w, (int64_t)list[i].assumed) : json_null(w);
        json_end_object(w);
        known += list[i].known;
        assumed += list[i].assumed;
    }
    json_end_array(w);
    json_put_number(w, "assumed_share", (double)assumed / (double)known); /* 0 ÷ 0 is null */
    json_end_object(w);
}
