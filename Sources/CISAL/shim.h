#include <isa-l/crc.h>

// The library's checksum may leave the upper halves of the vector registers dirty; every SSE
// instruction after that waits for them, here and in whatever runs next on the thread: a line of
// the socket took 1.6 times as long to read.
static inline unsigned int sluice_checksum(unsigned char *bytes, int length, unsigned int before) {
  unsigned int sum = crc32_iscsi(bytes, length, before);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroupper" ::: "memory");
#endif
  return sum;
}
