#include "insight/scorecard.h"

#include "base/vec.h"
#include "texts.h"

const struct scorecard_template scorecard_templates[] = {
    /* In the order in which a new company tries them: the last one, without a rule, is the default. */
    {"onboarding", &embedded_onboarding_json},
    {"complete", &embedded_complete_json},
    {"usage_only", &embedded_usage_only_json},
};
const size_t scorecard_template_count = COUNT(scorecard_templates);
