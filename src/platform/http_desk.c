/* One desk for slow work: requests that take seconds wait in a line for a thread of their own, so that
 * whoever asks for something quick does not wait behind them. */
#include "platform/http_internal.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct http_waiter *next(struct http_desk *desk) {
    pthread_mutex_lock(&desk->lock);
    while (!desk->first && !desk->stopping)
        pthread_cond_wait(&desk->wake, &desk->lock);
    struct http_waiter *waiter = desk->first;
    if (waiter) {
        desk->first = waiter->next;
        desk->waiting--;
    }
    pthread_mutex_unlock(&desk->lock);
    return waiter;
}

static void *work(void *self) {
    struct http_desk *desk = self;
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 5); /* what is quick goes first */
    for (struct http_waiter *waiter; (waiter = next(desk));) {
        const struct http_application *application = &waiter->http->application;
        waiter->request.stopping = &desk->stopping;
        application->handle(application->self, &waiter->plan, &waiter->request, &waiter->response);
        http_finish(waiter, OK);
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

void http_desk_close(struct http_desk *desk) {
    if (desk->open) {
        pthread_mutex_lock(&desk->lock);
        __atomic_store_n(&desk->stopping, true, __ATOMIC_RELEASE);
        pthread_cond_signal(&desk->wake);
        pthread_mutex_unlock(&desk->lock);
        pthread_join(desk->thread, NULL);
        pthread_mutex_destroy(&desk->lock);
        pthread_cond_destroy(&desk->wake);
    }
    desk->open = false;
}

bool http_desk_take(struct http_desk *desk, struct http_waiter *waiter) {
    pthread_mutex_lock(&desk->lock);
    bool taken = desk->waiting < HTTP_DESK_LINE && !desk->stopping;
    if (taken) {
        struct http_waiter **last = &desk->first;
        while (*last)
            last = &(*last)->next;
        waiter->next = NULL;
        *last = waiter;
        desk->waiting++;
        pthread_cond_signal(&desk->wake);
    }
    pthread_mutex_unlock(&desk->lock);
    return taken;
}
