/* A rule that is read, from JSON or from text, prints in both forms, and both read back to an equal tree. */
#include "insight/rule.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void demand(bool holds) {
    if (!holds) abort();
}

static void check(const struct rule_node *tree, struct arena *arena) {
    struct problem problem = {.arena = arena};
    struct rule_node *again;
    struct buf text = {0}, out = {0};
    rule_print(tree, &text);
    if (text.n <= RULE_MAX_TEXT) {
        demand(rule_parse_text(buf_str(&text), arena, &again, &problem) == OK);
        demand(rule_equal(tree, again));
    }
    struct json_writer w = {.out = &out};
    rule_write(tree, &w);
    struct json json;
    demand(json_parse(buf_str(&out), arena, &json, &problem) == OK);
    demand(rule_parse(&json, (struct str){0}, arena, &again, &problem) == OK);
    demand(rule_equal(tree, again));
    buf_clear(&out);
    rule_print_for_people(tree, NULL, PERSIAN, &out);
    buf_free(&out);
    buf_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
    struct arena arena = {0};
    struct problem problem = {.arena = &arena};
    struct str input = {(const char *)data, n};
    struct rule_node *tree;
    struct json json;
    if (n && data[0] == '{') {
        if (json_parse(input, &arena, &json, &problem) == OK) {
            if (rule_parse(&json, (struct str){0}, &arena, &tree, &problem) == OK)
                check(tree, &arena);
            else
                demand(problem.fault_count > 0);
        }
    } else if (rule_parse_text(input, &arena, &tree, &problem) == OK) {
        check(tree, &arena);
    } else {
        demand(problem.fault_count > 0);
    }
    arena_free(&arena);
    return 0;
}
