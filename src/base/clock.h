/* Time is passed in, so that tests can travel. */
#ifndef VAFA_BASE_CLOCK_H
#define VAFA_BASE_CLOCK_H
#include <stdint.h>

typedef int64_t instant_t; /* UTC milliseconds since 1970-01-01 */
typedef int32_t day_t;     /* a local date: days since 1970-01-01 of the organisation's calendar wall */

struct clock {
    instant_t (*read)(void *self);
    void *self;
};
struct clock clock_system(void);
static inline instant_t clock_now(struct clock clock) {
    return clock.read(clock.self);
}
/* A clock that stands still at *at until somebody moves it. */
struct clock clock_fixed(instant_t *at);
/* Milliseconds that only ever grow: for time-outs and durations, never for dates. */
int64_t monotonic_ms(void);

#endif
