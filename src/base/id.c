#include "base/id.h"

#include <pthread.h>
#include <sodium.h>

struct id id_new(instant_t now) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static instant_t last_time;
    static uint32_t sequence; /* 26 bits behind the time keep the order within one millisecond */
    struct id id;
    randombytes_buf(id.b, sizeof id.b);
    pthread_mutex_lock(&lock);
    if (now > last_time) {
        last_time = now;
        sequence = randombytes_uniform(1u << 24);
    } else if (++sequence >> 26) {
        last_time++;
        sequence = 0;
    }
    uint64_t time = (uint64_t)last_time;
    uint32_t order = sequence;
    pthread_mutex_unlock(&lock);
    for (int i = 0; i < 6; i++)
        id.b[i] = (uint8_t)(time >> (40 - 8 * i));
    id.b[6] = (uint8_t)(0x70 | (order >> 22 & 0x0f));
    id.b[7] = (uint8_t)(order >> 14);
    id.b[8] = (uint8_t)(0x80 | (order >> 8 & 0x3f));
    id.b[9] = (uint8_t)order;
    return id;
}

bool id_is_none(struct id id) {
    return id_equal(id, (struct id){0});
}

bool id_equal(struct id a, struct id b) {
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}

void id_print(struct id id, char out[ID_TEXT + 1]) {
    static const char hex[] = "0123456789abcdef";
    char *at = out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        *at++ = hex[id.b[i] >> 4];
        *at++ = hex[id.b[i] & 15];
    }
    *at = 0;
}

struct str id_str(struct arena *arena, struct id id) {
    char text[ID_TEXT + 1];
    id_print(id, text);
    return str_copy(arena, (struct str){text, ID_TEXT});
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool id_parse(struct str text, struct id *out) {
    if (text.n != ID_TEXT) return false;
    size_t at = 0;
    struct id id;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            if (text.p[at++] != '-') return false;
        }
        int high = hex_digit(text.p[at]), low = hex_digit(text.p[at + 1]);
        if (high < 0 || low < 0) return false;
        id.b[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *out = id;
    return true;
}
