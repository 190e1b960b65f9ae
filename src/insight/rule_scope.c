/* What names in rules mean in the product: facts and segments of a catalogue, and of contacts. */
#include "insight/contact_fact.h"
#include "insight/insight.h"
#include "insight/segment_set.h"

static uint32_t find(void *self, struct str key) {
    return catalogue_find(((struct rule_world *)self)->catalogue, key);
}

static const struct fact *fact(void *self, uint32_t number) {
    return catalogue_fact(((struct rule_world *)self)->catalogue, number);
}

static enum status anonymous(void *self, const struct json *source, struct str where, uint32_t *number,
                             struct problem *problem) {
    return catalogue_anonymous(((struct rule_world *)self)->catalogue, source, where, number, problem);
}

static uint32_t find_segment(void *self, struct str key, enum segment_of of) {
    const struct segment_set *set = ((struct rule_world *)self)->segments;
    const struct segment *segment = set ? segment_set_find(set, key) : NULL;
    return segment && segment->of == of ? (uint32_t)(segment - set->v) : DICT_NONE;
}

static uint32_t account_segment(void *self, struct str key) {
    return find_segment(self, key, SEGMENT_OF_ACCOUNTS);
}

static uint32_t contact_segment(void *self, struct str key) {
    return find_segment(self, key, SEGMENT_OF_CONTACTS);
}

static int floor_third(int months) {
    return months >= 0 ? months / 3 : -((-months + 2) / 3);
}

/* Quarters since the fiscal year 0. */
static int fiscal_quarter(void *self, day_t day) {
    const struct rule_world *world = self;
    struct date date = date_from_day(day, world->calendar);
    return floor_third(date.year * 12 + date.month - (world->fiscal_month ? world->fiscal_month : 1));
}

static uint32_t find_of_contact(void *self, struct str key) {
    return contact_fact_find(((struct rule_world *)self)->insight, key);
}

static const struct fact *fact_of_contact(void *self, uint32_t number) {
    return contact_fact(((struct rule_world *)self)->insight, number);
}

static struct str currency(const struct rule_world *world) {
    return world->insight ? str_of(world->insight->parts.base_currency) : (struct str){0};
}

void rule_world_settle(struct rule_world *world) {
    world->contacts = (struct rule_scope){.find = find_of_contact,
                                          .fact = fact_of_contact,
                                          .segment = contact_segment,
                                          .fiscal_quarter = fiscal_quarter,
                                          .currency = currency(world),
                                          .self = world};
}

struct rule_scope rule_world_scope(struct rule_world *world) {
    return (struct rule_scope){.find = find,
                               .fact = fact,
                               .anonymous = anonymous,
                               .segment = account_segment,
                               .fiscal_quarter = fiscal_quarter,
                               .contacts = world->insight ? &world->contacts : NULL,
                               .currency = currency(world),
                               .self = world};
}

struct rule_scope rule_scope_of(struct catalogue *catalogue) {
    return rule_world_scope(&catalogue->world);
}
