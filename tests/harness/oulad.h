/* OULAD (Kuzilek, Hlosta, Zdrahal 2017, CC BY 4.0) as a company's data: an enrolment is a subscription, a
 * submission is an event, a withdrawal is churn. Rows as of day D of a course: enrolments registered by then
 * and not yet withdrawn; the outcome is a withdrawal after D; those withdrawn without a date are left out.
 * Every column is as of D. */
#ifndef VAFA_TESTS_OULAD_H
#define VAFA_TESTS_OULAD_H
#include "base/dict.h"
#include "trials.h"

struct oulad_work { /* of one assessment */
    double due;     /* day; NaN: the end of the course */
    uint32_t course;
};
struct oulad {
    struct table students, registrations, submissions, assessments;
    struct dict enrolments, courses, works; /* by key; enrolments: rows of `students` */
    struct oulad_work *work;
    double *registered, *left; /* of each enrolment: days; NaN: not */
    uint32_t *course;
    size_t *first, *of; /* submissions by enrolment: of[first[e]] … of[first[e + 1] - 1] are rows */
};

static inline uint32_t oulad_key(struct dict *dict, const struct table *table, size_t row,
                                 const char *const *columns) {
    char key[200];
    size_t n = 0;
    for (; *columns; columns++) {
        struct str cell = table->cells[row][table_column(table, *columns)];
        n += (size_t)snprintf(key + n, sizeof key - n, "%.*s|", STR_ARG(cell));
    }
    return dict_put(dict, (struct str){key, n}, NULL);
}

static inline double oulad_number(const struct table *table, size_t row, size_t column) {
    double value;
    table_number(table->cells[row][column], &value);
    return value;
}

static inline bool oulad_read(struct oulad *o) {
    static const char *const enrolment[] = {"code_module", "code_presentation", "id_student", NULL},
                             *const course[] = {"code_module", "code_presentation", NULL},
                             *const work[] = {"id_assessment", NULL},
                             *const dropped[] = {"code_presentation", "id_student", "final_result", NULL};
    char path[512];
    struct {
        const char *name;
        struct table *table;
    } files[] = {{"student", &o->students},
                 {"student_registration", &o->registrations},
                 {"student_assessment", &o->submissions},
                 {"assessment", &o->assessments}};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        char name[64];
        snprintf(name, sizeof name, "events/oulad/%s.csv", files[f].name);
        if (!table_path(name, path, sizeof path)) return false;
        table_read(files[f].table, path);
    }
    table_encode(&o->students, dropped);
    table_label(&o->students, "final_result", "Withdrawn");
    size_t n = o->students.n;
    o->registered = memory_new(n * sizeof *o->registered);
    o->left = memory_new(n * sizeof *o->left);
    o->course = memory_new(n * sizeof *o->course);
    for (size_t i = 0; i < n; i++) {
        if (oulad_key(&o->enrolments, &o->students, i, enrolment) != i)
            table_stop("an enrolment twice", path);
        o->course[i] = oulad_key(&o->courses, &o->students, i, course);
    }
    size_t in = table_column(&o->registrations, "date_registration"),
           out = table_column(&o->registrations, "date_unregistration"),
           due = table_column(&o->assessments, "date");
    for (size_t i = 0; i < o->registrations.n; i++) {
        uint32_t e = oulad_key(&o->enrolments, &o->registrations, i, enrolment);
        if (e >= n) table_stop("a registration of nobody", path);
        o->registered[e] = oulad_number(&o->registrations, i, in);
        o->left[e] = oulad_number(&o->registrations, i, out);
    }
    o->work = memory_new(o->assessments.n * sizeof *o->work);
    for (size_t i = 0; i < o->assessments.n; i++) {
        oulad_key(&o->works, &o->assessments, i, work);
        o->work[i].due = oulad_number(&o->assessments, i, due);
        o->work[i].course = oulad_key(&o->courses, &o->assessments, i, course);
    }
    o->first = memory_new((n + 2) * sizeof *o->first);
    o->of = memory_new(o->submissions.n * sizeof *o->of);
    uint32_t *whose = memory_new(o->submissions.n * sizeof *whose);
    for (size_t i = 0; i < o->submissions.n; i++) {
        whose[i] = oulad_key(&o->enrolments, &o->submissions, i, enrolment);
        o->first[whose[i] + 2]++;
    }
    for (size_t e = 2; e <= n; e++)
        o->first[e] += o->first[e - 1];
    for (size_t i = 0; i < o->submissions.n; i++)
        o->of[o->first[whose[i] + 1]++] = i;
    free(whose);
    return true;
}

