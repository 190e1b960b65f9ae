/* Features: the parts of our product whose use we watch. A feature's key is the name of its usage event,
 * unless `events` says which events are its use. The small complete noun to copy: docs/adding-a-feature.md
 * walks through it. */
#ifndef VAFA_CUSTOMERS_FEATURE_H
#define VAFA_CUSTOMERS_FEATURE_H
#include "platform/route.h"

struct records;

struct feature {
    uint64_t has;
    struct id id;
    struct str key; /* "export": as the event is named; unique; never changes */
    struct str title_en;
    struct str title_fa; /* may be missing: then the English title is shown */
    bool core;           /* counts for breadth of adoption */
    struct str plans;    /* "pro,enterprise": the plans that include it; missing: every plan */
    struct str events;   /* "report_opened,report.*": its events, `*` at an end for any; missing: its key */
    int64_t version;     /* grows by one with every change; the ETag */
    instant_t created_at, updated_at;
};
extern const struct record_type feature_type;

enum { FEATURE_MOST_WORDS = 64 };
/* The words of `plans` and `events`, separated by commas: *rest is what is left; p NULL: no more. */
struct str feature_word(struct str *rest);
/* Whether an event of that name is use of a feature with this key and these events. */
bool feature_has_event(struct str key, struct str events, struct str name);

/* Rules: feature.c. All strings live in `arena`. */
/* Makes one; fills id, version and times of *feature. CONFLICT when the key is taken. */
enum status feature_create(struct records *records, instant_t now, struct feature *feature,
                           struct problem *problem) MUST_USE;
enum status feature_get(struct records *records, struct id id, struct feature *feature, struct arena *arena,
                        struct problem *problem) MUST_USE;
/* Lays *patch over *feature (read before, of the same version) and stores it. CONFLICT when somebody was
 * faster. */
enum status feature_patch(struct records *records, instant_t now, struct feature *feature,
                          const struct feature *patch, uint64_t cleared, struct problem *problem) MUST_USE;
enum status feature_delete(struct records *records, const struct feature *feature,
                           struct problem *problem) MUST_USE;

/* Rows: feature_store.c. */
struct session;
struct list;
enum status feature_store_insert(struct session *session, const struct feature *feature,
                                 struct problem *problem) MUST_USE;
enum status feature_store_get(struct session *session, struct id id, struct feature *feature,
                              struct arena *arena, struct problem *problem) MUST_USE;
/* Writes version `feature->version` over the version before; *found says whether that was there. */
enum status feature_store_update(struct session *session, const struct feature *feature, bool *found,
                                 struct problem *problem) MUST_USE;
enum status feature_store_delete(struct session *session, const struct feature *feature, bool *found,
                                 struct problem *problem) MUST_USE;
enum status feature_store_list(struct session *session, struct list *list, struct arena *arena,
                               struct problem *problem) MUST_USE;

/* Handlers: feature_api.c; their routes are in app/routes.def. */
enum status feature_handle_list(struct request *, struct response *, struct problem *);
enum status feature_handle_create(struct request *, struct response *, struct problem *);
enum status feature_handle_get(struct request *, struct response *, struct problem *);
enum status feature_handle_patch(struct request *, struct response *, struct problem *);
enum status feature_handle_delete(struct request *, struct response *, struct problem *);

#endif
