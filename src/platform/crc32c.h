/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of journal frames. */
#ifndef VAFA_PLATFORM_CRC32C_H
#define VAFA_PLATFORM_CRC32C_H
#include <stddef.h>
#include <stdint.h>

/* The checksum of what came before (0 at the start) followed by n bytes: crc32c(crc32c(0, a), b) is that of a
 * and b together. */
uint32_t crc32c(uint32_t before, const void *data, size_t n);
/* The same without the processor's help; for machines that have none, and to test the other one. */
uint32_t crc32c_portable(uint32_t before, const void *data, size_t n);

#endif
