/* What the timeline tells of subscriptions, health, milestones, segments and features. */
#ifndef VAFA_INSIGHT_TIMELINE_INSIGHT_H
#define VAFA_INSIGHT_TIMELINE_INSIGHT_H
#include "customers/timeline.h"

enum { TIMELINE_QUIET_DAYS = 28 }; /* a feature unused for so long has its last use told */

extern const struct timeline_source timeline_subscription, timeline_health, timeline_override,
    timeline_milestone_reached, timeline_milestone_missed, timeline_segment_entered, timeline_segment_left,
    timeline_feature_first, timeline_feature_last;

#endif
