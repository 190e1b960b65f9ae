/* The log: one JSON object a line, for machines and for grep. Secrets are never passed to it. */
#ifndef VAFA_BASE_LOG_H
#define VAFA_BASE_LOG_H
#include "base/clock.h"
#include "base/problem.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

/* Passed to whoever logs; shared by threads without change. Each line is one write(2). */
struct log {
    int fd; /* 2 for stderr; −1 drops everything */
    enum log_level least;
    struct clock clock;
};

struct log_pair {
    const char *key; /* lower_snake, plain ASCII */
    struct str text;
    int64_t number;
    bool is_number;
};
static inline struct log_pair log_str(const char *key, struct str value) {
    return (struct log_pair){.key = key, .text = value};
}
static inline struct log_pair log_int(const char *key, int64_t value) {
    return (struct log_pair){.key = key, .number = value, .is_number = true};
}

/* log_write(&log, LOG_LEVEL_INFO, "listening", log_int("port", 8080)); pairs may be left out. */
void log_write_pairs(const struct log *log, enum log_level level, const char *message,
                     const struct log_pair *pairs, size_t count);
#define log_write(log, level, message, ...)                                                                  \
    log_write_pairs(log, level, message, (const struct log_pair[]){{0}, ##__VA_ARGS__} + 1,                  \
                    sizeof((const struct log_pair[]){{0}, ##__VA_ARGS__}) / sizeof(struct log_pair) - 1)
/* A problem at the edge: its code, English sentence and faults; INTERNAL and UNAVAILABLE as errors, the rest
 * as info. */
void log_problem(const struct log *log, const char *doing, const struct problem *problem);

#endif
