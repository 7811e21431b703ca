// Memory for tables that are larger than the caches.
#pragma once
#include <stddef.h>

// So many bytes of zeros, in pages of 2 MiB where the kernel has them; NULL where it has none left.
void *sluice_large_allocate(size_t length);
void sluice_large_release(void *start, size_t length);
