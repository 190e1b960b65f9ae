#include "customers/password.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "platform/settings.h"

/* Of the lists of leaked passwords, those that the least length lets through; compared without case. */
static const char *const tried_first[] = {
    "123456789012",    "1234567890123",
    "12345678901234",  "123456789123",
    "123123123123",    "1q2w3e4r5t6y",
    "qwertyuiop123",   "qwertyuiop12",
    "qwerty123456",    "password1234",
    "password12345",   "password123456",
    "passw0rd1234",    "passwordpassword",
    "iloveyou1234",    "adminadmin123",
    "administrator",   "administrator1",
    "welcome12345",    "changeme1234",
    "letmeinletmein",  "correcthorsebatterystaple",
    "abcdefghijkl",    "abcdefghijklm",
    "abcd12345678",    "asdfghjkl123",
    "1qaz2wsx3edc",    "q1w2e3r4t5y6",
    "vafavafavafa",    "vafapassword",
    "customersuccess", "vafa12345678",
};

enum status password_check(struct house *house, struct str password, struct str email, struct str where,
                           struct problem *problem) {
    int64_t least = settings_int(house->settings, SETTING_PASSWORD_MIN_LENGTH);
    int64_t length = (int64_t)utf8_count(password);
    if (length < least || length > PASSWORD_MOST)
        return fail_at(problem, where,
                       MESSAGE("password_length", "A password has {0} to {1} characters.",
                               "گذرواژه {0} تا {1} نویسه دارد."),
                       ARGS(str_format(problem->arena, "%lld", (long long)least),
                            str_format(problem->arena, "%d", PASSWORD_MOST)));
    size_t equal = 1, step = 1;
    bool weak = false;
    for (size_t i = 1; i < password.n; i++) {
        equal += password.p[i] == password.p[0];
        step += password.p[i] == password.p[i - 1] + 1;
    }
    weak = equal == password.n || step == password.n;
    for (size_t i = 0; i < COUNT(tried_first); i++)
        weak |= str_equal_nocase(password, str_of(tried_first[i]));
    struct str rest, name = str_cut(email, '@', &rest);
    weak |= str_equal_nocase(password, email) || (name.n >= 6 && password.n < name.n + 5 &&
                                                  str_equal_nocase(str_slice(password, 0, name.n), name));
    if (!weak) return OK;
    return fail_at(
        problem, where,
        MESSAGE(
            "password_weak",
            "This password is among the first that attackers try. Take a few words that only you would join.",
            "این گذرواژه از نخستین حدس‌های مهاجمان است. چند واژه را که فقط خودتان کنار هم می‌گذارید برگزینید."),
        NO_ARGS);
}
