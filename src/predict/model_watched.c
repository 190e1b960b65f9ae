#include "insight/history.h"
#include "predict/model.h"

#include <stdlib.h>
#include <string.h>

/* ---- products ---- */

static int by_accounts(const void *a, const void *b) {
    const struct product_sold *x = a, *y = b;
    if (x->accounts != y->accounts) return x->accounts < y->accounts ? 1 : -1;
    return str_compare(x->product, y->product);
}

/* buyers: the accounts that ever subscribed to anything. */
static struct product_sold *count_products(struct house *house, struct arena *arena, size_t *n,
                                           size_t *buyers) {
    *buyers = 0;
    pthread_rwlock_rdlock(&house->insight->lock);
    const struct signal_table *table = insight_table(house->insight, "subscriptions");
    int column = signal_text(table->source, STR("product"));
    const struct dict *texts = &table->texts[column];
    struct product_sold *list = arena_array(arena, texts->n + 1, sizeof *list);
    uint32_t *last = arena_array(arena, texts->n + 1, sizeof *last); /* 1 + the account counted last */
    for (uint32_t account = 0; account < table->n; account++) {
        *buyers += table->accounts[account].n > 0;
        for (uint32_t i = 0; i < table->accounts[account].n; i++) {
            uint32_t number = table->accounts[account].rows[i].text[column];
            if (number == NO_TEXT || last[number] == account + 1) continue;
            last[number] = account + 1;
            list[number].accounts++;
        }
    }
    size_t count = 0;
    for (uint32_t i = 0; i < texts->n; i++)
        if (list[i].accounts && dict_key(texts, i).n)
            list[count++] = (struct product_sold){str_copy(arena, dict_key(texts, i)), list[i].accounts};
    pthread_rwlock_unlock(&house->insight->lock);
    if (count) qsort(list, count, sizeof *list, by_accounts);
    *n = count;
    return list;
}

struct product_sold *products_sold(struct house *house, struct arena *arena, size_t *n) {
    size_t buyers;
    return count_products(house, arena, n, &buyers);
}

/* ---- outcomes ---- */

static bool has_key(const struct outcome_key *keys, size_t n, struct outcome_key key) {
    for (size_t i = 0; i < n; i++)
        if (keys[i].kind == key.kind && str_equal(keys[i].product, key.product)) return true;
    return false;
}

enum status models_watched(struct house *house, struct arena *arena, struct outcome_key **ret, size_t *n,
                           struct problem *problem) {
    size_t sold, made, buyers, count = 0;
    struct str *outcomes;
    const struct product_sold *products = count_products(house, arena, &sold, &buyers);
    enum status status = models_outcomes(house, arena, &outcomes, &made, problem);
    if (status) return status;
    struct outcome_key *keys = arena_array(arena, OUTCOMES + sold + made, sizeof *keys);
    for (int k = 0; k < OUTCOMES; k++)
        if (k != OUTCOME_CROSS_SELL) keys[count++] = (struct outcome_key){.kind = (enum outcome_kind)k};
    for (size_t i = 0; i < sold && count < OUTCOMES - 1 + MODEL_MOST_PRODUCTS; i++)
        if (products[i].accounts < buyers)
            keys[count++] = (struct outcome_key){OUTCOME_CROSS_SELL, products[i].product};
    for (size_t i = 0; i < made; i++) {
        struct problem unknown = {.arena = arena}; /* of an outcome that a later version of Vafa made */
        struct outcome_key key;
        if (!outcome_parse(outcomes[i], STR("outcome"), &key, &unknown) && !has_key(keys, count, key))
            keys[count++] = key;
    }
    *ret = keys;
    *n = count;
    return OK;
}
