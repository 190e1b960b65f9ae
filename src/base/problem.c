#include "base/problem.h"

#include <errno.h>

static void fill(struct problem *problem, struct fault *fault, struct str where, struct message message,
                 struct arguments args) {
    fault->where = str_copy(problem->arena, where);
    fault->message = message;
    fault->arg_count = args.n;
    fault->args = arena_array(problem->arena, args.n, sizeof *fault->args);
    for (size_t i = 0; i < args.n; i++)
        fault->args[i] = str_copy(problem->arena, args.v[i]);
}

enum status fail(struct problem *problem, enum status status, struct message message, struct arguments args) {
    problem->status = status;
    fill(problem, &problem->main, (struct str){0}, message, args);
    return status;
}

enum status fail_at(struct problem *problem, struct str where, struct message message,
                    struct arguments args) {
    if (problem->fault_count == PROBLEM_MAX_FAULTS) {
        problem->faults_dropped++;
        return BAD_INPUT;
    }
    if (problem->fault_count == problem->fault_capacity) {
        size_t capacity = problem->fault_capacity ? problem->fault_capacity * 2 : 4;
        struct fault *faults = arena_array(problem->arena, capacity, sizeof *faults);
        if (problem->fault_count) memcpy(faults, problem->faults, problem->fault_count * sizeof *faults);
        problem->faults = faults;
        problem->fault_capacity = capacity;
    }
    struct fault *fault = &problem->faults[problem->fault_count++];
    fill(problem, fault, where, message, args);
    if (problem->fault_count == 1 && problem->status == OK) problem->main = *fault;
    problem->status = BAD_INPUT;
    return BAD_INPUT;
}

enum status fail_errno(struct problem *problem, const char *doing, const char *path, int error) {
    /* One code: clients branch on "the system refused". */
    static const struct {
        int error;
        struct message message;
    } known[] = {
        {ENOENT,
         {"system_error", "“{1}” does not exist. Check the path.", "«{1}» وجود ندارد. مسیر را بررسی کنید."}},
        {EACCES,
         {"system_error", "Permission for “{1}” is missing. Check its owner and its rights.",
          "اجازهٔ دسترسی به «{1}» نیست. مالک و مجوزهای آن را بررسی کنید."}},
        {ENOSPC,
         {"system_error", "No room is left for “{1}”. Free some space on the disk.",
          "برای «{1}» جایی نمانده است. روی دیسک جا باز کنید."}},
        {EISDIR, {"system_error", "“{1}” is a folder, not a file.", "«{1}» پوشه است، نه فایل."}},
        {EEXIST, {"system_error", "“{1}” exists already.", "«{1}» از پیش وجود دارد."}},
        {EROFS,
         {"system_error", "“{1}” lies on a file system that cannot be written to.",
          "«{1}» روی فایل‌سیستمی است که نمی‌توان در آن نوشت."}},
    };
    struct arguments args = ARGS(str_of(doing), str_of(path), str_of(strerror(error)));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i].error == error) return (fail)(problem, UNAVAILABLE, known[i].message, args);
    }
    return (fail)(problem, UNAVAILABLE,
                  MESSAGE("system_error", "The system refused to {0} “{1}”: {2}.",
                          "سیستم‌عامل کار با «{1}» را نپذیرفت ({0}): {2}."),
                  args);
}

void problem_clear(struct problem *problem) {
    *problem = (struct problem){.arena = problem->arena};
}

/* A count reads as the language writes numbers; what came from elsewhere is quoted and stays as it came. */
static void put_argument(struct buf *out, struct str text, bool quoted, enum language language) {
    bool count = text.n > 0 && !quoted && language == PERSIAN;
    for (size_t i = 0; i < text.n && count; i++)
        count = text.p[i] >= '0' && text.p[i] <= '9';
    if (!count) {
        buf_put_str(out, text);
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        buf_put_byte(out, '\xdb'); /* U+06F0 to U+06F9 */
        buf_put_byte(out, (char)('\xb0' + (text.p[i] - '0')));
    }
}

void fault_print(const struct fault *fault, enum language language, struct buf *out) {
    const char *sentence = language == PERSIAN ? fault->message.fa : fault->message.en;
    for (const char *c = sentence ? sentence : ""; *c; c++) {
        if (c[0] == '{' && c[1] >= '0' && c[1] <= '9' && c[2] == '}') {
            size_t i = (size_t)(c[1] - '0');
            bool quoted = strncmp(c + 3, "»", strlen("»")) == 0;
            if (language == PERSIAN) buf_put_c(out, "\u2068");
            if (i < fault->arg_count) put_argument(out, fault->args[i], quoted, language);
            if (language == PERSIAN) buf_put_c(out, "\u2069");
            c += 2;
        } else {
            buf_put_byte(out, *c);
        }
    }
}

void problem_print(const struct problem *problem, enum language language, struct buf *out) {
    fault_print(&problem->main, language, out);
    buf_put_byte(out, '\n');
    for (size_t i = 0; i < problem->fault_count; i++) {
        const struct fault *fault = &problem->faults[i];
        if (problem->fault_count == 1 && !fault->where.n && !fault->row) break; /* the headline said it all */
        buf_put_c(out, "  ");
        if (fault->row)
            buf_format(out, language == PERSIAN ? "سطر %lld، " : "row %lld, ", (long long)fault->row);
        buf_put_str(out, fault->where);
        buf_put_c(out, ": ");
        fault_print(fault, language, out);
        buf_put_byte(out, '\n');
    }
}
