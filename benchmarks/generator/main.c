/* Load for EventRay and its peers, and a bare loop (`--source`) to measure this program itself with.
 *
 * Subscribers connect, upgrade, subscribe, and count the events that come; publishers POST over kept-alive
 * connections, each as soon as its last request is answered (closed loop) or together at a fixed rate. Each
 * event holds the time at which its publication was due, so waiting for a free publisher counts as delay.
 * Prints lines of JSON: when all are subscribed, and at the end.
 */
#include <signal.h>

#include "generator.h"

int main(int count, char **words)
{
    static struct options options;
    options_read(&options, count, words);
    signal(SIGPIPE, SIG_IGN);
    raise_open_files();
    if (options.source)
        source(&options);
    else
        load(&options);
    return 0;
}
