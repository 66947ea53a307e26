#include "cli/file_map.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below it a copy costs nothing that matters. */
#define MAP_MIN  (256u * 1024u)
#define MAP_PAGE 4096u

static struct {
    uint8_t *base; /* NULL: nothing is mapped */
    size_t len;
    int fd;
    const char *path;
    struct stat before;
} mapped;

static const char *volatile unfinished;

static size_t pages(size_t len)
{
    return (len + MAP_PAGE - 1) & ~(size_t)(MAP_PAGE - 1);
}

/* Only what a signal handler may call. */
static void became_shorter(int signal_number)
{
    static const char text[] = "error: the input became shorter while it was read\n"
                               "  next: wait until it is built, and try again\n";
    (void)signal_number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    if (unfinished != NULL)
        (void)!unlink(unfinished);
    _exit(CLI_BAD_FILE);
}

/* Memory for room and file in one piece, and then the file over its middle. */
static uint8_t *map_within(int fd, size_t size, struct cli_room room, size_t *len)
{
    size_t front = pages(room.front);
    *len = front + pages(size) + pages(room.back + 1);
    uint8_t *base = mmap(NULL, *len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    if (mmap(base + front, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) !=
        MAP_FAILED)
        return base;
    munmap(base, *len);
    return NULL;
}

bool file_map(int fd, const char *path, size_t max, struct cli_room room, struct cli_blob *b)
{
    struct stat st;
    if (mapped.base != NULL || sysconf(_SC_PAGESIZE) != MAP_PAGE || fstat(fd, &st) != 0 ||
        !S_ISREG(st.st_mode) || st.st_size < (off_t)MAP_MIN || (uint64_t)st.st_size > max)
        return false;
    size_t size = (size_t)st.st_size, len;
    uint8_t *base = map_within(fd, size, room, &len);
    if (base == NULL)
        return false;
    mapped.base = base;
    mapped.len = len;
    mapped.fd = fd;
    mapped.path = path;
    mapped.before = st;
    signal(SIGBUS, became_shorter);
    uint8_t *data = base + pages(room.front);
    data[size] = 0;
    *b = (struct cli_blob){data, size};
    return true;
}

int file_map_unchanged(void)
{
    const struct stat *before = &mapped.before;
    struct stat now;
    if (mapped.base == NULL || (fstat(mapped.fd, &now) == 0 && now.st_size == before->st_size &&
                                memcmp(&now.st_mtim, &before->st_mtim, sizeof now.st_mtim) == 0))
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' was written to while it was read", mapped.path),
                    "what was made of it is neither the old content nor the new",
                    "wait until it is built, and try again");
}

void file_map_unfinished(const char *path)
{
    unfinished = path;
}

void file_map_release(void)
{
    if (mapped.base == NULL)
        return;
    signal(SIGBUS, SIG_DFL);
    munmap(mapped.base, mapped.len);
    close(mapped.fd);
    mapped.base = NULL;
}
