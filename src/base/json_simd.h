/* The seam between json.c and the C++ library behind it. For json.c alone. */
#ifndef VAFA_BASE_JSON_SIMD_H
#define VAFA_BASE_JSON_SIMD_H
#ifdef __cplusplus
extern "C" {
#endif
#include "base/json.h"

enum json_simd_result {
    JSON_SIMD_OK,
    JSON_SIMD_MALFORMED,
    JSON_SIMD_NUMBER, /* a number that the library refuses: malformed, or an integer of more than 64 bits */
    JSON_SIMD_DEEP,
    JSON_SIMD_TWICE, /* *twice is a name given twice */
    JSON_SIMD_LARGE, /* more than 4 GiB */
};
enum json_simd_result json_simd_parse(struct str text, struct arena *arena, struct json *out,
                                      struct str *twice);

#ifdef __cplusplus
}
#endif
#endif
