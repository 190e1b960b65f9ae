/* Typed growing arrays: `struct { T *v; size_t n, capacity; } list = {0};`, owned by whoever holds the
 * struct. */
#ifndef VAFA_BASE_VEC_H
#define VAFA_BASE_VEC_H
#include "base/arena.h"

#include <stdlib.h>

#define VEC(T)                                                                                               \
    struct {                                                                                                 \
        T *v;                                                                                                \
        size_t n, capacity;                                                                                  \
    }
#define VEC_RESERVE(list, more)                                                                              \
    do {                                                                                                     \
        if ((list)->capacity - (list)->n < (size_t)(more)) {                                                 \
            (list)->capacity = (list)->capacity * 2 > (list)->n + (size_t)(more)                             \
                                   ? (list)->capacity * 2                                                    \
                                   : (list)->n + (size_t)(more);                                             \
            if ((list)->capacity < 8) (list)->capacity = 8;                                                  \
            (list)->v = memory_resize((list)->v, (list)->capacity * sizeof *(list)->v);                      \
        }                                                                                                    \
    } while (0)
#define VEC_PUSH(list, ...)                                                                                  \
    do {                                                                                                     \
        VEC_RESERVE(list, 1);                                                                                \
        (list)->v[(list)->n++] = (__VA_ARGS__);                                                              \
    } while (0)
#define VEC_FREE(list)                                                                                       \
    do {                                                                                                     \
        free((list)->v);                                                                                     \
        (list)->v = NULL;                                                                                    \
        (list)->n = (list)->capacity = 0;                                                                    \
    } while (0)
#define COUNT(array) (sizeof(array) / sizeof *(array))

#endif
