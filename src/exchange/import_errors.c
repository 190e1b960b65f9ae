#include "exchange/import_errors.h"

#include "base/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { FLUSH_BYTES = 64 * 1024, SHOWN = 100 };

void import_errors_open(struct import_errors *errors, const char *path, enum language language) {
    *errors = (struct import_errors){.path = path, .language = language, .file = -1};
}

static enum status flush(struct import_errors *errors, struct problem *problem) {
    if (!errors->pending.n) return OK;
    if (errors->file < 0) {
        errors->file = open(errors->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (errors->file < 0) return fail_errno(problem, "write", errors->path, errno);
    }
    for (size_t done = 0; done < errors->pending.n;) {
        ssize_t n = write(errors->file, errors->pending.p + done, errors->pending.n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_errno(problem, "write", errors->path, errno);
        done += (size_t)n;
    }
    buf_clear(&errors->pending);
    return OK;
}

static void put_fault(struct import_errors *errors, int64_t line, const struct fault *fault,
                      struct arena *arena) {
    struct csv_writer writer = {&errors->pending};
    struct buf sentence = {0};
    if (!errors->count++) {
        csv_put_bom(&writer);
        bool persian = errors->language == PERSIAN;
        csv_put_value(&writer, str_of(persian ? "سطر" : "row"));
        csv_put_value(&writer, str_of(persian ? "ستون" : "column"));
        csv_put_value(&writer, str_of(persian ? "کد" : "code"));
        csv_put_value(&writer, str_of(persian ? "پیام" : "message"));
        csv_end_row(&writer);
    }
    fault_print(fault, errors->language, &sentence);
    csv_put_value(&writer, str_format(arena, "%lld", (long long)line));
    csv_put_text(&writer, fault->where);
    csv_put_value(&writer, str_of(fault->message.code));
    csv_put_text(&writer, buf_str(&sentence));
    csv_end_row(&writer);
    if (errors->shown < SHOWN) {
        struct json_writer json = {&errors->first};
        if (errors->shown++) buf_put_byte(&errors->first, ',');
        json_begin_object(&json);
        json_put_int(&json, "row", line);
        json_put_string(&json, "column", fault->where);
        json_put_string(&json, "code", str_of(fault->message.code));
        json_put_string(&json, "message", buf_str(&sentence));
        json_end_object(&json);
    }
    buf_free(&sentence);
}

enum status import_errors_put(struct import_errors *errors, int64_t line, const struct problem *row,
                              struct problem *problem) {
    for (size_t i = 0; i < row->fault_count; i++)
        put_fault(errors, line, &row->faults[i], row->arena);
    if (!row->fault_count) put_fault(errors, line, &row->main, row->arena);
    return errors->pending.n < FLUSH_BYTES ? OK : flush(errors, problem);
}

enum status import_errors_close(struct import_errors *errors, struct problem *problem) {
    enum status status = flush(errors, problem);
    if (errors->file >= 0 && close(errors->file) && !status)
        status = fail_errno(problem, "write", errors->path, errno);
    errors->file = -1;
    buf_free(&errors->pending);
    buf_free(&errors->first);
    return status;
}
