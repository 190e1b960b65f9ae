#include "insight/scorecard.h"

#include "base/vec.h"
#include "texts.h"

const struct scorecard_template scorecard_templates[] = {
    {"usage_only", &embedded_usage_only_json},
    {"complete", &embedded_complete_json},
    {"onboarding", &embedded_onboarding_json},
};
const size_t scorecard_template_count = COUNT(scorecard_templates);
