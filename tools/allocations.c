// Counts what each thread asks of the heap. Preloaded into the program, which then prints how often
// the hot path did: see tools/prove_allocations.py.
#include <stddef.h>
#include <stdint.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static __thread uint64_t counted __attribute__((tls_model("initial-exec")));

// How often the calling thread has asked for memory.
uint64_t sluice_allocation_count(void) { return counted; }

void *malloc(size_t size) {
  counted++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  counted++;
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  counted++;
  return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  counted++;
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size) {
  counted++;
  *out = __libc_memalign(alignment, size);
  return *out == NULL ? 12 : 0;
}
