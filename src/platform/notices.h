/* Change notices: which accounts were touched, coalesced until insight takes them. Written by every noun
 * after its commit. */
#ifndef VAFA_PLATFORM_NOTICES_H
#define VAFA_PLATFORM_NOTICES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum notice_kind {
    NOTICE_USAGE = 1, /* events of the account were applied */
    NOTICE_RECORDS =
        2, /* a row that facts come from changed: account fields, subscription, invoice, ticket, … */
    NOTICE_DIRECTORY = 4,    /* accounts or keys were added, linked or merged */
    NOTICE_CATALOGUE = 8,    /* a fact, feature or scorecard changed: everything is to be recomputed */
    NOTICE_PREDICTIONS = 16, /* what is foretold of the account changed, and no other record */
};
enum { NOTICE_EVERY_ACCOUNT = UINT32_MAX };

struct notices;
struct notices *notices_new(void);
void notices_free(struct notices *notices);
void notices_put(struct notices *notices, uint32_t account_index, unsigned kinds);
/* Moves up to `most` touched accounts out, NOTICE_EVERY_ACCOUNT standing alone for all; waits up to wait_ms
 * for the first. Returns how many; *kinds is the union of what touched them, each[i] what touched accounts[i]
 * (each may be NULL). most 0 only waits. */
size_t notices_take(struct notices *notices, uint32_t *accounts, uint8_t *each, size_t most, int wait_ms,
                    unsigned *kinds);
/* Called with each notice as it is put, in the thread that puts it: quick, and putting none itself. Set once,
 * at the start. */
void notices_tap(struct notices *notices, void (*tap)(void *self, uint32_t account_index, unsigned kinds),
                 void *self);
void notices_stop(struct notices *notices); /* wakes the waiter for good */

#endif
