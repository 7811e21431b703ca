// The library's calls with a variable number of arguments, under plain prototypes.
#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <string.h>

// The door takes targets as they were sent and decodes them itself.
static inline size_t sluice_http_leave_target(void *context, struct MHD_Connection *connection,
                                              char *target) {
  (void)context;
  (void)connection;
  return strlen(target);
}

// A library without thread, listening socket or time limits: whoever calls MHD_run is its thread,
// and hands it the sockets. Its lines for a log go to `complained`. NULL where it cannot be started.
static inline struct MHD_Daemon *sluice_http_start(
    void *context, MHD_LogCallback complained, MHD_AccessHandlerCallback access,
    void *(*begin)(void *context, const char *target, struct MHD_Connection *connection),
    MHD_RequestCompletedCallback completed, MHD_NotifyConnectionCallback moved,
    unsigned int connections, size_t memory) {
  return MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0,
      NULL, NULL, access, context, MHD_OPTION_EXTERNAL_LOGGER, complained, context,
      MHD_OPTION_URI_LOG_CALLBACK, begin, context, MHD_OPTION_NOTIFY_COMPLETED, completed,
      context, MHD_OPTION_NOTIFY_CONNECTION, moved, context, MHD_OPTION_UNESCAPE_CALLBACK,
      sluice_http_leave_target, NULL, MHD_OPTION_CONNECTION_LIMIT, connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory, MHD_OPTION_END);
}

// Whether a line for a log is about the length of a body.
static inline int sluice_http_is_of_length(const char *line) {
  return line != NULL && strstr(line, "Content-Length") != NULL;
}

// What to wait for before MHD_run; -1 where there is nothing.
static inline int sluice_http_poller(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info == NULL ? -1 : info->epoll_fd;
}

// Hands a socket over, in every case. The door knows who is at its other end; the library is told
// of nobody.
static inline enum MHD_Result sluice_http_add(struct MHD_Daemon *daemon, int socket) {
  struct sockaddr_in nobody;
  memset(&nobody, 0, sizeof nobody);
  nobody.sin_family = AF_INET;
  return MHD_add_connection(daemon, socket, (const struct sockaddr *)&nobody, sizeof nobody);
}

static inline int sluice_http_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

// What MHD_OPTION_NOTIFY_CONNECTION has put beside a connection.
static inline void *sluice_http_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == NULL ? NULL : info->socket_context;
}

// Bytes of the request's line and headers; 0 before they are there.
static inline size_t sluice_http_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == NULL ? 0 : info->header_size;
}

// How many seconds a connection may be silent before the library closes it; 0 is without end.
static inline enum MHD_Result sluice_http_set_timeout(struct MHD_Connection *connection,
                                                      unsigned int seconds) {
  return MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}
