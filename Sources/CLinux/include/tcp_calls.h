// TCP sockets by literal addresses. Every function returns -1 and sets errno where it fails.
#pragma once
#include <stdint.h>

#define SLUICE_ADDRESS_TEXT 46

/// The other end of a connection.
struct sluice_tcp_peer {
  /// The address with a zero behind it.
  char text[SLUICE_ADDRESS_TEXT];
  uint8_t is_ipv6;
  /// An IPv4 address, or the first half of an IPv6 one: whose network it is.
  uint64_t network;
};

/// Listens at a literal address; EAFNOSUPPORT where it is none. Of IPv6 no IPv4 is taken.
int sluice_tcp_listen(const char *address, uint16_t port, int backlog);
/// The port a socket has.
int sluice_tcp_port(int file);
/// The next connection, which does not block either.
int sluice_tcp_accept(int file, struct sluice_tcp_peer *peer);
/// Ends both directions; who waits for the socket is woken.
int sluice_tcp_end(int file);
/// Ends the direction to the other end.
int sluice_tcp_end_writing(int file);
/// Another descriptor of the same socket.
int sluice_tcp_duplicate(int file);
