/* One desk for slow work: requests that take seconds wait in a line for a thread of their own, so that
 * whoever asks for something quick does not wait behind them. */
#include "platform/http_internal.h"

#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct http_waiter *next(struct http_desk *desk) {
    pthread_mutex_lock(&desk->lock);
    while (!desk->first && !desk->stopping)
        pthread_cond_wait(&desk->wake, &desk->lock);
    struct http_waiter *waiter = desk->at_work = desk->first;
    if (waiter) desk->first = waiter->next;
    if (waiter && desk->stopping) http_give_up(waiter);
    pthread_mutex_unlock(&desk->lock);
    return waiter;
}

static void finish(struct http_desk *desk, struct http_waiter *waiter) {
    pthread_mutex_lock(&desk->lock);
    desk->at_work = NULL;
    pthread_mutex_unlock(&desk->lock);
    http_finish(waiter, OK);
}

static enum status fail_stopping(struct problem *problem) {
    return fail(problem, UNAVAILABLE,
                MESSAGE("server_stopping", "The server is being stopped. Ask again in a moment.",
                        "کارساز در حال توقف است. کمی بعد دوباره بخواهید."),
                NO_ARGS);
}

static void *work(void *self) {
    struct http_desk *desk = self;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 5); /* what is quick goes first */
    for (struct http_waiter *waiter; (waiter = next(desk));) {
        const struct http_application *application = &waiter->http->application;
        waiter->request.stopping = &waiter->gone;
        if (__atomic_load_n(&waiter->gone, __ATOMIC_ACQUIRE)) { /* nobody waits for it any more */
            (void)fail_stopping(&waiter->problem);
            application->refuse(application->self, &waiter->request, &waiter->response, &waiter->problem);
        } else {
            application->handle(application->self, &waiter->plan, &waiter->request, &waiter->response);
        }
        finish(desk, waiter);
    }
    return NULL;
}

enum status http_desk_open(struct http_desk *desk, struct problem *problem) {
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->wake, NULL);
    int error = pthread_create(&desk->thread, NULL, work, desk);
    desk->open = !error;
    return error ? fail_errno(problem, "start", "HTTP", error) : OK;
}

void http_desk_stop(struct http_desk *desk) {
    if (!desk->open) return;
    pthread_mutex_lock(&desk->lock);
    desk->stopping = true;
    if (desk->at_work) http_give_up(desk->at_work);
    pthread_cond_signal(&desk->wake);
    pthread_mutex_unlock(&desk->lock);
    pthread_join(desk->thread, NULL);
    desk->open = false;
}

void http_desk_free(struct http_desk *desk) {
    pthread_mutex_destroy(&desk->lock);
    pthread_cond_destroy(&desk->wake);
}

static bool is_of_one(const struct principal *a, const struct principal *b) {
    return (a->kind == MEMBER || a->kind == API_KEY) && a->kind == b->kind &&
           !memcmp(&a->member, &b->member, sizeof a->member) && !memcmp(&a->key, &b->key, sizeof a->key);
}

enum status http_desk_take(struct http_desk *desk, struct http_waiter *waiter, struct problem *problem) {
    enum status status = OK;
    size_t waiting = 0, own = 0;
    pthread_mutex_lock(&desk->lock);
    struct http_waiter **last = &desk->first;
    for (; *last; last = &(*last)->next) {
        waiting++;
        own += is_of_one(&waiter->request.principal, &(*last)->request.principal);
    }
    if (desk->stopping)
        status = fail_stopping(problem);
    else if (waiting >= HTTP_DESK_LINE || own >= HTTP_DESK_OWN)
        status = fail(
            problem, LIMITED,
            MESSAGE(
                "desk_full",
                "Long calculations are waiting already, of yours or of others. Ask again in a minute.",
                "محاسبه‌های طولانی، از شما یا دیگران، در صف‌اند. یک دقیقهٔ دیگر دوباره بخواهید."),
            NO_ARGS);
    else {
        waiter->next = NULL;
        *last = waiter;
        pthread_cond_signal(&desk->wake);
    }
    pthread_mutex_unlock(&desk->lock);
    return status;
}
