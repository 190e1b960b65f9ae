#include "insight/rule.h"

static uint32_t find(void *self, struct str key) {
    return catalogue_find(self, key);
}

static const struct fact *fact(void *self, uint32_t number) {
    return catalogue_fact(self, number);
}

static enum status anonymous(void *self, const struct json *source, struct str where, uint32_t *number,
                             struct problem *problem) {
    return catalogue_anonymous(self, source, where, number, problem);
}

struct rule_scope rule_scope_of(struct catalogue *catalogue) {
    return (struct rule_scope){.find = find, .fact = fact, .anonymous = anonymous, .self = catalogue};
}
