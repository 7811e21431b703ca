#define _GNU_SOURCE
#include "tcp_calls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// An address of either family.
union address {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
};

// The length of the address that a text spells; 0 where it spells none.
static socklen_t address_from(const char *text, uint16_t port, union address *address) {
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &address->four.sin_addr) == 1) {
    address->four.sin_family = AF_INET;
    address->four.sin_port = htons(port);
    return sizeof address->four;
  }
  if (inet_pton(AF_INET6, text, &address->six.sin6_addr) == 1) {
    address->six.sin6_family = AF_INET6;
    address->six.sin6_port = htons(port);
    return sizeof address->six;
  }
  return 0;
}

static int prepared(int file, const union address *address, socklen_t length, int backlog) {
  int yes = 1;
  // A daemon that starts again finds its port, though connections of the last one still time out.
  if (setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0) return -1;
  if (address->any.sa_family == AF_INET6 &&
      setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) != 0) {
    return -1;
  }
  if (bind(file, &address->any, length) != 0) return -1;
  return listen(file, backlog);
}

int sluice_tcp_listen(const char *text, uint16_t port, int backlog) {
  union address address;
  socklen_t length = address_from(text, port, &address);
  if (length == 0) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  int file = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (file < 0) return -1;
  if (prepared(file, &address, length, backlog) == 0) return file;
  int number = errno;
  close(file);
  errno = number;
  return -1;
}

int sluice_tcp_port(int file) {
  union address address;
  socklen_t length = sizeof address;
  if (getsockname(file, &address.any, &length) != 0) return -1;
  return ntohs(address.any.sa_family == AF_INET ? address.four.sin_port : address.six.sin6_port);
}

int sluice_tcp_accept(int file, struct sluice_tcp_peer *peer) {
  union address address;
  socklen_t length = sizeof address;
  int socket = accept4(file, &address.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) return -1;
  memset(peer, 0, sizeof *peer);
  if (address.any.sa_family == AF_INET) {
    peer->network = ntohl(address.four.sin_addr.s_addr);
    inet_ntop(AF_INET, &address.four.sin_addr, peer->text, sizeof peer->text);
  } else {
    peer->is_ipv6 = 1;
    for (int i = 0; i < 8; i++) {
      peer->network = peer->network << 8 | address.six.sin6_addr.s6_addr[i];
    }
    inet_ntop(AF_INET6, &address.six.sin6_addr, peer->text, sizeof peer->text);
  }
  // An answer is one write: nothing is gained by holding it back. Without it all works as well.
  int yes = 1;
  (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return socket;
}

int sluice_tcp_end(int file) { return shutdown(file, SHUT_RDWR); }

int sluice_tcp_end_writing(int file) { return shutdown(file, SHUT_WR); }

int sluice_tcp_duplicate(int file) { return fcntl(file, F_DUPFD_CLOEXEC, 0); }
