#include "insight/dependants.h"

#include "insight/milestone.h"
#include "insight/scorecard.h"
#include "queries.h"

static enum status check_segments(const struct segment_set *now, const struct segment_set *then,
                                  struct str what, struct problem *problem) {
    for (size_t i = 0; then && i < then->n; i++) {
        const struct segment *was = now ? segment_set_find(now, then->v[i].key) : NULL;
        if (then->v[i].broken.en && was && !was->broken.en)
            return fail(
                problem, CONFLICT,
                MESSAGE(
                    "segment_used", "The segment “{0}” names “{1}”. Change it first.",
                    "بخش «{0}» از «{1}» نام می‌برد. نخست آن را تغییر دهید."),
                ARGS(then->v[i].key, what));
    }
    return OK;
}

static bool compiles(struct str text, struct rule_world *world, struct arena *arena) {
    struct problem problem = {.arena = arena};
    struct rule_scope scope = rule_world_scope(world);
    struct rule_needs needs = {0};
    struct rule_node *root;
    struct rule *rule;
    return !rule_parse_text(text, arena, &root, &problem) &&
           !rule_compile(root, &scope, &needs, arena, &rule, &problem);
}

static enum status check_milestones(struct session *session, struct rule_world *now, struct rule_world *then,
                                    struct str what, struct problem *problem) {
    struct milestone *list;
    size_t n = 0;
    enum status status = milestones_load(session, problem->arena, &list, &n, problem);
    for (size_t i = 0; i < n && !status; i++)
        if (compiles(list[i].rule_text, now, problem->arena) &&
            !compiles(list[i].rule_text, then, problem->arena))
            status = fail(
                problem, CONFLICT,
                MESSAGE(
                    "segment_used_by_milestone", "The milestone “{0}” names “{1}”. Change it first.",
                    "نقطهٔ عطف «{0}» از «{1}» نام می‌برد. نخست آن را تغییر دهید."),
                ARGS(list[i].key, what));
    return status;
}

static bool stands(const struct json *card, struct rule_world *world, struct arena *arena) {
    struct problem problem = {.arena = arena};
    struct rule_scope scope = rule_world_scope(world);
    struct scorecard *ignored;
    return !scorecard_parse(card, (struct str){0}, &scope, arena, &ignored, &problem);
}

static enum status check_cards(struct session *session, struct rule_world *now, struct rule_world *then,
                               struct str what, struct problem *problem) {
    struct arena *arena = problem->arena;
    enum status found = OK;
    struct rows *rows = rows_open(session, &query_scorecard_current);
    while (!found && rows_next(rows)) {
        struct str name = rows_text(rows, 1, arena);
        struct problem inner = {.arena = arena};
        struct json json;
        if (json_parse(rows_text(rows, 4, arena), arena, &json, &inner)) continue;
        if (stands(&json, now, arena) && !stands(&json, then, arena))
            found = fail(
                problem, CONFLICT,
                MESSAGE(
                    "segment_used_by_card", "The scorecard “{0}” names “{1}”. Change it first.",
                    "کارت امتیاز «{0}» از «{1}» نام می‌برد. نخست آن را تغییر دهید."),
                ARGS(name, what));
    }
    enum status status = rows_close(rows, problem);
    return found ? found : status;
}

enum status dependants_check(struct session *session, struct rule_world *now, struct rule_world *then,
                             struct str what, struct problem *problem) {
    enum status status = check_segments(now->segments, then->segments, what, problem);
    if (!status) status = check_milestones(session, now, then, what, problem);
    return status ? status : check_cards(session, now, then, what, problem);
}
