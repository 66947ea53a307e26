/* frozen.c - preloaded, a machine that was set back to a snapshot: random numbers, clock and process id repeat. */
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
    (void)flags;
    memset(buf, 7, len);
    return (ssize_t)len;
}

int getentropy(void *buf, size_t len)
{
    memset(buf, 7, len);
    return 0;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    (void)clock;
    *t = (struct timespec){.tv_sec = 1700000000, .tv_nsec = 5};
    return 0;
}

pid_t getpid(void)
{
    return 4242;
}
