#define _GNU_SOURCE
#include "linux_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

int sluice_allocate(int file, int64_t offset, int64_t length) {
  return fallocate(file, 0, offset, length);
}

int sluice_begin_writing(int file, int64_t offset, int64_t length) {
  return sync_file_range(file, offset, length, SYNC_FILE_RANGE_WRITE);
}

int sluice_rename_new(const char *source, const char *target) {
  return renameat2(AT_FDCWD, source, AT_FDCWD, target, RENAME_NOREPLACE);
}

int sluice_file_system_at(const char *path, struct sluice_file_system *found) {
  struct statfs status;
  if (statfs(path, &status) != 0) return -1;
  found->kind = (int64_t)(uint32_t)status.f_type;
  found->bytes_total = (uint64_t)status.f_blocks * (uint64_t)status.f_bsize;
  found->bytes_free = (uint64_t)status.f_bavail * (uint64_t)status.f_bsize;
  return 0;
}

int64_t sluice_random(void *bytes, size_t count) { return getrandom(bytes, count, 0); }

static int control(int poller, int operation, int file, uint64_t tag, uint32_t interest) {
  struct epoll_event event;
  memset(&event, 0, sizeof event);
  event.data.u64 = tag;
  if (interest & SLUICE_READABLE) event.events |= EPOLLIN;
  if (interest & SLUICE_WRITABLE) event.events |= EPOLLOUT;
  return epoll_ctl(poller, operation, file, &event);
}

int sluice_poller_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int sluice_poller_add(int poller, int file, uint64_t tag, uint32_t interest) {
  return control(poller, EPOLL_CTL_ADD, file, tag, interest);
}

int sluice_poller_modify(int poller, int file, uint64_t tag, uint32_t interest) {
  return control(poller, EPOLL_CTL_MOD, file, tag, interest);
}

int sluice_poller_remove(int poller, int file) {
  return control(poller, EPOLL_CTL_DEL, file, 0, 0);
}

int sluice_poller_wait(int poller, struct sluice_ready *ready, int timeout_milliseconds) {
  struct epoll_event events[SLUICE_READY_MAX];
  int count = epoll_wait(poller, events, SLUICE_READY_MAX, timeout_milliseconds);
  for (int i = 0; i < count; i++) {
    uint32_t found = 0;
    if (events[i].events & EPOLLIN) found |= SLUICE_READABLE;
    if (events[i].events & EPOLLOUT) found |= SLUICE_WRITABLE;
    if (events[i].events & (EPOLLHUP | EPOLLERR)) found |= SLUICE_HANGUP;
    ready[i].tag = events[i].data.u64;
    ready[i].found = found;
  }
  return count;
}

int sluice_wakeup_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int sluice_signals_ignore(void) {
  struct sigaction ignore;
  memset(&ignore, 0, sizeof ignore);
  ignore.sa_handler = SIG_IGN;
  if (sigaction(SIGPIPE, &ignore, NULL) != 0) return -1;
  return sigaction(SIGXFSZ, &ignore, NULL);
}

int sluice_signals_fatal(void) {
  struct sigaction die;
  memset(&die, 0, sizeof die);
  die.sa_handler = SIG_DFL;
  if (sigaction(SIGQUIT, &die, NULL) != 0) return -1;
  return sigaction(SIGABRT, &die, NULL);
}

int sluice_signals_open(int with_quit) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  if (with_quit) sigaddset(&set, SIGQUIT);
  int failed = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (failed != 0) {
    errno = failed;
    return -1;
  }
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int sluice_signals_next(int file) {
  struct signalfd_siginfo information;
  ssize_t count = read(file, &information, sizeof information);
  if (count == (ssize_t)sizeof information) return (int)information.ssi_signo;
  return count < 0 && errno != EAGAIN ? -1 : 0;
}

int sluice_unix_open(void) { return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

static int fill_address(struct sockaddr_un *address, const char *path) {
  size_t length = strlen(path);
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (length == 0 || length >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address->sun_path, path, length);
  return 0;
}

int sluice_unix_bind(int file, const char *path) {
  struct sockaddr_un address;
  if (fill_address(&address, path) != 0) return -1;
  return bind(file, (struct sockaddr *)&address, sizeof address);
}

int sluice_unix_connect(int file, const char *path) {
  struct sockaddr_un address;
  if (fill_address(&address, path) != 0) return -1;
  // Room for up to a MiB that was sent and not yet read (unix(7): the sender's counts, not the
  // reader's): who sends much is woken less often. The kernel takes net.core.wmem_max at most.
  int room = 1 << 20;
  setsockopt(file, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return connect(file, (struct sockaddr *)&address, sizeof address);
}

int sluice_unix_accept(int file) {
  return accept4(file, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int sluice_set_nonblocking(int file) {
  int flags = fcntl(file, F_GETFL);
  return flags < 0 ? -1 : fcntl(file, F_SETFL, flags | O_NONBLOCK);
}

int sluice_peer(int file, int32_t *process, uint32_t *user) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(file, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return -1;
  *process = credentials.pid;
  *user = credentials.uid;
  return 0;
}

int64_t sluice_send(int file, const void *bytes, size_t count) {
  return send(file, bytes, count, MSG_NOSIGNAL);
}

int sluice_datagram_open(void) { return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); }

int64_t sluice_datagram_send(
    int file, const void *name, size_t name_length, const void *bytes, size_t count) {
  struct sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  if (name_length == 0 || name_length > sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(address.sun_path, name, name_length);
  // The length counts: in an abstract name every byte is a part of it, zeros too.
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_length);
  return sendto(
      file, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, length);
}

void sluice_name_thread(const char *name) {
  char kept[16];
  snprintf(kept, sizeof kept, "%s", name);
  pthread_setname_np(pthread_self(), kept);
}

void sluice_yield_to_others(void) {
  // On Linux the priority is that of one thread, named by its number.
  setpriority(PRIO_PROCESS, (id_t)gettid(), 10);
}

int sluice_terminal_rows(int file) {
  struct winsize size;
  if (ioctl(file, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_row;
}

int sluice_terminal_columns(int file) {
  struct winsize size;
  if (ioctl(file, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}
