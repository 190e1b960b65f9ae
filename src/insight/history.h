/* What a field of an account was, and from when: its stages, its status. */
#ifndef VAFA_INSIGHT_HISTORY_H
#define VAFA_INSIGHT_HISTORY_H
#include "insight/insight.h"

struct history_change {
    day_t day;        /* from this local day on … */
    struct str value; /* … it was this; empty: cleared. Lives as long as the insight */
};
/* The changes of a field before the end of the moment, oldest first; several on one day: the last. In the
 * arena; the count is returned. The insight's lock held. */
size_t history_of(const struct insight *insight, uint32_t account, struct str field,
                  const struct moment *moment, struct arena *arena, struct history_change **ret);
/* The day from which the account is lost, without coming back before the moment; INT32_MAX: it is not. Lock
 * held. */
day_t history_lost(const struct insight *insight, uint32_t account, const struct moment *moment,
                   struct arena *arena);

/* The table of a source by its key, such as "subscriptions". */
const struct signal_table *insight_table(const struct insight *insight, const char *key);

#endif
