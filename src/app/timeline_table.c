/* The sources of the timeline. Of entries of one instant the one whose source stands first comes first. */
#include "customers/timeline.h"
#include "exchange/import.h"
#include "insight/timeline_insight.h"
#include "signals/timeline_signals.h"

const struct timeline_source *const timeline_sources[] = {
    &timeline_activity,
    &timeline_ticket_solved,
    &timeline_ticket_opened,
    &timeline_answer,
    &timeline_invoice_overdue,
    &timeline_invoice_paid,
    &timeline_invoice_issued,
    &timeline_subscription,
    &timeline_health,
    &timeline_override,
    &timeline_stage,
    &timeline_owner,
    &timeline_status,
    &timeline_plan,
    &timeline_milestone_reached,
    &timeline_milestone_missed,
    &timeline_segment_entered,
    &timeline_segment_left,
    &timeline_contact_joined,
    &timeline_contact_left,
    &timeline_feature_first,
    &timeline_feature_last,
    &timeline_import,
    NULL,
};
