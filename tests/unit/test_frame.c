/* Bodies of frames packed at the door and unpacked by the applier. */
#include "signals/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static struct str repeated(struct buf *out, size_t times) {
    for (size_t i = 0; i < times; i++)
        buf_format(out, "{\"type\":\"track\",\"event\":\"Report %zu\"},", i);
    return buf_str(out);
}

static void come_back_as_they_were(void **state) {
    (void)state;
    struct frame_packer packer = {0};
    struct frame_unpacker unpacker = {0};
    static const size_t times[] = {1, 60, 5000, 40,
                                   100}; /* the second and third are worth packing, and the last */
    static const bool packed[] = {false, true, true, false, true};
    for (size_t t = 0; t < 5; t++) {
        struct buf text = {0};
        struct str body = repeated(&text, times[t]), before = body;
        struct frame_head head = {.kind = FRAME_TRACK, .version = FRAME_VERSION, .flags = FRAME_BROWSER};
        frame_pack(&packer, &head, &body);
        assert_int_equal(head.flags, FRAME_BROWSER | (packed[t] ? FRAME_PACKED : 0));
        if (packed[t]) assert_true(body.n < before.n / 3);
        assert_int_equal(frame_body_size(&head, body), before.n);
        char *room = malloc(before.n);
        assert_true(frame_unpack(&unpacker, &head, body, room, before.n));
        assert_memory_equal(room, before.p, before.n);
        free(room);
        buf_free(&text);
    }
    frame_packer_free(&packer);
    frame_unpacker_free(&unpacker);
}

/* What does not shrink (as bytes of a cipher) goes as it is. */
static void stay_where_nothing_is_gained(void **state) {
    (void)state;
    struct frame_packer packer = {0};
    struct frame_head head = {.kind = FRAME_TRACK, .version = FRAME_VERSION};
    uint64_t noise[1024], x = 1;
    for (size_t i = 0; i < 1024; i++)
        noise[i] = x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    struct str body = {(const char *)noise, sizeof noise};
    frame_pack(&packer, &head, &body);
    assert_int_equal(head.flags, 0);
    assert_ptr_equal(body.p, noise);
    frame_packer_free(&packer);
}

static void damage_is_told(void **state) {
    (void)state;
    struct frame_packer packer = {0};
    struct frame_unpacker unpacker = {0};
    struct buf text = {0};
    struct str body = repeated(&text, 200);
    size_t n = body.n;
    struct frame_head head = {.kind = FRAME_TRACK, .version = FRAME_VERSION};
    frame_pack(&packer, &head, &body);
    char *room = malloc(n);
    assert_false(frame_unpack(&unpacker, &head, (struct str){body.p, body.n / 2}, room, n));
    assert_int_equal(frame_body_size(&head, (struct str){body.p, 3}), SIZE_MAX);
    assert_int_equal(frame_body_size(&head, STR("no zstd at all")), SIZE_MAX);
    free(room);
    buf_free(&text);
    frame_packer_free(&packer);
    frame_unpacker_free(&unpacker);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_back_as_they_were),
        cmocka_unit_test(stay_where_nothing_is_gained),
        cmocka_unit_test(damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
