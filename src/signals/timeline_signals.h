/* What the timeline tells of activities, tickets, invoices and answers. */
#ifndef VAFA_SIGNALS_TIMELINE_SIGNALS_H
#define VAFA_SIGNALS_TIMELINE_SIGNALS_H
#include "customers/timeline.h"

extern const struct timeline_source timeline_activity, timeline_ticket_opened, timeline_ticket_solved,
    timeline_invoice_issued, timeline_invoice_paid, timeline_invoice_overdue, timeline_answer;

#endif
