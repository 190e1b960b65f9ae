#include "platform/settings.h"
#include "queries.h"

#include <pthread.h>
#include <stdlib.h>
#include <unicode/ucal.h>

const struct setting_info setting_table[SETTING_COUNT] = {
#define SETTING(name, key, type, value, min, max, options, en, fa)                                           \
    {key, SETTING_##type, value, min, max, options, {en, fa}},
#include "platform/settings.def"
#undef SETTING
};

struct value {
    struct str text; /* owned */
    int64_t number;  /* INT: the value; CHOICE: the option; DAYS: the bits */
};

struct settings {
    struct records *records;
    pthread_mutex_t
        changing; /* what is stored last is what is in force: held from the transaction to its effect */
    pthread_rwlock_t lock; /* of the values */
    struct value values[SETTING_COUNT];
};

/* ---- Checking ---- */

/* Which of "a|b|c" it is, or −1. */
static int option_of(const char *options, struct str wanted) {
    struct str rest = str_of(options);
    for (int i = 0; rest.p; i++)
        if (str_equal(str_cut(rest, '|', &rest), wanted)) return i;
    return -1;
}

static enum status wrong_option(const struct setting_info *info, struct str value, struct problem *problem) {
    return fail_at(problem, str_of(info->key),
                   MESSAGE("setting_option", "“{0}” is not allowed; use one of: {1}.",
                           "«{0}» مجاز نیست؛ یکی از این‌ها باشد: {1}."),
                   ARGS(value, str_of(info->options)));
}

static enum status check_int(const struct setting_info *info, struct str text, int64_t *number,
                             struct problem *problem) {
    if (str_to_int(text, number) && *number >= info->min && *number <= info->max) return OK;
    return fail_at(problem, str_of(info->key),
                   MESSAGE("setting_range",
                           "“{0}” is not allowed; a whole number from {1} to {2} is expected.",
                           "«{0}» مجاز نیست؛ باید عددی صحیح از {1} تا {2} باشد."),
                   ARGS(text, str_format(problem->arena, "%lld", (long long)info->min),
                        str_format(problem->arena, "%lld", (long long)info->max)));
}

static enum status check_text(const struct setting_info *info, struct str text, struct problem *problem) {
    bool control = false;
    for (size_t i = 0; i < text.n; i++)
        control = control || (unsigned char)text.p[i] < 0x20 || text.p[i] == 0x7F;
    if (!control && text.n >= (size_t)info->min && text.n <= (size_t)info->max) return OK;
    return fail_at(problem, str_of(info->key),
                   MESSAGE("setting_text", "A text of one line with at most {0} bytes is expected.",
                           "باید متنی یک‌خطی با بیشینهٔ {0} بایت باشد."),
                   ARGS(str_format(problem->arena, "%lld", (long long)info->max)));
}

static enum status check_days(const struct setting_info *info, struct str text, int64_t *number,
                              struct problem *problem) {
    *number = 0;
    for (struct str rest = text; rest.p && text.n;) {
        struct str day = str_trim(str_cut(rest, ',', &rest));
        int option = option_of(info->options, day);
        if (option < 0) return wrong_option(info, day, problem);
        *number |= 1 << option;
    }
    return OK;
}

static enum status check_zone(const struct setting_info *info, struct str text, struct problem *problem) {
    UChar name[64], canonical[64];
    UBool is_system = false;
    UErrorCode error = U_ZERO_ERROR;
    bool fits = text.n > 0 && text.n < sizeof name / sizeof *name;
    for (size_t i = 0; fits && i < text.n; i++) {
        fits = (unsigned char)text.p[i] > 0x20 && (unsigned char)text.p[i] < 0x7F;
        name[i] = (UChar)text.p[i];
    }
    if (fits) ucal_getCanonicalTimeZoneID(name, (int32_t)text.n, canonical, 64, &is_system, &error);
    if (fits && U_SUCCESS(error) && is_system) return OK;
    return fail_at(problem, str_of(info->key),
                   MESSAGE("setting_zone",
                           "“{0}” is not a time zone; use a name such as Asia/Tehran or Europe/Berlin.",
                           "«{0}» منطقهٔ زمانی نیست؛ نامی مانند Asia/Tehran یا Europe/Berlin بنویسید."),
                   ARGS(text));
}

static enum status check_currency(const struct setting_info *info, struct str text, struct problem *problem) {
    bool good = text.n == 3;
    for (size_t i = 0; good && i < 3; i++)
        good = text.p[i] >= 'A' && text.p[i] <= 'Z';
    if (good) return OK;
    return fail_at(problem, str_of(info->key),
                   MESSAGE("setting_currency", "“{0}” is not an ISO 4217 currency such as USD, EUR or IRR.",
                           "«{0}» کد ارز ISO 4217 مانند USD، EUR یا IRR نیست."),
                   ARGS(text));
}

static enum status check(const struct setting_info *info, struct str text, int64_t *number,
                         struct problem *problem) {
    switch (info->type) {
    case SETTING_INT:
        return check_int(info, text, number, problem);
    case SETTING_TEXT:
        return check_text(info, text, problem);
    case SETTING_CHOICE:
        *number = option_of(info->options, text);
        return *number < 0 ? wrong_option(info, text, problem) : OK;
    case SETTING_DAYS:
        return check_days(info, text, number, problem);
    case SETTING_ZONE:
        return check_zone(info, text, problem);
    case SETTING_CURRENCY:
        return check_currency(info, text, problem);
    }
    return INTERNAL;
}

/* ---- The cache ---- */

static void keep(struct value *value, struct str text, int64_t number) {
    char *copy = memory_new(text.n + 1);
    if (text.n) memcpy(copy, text.p, text.n);
    free((char *)value->text.p);
    *value = (struct value){{copy, text.n}, number};
}

int settings_find(struct str key) {
    for (int i = 0; i < SETTING_COUNT; i++)
        if (str_is(key, setting_table[i].key)) return i;
    return -1;
}

static enum status take(struct settings *settings, struct str key, struct str text, struct problem *problem) {
    int setting = settings_find(key);
    if (setting < 0) return OK; /* of an earlier version; it has no meaning any more */
    int64_t number = 0;
    enum status status = check(&setting_table[setting], text, &number, problem);
    if (!status) keep(&settings->values[setting], text, number);
    return status;
}

static enum status load(struct settings *settings, struct problem *problem) {
    enum status status = OK;
    for (int i = 0; i < SETTING_COUNT && !status; i++)
        status = take(settings, str_of(setting_table[i].key), str_of(setting_table[i].value), problem);
    if (status) return status;
    struct session *session;
    if ((status = records_read(settings->records, &session, problem))) return status;
    struct rows *rows = rows_open(session, &query_settings_all);
    enum status stored = OK;
    while (rows_next(rows)) {
        enum status one =
            take(settings, rows_text(rows, 0, NULL), rows_text(rows, 1, problem->arena), problem);
        if (one) stored = one;
    }
    status = rows_close(rows, problem);
    session_rollback(session);
    return status ? status : stored;
}

enum status settings_open(struct records *records, struct settings **ret, struct problem *problem) {
    struct settings *settings = memory_new(sizeof *settings);
    settings->records = records;
    pthread_mutex_init(&settings->changing, NULL);
    pthread_rwlock_init(&settings->lock, NULL);
    enum status status = load(settings, problem);
    if (status)
        settings_close(settings);
    else
        *ret = settings;
    return status;
}

void settings_close(struct settings *settings) {
    if (!settings) return;
    for (int i = 0; i < SETTING_COUNT; i++)
        free((char *)settings->values[i].text.p);
    pthread_mutex_destroy(&settings->changing);
    pthread_rwlock_destroy(&settings->lock);
    free(settings);
}

int64_t settings_int(struct settings *settings, enum setting setting) {
    pthread_rwlock_rdlock(&settings->lock);
    int64_t number = settings->values[setting].number;
    pthread_rwlock_unlock(&settings->lock);
    return number;
}

int settings_choice(struct settings *settings, enum setting setting) {
    return (int)settings_int(settings, setting);
}

unsigned settings_days(struct settings *settings, enum setting setting) {
    return (unsigned)settings_int(settings, setting);
}

struct str settings_text(struct settings *settings, enum setting setting, struct arena *arena) {
    pthread_rwlock_rdlock(&settings->lock);
    struct str text = str_copy(arena, settings->values[setting].text);
    pthread_rwlock_unlock(&settings->lock);
    return text;
}

/* ---- Changing ---- */

static enum status store(struct session *session, const struct setting_value *value, instant_t now,
                         struct problem *problem) {
    struct rows *rows = rows_open(session, value->value.p ? &query_settings_put : &query_settings_clear);
    rows_bind_text(rows, "name", value->key);
    if (value->value.p) {
        rows_bind_text(rows, "value", value->value);
        rows_bind_int(rows, "changed_at", now);
    }
    rows_next(rows);
    return rows_close(rows, problem);
}

/* What is checked already: into the records, then in force. */
static enum status change(struct settings *settings, const struct setting_value *values, size_t n,
                          instant_t now, struct problem *problem) {
    enum status status;
    struct session *session;
    if ((status = records_write(settings->records, &session, problem))) return status;
    for (size_t i = 0; i < n && !status; i++)
        status = store(session, &values[i], now, problem);
    if (status) {
        session_rollback(session);
        return status;
    }
    if ((status = session_commit(session, problem))) return status;
    pthread_rwlock_wrlock(&settings->lock);
    for (size_t i = 0; i < n && !status; i++) {
        struct str value = values[i].value;
        if (!value.p) value = str_of(setting_table[settings_find(values[i].key)].value);
        status = take(settings, values[i].key, value, problem);
    }
    pthread_rwlock_unlock(&settings->lock);
    return status;
}

enum status settings_set(struct settings *settings, const struct setting_value *values, size_t n,
                         instant_t now, struct problem *problem) {
    enum status status = OK;
    for (size_t i = 0; i < n; i++) {
        int setting = settings_find(values[i].key);
        int64_t ignored;
        if (setting < 0)
            status = fail_at(
                problem, values[i].key,
                MESSAGE("setting_unknown", "There is no setting “{0}”.", "تنظیمی به نام «{0}» وجود ندارد."),
                ARGS(values[i].key));
        else if (values[i].value.p && check(&setting_table[setting], values[i].value, &ignored, problem))
            status = BAD_INPUT;
    }
    if (status) return status;
    pthread_mutex_lock(&settings->changing);
    status = change(settings, values, n, now, problem);
    pthread_mutex_unlock(&settings->changing);
    return status;
}
