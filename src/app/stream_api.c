/* GET /api/v1/stream: what happens in the house, as server-sent events; and what the house tells to it. */
#include "app/router.h"
#include "app/stream.h"
#include "base/vec.h"
#include "customers/directory.h"
#include "customers/sign_in.h"
#include "platform/broadcast.h"
#include "platform/notices.h"
#include "platform/settings.h"

/* Who may hear what: as for reading it. */
static const struct {
    enum permission permission;
    bool all; /* not sorted by account: for whoever sees all accounts */
} hearers[TOPIC_COUNT] = {
    [TOPIC_ACCOUNTS] = {PERMISSION_CUSTOMERS_READ, false},
    [TOPIC_IMPORTS] = {PERMISSION_IMPORT, true},
    [TOPIC_INGEST] = {PERMISSION_SIGNALS_READ, false},
    [TOPIC_EVENTS] = {PERMISSION_SIGNALS_READ, false},
    [TOPIC_REJECTED] = {PERMISSION_SIGNALS_READ, true},
    [TOPIC_SETTINGS] = {PERMISSION_SETTINGS_READ, false},
    [TOPIC_CATALOGUE] = {PERMISSION_FACTS_READ, false},
    [TOPIC_JOBS] = {PERMISSION_OPERATE, true},
};

const struct route_query stream_query[] = {
    {"topics",
     "accounts, imports, ingest, events, rejected, settings, catalogue, jobs, separated by commas; all that one may hear "
     "unless given."},
    {"last_event_id", "As the header Last-Event-ID: the last id that was heard."},
    {NULL, NULL},
};

static bool may_hear(const struct principal *principal, int topic) {
    return principal->role >= permission_table[hearers[topic].permission].least &&
           (!hearers[topic].all || principal->scope == SCOPE_ALL);
}

static enum status read_topics(const struct request *request, unsigned *topics, struct problem *problem) {
    struct str rest = request_query(request, "topics");
    *topics = 0;
    for (int i = 0; i < TOPIC_COUNT && !rest.n; i++)
        if (may_hear(&request->principal, i)) *topics |= 1u << i;
    while (rest.n) {
        struct str name = str_trim(str_cut(rest, ',', &rest));
        int topic = 0;
        while (topic < TOPIC_COUNT && !str_is(name, topic_names[topic]))
            topic++;
        if (topic == TOPIC_COUNT)
            return fail_at(
                problem, STR("topics"),
                MESSAGE(
                    "topic_unknown",
                    "There is no topic “{0}”; there are accounts, imports, ingest, events, rejected, settings, "
                    "catalogue and jobs.",
                    "موضوعی به نام «{0}» نیست؛ موضوع‌ها accounts، imports، ingest، events، rejected، settings، "
                    "catalogue و jobs هستند."),
                ARGS(name));
        if (!may_hear(&request->principal, topic))
            return fail(
                problem, FORBIDDEN,
                MESSAGE(
                    "topic_refused", "You may not listen to “{0}”: it needs a role or a scope that you lack.",
                    "اجازهٔ شنیدن «{0}» را ندارید: نقش یا دامنه‌ای می‌خواهد که ندارید."),
                ARGS(name));
        *topics |= 1u << topic;
    }
    return OK;
}

enum status stream_handle(struct request *request, struct response *response, struct problem *problem) {
    unsigned topics;
    struct str last = request_header(request, "last-event-id");
    if (!last.p) last = request_query(request, "last_event_id");
    if (!request->waiter)
        return fail(problem, UNAVAILABLE,
                    MESSAGE("stream_served",
                            "There is a stream only while the folder is served: vafa serve DATA.",
                            "جریان تنها هنگام ارائهٔ پوشه هست: vafa serve DATA."),
                    NO_ARGS);
    enum status status = read_topics(request, &topics, problem);
    if (!status)
        status = broadcast_listen(request->house->broadcast, &request->principal, topics, last,
                                  &response->stream, problem);
    if (!status) response->content_type = "text/event-stream; charset=utf-8";
    return status;
}

/* ---- what it hears ---- */

static bool put_account(void *self, uint32_t account, const struct principal *principal,
                        struct json_writer *w) {
    struct house *house = self;
    directory_lock(house->directory);
    bool seen = account < directory_size(house->directory) &&
                directory_in_scope(house->directory, account, principal);
    char text[ID_TEXT + 1];
    if (seen) id_print(directory_account(house->directory, account)->id, text);
    directory_unlock(house->directory);
    if (seen) json_string(w, str_of(text));
    return seen;
}

static bool holds(void *self, const struct principal *principal) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    bool yes = false;
    enum status status = sign_in_holds(self, principal, &yes, &problem);
    arena_free(&arena);
    return status || yes; /* a store that does not answer right now ends nobody's session */
}

static void hear_notice(void *self, uint32_t account, unsigned kinds) {
    struct house *house = self;
    unsigned news = (kinds & NOTICE_USAGE ? NEWS_USAGE : 0) |
                    (kinds & (NOTICE_RECORDS | NOTICE_DIRECTORY | NOTICE_PREDICTIONS) ? NEWS_RECORDS : 0);
    broadcast_account(house->broadcast, account, news);
    if (kinds & NOTICE_CATALOGUE) broadcast_say(house->broadcast, TOPIC_CATALOGUE, ABOUT_NONE, STR("{}"));
}

enum status stream_open(struct house *house, struct problem *problem) {
    struct broadcast_options options = {
        .most = (size_t)settings_int(house->settings, SETTING_HTTP_LISTENERS),
        .most_each = (size_t)settings_int(house->settings, SETTING_HTTP_LISTENERS_PER_MEMBER),
        .account = put_account,
        .holds = holds,
        .self = house,
    };
    enum status status = broadcast_start(&options, &house->broadcast, problem);
    if (!status) notices_tap(house->notices, hear_notice, house);
    return status;
}

void stream_close(struct house *house) {
    broadcast_stop(house->broadcast);
    house->broadcast = NULL;
}
