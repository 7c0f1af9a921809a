/* One measurement: connect, warm up, measure, let what is under way arrive, report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "generator.h"

#define READ_BYTES (256 * 1024)
#define EVENTS 1024 /* as many as most scenarios have subscribers: an answer waits for one turn at most */
#define STALL_NS 20000000000ull
#define DRAIN_NS 3000000000ull

static unsigned char buffer[2 * READ_BYTES]; /* the rest of a connection, and what it reads now */

/* What the measured time was like: differences of totals. */
struct window {
    uint64_t began, ended;
    double cpu;
    uint64_t deliveries, reads, bytes, publishes;
};

static double cpu_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void drop(struct run *run, struct connection *connection)
{
    errno = 0;
    if (connection->kind == PUBLISHER || connection->state != LIVE)
        fail("a connection was closed by the server");
    connection->state = GONE;
    run->gone++;
    close(connection->socket);
}

static void keep(struct connection *connection, const unsigned char *rest, size_t length)
{
    if (length && (connection->rest = realloc(connection->rest, length)) == NULL)
        fail("no memory");
    if (length)
        memcpy(connection->rest, rest, length);
    else {
        free(connection->rest);
        connection->rest = NULL;
    }
    connection->rest_length = length;
}

static void read_from(struct run *run, struct connection *connection)
{
    size_t old = connection->rest_length;
    if (old > READ_BYTES)
        fail("a message is too long");
    if (old)
        memcpy(buffer, connection->rest, old);
    ssize_t got = recv(connection->socket, buffer + old, READ_BYTES, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        drop(run, connection);
        return;
    }
    size_t length = old + (size_t)got;
    long done;
    if (connection->kind == SUBSCRIBER) {
        if (connection->state == LIVE) {
            run->totals.reads++;
            run->totals.bytes += (uint64_t)got;
        }
        done = subscriber_received(run, connection, buffer, length);
    } else {
        done = publisher_received(run, connection, buffer, length);
    }
    if (done < 0)
        drop(run, connection);
    else if (old || (size_t)done < length)
        keep(connection, buffer + done, length - (size_t)done);
}

static void connected(struct run *run, struct connection *connection)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(connection->socket, SOL_SOCKET, SO_ERROR, &error, &size);
    if ((errno = error) != 0)
        fail("cannot connect");
    watch(run->epoll, connection->socket, EPOLLIN, connection);
    if (connection->kind == SUBSCRIBER)
        subscriber_connected(run, connection);
    else
        connection->state = LIVE;
}

/* Serve what is ready; how much it was. */
static int turn(struct run *run, int timeout_ms)
{
    struct epoll_event ready[EVENTS];
    int count = epoll_wait(run->epoll, ready, EVENTS, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct connection *connection = ready[i].data.ptr;
        if (connection == NULL || connection->state == GONE)
            continue; /* NULL: the pace's timer */
        if (connection->state == CONNECTING)
            connected(run, connection);
        else
            read_from(run, connection);
    }
    return count;
}

static void open_connection(struct run *run, struct connection *connection, enum kind kind, int number)
{
    connection->kind = kind;
    connection->number = number;
    connection->socket = connect_to(run->options->host, run->options->port);
    watch(run->epoll, connection->socket, EPOLLOUT, connection);
}

static void subscribe_all(struct run *run)
{
    const struct options *options = run->options;
    uint64_t last_progress = now_ns();
    for (int before = 0; run->live < options->subscribers;) {
        while (run->opened < options->subscribers && run->opened - run->live < options->in_flight) {
            open_connection(run, &run->subscribers[run->opened], SUBSCRIBER, run->opened);
            run->opened++;
        }
        turn(run, 1000);
        if (run->live > before)
            last_progress = now_ns();
        before = run->live;
        errno = 0;
        if (now_ns() - last_progress > STALL_NS)
            fail("the server confirms no more subscriptions");
    }
}

static void connect_publishers(struct run *run)
{
    for (int i = 0; i < run->options->publishers; i++) {
        open_connection(run, &run->publishers[i], PUBLISHER, i);
        while (run->publishers[i].state != LIVE)
            turn(run, 1000);
    }
}

