/* Settings: what an organisation or its operator may choose. Declared in settings.def, kept in the records
 * where they differ from their default, and cached here; safe on every thread. */
#ifndef VAFA_PLATFORM_SETTINGS_H
#define VAFA_PLATFORM_SETTINGS_H
#include "base/clock.h"
#include "platform/records.h"

enum setting {
#define SETTING(name, key, type, value, min, max, options, en, fa) SETTING_##name,
#include "platform/settings.def"
#undef SETTING
    SETTING_COUNT
};

enum setting_type { SETTING_INT, SETTING_TEXT, SETTING_CHOICE, SETTING_DAYS, SETTING_ZONE, SETTING_CURRENCY };

struct setting_info {
    const char *key; /* "ingest.max_events" */
    enum setting_type type;
    const char *value; /* the default, as text */
    int64_t min, max;
    const char *options;
    struct text title;
};
extern const struct setting_info setting_table[SETTING_COUNT];

struct settings;
/* Reads what the records hold. BAD_INPUT when a stored value is not allowed (any more): the place names the
 * setting. */
enum status settings_open(struct records *records, struct settings **ret, struct problem *problem) MUST_USE;
void settings_close(struct settings *settings);

int64_t settings_int(struct settings *settings, enum setting setting);   /* INT */
int settings_choice(struct settings *settings, enum setting setting);    /* CHOICE: which option */
unsigned settings_days(struct settings *settings, enum setting setting); /* DAYS: bit per option */
struct str settings_text(struct settings *settings, enum setting setting,
                         struct arena *arena); /* any, as text */
int settings_find(struct str key);             /* −1 when absent */

struct setting_value {
    struct str key, value; /* value.p NULL: back to the default */
};
/* Checks all, then stores all in one transaction, then takes effect; or changes nothing, with a fault at
 * every wrong key. */
enum status settings_set(struct settings *settings, const struct setting_value *values, size_t n,
                         instant_t now, struct problem *problem) MUST_USE;

#endif
