/* Rules asked for by themselves: checked and shown in all their forms; evaluated for one account, or counted.
 */
#include "base/vec.h"
#include "customers/account.h"
#include "customers/directory.h"
#include "insight/health.h"
#include "insight/segment.h"

struct rule_input {
    uint64_t has;
    struct str rule, text;
    int32_t of;
    struct str account;
};
enum { INPUT_RULE, INPUT_TEXT, INPUT_OF, INPUT_ACCOUNT };
static const char *const subjects[] = {"accounts", "contacts", NULL};
#define AT(member) offsetof(struct rule_input, member)
static const struct field fields[] = {
    [INPUT_RULE] = {"rule", FIELD_JSON, 0, AT(rule), .title = {"Rule", "قاعده"}, .doc = "The rule as JSON."},
    [INPUT_TEXT] = {"text", FIELD_TEXT, 0, AT(text), 1, RULE_MAX_TEXT, .title = {"Text", "متن"},
                    .doc = "The rule in its text form; give this or `rule`."},
    [INPUT_OF] = {"of", FIELD_ENUM, 0, AT(of), .options = subjects, .title = {"Of", "دربارهٔ"},
                  .doc = "What it is about: accounts (unless told) or contacts."},
    [INPUT_ACCOUNT] = {"account", FIELD_TEXT, 0, AT(account), 1, 200, .title = {"Account", "مشتری"},
                       .doc = "Only of this one, explained; all are counted without it."},
};
RECORD_TYPE(rule_input_type, "RuleInput", struct rule_input, fields);

/* The rule as a segment without a name. Its needs are numbers of this catalogue: another may be the current
 * one by the time that they are evaluated. */
static enum status compile(struct request *request, struct catalogue *catalogue, struct rule_node **root,
                           struct segment *ret, struct rule_scope *scope, struct problem *problem) {
    const struct rule_input *input = request->input;
    bool of_text = field_has(input, INPUT_TEXT);
    enum status status =
        rule_of_input(field_has(input, INPUT_RULE) ? input->rule : (struct str){0},
                      of_text ? input->text : (struct str){0}, request->arena, root, problem);
    if (status) return status;
    if (!*root)
        return fail_at(problem, STR("/rule"),
                       MESSAGE("rule_missing", "Give a rule, as JSON (rule) or as text (text).",
                               "قاعده‌ای بدهید، به شکل JSON (rule) یا متن (text)."),
                       NO_ARGS);
    *ret =
        (struct segment){.of = field_has(input, INPUT_OF) ? (enum segment_of)input->of : SEGMENT_OF_ACCOUNTS,
                         .rule_json = rule_to_json(*root, request->arena),
                         .root = *root};
    struct rule_scope accounts = rule_scope_of(catalogue);
    *scope = ret->of == SEGMENT_OF_CONTACTS ? *accounts.contacts : accounts;
    return rule_compile(*root, scope, &ret->needs, request->arena, &ret->rule, problem);
}

static void write_sentences(struct json_writer *w, const struct rule_node *root,
                            const struct rule_scope *scope) {
    struct buf text = {0};
    json_name(w, STR("sentence"));
    json_begin_object(w);
    for (int language = ENGLISH; language <= PERSIAN; language++) {
        buf_clear(&text);
        rule_print_for_people(root, scope, (enum language)language, &text);
        json_put_string(w, language == PERSIAN ? "fa" : "en", buf_str(&text));
    }
    json_end_object(w);
    buf_free(&text);
}

static void write_rule(struct json_writer *w, struct request *request, const struct rule_node *root,
                       const struct rule_scope *scope) {
    json_name(w, STR("rule"));
    rule_write(root, w);
    json_put_string(w, "text", rule_to_text(root, request->arena));
    write_sentences(w, root, scope);
}

enum status rule_handle_check(struct request *request, struct response *response, struct problem *problem) {
    struct rule_node *root;
    struct segment rule;
    struct rule_scope scope;
    struct catalogue *catalogue = insight_catalogue(request->house->insight);
    enum status status = compile(request, catalogue, &root, &rule, &scope, problem);
    if (status) return status;
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    write_rule(&w, request, root, &scope);
    json_end_object(&w);
    return OK;
}

/* ---- of one account ---- */

