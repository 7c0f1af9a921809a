#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#include "generator.h"

uint64_t now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000ull + (uint64_t)time.tv_nsec;
}

void fail(const char *what)
{
    fprintf(stderr, "generator: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
    exit(1);
}

void raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int connect_to(const char *host, int port)
{
    int one = 1, new = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (new < 0)
        fail("no socket");
    setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        fail("--host must be an IPv4 address");
    if (connect(new, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS)
        fail("cannot connect");
    return new;
}

void watch(int epoll, int socket, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event) != 0 &&
        (errno != EEXIST || epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event) != 0))
        fail("cannot watch a socket");
}

bool send_all(int socket, const void *data, size_t length)
{
    const char *next = data;
    while (length) {
        ssize_t sent = send(socket, next, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = socket, .events = POLLOUT};
            if (poll(&wait, 1, 10000) <= 0)
                return false;
        } else if (sent < 0) {
            return false;
        } else {
            next += sent;
            length -= (size_t)sent;
        }
    }
    return true;
}

void write_stamp(char *digits, uint64_t ns)
{
    for (int i = STAMP_DIGITS - 1; i >= 0; i--, ns >>= 4)
        digits[i] = "0123456789abcdef"[ns & 15];
}

bool read_stamp(const unsigned char *digits, uint64_t *ns)
{
    uint64_t value = 0;
    for (int i = 0; i < STAMP_DIGITS; i++) {
        unsigned c = digits[i], digit = c - '0' < 10 ? c - '0' : c - 'a' < 6 ? c - 'a' + 10 : 16;
        if (digit > 15)
            return false;
        value = value << 4 | digit;
    }
    *ns = value;
    return true;
}
