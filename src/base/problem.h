/* Problems: what went wrong, where and what to do, kept apart from any language until a reader is known. */
#ifndef VAFA_BASE_PROBLEM_H
#define VAFA_BASE_PROBLEM_H
#include "base/buf.h"
#include "base/status.h"
#include "base/str.h"

enum language { ENGLISH, PERSIAN };

/* A sentence in both languages. {0}, {1}, … stand for arguments. The code is stable: clients branch on it. */
struct message {
    const char *code; /* lower_snake, unique in the product for one meaning */
    const char *en, *fa;
};
#define MESSAGE(code, en, fa) ((struct message){code, en, fa})

struct arguments {
    const struct str *v;
    size_t n;
};
#define NO_ARGS ((struct arguments){0})
#define ARGS(...)                                                                                            \
    ((struct arguments){(const struct str[]){__VA_ARGS__},                                                   \
                        sizeof((const struct str[]){__VA_ARGS__}) / sizeof(struct str)})

/* One fault of an input: where it stands and what is wrong with it. */
struct fault {
    struct str
        where;   /* a JSON pointer ("/groups/0/weight"), a column or an option name; empty for the whole */
    int64_t row; /* 1-based line of a file; 0 where there is none */
    struct message message;
    struct str *args;
    size_t arg_count;
};

enum { PROBLEM_MAX_FAULTS = 100 };

/* Set where an operation fails, shown once at the edge. Starts as {.arena = …}; strings live in that arena.
 */
struct problem {
    struct arena *arena;
    enum status status;
    struct fault main; /* the headline */
    struct fault *faults;
    size_t fault_count, fault_capacity;
    size_t faults_dropped; /* beyond PROBLEM_MAX_FAULTS */
};

/* Sets the headline and returns the status, so that a function can end with `return fail(…)`.
 * (In parentheses because cmocka has a macro of this name.) */
enum status(fail)(struct problem *problem, enum status status, struct message message, struct arguments args);
/* As fail(BAD_INPUT), with the place. The first fault is also the headline. Returns BAD_INPUT. */
enum status fail_at(struct problem *problem, struct str where, struct message message, struct arguments args);
/* A failed system call: UNAVAILABLE with what was tried and strerror(error). */
enum status fail_errno(struct problem *problem, const char *doing, const char *path, int error);
void problem_clear(struct problem *problem);
/* The sentence of a fault in a language, arguments filled in (isolated with U+2068 and U+2069 in
 * Persian, where a count, an unquoted argument of digits alone, is in Persian digits). */
void fault_print(const struct fault *fault, enum language language, struct buf *out);
/* For a terminal or a log: the headline, then a line for each fault with its place. */
void problem_print(const struct problem *problem, enum language language, struct buf *out);

#endif
