#include "insight/segment.h"

#include "base/vec.h"
#include "insight/dependants.h"
#include "insight/health_live.h"
#include "insight/scorecard.h"
#include "insight/segment_live.h"
#include "platform/answer.h"
#include "platform/notices.h"
#include "queries.h"

#define HAS(record, field) field_has(record, field)

struct segment_definition segment_definition_of(const struct segment_record *record) {
    return (struct segment_definition){
        .key = record->key,
        .title_en = record->title_en,
        .title_fa = record->title_fa,
        .of = (enum segment_of)record->holds,
        .rule = HAS(record, SEGMENT_RULE) ? record->rule : (struct str){0},
        .version = record->version,
        .since = HAS(record, SEGMENT_SINCE) ? record->since : record->live_from,
        .touch_place = HAS(record, SEGMENT_TOUCH_PLACE) ? record->touch_place : 0,
        .touch_owner = HAS(record, SEGMENT_TOUCH_OWNER) ? record->touch_owner : (struct id){{0}},
        .touch_cadence_days = HAS(record, SEGMENT_TOUCH_CADENCE) ? record->touch_cadence_days : 0,
    };
}

/* ---- rules of inputs ---- */

struct str rule_to_json(const struct rule_node *root, struct arena *arena) {
    struct buf out = {0};
    rule_write(root, &(struct json_writer){.out = &out});
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

struct str rule_to_text(const struct rule_node *root, struct arena *arena) {
    struct buf out = {0};
    rule_print(root, &out);
    struct str text = str_copy(arena, buf_str(&out));
    buf_free(&out);
    return text;
}

enum status rule_of_input(struct str rule, struct str text, struct arena *arena, struct rule_node **root,
                          struct problem *problem) {
    struct json json;
    *root = NULL;
    if (rule.n && text.n)
        return fail_at(problem, STR("/text"),
                       MESSAGE("rule_twice", "Give the rule as JSON or as text, not both.",
                               "قاعده را یا به شکل JSON بدهید یا متن، نه هر دو."),
                       NO_ARGS);
    if (text.n) return rule_parse_text(text, arena, root, problem);
    if (!rule.n) return OK;
    enum status status = json_parse(rule, arena, &json, problem);
    return status ? status : rule_parse(&json, STR("/rule"), arena, root, problem);
}

/* ---- trials ---- */

enum status segment_trial_make(struct house *house, const struct segment_definition *subject,
                               struct str removed, struct str where, struct arena *arena,
                               struct segment_trial *ret, struct problem *problem) {
    struct catalogue *catalogue = insight_catalogue(house->insight);
    struct segment_definition *stored = NULL;
    struct session *session = NULL;
    size_t n = 0, count = 0;
    *ret = (struct segment_trial){.world = catalogue->world};
    rule_world_settle(&ret->world);
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = segment_definitions_read(session, arena, &stored, &n, problem);
    session_rollback(session);
    if (status) return status;
    struct segment_definition *all = arena_array(arena, n + 1, sizeof *all);
    for (size_t i = 0; i < n; i++)
        if (!str_equal(stored[i].key, removed) && !(subject && str_equal(stored[i].key, subject->key)))
            all[count++] = stored[i];
    if (subject) all[count++] = *subject;
    if (count > SEGMENT_MOST)
        return fail(problem, CONFLICT,
                    MESSAGE("segments_many", "There are 1,000 segments; no more fit.",
                            "۱٬۰۰۰ بخش هست و بیش از این جا نمی‌شود."),
                    NO_ARGS);
    return segment_set_make(&ret->world, all, count, subject ? subject->key : (struct str){0}, where,
                            &ret->set, problem);
}

void segment_trial_free(struct segment_trial *trial) {
    segment_set_free(trial->set);
    trial->set = NULL;
}

/* A scorecard whose rules name a segment must neither lose it nor read itself through it. */
static enum status check_cards(struct house *house, struct segment_trial *trial, struct str key,
                               struct str where, struct arena *arena, struct problem *problem) {
    struct session *session = NULL;
    struct rule_scope scope = rule_world_scope(&trial->world), now = rule_scope_of(trial->world.catalogue);
    enum status status = records_read(house->records, &session, problem), found = OK;
    if (status) return status;
    struct rows *rows = rows_open(session, &query_scorecard_current);
    while (!found && rows_next(rows)) {
        struct str name = rows_text(rows, 1, arena), text = rows_text(rows, 4, arena);
        struct problem inner = {.arena = arena};
        struct json json;
        struct scorecard *card;
        if (json_parse(text, arena, &json, &inner) ||
            scorecard_parse(&json, (struct str){0}, &now, arena, &card, &inner))
            continue; /* it does not stand as it is: no fault of the segment */
        if (scorecard_parse(&json, (struct str){0}, &scope, arena, &card, &inner))
            found = fail(
                problem, CONFLICT,
                MESSAGE(
                    "segment_used_by_card", "The scorecard “{0}” names “{1}”. Change it first.",
                    "کارت امتیاز «{0}» از «{1}» نام می‌برد. نخست آن را تغییر دهید."),
                ARGS(name, key));
        else if (needs_reach(&trial->world, &card->needs) & REACH_SCORE)
            found = fail_at(
                problem, where,
                MESSAGE(
                    "segment_of_score",
                    "The scorecard “{0}” names this segment, and the rule reads the score: a score cannot be "
                    "made from itself.",
                    "کارت امتیاز «{0}» این بخش را نام می‌برد و قاعده امتیاز را می‌خواند: امتیاز از خودش ساخته "
                    "نمی‌شود."),
                ARGS(name));
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return found ? found : status;
}

/* ---- saving ---- */

static bool key_is_good(struct str key) {
    bool good = key.n > 0 && key.n <= SEGMENT_KEY_BYTES && key.p[0] >= 'a' && key.p[0] <= 'z';
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        good &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    }
    return good;
}

static void take(struct segment_record *to, const struct segment_record *input, uint64_t cleared) {
    if (HAS(input, SEGMENT_TITLE_EN)) to->title_en = input->title_en;
    if (HAS(input, SEGMENT_TITLE_FA)) to->title_fa = input->title_fa;
    if (HAS(input, SEGMENT_TOUCH_PLACE)) to->touch_place = input->touch_place;
    if (HAS(input, SEGMENT_TOUCH_OWNER)) to->touch_owner = input->touch_owner;
    if (HAS(input, SEGMENT_TOUCH_CADENCE)) to->touch_cadence_days = input->touch_cadence_days;
    to->has |= input->has;
    to->has &= ~(cleared & ((uint64_t)1 << SEGMENT_TOUCH_PLACE | (uint64_t)1 << SEGMENT_TOUCH_OWNER |
                            (uint64_t)1 << SEGMENT_TOUCH_CADENCE));
}

/* The next version of what stands, as a whole record. stored: there was one of that key, removed or not; what
 * is remembered of it goes on. */
static enum status lay_over(struct str key, const struct segment_record *before, bool stored, bool found,
                            const struct segment_record *input, uint64_t cleared, struct arena *arena,
                            struct segment_record *after, struct problem *problem) {
    struct rule_node *root;
    if (!key_is_good(key))
        return fail_at(
            problem, STR("key"),
            MESSAGE(
                "segment_key", "A key is a–z, 0–9, _, . and -, from a letter, at most 64: not “{0}”.",
                "کلید از a–z، 0–9، _، . و - است، با حرف آغاز می‌شود و بیش از ۶۴ نویسه نیست: نه «{0}»."),
            ARGS(key));
    if (stored && HAS(input, SEGMENT_HOLDS) && input->holds != before->holds)
        return fail_at(
            problem, STR("/holds"),
            MESSAGE(
                "segment_holds_fixed", "What a segment holds never changes. Make another one.",
                "آنچه در یک بخش است تغییر نمی‌کند. بخش دیگری بسازید."),
            NO_ARGS);
    enum status status =
        rule_of_input(HAS(input, SEGMENT_RULE) ? input->rule : (struct str){0},
                      HAS(input, SEGMENT_TEXT) ? input->text : (struct str){0}, arena, &root, problem);
    if (status) return status;
    *after = *before;
    if (!found)
        *after = (struct segment_record){.title_en = key,
                                         .holds = HAS(input, SEGMENT_HOLDS) ? input->holds : before->holds};
    take(after, input, cleared);
    if (!after->title_fa.n) after->title_fa = after->title_en;
    after->has &= ~((uint64_t)1 << SEGMENT_TEXT);
    after->key = key;
    if (root) {
        after->rule = rule_to_json(root, arena);
        field_set(after, SEGMENT_RULE);
    }
    if (HAS(after, SEGMENT_TOUCH_PLACE) && (after->holds != SEGMENT_OF_ACCOUNTS || !HAS(after, SEGMENT_RULE)))
        return fail_at(problem, STR("/touch_place"),
                       MESSAGE("touch_needs_rule", "A touch model is a rule about accounts.",
                               "مدل تعامل قاعده‌ای دربارهٔ مشتریان است."),
                       NO_ARGS);
    static const enum segment_field always[] = {SEGMENT_ID,        SEGMENT_KEY,        SEGMENT_VERSION,
                                                SEGMENT_HOLDS,     SEGMENT_TITLE_EN,   SEGMENT_TITLE_FA,
                                                SEGMENT_LIVE_FROM, SEGMENT_CREATED_BY, SEGMENT_SINCE};
    for (size_t i = 0; i < COUNT(always); i++)
        field_set(after, always[i]);
    return OK;
}

static enum status store(struct house *house, const struct segment_record *after, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_write(house->records, &session, problem);
    if (!status) status = segment_store_retire(session, after->key, after->live_from, problem);
    if (!status) status = segment_store_insert(session, after, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

/* Facts and segments belong together: both are made anew, and everybody is judged by them before the answer.
 */
static enum status take_effect(struct house *house, struct problem *problem) {
    enum status status = insight_remake(house->insight, problem);
    if (status) return status;
    notices_put(house->notices, NOTICE_EVERY_ACCOUNT, NOTICE_CATALOGUE);
    return house->health ? health_live_catch_up(house->health, problem) : OK;
}

static enum status read_latest(struct house *house, struct str key, struct segment_record *before,
                               bool *stored, struct arena *arena, struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(house->records, &session, problem);
    if (!status) status = segment_store_latest(session, key, before, stored, arena, problem);
    session_rollback(session);
    return status;
}

enum status segment_save(struct house *house, struct str key, const struct segment_record *input,
                         uint64_t cleared, int64_t version, struct str by, struct segment_record *after,
                         bool *created, struct problem *problem) {
    struct arena *arena = problem->arena;
    struct segment_record before;
    struct segment_trial trial;
    bool stored;
    instant_t now = clock_now(house->clock);
    enum status status = read_latest(house, key, &before, &stored, arena, problem);
    if (status) return status;
    bool live = stored && segment_set_find(insight_catalogue(house->insight)->world.segments, key);
    if (version >= 0 && live && version != before.version)
        return fail(problem, CONFLICT,
                    MESSAGE("segment_changed", "The segment has changed since you saw it. Read it again.",
                            "این بخش پس از دیدن شما تغییر کرده است. دوباره آن را بخوانید."),
                    NO_ARGS);
    if ((status = lay_over(key, &before, stored, live, input, cleared, arena, after, problem))) return status;
    after->id = id_new(now);
    after->version = stored ? before.version + 1 : 1;
    after->live_from = now;
    after->since = stored ? before.since : now;
    after->created_by = by;
    struct segment_definition definition = segment_definition_of(after);
    struct str where = HAS(input, SEGMENT_TEXT) ? STR("/text") : STR("/rule");
    if ((status = segment_trial_make(house, &definition, (struct str){0}, where, arena, &trial, problem)))
        return status;
    status = check_cards(house, &trial, key, where, arena, problem);
    segment_trial_free(&trial);
    if (!status) status = store(house, after, problem);
    *created = !live;
    return status ? status : take_effect(house, problem);
}

enum status segment_remove(struct house *house, struct str key, struct problem *problem) {
    const struct segment_set *set = insight_catalogue(house->insight)->world.segments;
    struct arena *arena = problem->arena;
    struct segment_trial trial;
    if (!segment_set_find(set, key)) return fail_not_found(problem, (struct text){"segment", "بخش"}, key);
    enum status status = segment_trial_make(house, NULL, key, (struct str){0}, arena, &trial, problem);
    if (status) return status;
    struct session *session = NULL;
    status = records_read(house->records, &session, problem);
    if (!status)
        status =
            dependants_check(session, &insight_catalogue(house->insight)->world, &trial.world, key, problem);
    session_rollback(session);
    session = NULL;
    segment_trial_free(&trial);
    if (!status) status = records_write(house->records, &session, problem);
    if (!status) status = segment_store_retire(session, key, clock_now(house->clock), problem);
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    return status ? status : take_effect(house, problem);
}

/* ---- touch models that every company begins with ---- */

/* Amounts in whole units of a currency, as rules compare minor ones. */
static int64_t threshold(struct str currency, int64_t dollars) {
    enum { RIALS = 500000 };
    return str_is(currency, "IRR") ? dollars * RIALS : dollars * 100;
}

enum status segments_install(struct house *house, struct str currency, struct problem *problem) {
    struct arena *arena = problem->arena;
    struct segment_definition *stored;
    struct session *session = NULL;
    size_t n = 0;
    instant_t now = clock_now(house->clock);
    const struct str ours = STR("vafa");
    long long high = (long long)threshold(currency, 20000), low = (long long)threshold(currency, 5000);
    const struct {
        const char *key;
        struct text title;
        int64_t cadence;
        struct str rule;
    } models[] = {
        {"high_touch",
         {"High touch", "تعامل بالا"},
         30,
         str_format(
             arena,
             "arr >= %lld or (potential is known and potential >= %lld) or (arr >= %lld and complexity >= 3)",
             high, high * 5, low)},
        {"low_touch",
         {"Low touch", "تعامل کم"},
         90,
         str_format(arena, "arr >= %lld or complexity >= 2", low)},
        {"tech_touch", {"Tech touch", "تعامل فناوری"}, 0, STR("arr is known")},
    };
    enum status status = records_write(house->records, &session, problem);
    if (!status) status = segment_definitions_read(session, arena, &stored, &n, problem);
    bool first = n == 0, changed = first;
    for (size_t i = 0; i < COUNT(models) && !status; i++) {
        struct rule_node *root;
        struct segment_record latest, record = {.id = id_new(now),
                                                .key = str_of(models[i].key),
                                                .version = 1,
                                                .title_en = str_of(models[i].title.en),
                                                .title_fa = str_of(models[i].title.fa),
                                                .touch_place = (int64_t)i + 1,
                                                .touch_cadence_days = models[i].cadence,
                                                .live_from = now,
                                                .created_by = ours};
        bool found, live = false;
        record.has = (((uint64_t)1 << SEGMENT_FIELDS) - 1) & ~((uint64_t)1 << SEGMENT_TOUCH_OWNER);
        if (!models[i].cadence) record.has &= ~((uint64_t)1 << SEGMENT_TOUCH_CADENCE);
        status = segment_store_latest(session, record.key, &latest, &found, arena, problem);
        if (!status && first && found) break; /* they were removed: nobody wants them back */
        if (!status) status = rule_parse_text(models[i].rule, arena, &root, problem);
        if (status) break;
        record.rule = rule_to_json(root, arena);
        for (size_t k = 0; k < n; k++)
            live |= str_equal(stored[k].key, record.key);
        if (!first) { /* of another currency, and nobody has touched it: it follows */
            if (!live || !found || !str_equal(latest.created_by, ours) || str_equal(latest.rule, record.rule))
                continue;
            record.version = latest.version + 1;
            record.since = latest.since;
            status = segment_store_retire(session, record.key, now, problem);
        }
        if (!status) status = segment_store_insert(session, &record, problem);
        changed = true;
    }
    if (!status) {
        status = session_commit(session, problem);
        session = NULL;
    }
    session_rollback(session);
    return status || !changed ? status : insight_remake(house->insight, problem);
}

/* ---- who is in ---- */

static enum status roll_columns(struct insight *insight, const struct rule_world *world,
                                struct segment_roll *roll, const struct rule_needs *needs,
                                struct arena *arena, struct problem *problem) {
    struct needs_plan plan;
    needs_plan_make(world, &needs, 1, arena, &plan);
    if (roll->segment->of == SEGMENT_OF_ACCOUNTS)
        return needs_plan_run(insight, &plan, &roll->moment, 0, roll->n, arena, &roll->columns, problem);
    struct contact_layout layout;
    contacts_present(insight, &roll->moment, 0, roll->n, arena, &layout);
    roll->n = layout.n;
    roll->contacts = layout.slots;
    roll->accounts = arena_array(arena, layout.n + 1, sizeof *roll->accounts);
    for (size_t a = 0; a < layout.accounts; a++)
        for (uint32_t i = layout.offsets[a]; i < layout.offsets[a + 1]; i++)
            roll->accounts[i] = (uint32_t)a;
    return contact_plan_run(insight, &plan, &roll->moment, &layout, arena, &roll->columns, problem);
}

enum status segment_roll(struct insight *insight, const struct rule_world *world,
                         const struct segment *segment, const struct moment *moment, struct arena *arena,
                         struct segment_roll *ret, struct problem *problem) {
    struct rule_needs list = {0};
    *ret = (struct segment_roll){.segment = segment, .moment = *moment};
    if (!segment->rule_json.n)
        (void)rule_need(
            &list,
            (struct rule_need){.kind = NEED_SEGMENT, .number = (uint32_t)(segment - world->segments->v)},
            arena);
    directory_lock(insight->parts.directory);
    size_t accounts = ret->n = directory_size(insight->parts.directory);
    directory_unlock(insight->parts.directory);
    enum status status = roll_columns(insight, world, ret, list.n ? &list : &segment->needs, arena, problem);
    if (status) return status;
    if (!ret->accounts) {
        ret->accounts = arena_array(arena, ret->n + 1, sizeof *ret->accounts);
        for (size_t i = 0; i < ret->n; i++)
            ret->accounts[i] = (uint32_t)i;
    }
    ret->truth = arena_alloc(arena, ret->n + 1);
    memset(ret->truth, TRUTH_UNKNOWN, ret->n);
    struct arena scratch = {0};
    if (segment->rule) rule_evaluate(segment->rule, ret->columns, moment->day, ret->n, &scratch, ret->truth);
    arena_free(&scratch);
    for (size_t i = 0; i < ret->n && list.n; i++)
        if (ret->columns->state[i] == FACT_KNOWN)
            ret->truth[i] = ret->columns->number[i] != 0 ? TRUTH_TRUE : TRUTH_FALSE;
    uint8_t *present = arena_alloc(arena, accounts + 1);
    accounts_present(insight->parts.directory, moment->day, 0, accounts, present);
    for (size_t i = 0; i < ret->n; i++)
        if (!present[ret->accounts[i]]) ret->truth[i] = TRUTH_FALSE;
    return OK;
}