static inline void oulad_free(struct oulad *o) {
    struct table *tables[] = {&o->students, &o->registrations, &o->submissions, &o->assessments};
    for (size_t t = 0; t < 4; t++)
        arena_free(&tables[t]->arena);
    dict_free(&o->enrolments);
    dict_free(&o->courses);
    dict_free(&o->works);
    free(o->work);
    free(o->registered);
    free(o->left);
    free(o->course);
    free(o->first);
    free(o->of);
}

enum { OULAD_USES = 8 };
/* What an enrolment has done by day D. */
static inline void oulad_uses(const struct oulad *o, size_t e, double day, float *out) {
    size_t id = table_column(&o->submissions, "id_assessment"),
           at = table_column(&o->submissions, "date_submitted"),
           mark = table_column(&o->submissions, "score"), banked = table_column(&o->submissions, "is_banked");
    double done = 0, kept = 0, marks = 0, marked = 0, early = 0, last = NAN, due = 0, late = 0;
    for (size_t k = o->first[e]; k < o->first[e + 1]; k++) {
        size_t row = o->of[k];
        double when = oulad_number(&o->submissions, row, at),
               score = oulad_number(&o->submissions, row, mark);
        char key[32];
        int n = snprintf(key, sizeof key, "%.*s|", STR_ARG(o->submissions.cells[row][id]));
        uint32_t work = dict_find(&o->works, (struct str){key, (size_t)n});
        if (when > day) continue;
        if (str_equal_nocase(o->submissions.cells[row][banked], STR("true"))) {
            kept++;
            continue;
        }
        done++;
        if (!isnan(score)) marks += score, marked++;
        if (work < o->works.n && !isnan(o->work[work].due)) {
            early += o->work[work].due - when;
            late += when > o->work[work].due;
        }
        if (!(last >= when)) last = when;
    }
    for (size_t w = 0; w < o->works.n; w++)
        due += o->work[w].course == o->course[e] && o->work[w].due <= day;
    const double uses[OULAD_USES] = {o->registered[e],
                                     done,
                                     kept,
                                     marked > 0 ? marks / marked : NAN,
                                     done > 0 ? early / done : NAN,
                                     day - last,
                                     due > 0 ? (done + kept) / due : NAN,
                                     late};
    for (int u = 0; u < OULAD_USES; u++)
        out[u] = (float)uses[u];
}

/* The rows as of a day, of the presentations before 2014 (train) and of 2014 (test). */
static inline void oulad_rows(const struct oulad *o, double day, struct rows *train, struct rows *test) {
    size_t n = o->students.n, fixed = o->students.p, p = fixed + OULAD_USES,
           presentation = table_column(&o->students, "code_presentation");
    *train = rows_new(n, p);
    *test = rows_new(n, p);
    for (size_t e = 0; e < n; e++) {
        bool dateless = o->students.outcome[e] && isnan(o->left[e]);
        if (dateless || o->registered[e] > day || o->left[e] <= day) continue;
        struct rows *rows = str_starts(o->students.cells[e][presentation], STR("2014")) ? test : train;
        float *x = rows->x + rows->n * p;
        memcpy(x, o->students.x + e * fixed, fixed * sizeof *x);
        oulad_uses(o, e, day, x + fixed);
        rows->outcome[rows->n++] = !isnan(o->left[e]);
    }
}

#endif