static enum status explain(struct request *request, const struct catalogue *catalogue,
                           const struct rule_node *root, const struct segment *rule,
                           const struct rule_scope *scope, const struct moment *moment,
                           struct response *response, struct problem *problem) {
    const struct rule_input *input = request->input;
    struct insight *insight = request->house->insight;
    struct directory *directory = request->house->directory;
    const struct rule_needs *needs = &rule->needs;
    struct column *columns;
    struct arena scratch = {0};
    uint32_t account;
    static const char *const truths[] = {"false", "unknown", "true"};
    directory_lock(directory);
    enum status status = directory_find(directory, input->account, &account, problem);
    if (!status && !directory_in_scope(directory, account, &request->principal))
        status =
            fail(problem, NOT_FOUND,
                 MESSAGE("account_none", "There is no such account.", "چنین مشتری‌ای نیست."),
                 NO_ARGS);
    struct str name = status ? (struct str){0} : directory_account(directory, account)->name;
    directory_unlock(directory);
    if (!status)
        status = needs_evaluate(insight, catalogue, &needs, 1, moment, account, 1, request->arena, &columns,
                                problem);
    if (status) return status;
    struct buf text = {0};
    struct json_writer w = {&response->body};
    day_t turns = rule_next_flip(rule->rule, columns, 0, moment->day);
    json_begin_object(&w);
    json_put_string(&w, "account", input->account);
    json_put_string(&w, "name", name);
    json_put_string(&w, "truth", str_of(truths[rule_truth(rule->rule, columns, moment->day, 0, &scratch)]));
    arena_free(&scratch);
    write_rule(&w, request, root, scope);
    json_name(&w, STR("tree"));
    rule_explain(rule->rule, columns, moment->day, 0, &w);
    rule_explain_text(rule->rule, columns, moment->day, 0, request->language, &text);
    json_put_string(&w, "explained", buf_str(&text));
    buf_free(&text);
    char day[DAY_TEXT + 1] = "";
    if (turns != INT32_MAX) day_print(turns, day);
    json_name(&w, STR("turns_on"));
    if (turns == INT32_MAX)
        json_null(&w);
    else
        json_string(&w, str_of(day));
    json_end_object(&w);
    return OK;
}

/* ---- of all ---- */

static enum status count(struct request *request, const struct catalogue *catalogue,
                         const struct rule_node *root, const struct segment *rule,
                         const struct rule_scope *scope, const struct moment *moment,
                         struct response *response, struct problem *problem) {
    struct insight *insight = request->house->insight;
    struct segment_roll roll;
    int64_t counts[TRUTHS] = {0}, causes[FACT_CAUSES] = {0};
    enum status status =
        segment_roll(insight, &catalogue->world, rule, moment, request->arena, &roll, problem);
    if (status) return status;
    size_t accounts = 0;
    directory_lock(request->house->directory);
    accounts = directory_size(request->house->directory);
    uint8_t *in_scope = arena_alloc(request->arena, accounts + 1);
    for (uint32_t i = 0; i < accounts; i++)
        in_scope[i] = directory_in_scope(request->house->directory, i, &request->principal) &&
                      !directory_account(request->house->directory, i)->merged;
    directory_unlock(request->house->directory);
    for (size_t i = 0; i < roll.n; i++) {
        if (roll.accounts[i] >= accounts || !in_scope[roll.accounts[i]]) continue;
        counts[roll.truth[i]]++;
        if (roll.truth[i] != TRUTH_UNKNOWN) continue;
        uint32_t bits = rule_unknown_causes(rule->rule, roll.columns, moment->day, i);
        for (int cause = 0; cause < FACT_CAUSES; cause++)
            causes[cause] += bits >> cause & 1;
    }
    struct json_writer w = {&response->body};
    json_begin_object(&w);
    write_rule(&w, request, root, scope);
    json_put_int(&w, "true", counts[TRUTH_TRUE]);
    json_put_int(&w, "false", counts[TRUTH_FALSE]);
    json_put_int(&w, "unknown", counts[TRUTH_UNKNOWN]);
    json_name(&w, STR("causes"));
    json_begin_array(&w);
    for (int cause = 1; cause < FACT_CAUSES; cause++) {
        if (!causes[cause]) continue;
        json_begin_object(&w);
        json_name(&w, STR("cause"));
        json_begin_object(&w);
        json_put_string(&w, "en", str_of(fact_cause_text[cause].en));
        json_put_string(&w, "fa", str_of(fact_cause_text[cause].fa));
        json_end_object(&w);
        json_put_int(&w, "count", causes[cause]);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
    return OK;
}

enum status rule_handle_evaluate(struct request *request, struct response *response,
                                 struct problem *problem) {
    const struct rule_input *input = request->input;
    struct rule_node *root;
    struct segment rule;
    struct rule_scope scope;
    struct moment moment;
    struct catalogue *catalogue = insight_catalogue(request->house->insight);
    enum status status = request_moment(request, &moment, problem);
    if (!status) status = compile(request, catalogue, &root, &rule, &scope, problem);
    if (status) return status;
    if (!field_has(input, INPUT_ACCOUNT))
        return count(request, catalogue, root, &rule, &scope, &moment, response, problem);
    if (rule.of == SEGMENT_OF_CONTACTS)
        return fail_at(
            problem, STR("/account"),
            MESSAGE(
                "rule_of_contacts",
                "A rule about contacts is not explained for an account; count it, or put it "
                "into “at least 1 contact (…)”.",
                "قاعده‌ای دربارهٔ مخاطبان برای یک مشتری شرح داده نمی‌شود؛ آن را بشمارید یا در "
                "«at least 1 contact (…)» بگذارید."),
            NO_ARGS);
    return explain(request, catalogue, root, &rule, &scope, &moment, response, problem);
}
