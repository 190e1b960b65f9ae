#include "app/backup.h"
#include "app/demo.h"
#include "app/operations.h"
#include "app/stream.h"
#include "base/vec.h"
#include "customers/account.h"
#include "customers/audit.h"
#include "customers/contact.h"
#include "customers/factor.h"
#include "customers/custom_field.h"
#include "customers/feature.h"
#include "customers/holiday.h"
#include "customers/key.h"
#include "customers/member.h"
#include "customers/preferences.h"
#include "customers/price_index.h"
#include "customers/rate.h"
#include "customers/sign_in.h"
#include "customers/subscription.h"
#include "customers/timeline.h"
#include "signals/activity.h"
#include "signals/answer.h"
#include "signals/invitation.h"
#include "signals/invoice.h"
#include "signals/source.h"
#include "signals/ticket.h"
#include "signals/event_api.h"
#include "signals/rejected.h"
#include "exchange/export.h"
#include "exchange/import.h"
#include "insight/account_bulk.h"
#include "insight/account_table.h"
#include "insight/account_people.h"
#include "insight/account_revenue.h"
#include "insight/account_usage.h"
#include "insight/adoption.h"
#include "insight/at_risk.h"
#include "insight/distribution.h"
#include "insight/closed.h"
#include "insight/cohort.h"
#include "insight/fact_api.h"
#include "insight/search.h"
#include "insight/segment.h"
#include "insight/view.h"
#include "predict/growth.h"
#include "predict/model_api.h"
#include "insight/health_series.h"
#include "insight/home.h"
#include "insight/lifetime.h"
#include "predict/hazard.h"
#include "predict/lives.h"
#include "predict/purchase_life.h"
#include "predict/renewal_life.h"
#include "insight/milestone.h"
#include "insight/satisfaction.h"
#include "insight/value_time.h"
#include "insight/retention_api.h"
#include "insight/backtest_api.h"
#include "insight/cohort.h"
#include "insight/fact_api.h"
#include "insight/odds.h"
#include "insight/overview.h"
#include "insight/usage_report_api.h"
#include "signals/usage_report.h"
#include "predict/forecast.h"

#define ROUTE(method, path, handle, permission, input, output, query, flags, doc)                            \
    enum status handle(struct request *request, struct response *response, struct problem *problem);
#include "app/routes.def"
#undef ROUTE

#define NO_QUERY   NULL
#define QUERY(...) ((const struct route_query[]){__VA_ARGS__, {NULL, NULL}})
const struct route route_table[] = {
#define ROUTE(method, path, handle, permission, input, output, query, flags, doc)                            \
    {METHOD_##method, path, handle, PERMISSION_##permission, input, output, query, flags, doc},
#include "app/routes.def"
#undef ROUTE
};
const size_t route_count = COUNT(route_table);

enum status health_handle(struct request *request, struct response *response, struct problem *problem) {
    (void)request, (void)problem;
    buf_put_c(&response->body, "{\"status\":\"ok\"}");
    return OK;
}

enum status openapi_handle(struct request *request, struct response *response, struct problem *problem) {
    (void)problem;
    openapi_write(request->house->router, &response->body);
    return OK;
}
