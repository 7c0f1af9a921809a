/* The load generator: one thread, one epoll, no memory allocated while it measures. See main.c. */
#ifndef GENERATOR_H
#define GENERATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARKER "~t" /* stands before the time stamp in every event */
#define STAMP_DIGITS 16 /* hexadecimal, nanoseconds of CLOCK_MONOTONIC */
#define MAX_STAMPS 16 /* in one publish request */

/* options.c */

struct options {
    const char *host;
    int port;
    /* subscribers */
    int subscribers;
    int in_flight; /* connects under way at once */
    const char *path;
    const char *protocol; /* Sec-WebSocket-Protocol, or NULL */
    const char *subscribe; /* sent after the upgrade, `%I` is the subscriber's number; or NULL */
    const char *expect; /* in the message that confirms the subscription */
    /* publishers */
    int publishers;
    const char *publish_path;
    const char *header; /* one more request header, or NULL */
    const char *body; /* `%T` is a time stamp */
    double rate; /* publishes a second of all together; 0: closed loop */
    /* time */
    double warm_up;
    double seconds;
    bool hold; /* wait for a line of input when all are subscribed, and again after the measurement */
    /* the bare loop */
    bool source;
    int frames_per_write;
    int frame_bytes;
};

void options_read(struct options *options, int count, char **words);

/* histogram.c: a 64th of the value is the resolution */

#define SUB_BITS 6
#define BUCKETS ((64 - SUB_BITS) << SUB_BITS)

struct histogram {
    uint64_t count, max;
    uint64_t buckets[BUCKETS];
};

void histogram_add(struct histogram *histogram, uint64_t value, uint64_t times);
uint64_t histogram_quantile(const struct histogram *histogram, double quantile);
void histogram_print(const struct histogram *histogram, const char *name);

/* sockets.c */

uint64_t now_ns(void);
void fail(const char *what);
void raise_open_files(void);
int connect_to(const char *host, int port); /* under way, not blocking */
void watch(int epoll, int socket, uint32_t events, void *what);
bool send_all(int socket, const void *data, size_t length); /* false: the peer is gone */
void write_stamp(char *digits, uint64_t ns);
bool read_stamp(const unsigned char *digits, uint64_t *ns);

/* The connections */

enum kind { SUBSCRIBER, PUBLISHER };
enum state { CONNECTING, UPGRADING, SUBSCRIBING, LIVE, GONE };

struct connection {
    int socket;
    enum kind kind;
    enum state state;
    int number;
    uint32_t marker_at; /* where the last event's stamp was */
    unsigned char *rest; /* the beginning of what has not come whole */
    size_t rest_length;
    uint64_t asked_at; /* publishers: when the request under way was due; 0: none is */
};

struct totals {
    uint64_t deliveries, reads, bytes; /* of subscribers */
    uint64_t publishes, refused; /* answered */
    struct histogram delay, answer; /* ns from due to delivered, to answered */
};

struct run {
    const struct options *options;
    int epoll;
    struct connection *subscribers, *publishers;
    int opened, live, gone;
    int timer; /* of the pace */
    uint64_t wake_at;
    bool publishing; /* closed loop: ask again at once */
    bool measuring; /* fill the histograms */
    struct totals totals;
};

/* Both return how many bytes of the data they are done with, or -1 if the connection is of no more use. */

/* subscriber.c */
void subscriber_connected(struct run *run, struct connection *connection);
long subscriber_received(struct run *run, struct connection *connection, unsigned char *data, size_t length);

/* publisher.c */
void publisher_prepare(const struct options *options);
int publisher_events(void); /* in one request */
void publisher_ask(struct connection *connection, uint64_t due);
long publisher_received(struct run *run, struct connection *connection, unsigned char *data, size_t length);

/* load.c */
void load(const struct options *options);

/* source.c */
void source(const struct options *options);

#endif
