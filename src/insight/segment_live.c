#include "insight/segment_live.h"

#include "base/log.h"
#include "base/vec.h"
#include "insight/segment_memory.h"
#include "queries.h"

#include <stdlib.h>

/* What was judged of a member: its truth in the lowest two bits, above it that of the leaves; all bits set:
 * never. */
struct kept {
    struct str key;  /* owned */
    int64_t version; /* last judged; 0: none */
    enum segment_of of;
    uint8_t *state; /* by member, `width` bytes each; owned */
    unsigned width;
    size_t n; /* members that there is room for */
};

struct change {
    struct kept *kept;
    const struct segment *segment;
    uint32_t member;
    uint64_t before, after;
    bool gone, edited;
};

struct changes {
    struct change *v;
    size_t n, capacity;
};

struct segment_live {
    struct house *house;
    struct segment_memory *memory;
    VEC(struct kept *) kept;
    bool starting;
    /* Of the catalogue last seen: */
    struct catalogue *catalogue;
    struct arena arena;
    struct needs_plan plans[2]; /* of accounts, of contacts */
    const struct segment **segments[2];
    struct kept **kept_of[2];
    size_t n[2];
    struct changes changes; /* of the round */
};

enum { ROOT = 3, NEVER = 3, SOME = 256, PARALLEL_FROM = 20000 };

static uint64_t word_get(const void *words, unsigned width, size_t i) {
    switch (width) {
    case 1:
        return ((const uint8_t *)words)[i];
    case 2:
        return ((const uint16_t *)words)[i];
    case 4:
        return ((const uint32_t *)words)[i];
    default:
        return ((const uint64_t *)words)[i];
    }
}

static uint64_t state_get(const struct kept *kept, size_t member) {
    return word_get(kept->state, kept->width, member);
}

static void state_put(struct kept *kept, size_t member, uint64_t value) {
    memcpy(kept->state + member * kept->width, &value, kept->width); /* the lower bytes, which come first */
}

static uint64_t state_mask(const struct kept *kept) {
    return kept->width == 8 ? UINT64_MAX : ((uint64_t)1 << kept->width * 8) - 1;
}

static void make_room(struct kept *kept, size_t n) {
    if (n <= kept->n) return;
    size_t room = n + n / 4 + 64;
    kept->state = memory_resize(kept->state, room * kept->width);
    memset(kept->state + kept->n * kept->width, 0xff, (room - kept->n) * kept->width);
    kept->n = room;
}

