#include <getopt.h>
#include <errno.h>
#include <stdlib.h>

#include "generator.h"

enum { HOST = 1, PORT, SUBSCRIBERS, IN_FLIGHT, PATH, PROTOCOL, SUBSCRIBE, EXPECT, PUBLISHERS, PUBLISH_PATH,
       HEADER, BODY, RATE, WARM_UP, SECONDS, HOLD, SOURCE, FRAMES_PER_WRITE, FRAME_BYTES };

static const struct option known[] = {
    {"host", required_argument, NULL, HOST},
    {"port", required_argument, NULL, PORT},
    {"subscribers", required_argument, NULL, SUBSCRIBERS},
    {"in-flight", required_argument, NULL, IN_FLIGHT},
    {"path", required_argument, NULL, PATH},
    {"protocol", required_argument, NULL, PROTOCOL},
    {"subscribe", required_argument, NULL, SUBSCRIBE},
    {"expect", required_argument, NULL, EXPECT},
    {"publishers", required_argument, NULL, PUBLISHERS},
    {"publish-path", required_argument, NULL, PUBLISH_PATH},
    {"header", required_argument, NULL, HEADER},
    {"body", required_argument, NULL, BODY},
    {"rate", required_argument, NULL, RATE},
    {"warm-up", required_argument, NULL, WARM_UP},
    {"seconds", required_argument, NULL, SECONDS},
    {"hold", no_argument, NULL, HOLD},
    {"source", no_argument, NULL, SOURCE},
    {"frames-per-write", required_argument, NULL, FRAMES_PER_WRITE},
    {"frame-bytes", required_argument, NULL, FRAME_BYTES},
    {NULL, 0, NULL, 0},
};

static void set(struct options *options, int name, const char *value)
{
    switch (name) {
    case HOST: options->host = value; break;
    case PORT: options->port = atoi(value); break;
    case SUBSCRIBERS: options->subscribers = atoi(value); break;
    case IN_FLIGHT: options->in_flight = atoi(value); break;
    case PATH: options->path = value; break;
    case PROTOCOL: options->protocol = value; break;
    case SUBSCRIBE: options->subscribe = value; break;
    case EXPECT: options->expect = value; break;
    case PUBLISHERS: options->publishers = atoi(value); break;
    case PUBLISH_PATH: options->publish_path = value; break;
    case HEADER: options->header = value; break;
    case BODY: options->body = value; break;
    case RATE: options->rate = atof(value); break;
    case WARM_UP: options->warm_up = atof(value); break;
    case SECONDS: options->seconds = atof(value); break;
    case HOLD: options->hold = true; break;
    case SOURCE: options->source = true; break;
    case FRAMES_PER_WRITE: options->frames_per_write = atoi(value); break;
    case FRAME_BYTES: options->frame_bytes = atoi(value); break;
    default: exit(2); /* getopt has said why */
    }
}

void options_read(struct options *options, int count, char **words)
{
    *options = (struct options){
        .host = "127.0.0.1", .subscribers = 0, .in_flight = 64, .path = "/", .expect = "subscribe_success",
        .publish_path = "/", .body = "", .warm_up = 1, .seconds = 5, .frames_per_write = 1, .frame_bytes = 200,
    };
    for (int name; (name = getopt_long(count, words, "", known, NULL)) != -1;)
        set(options, name, optarg);
    errno = 0;
    if (optind < count)
        fail("there are no arguments without a name");
    if (options->in_flight < 1 || options->subscribers < 0 || options->publishers < 0 || options->seconds < 0)
        fail("numbers cannot be negative");
    if (options->frame_bytes < 64 || options->frame_bytes > 60000 || options->frames_per_write < 1)
        fail("frames have 64 to 60,000 bytes, and a write has at least one");
}
