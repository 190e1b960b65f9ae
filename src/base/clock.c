#include "base/clock.h"

#include <time.h>

static instant_t read_system(void *self) {
    (void)self;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (instant_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static instant_t read_fixed(void *self) {
    return *(instant_t *)self;
}

struct clock clock_system(void) {
    return (struct clock){read_system, 0};
}

struct clock clock_fixed(instant_t *at) {
    return (struct clock){read_fixed, at};
}

int64_t monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
