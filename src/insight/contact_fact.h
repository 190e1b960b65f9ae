/* Facts of contacts: persons at accounts, laid out account by account, so that what holds for each of them
 * can be counted for their accounts. Built-in facts are a table in contact_fact.c; `traits.NAME` is a text
 * fact of any trait that a source ever sent of a contact.
 *
 * Who is there is dated (valid_from, valid_to); role, champion, title and e-mail keep no history: asked of a
 * past day they are what stands today. Traits count from their event's time on. Usage is that of the person
 * at the account, as the usage of accounts: windows of local days, known zeros while the source is healthy.
 * Our own and test people are left out. */
#ifndef VAFA_INSIGHT_CONTACT_FACT_H
#define VAFA_INSIGHT_CONTACT_FACT_H
#include "base/id.h"
#include "insight/fact.h"

struct insight;

/* ---- the catalogue of contacts; self is the insight ---- */

/* Numbers of facts stay what they are for as long as the insight lives. DICT_NONE: there is no such fact. */
uint32_t contact_fact_find(struct insight *insight, struct str key);
const struct fact *contact_fact(struct insight *insight, uint32_t number);
size_t contact_fact_count(void); /* of the built-in ones: numbers 0 … count − 1 */

/* ---- who is there, and what is known of them ---- */

/* A contact is known by its slot: dense, and the same for as long as the insight lives. */
struct contact_layout {
    size_t accounts, n; /* n contacts */
    uint32_t first;     /* account of offsets[0] */
    uint32_t *offsets;  /* accounts + 1: the contacts of account first + a are [offsets[a], offsets[a + 1]) */
    uint32_t *slots;    /* by contact */
};
/* The contacts of accounts [first, first + n) at a moment; NULL: everybody who was ever there, in the same
 * order, some of whom are at another account now. Takes the read lock of the insight. */
void contacts_present(struct insight *insight, const struct moment *moment, uint32_t first, size_t n,
                      struct arena *arena, struct contact_layout *ret);
/* Facts (by number) of the contacts of a layout at a moment, which may be another than that of the layout,
 * into columns of layout->n rows. Takes the read locks that it needs. */
void contact_facts_evaluate(struct insight *insight, const uint32_t *facts, size_t fact_count,
                            const struct moment *moment, const struct contact_layout *layout,
                            struct arena *arena, struct column *columns);

size_t contact_slots(struct insight *insight); /* slots are 0 … slots − 1 */
struct contact_name {
    struct id id, person;
    uint32_t account;       /* directory index */
    struct str name, email; /* borrowed for as long as the insight lives */
};
void contact_of_slot(struct insight *insight, uint32_t slot, struct contact_name *ret);
uint32_t contact_slot(struct insight *insight, struct id contact); /* UINT32_MAX: none */

#endif
