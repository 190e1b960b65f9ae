/* Contacts in memory, as their facts are measured from them: part of the insight, under its lock of tables.
 */
#ifndef VAFA_INSIGHT_CONTACT_TABLE_H
#define VAFA_INSIGHT_CONTACT_TABLE_H
#include "base/dict.h"
#include "base/id.h"
#include "customers/directory.h"
#include "platform/records.h"

struct contact_answer {
    instant_t answered_at, known_from;
    double score;
};
struct contact_trait {
    uint32_t field, value; /* numbers in trait_fields, texts */
    instant_t event_time;
};
struct contact_row {
    struct id id, person_id;
    uint32_t account, person; /* directory: the account it lives in; person UINT32_MAX: none */
    uint32_t name, email, domain, title, role; /* numbers in texts, DICT_NONE: not recorded */
    bool here;                                 /* false: no longer in the records, or internal */
    bool has_key, champion_known, champion;    /* has_key: its usage can be told from that of others */
    instant_t from, to;                        /* from ≤ 0: since ever; to INT64_MAX: still */
    struct contact_answer *nps, *csat;         /* by answered_at; owned */
    uint32_t nps_n, csat_n;
    struct contact_trait *traits; /* owned */
    uint32_t trait_n;
};
struct contact_list {
    uint32_t *slots; /* of everybody who was ever at the account, each once; owned */
    uint32_t n;
};
struct contact_table {
    struct contact_row *rows; /* by slot */
    size_t n, capacity;
    struct contact_list *accounts; /* by directory index */
    size_t account_n;
    struct dict slots;               /* id as 16 bytes → slot */
    struct dict texts, trait_fields; /* trait_fields: "traits.NAME" */
};

void contact_table_free(struct contact_table *table);
/* Reads all contacts, or those of one account, in place of what was there. The caller holds the table's lock
 * and a shared lock of the directory. */
enum status contact_table_load(struct contact_table *table, struct session *session,
                               const struct directory *directory, const struct id *account,
                               struct problem *problem) MUST_USE;

#endif
