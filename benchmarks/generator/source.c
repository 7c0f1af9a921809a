/* The bare loop: a WebSocket "server" that accepts so many subscribers and then does nothing but write to
 * them, so that what limits the figure is the generator (or this loop: compare their processor times). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "generator.h"

#define ANSWER "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" \
               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define IDLE_US 50

struct outlet {
    int socket;
    size_t sent; /* of the block that is under way */
};

static int listen_on(const char *host, int port)
{
    int one = 1, new = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    inet_pton(AF_INET, host, &address.sin_addr);
    setsockopt(new, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(new, (struct sockaddr *)&address, size) != 0 || listen(new, 1024) != 0)
        fail("cannot listen");
    getsockname(new, (struct sockaddr *)&address, &size);
    printf("{\"phase\":\"listening\",\"port\":%d}\n", ntohs(address.sin_port));
    fflush(stdout);
    return new;
}

static int accept_one(int listener)
{
    char request[8192];
    size_t length = 0;
    int one = 1, new = accept(listener, NULL, NULL);
    if (new < 0)
        fail("cannot accept");
    setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (memmem(request, length, "\r\n\r\n", 4) == NULL) {
        ssize_t got = recv(new, request + length, sizeof request - length, 0);
        if (got <= 0)
            fail("a subscriber is gone");
        length += (size_t)got;
    }
    if (!send_all(new, ANSWER, strlen(ANSWER)))
        fail("a subscriber is gone");
    fcntl(new, F_SETFL, O_NONBLOCK);
    return new;
}

/* Text frames of one size, each with a stamp of zeros' length behind the marker. */
static char *make_block(const struct options *options, size_t *length)
{
    size_t payload = (size_t)options->frame_bytes, head = payload < 126 ? 2 : 4;
    *length = (head + payload) * (size_t)options->frames_per_write;
    char *block = malloc(*length);
    if (block == NULL)
        fail("no memory");
    memset(block, 'x', *length);
    for (char *frame = block; frame < block + *length; frame += head + payload) {
        frame[0] = (char)0x81;
        frame[1] = (char)(payload < 126 ? payload : 126);
        if (head == 4) {
            frame[2] = (char)(payload >> 8);
            frame[3] = (char)payload;
        }
        memcpy(frame + head + 20, MARKER, sizeof MARKER - 1);
        write_stamp(frame + head + 20 + sizeof MARKER - 1, now_ns());
    }
    return block;
}

/* Whether the outlet took anything; ends the program when the subscribers have gone. */
static bool write_to(struct outlet *outlet, const char *block, size_t length)
{
    ssize_t sent = send(outlet->socket, block + outlet->sent, length - outlet->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN)
        return false;
    if (sent < 0)
        exit(0);
    outlet->sent = (outlet->sent + (size_t)sent) % length;
    return true;
}

void source(const struct options *options)
{
    size_t length;
    char *block = make_block(options, &length);
    struct outlet *outlets = calloc((size_t)options->subscribers + 1, sizeof *outlets);
    int listener = listen_on(options->host, options->port);
    for (int i = 0; i < options->subscribers; i++)
        outlets[i].socket = accept_one(listener);
    for (;;) {
        bool busy = false;
        for (int i = 0; i < options->subscribers; i++)
            busy |= write_to(&outlets[i], block, length);
        if (!busy)
            usleep(IDLE_US);
    }
}
