#include "base/log.h"
#include "base/calendar.h"
#include "base/json.h"

#include <stdlib.h>
#include <unistd.h>

static void write_line(int fd, const char *p, size_t n) {
    while (n) {
        ssize_t written = write(fd, p, n);
        if (written < 0) return; /* there is nowhere left to tell it */
        p += written;
        n -= (size_t)written;
    }
}

static void begin(struct json_writer *w, const struct log *log, enum log_level level, const char *message) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    char time[INSTANT_TEXT + 1];
    instant_print(clock_now(log->clock), time);
    json_begin_object(w);
    json_put_string(w, "time", str_of(time));
    json_put_string(w, "level", str_of(names[level]));
    json_put_string(w, "message", str_of(message));
}

static void end(struct json_writer *w, const struct log *log) {
    json_end_object(w);
    buf_put_byte(w->out, '\n');
    write_line(log->fd, w->out->p, w->out->n);
    buf_free(w->out);
}

void log_write_pairs(const struct log *log, enum log_level level, const char *message,
                     const struct log_pair *pairs, size_t count) {
    if (log->fd < 0 || level < log->least) return;
    struct buf line = {0};
    struct json_writer w = {.out = &line};
    begin(&w, log, level, message);
    for (size_t i = 0; i < count; i++) {
        if (pairs[i].is_number)
            json_put_int(&w, pairs[i].key, pairs[i].number);
        else
            json_put_string(&w, pairs[i].key, pairs[i].text);
    }
    end(&w, log);
}

void log_problem(const struct log *log, const char *doing, const struct problem *problem) {
    enum log_level level = problem->status >= UNAVAILABLE ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
    if (log->fd < 0 || level < log->least) return;
    struct buf line = {0}, sentence = {0};
    struct json_writer w = {.out = &line};
    begin(&w, log, level, doing);
    if (problem->main.message.code) json_put_string(&w, "code", str_of(problem->main.message.code));
    problem_print(problem, ENGLISH, &sentence);
    json_put_string(&w, "problem", str_trim(buf_str(&sentence)));
    buf_free(&sentence);
    end(&w, log);
}
