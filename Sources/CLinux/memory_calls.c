#define _GNU_SOURCE
#include "memory_calls.h"

#include <sys/mman.h>

enum { SLUICE_HUGE = 2 * 1024 * 1024 };

static size_t rounded(size_t length) {
  return (length + SLUICE_HUGE - 1) & ~(size_t)(SLUICE_HUGE - 1);
}

void *sluice_large_allocate(size_t length) {
  size_t wanted = rounded(length);
  // A huge page begins at a multiple of its size: one more is mapped and what hangs over goes back.
  char *start = mmap(NULL, wanted + SLUICE_HUGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  size_t before = (SLUICE_HUGE - (size_t)start % SLUICE_HUGE) % SLUICE_HUGE;
  if (before > 0) munmap(start, before);
  munmap(start + before + wanted, SLUICE_HUGE - before);
  // A kernel without huge pages says no, and small ones do as well.
  madvise(start + before, wanted, MADV_HUGEPAGE);
  return start + before;
}

void sluice_large_release(void *start, size_t length) { munmap(start, rounded(length)); }
