#define _GNU_SOURCE
#include "memory_calls.h"

#include <stdint.h>
#include <sys/mman.h>

enum { SLUICE_HUGE = 2 * 1024 * 1024 };

static size_t rounded(size_t length) {
  return (length + SLUICE_HUGE - 1) & ~(size_t)(SLUICE_HUGE - 1);
}

// Addresses of so many bytes. A huge page begins at a multiple of its size: one more is mapped and
// what hangs over goes back.
static char *mapped(size_t length) {
  char *start = mmap(NULL, length + SLUICE_HUGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  size_t before = (SLUICE_HUGE - (size_t)start % SLUICE_HUGE) % SLUICE_HUGE;
  if (before > 0) munmap(start, before);
  munmap(start + before + length, SLUICE_HUGE - before);
  return start + before;
}

void *sluice_large_allocate(size_t length) {
  char *start = mapped(rounded(length));
  // A kernel without huge pages says no, and small ones do as well.
  if (start != NULL) madvise(start, rounded(length), MADV_HUGEPAGE);
  return start;
}

void *sluice_large_extend(void *start, size_t length, size_t wanted) {
  // Whole huge pages are moved only from a multiple of their size to another.
  char *target = mapped(rounded(wanted));
  if (target == NULL) return NULL;
  void *moved = mremap(start, rounded(length), rounded(wanted), MREMAP_MAYMOVE | MREMAP_FIXED,
                       target);
  // The call may have given the target back before it failed, and somebody else may have it by
  // now: what was only set aside and never touched is left.
  if (moved == MAP_FAILED) return NULL;
  madvise(moved, rounded(wanted), MADV_HUGEPAGE);
  return moved;
}

void sluice_large_prepare(void *start, size_t length) {
  // A kernel before 5.14 does not know the advice: the first use takes the pages then.
#ifdef MADV_POPULATE_WRITE
  madvise(start, length, MADV_POPULATE_WRITE);
#else
  madvise(start, length, 23);
#endif
}

void sluice_large_advise(void *start, size_t length) {
  uintptr_t first = ((uintptr_t)start + SLUICE_HUGE - 1) & ~(uintptr_t)(SLUICE_HUGE - 1);
  uintptr_t end = ((uintptr_t)start + length) & ~(uintptr_t)(SLUICE_HUGE - 1);
  if (first < end) madvise((void *)first, end - first, MADV_HUGEPAGE);
}

void sluice_large_release(void *start, size_t length) { munmap(start, rounded(length)); }
