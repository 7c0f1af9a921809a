/* A WebSocket that counts events. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "generator.h"

/* The example of RFC 6455, section 1.3: one key serves all. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

enum { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 };

/* Masked with zeros, which is a mask like any other. */
static bool send_frame(int socket, int opcode, const char *text, size_t length)
{
    unsigned char frame[4096] = {(unsigned char)(0x80 | opcode), (unsigned char)(0x80 | length)};
    size_t head = 2;
    if (length > 125) {
        frame[1] = 0x80 | 126;
        frame[2] = (unsigned char)(length >> 8);
        frame[3] = (unsigned char)length;
        head = 4;
    }
    if (head + 4 + length > sizeof frame)
        fail("a message is too long");
    memset(frame + head, 0, 4);
    memcpy(frame + head + 4, text, length);
    return send_all(socket, frame, head + 4 + length);
}

void subscriber_connected(struct run *run, struct connection *connection)
{
    const struct options *options = run->options;
    char request[8192];
    int length = snprintf(request, sizeof request,
                          "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n%s%s%s\r\n",
                          options->path, options->host, options->port,
                          options->protocol ? "Sec-WebSocket-Protocol: " : "",
                          options->protocol ? options->protocol : "", options->protocol ? "\r\n" : "");
    errno = 0;
    if (length >= (int)sizeof request || !send_all(connection->socket, request, (size_t)length))
        fail("the upgrade could not be sent");
    connection->state = UPGRADING;
}

static void go_live(struct run *run, struct connection *connection)
{
    connection->state = LIVE;
    run->live++;
}

static void subscribe(struct run *run, struct connection *connection)
{
    const char *text = run->options->subscribe, *number = text ? strstr(text, "%I") : NULL;
    if (text == NULL) {
        go_live(run, connection);
        return;
    }
    char message[4096];
    int length = number ? snprintf(message, sizeof message, "%.*s%05d%s", (int)(number - text), text,
                                   connection->number, number + 2)
                        : snprintf(message, sizeof message, "%s", text);
    if (length >= (int)sizeof message || !send_frame(connection->socket, TEXT, message, (size_t)length))
        fail("the subscription could not be sent");
    connection->state = SUBSCRIBING;
}

static long upgraded(struct run *run, struct connection *connection, unsigned char *data, size_t length)
{
    unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t head = (size_t)(end - data) + 4;
    if (memcmp(data, "HTTP/1.1 101", 12) != 0 || memmem(data, head, ACCEPT, strlen(ACCEPT)) == NULL) {
        fprintf(stderr, "%.*s\n", (int)length, (char *)data);
        errno = 0;
        fail("the upgrade was refused");
    }
    subscribe(run, connection);
    return (long)head;
}

static void control(struct run *run, struct connection *connection, unsigned char *text, size_t length)
{
    if (memmem(text, length, run->options->expect, strlen(run->options->expect)) != NULL) {
        go_live(run, connection);
    } else if (memmem(text, length, "error", 5) != NULL) {
        fprintf(stderr, "%.*s\n", (int)length, (char *)text);
        errno = 0;
        fail("the subscription was refused");
    }
}

/* Where the stamp's digits are: most often where they were last time. */
static unsigned char *find_stamp(struct connection *connection, unsigned char *text, size_t length)
{
    const size_t marker = sizeof MARKER - 1;
    size_t at = connection->marker_at;
    if (at + marker + STAMP_DIGITS <= length && memcmp(text + at, MARKER, marker) == 0)
        return text + at + marker;
    unsigned char *found = memmem(text, length, MARKER, marker);
    if (found == NULL || (size_t)(found - text) + marker + STAMP_DIGITS > length)
        return NULL;
    connection->marker_at = (uint32_t)(found - text);
    return found + marker;
}

static void event(struct run *run, struct connection *connection, unsigned char *text, size_t length,
                  uint64_t now)
{
    uint64_t due;
    unsigned char *stamp = find_stamp(connection, text, length);
    if (stamp == NULL || !read_stamp(stamp, &due))
        return; /* a keep-alive, for one */
    run->totals.deliveries++;
    if (run->measuring)
        histogram_add(&run->totals.delay, now > due ? now - due : 0, 1);
}

/* The length of the head, and of what follows it; 0 if they have not come yet. */
static size_t frame_head(const unsigned char *data, size_t length, size_t *payload)
{
    if (length < 2)
        return 0;
    *payload = data[1] & 127;
    size_t head = *payload == 126 ? 4 : *payload == 127 ? 10 : 2;
    if (length < head)
        return 0;
    if (head > 2) {
        *payload = 0;
        for (size_t i = 2; i < head; i++)
            *payload = *payload << 8 | data[i];
    }
    return head;
}

static bool take(struct run *run, struct connection *connection, int opcode, unsigned char *text,
                 size_t length, uint64_t now)
{
    if (opcode == TEXT && connection->state == LIVE)
        event(run, connection, text, length, now);
    else if (opcode == TEXT)
        control(run, connection, text, length);
    else if (opcode == PING)
        return send_frame(connection->socket, PONG, (char *)text, length);
    return opcode != CLOSE;
}

long subscriber_received(struct run *run, struct connection *connection, unsigned char *data, size_t length)
{
    size_t done = 0, payload;
    uint64_t now = now_ns(); /* all that one read brings has come now */
    if (connection->state == UPGRADING) {
        done = (size_t)upgraded(run, connection, data, length);
        if (done == 0)
            return 0;
    }
    for (size_t head; (head = frame_head(data + done, length - done, &payload)) != 0;) {
        if (length - done - head < payload)
            break;
        if (!take(run, connection, data[done] & 15, data + done + head, payload, now))
            return -1;
        done += head + payload;
    }
    return (long)done;
}
