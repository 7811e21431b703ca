// Memory for tables that are larger than the caches.
#pragma once
#include <stddef.h>

// So many bytes of zeros, in pages of 2 MiB where the kernel has them; NULL where it has none left.
void *sluice_large_allocate(size_t length);
// The same memory with room for more zeros behind it, most likely elsewhere: its pages are moved and
// not copied. NULL where that cannot be done; then nothing has changed.
void *sluice_large_extend(void *start, size_t length, size_t wanted);
// Takes the pages of a part from the kernel now and not at their first use, where it can.
void sluice_large_prepare(void *start, size_t length);
// Asks for huge pages for memory that somebody else has allocated and nobody has used yet.
void sluice_large_advise(void *start, size_t length);
void sluice_large_release(void *start, size_t length);