static void hold(struct run *run, const char *phase, double seconds)
{
    printf("{\"phase\":\"%s\",\"seconds\":%.6f}\n", phase, seconds);
    fflush(stdout);
    if (!run->options->hold)
        return;
    /* Input is watched in the same epoll, so that pings are answered meanwhile. */
    char line[64];
    struct connection input = {.state = GONE};
    watch(run->epoll, STDIN_FILENO, EPOLLIN, &input);
    for (;;) {
        struct epoll_event ready[1];
        if (epoll_wait(run->epoll, ready, 1, -1) < 1)
            continue;
        if (ready[0].data.ptr == &input)
            break;
        struct connection *connection = ready[0].data.ptr;
        if (connection != NULL && connection->state != GONE)
            read_from(run, connection);
    }
    if (read(STDIN_FILENO, line, sizeof line) <= 0)
        exit(0); /* nobody wants the rest */
    epoll_ctl(run->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

/* The timer ends the wait in `turn` when the next publish is due. */
static void wake_at(struct run *run, uint64_t due)
{
    struct itimerspec when = {.it_value = {(time_t)(due / 1000000000), (long)(due % 1000000000)}};
    if (due == run->wake_at)
        return;
    run->wake_at = due;
    if (timerfd_settime(run->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
        fail("the timer cannot be set");
}

/* Ask for what is due, each on a publisher that is free; what finds none stays due. */
static void keep_pace(struct run *run, uint64_t start, uint64_t *asked)
{
    double interval = 1e9 / run->options->rate;
    uint64_t now = now_ns();
    for (int i = 0; i < run->options->publishers; i++) {
        uint64_t due = start + (uint64_t)((double)*asked * interval);
        if (due > now) {
            wake_at(run, due);
            return;
        }
        if (run->publishers[i].asked_at == 0) {
            publisher_ask(&run->publishers[i], due);
            ++*asked;
        }
    }
}

static void make_timer(struct run *run)
{
    run->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (run->timer < 0)
        fail("no timer");
    watch(run->epoll, run->timer, EPOLLIN | EPOLLET, NULL);
}

static void mark(struct run *run, struct window *window, int sign)
{
    const struct totals *totals = &run->totals;
    *(sign < 0 ? &window->began : &window->ended) = now_ns();
    window->cpu += sign * cpu_seconds();
    window->deliveries += (uint64_t)sign * totals->deliveries;
    window->reads += (uint64_t)sign * totals->reads;
    window->bytes += (uint64_t)sign * totals->bytes;
    window->publishes += (uint64_t)sign * totals->publishes;
    run->measuring = sign < 0;
}

static void publish(struct run *run, struct window *window)
{
    const struct options *options = run->options;
    uint64_t start = now_ns(), asked = 0;
    uint64_t from = start + (uint64_t)(options->warm_up * 1e9);
    uint64_t until = from + (uint64_t)(options->seconds * 1e9);
    bool paced = options->rate > 0 && options->publishers;
    run->publishing = true;
    if (paced)
        make_timer(run);
    for (int i = 0; !paced && i < options->publishers; i++)
        publisher_ask(&run->publishers[i], now_ns());
    for (uint64_t now = start; now < until; now = now_ns()) {
        if (!run->measuring && now >= from)
            mark(run, window, -1);
        if (paced)
            keep_pace(run, start, &asked);
        turn(run, 10);
    }
    mark(run, window, 1);
    run->publishing = false;
}

/* Until all that was asked is answered and all that was answered is delivered, or patience ends. */
static void drain(struct run *run)
{
    uint64_t until = now_ns() + DRAIN_NS;
    for (bool more = true; more && now_ns() < until;) {
        turn(run, 10);
        more = run->totals.deliveries <
               run->totals.publishes * (uint64_t)publisher_events() * (uint64_t)(run->live - run->gone);
        for (int i = 0; i < run->options->publishers; i++)
            more |= run->publishers[i].asked_at != 0;
    }
}

static void report(const struct run *run, const struct window *window)
{
    const struct totals *totals = &run->totals;
    double seconds = (double)(window->ended - window->began) / 1e9;
    printf("{\"phase\":\"measured\",\"seconds\":%.6f,\"cpu_seconds\":%.6f,", seconds, window->cpu);
    printf("\"deliveries\":%llu,\"reads\":%llu,\"bytes\":%llu,\"publishes\":%llu,",
           (unsigned long long)window->deliveries, (unsigned long long)window->reads,
           (unsigned long long)window->bytes, (unsigned long long)window->publishes);
    printf("\"all_deliveries\":%llu,\"all_publishes\":%llu,\"events_per_publish\":%d,\"refused\":%llu,"
           "\"closed\":%d,",
           (unsigned long long)totals->deliveries, (unsigned long long)totals->publishes, publisher_events(),
           (unsigned long long)totals->refused, run->gone);
    histogram_print(&totals->delay, "delay_ms");
    printf(",");
    histogram_print(&totals->answer, "answer_ms");
    printf("}\n");
    fflush(stdout);
}

void load(const struct options *options)
{
    static struct run run;
    static struct window window;
    run.options = options;
    run.epoll = epoll_create1(EPOLL_CLOEXEC);
    run.subscribers = calloc((size_t)options->subscribers + 1, sizeof(struct connection));
    run.publishers = calloc((size_t)options->publishers + 1, sizeof(struct connection));
    if (run.epoll < 0 || run.subscribers == NULL || run.publishers == NULL)
        fail("no memory");
    publisher_prepare(options);
    uint64_t began = now_ns();
    subscribe_all(&run);
    hold(&run, "subscribed", (double)(now_ns() - began) / 1e9);
    if (options->seconds == 0)
        return;
    connect_publishers(&run);
    publish(&run, &window);
    drain(&run);
    report(&run, &window);
}
