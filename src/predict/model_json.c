/* Models as JSON. */
#include "predict/model_internal.h"

#include <math.h>
#include <stdlib.h>

static const char *const state_names[] = {"ok", "too_few", "too_short", "no_skill"};

static void put_day(struct json_writer *w, const char *name, day_t day) {
    char text[DAY_TEXT + 1];
    day_print(day, text);
    json_put_string(w, name, str_of(text));
}

static void put_bins(const struct trial_score *score, struct json_writer *w) {
    json_name(w, STR("bins"));
    json_begin_array(w);
    for (size_t b = 0; b < score->bin_count; b++) {
        const struct trial_bin *bin = &score->bins[b];
        json_begin_object(w);
        json_put_int(w, "cases", (int64_t)bin->rows);
        json_put_int(w, "lost", (int64_t)bin->lost);
        json_put_number(w, "from", bin->from);
        json_put_number(w, "to", bin->to);
        json_put_number(w, "mean", bin->mean);
        json_put_number(w, "rate", bin->rate);
        json_put_number(w, "low", bin->interval.low);
        json_put_number(w, "high", bin->interval.high);
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_score(enum learner_kind kind, const struct trial_score *score, struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "learner", str_of(learner_names[kind]));
    json_put_number(w, "auc", score->auc);
    json_put_number(w, "auc_low", score->auc_interval.low);
    json_put_number(w, "auc_high", score->auc_interval.high);
    json_put_number(w, "pr_auc", score->pr_auc);
    json_put_number(w, "log_loss", score->log_loss);
    json_put_number(w, "brier", score->brier);
    json_put_number(w, "ece", score->ece);
    json_put_number(w, "lift", score->lift);
    json_put_number(w, "precision", score->precision);
    json_put_number(w, "over_best", score->over_best);
    json_put_number(w, "over_best_error", score->over_best_error);
    put_bins(score, w);
    json_end_object(w);
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void put_deciles(const struct trial *trial, struct json_writer *w) {
    double *sorted = memory_new((trial->tested + 1) * sizeof *sorted);
    for (size_t i = 0; i < trial->tested; i++)
        sorted[i] = trial->chance[i];
    qsort(sorted, trial->tested, sizeof *sorted, by_number);
    json_name(w, STR("deciles"));
    json_begin_array(w);
    for (size_t i = 1; i < 10 && trial->tested; i++)
        json_number(w, sorted[i * trial->tested / 10]);
    json_end_array(w);
    free(sorted);
}

static void put_calibration(const struct calibration_choice *choice, struct json_writer *w) {
    static const char *const kinds[CALIBRATION_KINDS] = {"none", "shift", "platt", "isotonic"};
    const struct calibration *c = &choice->calibration;
    json_name(w, STR("calibration"));
    json_begin_object(w);
    json_put_string(w, "kind", str_of(kinds[c->kind]));
    json_put_number(w, "slope", c->slope);
    json_put_number(w, "intercept", c->intercept);
    for (int k = 0; k < CALIBRATION_KINDS; k++)
        json_put_number(w, kinds[k], choice->log_loss[k] ? choice->log_loss[k] : NAN);
    json_name(w, STR("knots"));
    json_begin_array(w);
    for (size_t i = 0; i < c->knots; i++) {
        json_number(w, c->margin[i]);
        json_number(w, c->chance[i]);
    }
    json_end_array(w);
    json_end_object(w);
}

static void put_left_out(const struct panel *panel, struct json_writer *w) {
    json_name(w, STR("left_out"));
    json_begin_array(w);
    for (size_t i = 0; i < panel->absent_n; i++) {
        const struct panel_absent *one = &panel->absent[i];
        json_begin_object(w);
        json_put_string(w, "fact", one->fact);
        json_put_string(w, "reason", str_of(panel_absence_names[one->absence]));
        json_put_string(w, "why_en", str_of(one->why.en));
        json_put_string(w, "why_fa", str_of(one->why.fa));
        if (!isnan(one->auc)) json_put_number(w, "auc", one->auc);
        json_end_object(w);
    }
    json_end_array(w);
}

void model_put_trial(const struct panel *panel, const struct trial *trial, struct json_writer *w) {
    json_begin_object(w);
    json_put_string(w, "state", str_of(state_names[trial->state]));
    json_put_int(w, "cases", (int64_t)trial->learnt_rows);
    json_put_int(w, "lost", (int64_t)trial->learnt_lost);
    json_put_int(w, "losses", (int64_t)trial->losses);
    json_put_int(w, "accounts", (int64_t)panel->cases.clusters);
    json_put_int(w, "snapshots", (int64_t)panel->cases.snapshot_count);
    json_put_int(w, "facts", (int64_t)panel->p);
    if (trial->tested) {
        json_put_int(w, "train_cases", (int64_t)trial->train_rows);
        json_put_int(w, "train_lost", (int64_t)trial->train_lost);
        json_put_int(w, "test_cases", (int64_t)trial->rows);
        json_put_int(w, "test_lost", (int64_t)trial->lost);
        json_put_int(w, "test_losses", (int64_t)trial->tested_losses);
        json_put_int(w, "test_accounts", (int64_t)trial->accounts);
        json_put_int(w, "origins", (int64_t)trial->origins);
        put_day(w, "test_from", trial->test_from);
        put_day(w, "test_to", trial->test_to);
        json_put_bool(w, "boosting_competed", trial->boosting_competed);
        json_put_string(w, "best", str_of(learner_names[trial->best]));
        json_put_string(w, "chosen", str_of(learner_names[trial->chosen]));
        json_name(w, STR("learners"));
        json_begin_array(w);
        for (int k = 0; k < LEARNERS; k++)
            if (trial->scores[k].tried) put_score((enum learner_kind)k, &trial->scores[k], w);
        json_end_array(w);
        put_deciles(trial, w);
        if (!trial->state) put_calibration(&trial->calibration, w);
    }
    put_left_out(panel, w);
    json_end_object(w);
}
