// Calls of Linux that Swift's Glibc module does not show, under plain prototypes.
//
// Every function returns -1 and sets errno where it fails, unless it says otherwise. This header
// defines no feature macro: _GNU_SOURCE would change glibc's types under other modules' feet.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Files.
int sluice_allocate(int file, int64_t offset, int64_t length);
// sync_file_range: begins to write, waits for nothing.
int sluice_begin_writing(int file, int64_t offset, int64_t length);
int sluice_rename_new(const char *source, const char *target);

/// What statfs says of the file system under a path.
struct sluice_file_system {
  int64_t kind;
  uint64_t bytes_total;
  uint64_t bytes_free;
};
int sluice_file_system_at(const char *path, struct sluice_file_system *found);

// Randomness.
int64_t sluice_random(void *bytes, size_t count);

// Readiness. The bits of `interest` and of `found` are these.
#define SLUICE_READABLE 1u
#define SLUICE_WRITABLE 2u
#define SLUICE_HANGUP 4u
#define SLUICE_READY_MAX 256

struct sluice_ready {
  uint64_t tag;
  uint32_t found;
};
int sluice_poller_open(void);
int sluice_poller_add(int poller, int file, uint64_t tag, uint32_t interest);
int sluice_poller_modify(int poller, int file, uint64_t tag, uint32_t interest);
int sluice_poller_remove(int poller, int file);
/// Fills at most SLUICE_READY_MAX entries and returns how many.
int sluice_poller_wait(int poller, struct sluice_ready *ready, int timeout_milliseconds);

// Wake-ups and signals.
int sluice_wakeup_open(void);
/// Ignores SIGPIPE and SIGXFSZ: both come back as errors of the call that caused them.
int sluice_signals_ignore(void);
/// Gives SIGQUIT and SIGABRT back what they do by default: end the process at once.
int sluice_signals_fatal(void);
/// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those it starts, and SIGQUIT where
/// `with_quit` is not 0; opens a signalfd.
int sluice_signals_open(int with_quit);
/// The number of the next signal, 0 where none waits.
int sluice_signals_next(int file);

// Unix sockets.
int sluice_unix_open(void);
int sluice_unix_bind(int file, const char *path);
int sluice_unix_connect(int file, const char *path);
int sluice_unix_accept(int file);
int sluice_set_nonblocking(int file);
int sluice_peer(int file, int32_t *process, uint32_t *user);
/// send with MSG_NOSIGNAL.
int64_t sluice_send(int file, const void *bytes, size_t count);

// Datagrams to the service manager.
int sluice_datagram_open(void);
/// Sends one datagram without waiting; a name that begins with a zero byte is an abstract one.
int64_t sluice_datagram_send(
    int file, const void *name, size_t name_length, const void *bytes, size_t count);

// Threads and terminals.
/// Names the calling thread; a name has at most 15 bytes.
void sluice_name_thread(const char *name);
/// Gives the calling thread less of a busy processor than the others get.
void sluice_yield_to_others(void);
/// Rows of the terminal, 0 where there is none.
int sluice_terminal_rows(int file);
int sluice_terminal_columns(int file);
