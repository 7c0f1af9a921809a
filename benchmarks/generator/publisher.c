/* A kept-alive HTTP connection that publishes. Requests differ by their stamps only. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "generator.h"

static char *request;
static size_t request_length;
static size_t stamps[MAX_STAMPS];
static int stamp_count;

int publisher_events(void) { return stamp_count; }

/* Puts room for a stamp, after its marker, wherever the body says `%T`. */
static size_t write_body(char *to, const char *body)
{
    size_t length = 0;
    while (*body) {
        if (body[0] != '%' || body[1] != 'T') {
            to[length++] = *body++;
            continue;
        }
        if (stamp_count == MAX_STAMPS)
            fail("too many %T in the body");
        memcpy(to + length, MARKER, sizeof MARKER - 1);
        length += sizeof MARKER - 1;
        stamps[stamp_count++] = length;
        memset(to + length, '0', STAMP_DIGITS);
        length += STAMP_DIGITS;
        body += 2;
    }
    return length;
}

void publisher_prepare(const struct options *options)
{
    size_t room = strlen(options->body) + MAX_STAMPS * (STAMP_DIGITS + sizeof MARKER);
    char *body = malloc(room);
    errno = 0;
    if (body == NULL)
        fail("no memory");
    size_t length = write_body(body, options->body);
    int head = asprintf(&request,
                        "POST %s HTTP/1.1\r\nHost: %s:%d\r\nContent-Type: application/json\r\n%s%s"
                        "Content-Length: %zu\r\n\r\n%*s",
                        options->publish_path, options->host, options->port,
                        options->header ? options->header : "", options->header ? "\r\n" : "", length,
                        (int)length, "");
    if (head < 0)
        fail("no memory");
    request_length = (size_t)head;
    memcpy(request + request_length - length, body, length);
    for (int i = 0; i < stamp_count; i++)
        stamps[i] += request_length - length;
    free(body);
}

void publisher_ask(struct connection *connection, uint64_t due)
{
    for (int i = 0; i < stamp_count; i++)
        write_stamp(request + stamps[i], due);
    connection->asked_at = due;
    errno = 0;
    if (!send_all(connection->socket, request, request_length))
        fail("a publish could not be sent");
}

/* The body's length by the head, which ends with an empty line. */
static size_t content_length(const char *head, const char *end)
{
    for (const char *line = head; line < end;) {
        if (strncasecmp(line, "content-length:", 15) == 0)
            return strtoul(line + 15, NULL, 10);
        const char *next = memchr(line, '\n', (size_t)(end - line));
        line = next ? next + 1 : end;
    }
    errno = 0;
    fail("an answer without a content-length");
    return 0;
}

static void answered(struct run *run, struct connection *connection, const char *answer, size_t length)
{
    uint64_t now = now_ns();
    if (answer[9] == '2') {
        run->totals.publishes++;
        if (run->measuring)
            histogram_add(&run->totals.answer, now - connection->asked_at, 1);
    } else if (run->totals.refused++ == 0) {
        fprintf(stderr, "%.*s\n", (int)length, answer);
    }
    connection->asked_at = 0;
    if (run->publishing && run->options->rate == 0)
        publisher_ask(connection, now);
}

long publisher_received(struct run *run, struct connection *connection, unsigned char *data, size_t length)
{
    unsigned char *end = memmem(data, length, "\r\n\r\n", 4);
    if (end == NULL)
        return 0;
    size_t whole = (size_t)(end - data) + 4 + content_length((char *)data, (char *)end + 2);
    if (length < whole)
        return 0;
    answered(run, connection, (char *)data, whole);
    return (long)whole; /* one request is under way at a time, so nothing follows */
}
