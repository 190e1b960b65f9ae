#include "platform/route.h"

#include "base/calendar.h"

struct str request_param(const struct request *request, const char *name) {
    for (size_t i = 0; i < sizeof request->path_params / sizeof *request->path_params; i++)
        if (request->path_params[i].name.n && str_is(request->path_params[i].name, name))
            return request->path_params[i].value;
    return (struct str){0};
}

static struct str find(const struct parameter *list, size_t n, const char *name) {
    for (size_t i = 0; i < n; i++)
        if (str_is(list[i].name, name)) return list[i].value;
    return (struct str){0};
}

struct str request_query(const struct request *request, const char *name) {
    return find(request->query, request->query_count, name);
}

struct str request_header(const struct request *request, const char *lower_name) {
    return find(request->headers, request->header_count, lower_name);
}

enum status request_query_int(const struct request *request, const char *name, int64_t min, int64_t max,
                              int64_t *out, struct problem *problem) {
    struct str text = request_query(request, name);
    int64_t value;
    if (!text.p) return OK;
    if (str_to_int(text, &value) && value >= min && value <= max) {
        *out = value;
        return OK;
    }
    return fail_at(problem, str_of(name),
                   MESSAGE("number_out_of_range", "“{0}” is not a whole number from {1} to {2}.",
                           "«{0}» عدد صحیحی از {1} تا {2} نیست."),
                   ARGS(text, str_format(problem->arena, "%lld", (long long)min),
                        str_format(problem->arena, "%lld", (long long)max)));
}

enum status request_query_day(const struct request *request, const char *name, day_t *out,
                              struct problem *problem) {
    struct str text = request_query(request, name);
    const struct message *message = text.p ? day_parse(text, out) : NULL;
    return message ? fail_at(problem, str_of(name), *message, ARGS(text)) : OK;
}

enum status request_query_choice(const struct request *request, const char *name, const char *const *options,
                                 int *out, struct problem *problem) {
    struct str given = request_query(request, name);
    if (!given.p) return OK;
    struct buf allowed = {0};
    for (int i = 0; options[i]; i++) {
        if (str_is(given, options[i])) {
            *out = i;
            buf_free(&allowed);
            return OK;
        }
        buf_format(&allowed, "%s%s", i ? ", " : "", options[i]);
    }
    enum status status =
        fail_at(problem, str_of(name),
                MESSAGE("choice_unknown", "“{0}” is not a choice; it takes {1}.",
                        "«{0}» در میان گزینه‌ها نیست؛ گزینه‌ها: {1}."),
                ARGS(given, buf_str(&allowed)));
    buf_free(&allowed);
    return status;
}
