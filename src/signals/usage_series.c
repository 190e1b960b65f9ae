/* Usage day by day: series of accounts, and the rows of one account. */
#include "signals/usage.h"

#include "signals/usage_rows.h"

#include <stdlib.h>

static int32_t offset_of(int64_t day) {
    int64_t offset = day - USAGE_DAY_BASE;
    return offset < 0 ? 0 : offset > UINT16_MAX + 1 ? UINT16_MAX + 1 : (int32_t)offset;
}

static uint32_t feature_of(const struct usage_row *row) {
    return (uint32_t)(row->key >> USAGE_FEATURE_SHIFT) & USAGE_FEATURE_MASK;
}

/* The first row of a day, or of a later one. */
static size_t first_row(const struct usage_row *rows, size_t n, int32_t day) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((int32_t)(rows[middle].key >> USAGE_DAY_SHIFT) < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void usage_series(const struct usage *usage, enum usage_measure measure, const uint32_t *features,
                  size_t feature_count, day_t from, day_t to, day_t known_at, uint32_t first, size_t n,
                  double *out) {
    size_t days = (size_t)(to - from), persons = 0;
    int64_t known_before = known_at == INT32_MAX ? INT64_MAX : (int64_t)known_at - USAGE_DAY_BASE;
    uint8_t *wanted = memory_new(usage->feature_n + 1);
    for (size_t f = 0; f < feature_count; f++)
        if (features[f] < usage->feature_n) wanted[features[f]] = 1;
    for (size_t i = first; i < first + n && i < usage->n; i++)
        if (usage->accounts[i].person_n > persons) persons = usage->accounts[i].person_n;
    uint64_t *met =
        memory_new((persons + 1) * sizeof *met); /* the account and day on which somebody was met */
    struct usage_view view = {0};
    memset(out, 0, n * days * sizeof *out);
    for (size_t i = 0; i < n && first + i < usage->n; i++) {
        const struct account_usage *account = &usage->accounts[first + i];
        const struct usage_row *rows = usage_rows(account, &view);
        int32_t start = offset_of(from), end = offset_of(to);
        for (size_t r = first_row(rows, account->n, start); r < account->n; r++) {
            int32_t day = (int32_t)(rows[r].key >> USAGE_DAY_SHIFT);
            if (day >= end) break;
            if (day + (int64_t)rows[r].lag >= known_before) continue;
            if (feature_count && !wanted[feature_of(&rows[r])]) continue;
            double *cell = &out[i * days + (size_t)(day + USAGE_DAY_BASE - from)];
            uint32_t person = rows[r].key & USAGE_PERSON_MASK;
            uint64_t now = (uint64_t)(i + 1) << 17 | (uint64_t)(uint32_t)day;
            if (measure == USAGE_EVENTS) {
                *cell += rows[r].count;
            } else if (person && met[person] != now) {
                met[person] = now;
                *cell += 1;
            }
        }
    }
    free(view.rows);
    free(met);
    free(wanted);
}

void usage_uses_read(const struct usage *usage, uint32_t number, day_t before, struct usage_uses *uses) {
    uses->n = 0;
    uses->people = 0;
    if (number >= usage->n || !usage->accounts[number].n) return;
    const struct account_usage *account = &usage->accounts[number];
    if (!uses->view) uses->view = memory_new(sizeof(struct usage_view));
    const struct usage_row *rows = usage_rows(account, uses->view);
    size_t n = first_row(rows, account->n, offset_of(before));
    if (uses->capacity < n) {
        uses->capacity = n + n / 2;
        uses->v = memory_resize(uses->v, uses->capacity * sizeof *uses->v);
    }
    for (; uses->n < n; uses->n++)
        uses->v[uses->n] = (struct usage_use){
            .day = USAGE_DAY_BASE + (day_t)(rows[uses->n].key >> USAGE_DAY_SHIFT),
            .person = rows[uses->n].key & USAGE_PERSON_MASK,
            .feature = feature_of(&rows[uses->n]),
            .count = rows[uses->n].count,
        };
    uses->people = account->person_n;
}

size_t usage_uses_from(const struct usage_uses *uses, day_t day) {
    size_t low = 0, high = uses->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (uses->v[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void usage_uses_free(struct usage_uses *uses) {
    struct usage_view *view = uses->view;
    if (view) free(view->rows);
    free(view);
    free(uses->v);
    *uses = (struct usage_uses){0};
}