static unsigned width_for(const struct segment *segment) {
    size_t bits = 2 + 2 * (segment->rule ? rule_leaf_count(segment->rule) : 0);
    return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

/* Another rule has other leaves: what is kept is who is in. */
static void set_width(struct kept *kept, unsigned width) {
    struct kept wider = {.width = width};
    make_room(&wider, kept->n);
    for (size_t i = 0; i < kept->n; i++)
        state_put(&wider, i, ~(uint64_t)ROOT | (state_get(kept, i) & ROOT));
    free(kept->state);
    kept->state = wider.state;
    kept->width = width;
    kept->n = wider.n;
}

/* ---- members ---- */

uint32_t segment_member(struct house *house, enum segment_of of, struct id id) {
    if (of == SEGMENT_OF_CONTACTS) return contact_slot(house->insight, id);
    directory_lock(house->directory);
    uint32_t index = directory_by_id(house->directory, id);
    directory_unlock(house->directory);
    return index;
}

struct id segment_member_id(struct house *house, enum segment_of of, uint32_t member) {
    struct contact_name contact;
    if (of == SEGMENT_OF_CONTACTS) {
        contact_of_slot(house->insight, member, &contact);
        return contact.id;
    }
    directory_lock(house->directory);
    struct id id = directory_account(house->directory, member)->id;
    directory_unlock(house->directory);
    return id;
}

void accounts_present(struct directory *directory, day_t day, uint32_t first, size_t n, uint8_t *present) {
    directory_lock(directory);
    for (size_t i = 0; i < n; i++) {
        const struct directory_account *account = directory_account(directory, first + (uint32_t)i);
        present[i] = !account->merged && (account->starts_on == INT32_MIN || account->starts_on <= day);
    }
    directory_unlock(directory);
}

/* ---- what stands in the history ---- */

static enum status read_members(struct segment_live *live, struct session *session, struct kept *kept,
                                struct problem *problem) {
    struct rows *rows = rows_open(session, &query_segment_history_members);
    rows_bind_text(rows, "segment", kept->key);
    rows_bind_int(rows, "before", INT64_MAX);
    while (rows_next(rows)) {
        uint32_t member = segment_member(live->house, kept->of, rows_id(rows, 0));
        if (member == UINT32_MAX) continue;
        make_room(kept, member + 1);
        state_put(kept, member, ~(uint64_t)ROOT | TRUTH_TRUE);
    }
    return rows_close(rows, problem);
}

static size_t member_count(struct segment_live *live, enum segment_of of) {
    if (of == SEGMENT_OF_CONTACTS) return contact_slots(live->house->insight);
    directory_lock(live->house->directory);
    size_t n = directory_size(live->house->directory);
    directory_unlock(live->house->directory);
    return n;
}

static struct kept *find_kept(struct segment_live *live, struct str key) {
    for (size_t i = 0; i < live->kept.n; i++)
        if (str_equal(live->kept.v[i]->key, key)) return live->kept.v[i];
    return NULL;
}

static int64_t read_version(struct session *session, struct str key, struct problem *problem,
                            enum status *status) {
    int64_t version = 0;
    struct rows *rows = rows_open(session, &query_segment_generation_latest);
    while (rows_next(rows))
        if (str_equal(rows_text(rows, 0, NULL), key)) version = rows_int(rows, 1);
    *status = rows_close(rows, problem);
    return version;
}

/* Those who are not in it were judged before, unless the segment never was. */
static enum status open_kept(struct segment_live *live, const struct segment *segment, struct kept **ret,
                             struct problem *problem) {
    struct session *session = NULL;
    enum status status = records_read(live->house->records, &session, problem);
    if (status) return status;
    struct kept *kept = memory_new(sizeof *kept);
    char *key = memory_new(segment->key.n + 1);
    memcpy(key, segment->key.p, segment->key.n);
    *kept = (struct kept){.key = {key, segment->key.n}, .of = segment->of, .width = width_for(segment)};
    kept->version = read_version(session, segment->key, problem, &status);
    size_t n = member_count(live, segment->of);
    make_room(kept, n);
    for (size_t i = 0; i < n && kept->version; i++)
        state_put(kept, i, ~(uint64_t)ROOT | TRUTH_FALSE);
    if (!status) status = read_members(live, session, kept, problem);
    session_rollback(session);
    if (status) { /* asked for again in the next round */
        free(kept->state);
        free(key);
        free(kept);
        return status;
    }
    VEC_PUSH(&live->kept, kept);
    *ret = kept;
    return OK;
}

/* ---- the segments of the catalogue ---- */

/* A list's one need is the list itself. */
static const struct rule_needs *needs_of(const struct segment_set *set, const struct segment *segment,
                                         struct arena *arena) {
    if (segment->rule || segment->rule_json.n) return &segment->needs;
    struct rule_needs *list = arena_alloc(arena, sizeof *list);
    (void)rule_need(list, (struct rule_need){.kind = NEED_SEGMENT, .number = (uint32_t)(segment - set->v)},
                    arena);
    return list;
}

static enum status take_catalogue(struct segment_live *live, struct problem *problem) {
    struct catalogue *catalogue = insight_catalogue(live->house->insight);
    const struct segment_set *set = catalogue->world.segments;
    enum status status = OK;
    if (live->catalogue == catalogue) return OK;
    live->catalogue = NULL;
    live->n[0] = live->n[1] = 0; /* should this fail half way */
    arena_reset(&live->arena);
    for (int of = 0; of < 2 && !status; of++) {
        const struct rule_needs **lists = arena_array(&live->arena, (set ? set->n : 0) + 1, sizeof *lists);
        live->segments[of] = arena_array(&live->arena, (set ? set->n : 0) + 1, sizeof *live->segments[of]);
        live->kept_of[of] = arena_array(&live->arena, (set ? set->n : 0) + 1, sizeof *live->kept_of[of]);
        for (size_t s = 0; set && s < set->n && !status; s++) {
            const struct segment *segment = &set->v[s];
            if ((int)segment->of != of) continue;
            struct kept *kept = find_kept(live, segment->key);
            if (!kept) status = open_kept(live, segment, &kept, problem);
            if (status) break;
            if (kept->width != width_for(segment) || kept->version != segment->version)
                set_width(kept, width_for(segment));
            lists[live->n[of]] = needs_of(set, segment, &live->arena);
            live->kept_of[of][live->n[of]] = kept;
            live->segments[of][live->n[of]++] = segment;
        }
        if (!status) needs_plan_make(&catalogue->world, lists, live->n[of], &live->arena, &live->plans[of]);
    }
    if (!status) live->catalogue = catalogue;
    return status;
}

/* ---- judging ---- */

static void note(struct changes *changes, const struct segment *segment, struct kept *kept, uint32_t member,
                 uint64_t after, bool gone) {
    uint64_t before = state_get(kept, member);
    after &= state_mask(kept);
    if (before == after) return;
    state_put(kept, member, after);
    bool was = (before & ROOT) == TRUTH_TRUE, is = (after & ROOT) == TRUTH_TRUE;
    if (was != is)
        VEC_PUSH(changes, (struct change){kept, segment, member, before, after, gone,
                                          segment->version != kept->version});
}

/* Who is judged: row i is members[i], or first + i. */
struct who {
    const uint32_t *members;
    uint32_t first;
    size_t n;
    const uint8_t *present; /* NULL: all are */
};

/* A block of rows of one segment. Nearly always nothing has moved, which one comparison of all its words
 * says. */
static void judge_block(const struct segment_live *live, struct changes *changes, int of, size_t s,
                        const struct column *columns, const struct moment *moment, const struct who *who,
                        size_t from, size_t n, struct arena *scratch) {
    const struct segment *segment = live->segments[of][s];
    struct kept *kept = live->kept_of[of][s];
    uint64_t words[RULE_BLOCK_ROWS];
    unsigned width = kept->width;
    if (segment->rule_json.n && !segment->rule)
        return; /* nobody can be judged: members stay what they were */
    if (segment->rule) {
        rule_evaluate_traced(segment->rule, columns, moment->day, from, n, scratch,
                             &(struct rule_trace){words, width});
    } else { /* a list has no leaves */
        for (size_t i = 0; i < n; i++)
            ((uint8_t *)words)[i] = columns->state[from + i] == FACT_KNOWN && columns->number[from + i] != 0
                                        ? TRUTH_TRUE
                                        : TRUTH_FALSE;
    }
    const uint8_t *present = who->present ? who->present + from : NULL;
    if (!who->members && !(present && memchr(present, 0, n)) &&
        memcmp(kept->state + (who->first + from) * width, words, n * width) == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        bool gone = present && !present[i];
        note(changes, segment, kept,
             who->members ? who->members[from + i] : who->first + (uint32_t)(from + i),
             gone ? 0 : word_get(words, width, i), gone);
    }
}

/* Segments [s, end) of the block, while its columns are near the processor. */
static void judge_rows(const struct segment_live *live, struct changes *changes, int of, size_t s, size_t end,
                       struct column *const *columns, const struct moment *moment, const struct who *who) {
    struct arena scratch = {0};
    for (size_t from = 0; from < who->n; from += RULE_BLOCK_ROWS) {
        size_t n = who->n - from < RULE_BLOCK_ROWS ? who->n - from : RULE_BLOCK_ROWS;
        for (size_t k = s; k < end; k++) {
            judge_block(live, changes, of, k, columns[k], moment, who, from, n, &scratch);
            arena_reset(&scratch);
        }
    }
    arena_free(&scratch);
}

/* Some of the segments: two threads share a whole pass. */
struct half {
    const struct segment_live *live;
    struct column *const *columns;
    const struct moment *moment;
    struct who who;
    size_t from, to; /* segments */
    struct changes changes;
};

static void *judge_half(void *self) {
    struct half *h = self;
    judge_rows(h->live, &h->changes, SEGMENT_OF_ACCOUNTS, h->from, h->to, h->columns, h->moment, &h->who);
    return NULL;
}

/* Accounts [first, first + n), or those named. */
static enum status judge_accounts(struct segment_live *live, const uint32_t *accounts, uint32_t first,
                                  size_t n, const struct moment *moment, struct arena *arena,
                                  struct problem *problem) {
    if (!live->n[SEGMENT_OF_ACCOUNTS]) return OK;
    struct column **columns = arena_array(arena, live->n[SEGMENT_OF_ACCOUNTS], sizeof *columns);
    struct insight *insight = live->house->insight;
    const struct needs_plan *plan = &live->plans[SEGMENT_OF_ACCOUNTS];
    enum status status =
        accounts ? needs_plan_run_some(insight, plan, moment, accounts, n, arena, columns, problem)
                 : needs_plan_run(insight, plan, moment, first, n, arena, columns, problem);
    if (status) return status;
    uint8_t *present = arena_alloc(arena, n + 1);
    size_t most = first + n;
    for (size_t i = 0; i < n && accounts; i++) {
        accounts_present(live->house->directory, moment->day, accounts[i], 1, &present[i]);
        if (accounts[i] >= most) most = (size_t)accounts[i] + 1;
    }
    if (!accounts) accounts_present(live->house->directory, moment->day, first, n, present);
    for (size_t s = 0; s < live->n[SEGMENT_OF_ACCOUNTS]; s++)
        make_room(live->kept_of[SEGMENT_OF_ACCOUNTS][s], most);
    struct half half = {live, columns, moment, {accounts, first, n, present}, 0, live->n[SEGMENT_OF_ACCOUNTS],
                        {0}};
    struct half other = half;
    pthread_t thread;
    bool parallel = n >= PARALLEL_FROM && half.to > 1;
    other.from = half.to / 2;
    if (parallel) parallel = pthread_create(&thread, NULL, judge_half, &other) == 0;
    if (parallel) half.to = other.from;
    (void)judge_half(&half);
    if (parallel) pthread_join(thread, NULL);
    for (size_t i = 0; i < half.changes.n; i++)
        VEC_PUSH(&live->changes, half.changes.v[i]);
    for (size_t i = 0; i < other.changes.n; i++)
        VEC_PUSH(&live->changes, other.changes.v[i]);
    VEC_FREE(&half.changes);
    VEC_FREE(&other.changes);
    return OK;
}

/* A contact that was in and is no longer there; one that is at another account now is judged with that. */
static void note_absent(struct segment_live *live, uint32_t account, uint32_t slot) {
    for (size_t s = 0; s < live->n[SEGMENT_OF_CONTACTS]; s++) {
        struct kept *kept = live->kept_of[SEGMENT_OF_CONTACTS][s];
        struct contact_name contact;
        if (slot >= kept->n || (state_get(kept, slot) & ROOT) != TRUTH_TRUE) continue;
        contact_of_slot(live->house->insight, slot, &contact);
        if (contact.account == account)
            note(&live->changes, live->segments[SEGMENT_OF_CONTACTS][s], kept, slot, 0, true);
    }
}

/* Of everybody who was ever at the accounts, those who are not in the layout; its slots are in the same
 * order. */
static void note_gone(struct segment_live *live, uint32_t first, size_t n,
                      const struct contact_layout *layout, struct arena *arena) {
    struct contact_layout ever;
    contacts_present(live->house->insight, NULL, first, n, arena, &ever);
    for (size_t a = 0; a < n; a++) {
        uint32_t here = layout->offsets[a];
        for (uint32_t i = ever.offsets[a]; i < ever.offsets[a + 1]; i++) {
            if (here < layout->offsets[a + 1] && layout->slots[here] == ever.slots[i])
                here++;
            else
                note_absent(live, first + (uint32_t)a, ever.slots[i]);
        }
    }
}

static enum status judge_contacts(struct segment_live *live, uint32_t first, size_t n,
                                  const struct moment *moment, struct arena *arena, struct problem *problem) {
    struct insight *insight = live->house->insight;
    struct contact_layout layout;
    size_t segments = live->n[SEGMENT_OF_CONTACTS];
    if (!segments) return OK;
    contacts_present(insight, moment, first, n, arena, &layout);
    struct column **columns = arena_array(arena, segments, sizeof *columns);
    enum status status = contact_plan_run(insight, &live->plans[SEGMENT_OF_CONTACTS], moment, &layout, arena,
                                          columns, problem);
    if (status) return status;
    for (size_t s = 0; s < segments; s++)
        make_room(live->kept_of[SEGMENT_OF_CONTACTS][s], contact_slots(insight));
    judge_rows(live, &live->changes, SEGMENT_OF_CONTACTS, 0, segments, columns, moment,
               &(struct who){.members = layout.slots, .n = layout.n});
    note_gone(live, first, n, &layout, arena);
    return OK;
}

/* ---- history ---- */

/* The leaves that turned, as a rule that holds now: one that became unknown says that its fact is not known.
 */
static void put_why(const struct change *change, struct buf *out) {
    const struct rule *rule = change->segment->rule;
    uint32_t leaves = rule ? rule_leaf_count(rule) : 0, traced = change->kept->width * 4 - 1;
    for (uint32_t l = 0; l < leaves && l < traced && l < RULE_TRACED; l++) {
        uint64_t before = change->before >> (2 * l + 2) & ROOT, after = change->after >> (2 * l + 2) & ROOT;
        if (before == after || before == NEVER) continue;
        const struct rule_node *leaf = rule_leaf(rule, l);
        struct rule_node known = {.kind = RULE_FACT, .op = OP_KNOWN, .name = leaf->name};
        bool of_fact = leaf->kind == RULE_FACT || leaf->kind == RULE_CHANGED;
        if (after == TRUTH_UNKNOWN && !of_fact) continue;
        if (out->n) buf_put_c(out, " and ");
        if (after != TRUTH_TRUE) buf_put_c(out, "not ");
        rule_print(after == TRUTH_UNKNOWN ? &known : leaf, out);
    }
}

static const char *cause_of(const struct segment_live *live, const struct change *change) {
    if (change->edited) return "rule_edited";
    if (change->gone) return "gone";
    if (!change->segment->rule_json.n) return "list";
    if ((change->before & ROOT) == NEVER) return "new";
    return live->starting ? "start" : "rule";
}

static void put_change(struct segment_live *live, struct rows *rows, const struct change *change,
                       instant_t at) {
    struct buf why = {0};
    rows_bind_text(rows, "segment", change->kept->key);
    rows_bind_id(rows, "member", segment_member_id(live->house, change->kept->of, change->member));
    rows_bind_int(rows, "at", at);
    rows_bind_int(rows, "version", change->segment->version);
    rows_bind_int(rows, "entered", (change->after & ROOT) == TRUTH_TRUE);
    rows_bind_text(rows, "cause", str_of(cause_of(live, change)));
    if (!change->edited && !change->gone) put_why(change, &why);
    if (why.n)
        rows_bind_text(rows, "why", buf_str(&why));
    else
        rows_bind_null(rows, "why");
    while (rows_next(rows)) {
    }
    buf_free(&why);
}

/* Counts of a version that was judged for the first time. */
static enum status put_generations(struct segment_live *live, struct session *session, instant_t at,
                                   struct problem *problem) {
    enum status status = OK;
    for (int of = 0; of < 2; of++) {
        for (size_t s = 0; s < live->n[of] && !status; s++) {
            const struct segment *segment = live->segments[of][s];
            const struct kept *kept = live->kept_of[of][s];
            if (kept->version == segment->version) continue;
            int64_t counts[4] = {0};
            for (size_t i = 0; i < kept->n; i++)
                counts[state_get(kept, i) & ROOT]++;
            struct rows *rows = rows_open(session, &query_segment_generation_put);
            rows_bind_text(rows, "segment", kept->key);
            rows_bind_int(rows, "version", segment->version);
            rows_bind_int(rows, "at", at);
            rows_bind_int(rows, "members", counts[TRUTH_TRUE]);
            rows_bind_int(rows, "unknown", counts[TRUTH_UNKNOWN]);
            while (rows_next(rows)) {
            }
            status = rows_close(rows, problem);
        }
    }
    return status;
}

static bool has_generations(const struct segment_live *live, bool all) {
    bool any = false;
    for (int of = 0; of < 2; of++)
        for (size_t s = 0; s < live->n[of]; s++)
            any |= live->kept_of[of][s]->version != live->segments[of][s]->version;
    return all && any;
}

static enum status write_changes(struct segment_live *live, bool all, instant_t at, struct problem *problem) {
    bool generations = has_generations(live, all);
    struct session *session = NULL;
    if (!live->changes.n && !generations) return OK;
    enum status status = records_write(live->house->records, &session, problem);
    struct rows *rows = NULL;
    for (size_t i = 0; i < live->changes.n && !status; i++) {
        if (rows)
            rows_again(rows);
        else
            rows = rows_open(session, &query_segment_history_put);
        put_change(live, rows, &live->changes.v[i], at);
    }
    if (rows) status = rows_close(rows, problem);
    if (!status && generations) status = put_generations(live, session, at, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    return session_commit(session, problem);
}

static void keep(struct segment_live *live, bool all, instant_t at) {
    for (size_t i = 0; i < live->changes.n; i++) {
        const struct change *change = &live->changes.v[i];
        if (!change->edited)
            segment_memory_moved(live->memory, change->kept->key, change->member,
                                 (change->after & ROOT) == TRUTH_TRUE, at);
    }
    for (int of = 0; of < 2 && all; of++)
        for (size_t s = 0; s < live->n[of]; s++)
            live->kept_of[of][s]->version = live->segments[of][s]->version;
}

enum status segment_live_follow(struct segment_live *live, const uint32_t *accounts, size_t n, bool all,
                                const struct moment *moment, struct problem *problem) {
    struct arena arena = {0};
    enum status status = take_catalogue(live, problem);
    live->changes.n = 0;
    if (has_generations(live, true)) all = true; /* a generation is of everybody */
    uint32_t size = (uint32_t)member_count(live, SEGMENT_OF_ACCOUNTS);
    if (!status && all) {
        status = judge_accounts(live, NULL, 0, size, moment, &arena, problem);
        if (!status) status = judge_contacts(live, 0, size, moment, &arena, problem);
    }
    for (size_t i = 0;
         i < n && !all && !status;) { /* some at a time: what a rule costs is shared by all of them */
        uint32_t some[SOME];
        size_t taken = 0;
        for (; i < n && taken < SOME; i++)
            if (accounts[i] < size) some[taken++] = accounts[i];
        status = judge_accounts(live, some, 0, taken, moment, &arena, problem);
        for (size_t k = 0; k < taken && !status; k++)
            status = judge_contacts(live, some[k], 1, moment, &arena, problem);
        arena_reset(&arena);
    }
    if (!status) status = write_changes(live, all, moment->at, problem);
    if (!status) keep(live, all, moment->at);
    for (size_t i = live->changes.n; status && i > 0;
         i--) /* backwards: a member judged twice ends as it began */
        state_put(live->changes.v[i - 1].kept, live->changes.v[i - 1].member, live->changes.v[i - 1].before);
    arena_free(&arena);
    return status;
}

void segment_live_list_changed(struct segment_live *live, struct str key) {
    segment_memory_forget(live->memory, key);
}

void segment_live_stop(struct segment_live *live) {
    if (!live) return;
    for (size_t i = 0; i < live->kept.n; i++) {
        free((char *)live->kept.v[i]->key.p);
        free(live->kept.v[i]->state);
        free(live->kept.v[i]);
    }
    VEC_FREE(&live->kept);
    VEC_FREE(&live->changes);
    segment_memory_close(live->memory);
    arena_free(&live->arena);
    free(live);
}

enum status segment_live_start(struct house *house, struct segment_live **ret, struct problem *problem) {
    struct segment_live *live = memory_new(sizeof *live);
    struct moment moment = moment_now(house->insight);
    live->house = house;
    live->memory = segment_memory_open(house);
    live->starting = true;
    enum status status = segment_live_follow(live, NULL, 0, true, &moment, problem);
    live->starting = false;
    if (status) {
        segment_live_stop(live);
        return status;
    }
    *ret = live;
    return OK;
}
