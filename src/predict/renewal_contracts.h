/* Contracts and their renewals out of the revenue ledger: what predict/renewal_life.h judges. */
#ifndef VAFA_PREDICT_RENEWAL_CONTRACTS_H
#define VAFA_PREDICT_RENEWAL_CONTRACTS_H
#include "predict/renewal_life.h"

struct renewal_contract {
    uint32_t account, cohort; /* of the cohorts below */
    uint32_t before;          /* renewals that lie before the ledger begins */
    uint32_t renewed;         /* in all */
    bool active;              /* at the moment */
    bool ending;              /* active, and known to end */
    double payment; /* of a term, now, minor units of the base currency; NAN: not active or not known */
    double due_in;  /* months until the next renewal; NAN where there is none */
};
struct renewal_cohort {
    int32_t term;     /* months */
    struct str group; /* plan, or value of the split; empty: not known */
    size_t contracts, undecided;
};
struct renewal_contracts {
    struct renewal_contract *contracts;
    size_t n;
    struct renewal_due *renewals; /* decided */
    size_t renewal_n;
    struct renewal_cohort *cohorts; /* by term, then by group, the unknown last */
    size_t cohort_n;
    size_t without_term; /* contracts that never come up for renewal: open-ended */
};
/* Lives in the arena. With a split the groups are those of the selection, else plans. */
enum status renewal_contracts_read(struct house *house, const struct selection *selection,
                                   const struct moment *moment, struct arena *arena,
                                   struct renewal_contracts *ret, struct problem *problem) MUST_USE;

#endif
