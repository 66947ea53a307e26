/* Fuzz target: a .swu file from anywhere. The bytes are the archive; and they are a description and an image in an archive
 * that is whole, where the rest of the reader is reached. What is refused leaves no file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/gateway/store/swu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* libconfig 1.5 loses the text that it was reading where a syntax error ends it: at most the size of the description, once
 * for each description that is refused. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so\n";
}

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* The file at fd, which was written by this program. */
static void extract(int fd)
{
    static char to[64];
    char from[64], part[80], why[120];
    struct swu_image image;
    struct stat st;
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    snprintf(to, sizeof to, "/dev/shm/fuzz_swu.%d", (int)getpid());
    snprintf(part, sizeof part, "%s.part", to);
    bool ok = swu_extract(from, "h7", to, &image, why, sizeof why);
    check(ok == (why[0] == '\0') && access(part, F_OK) != 0);
    check((stat(to, &st) == 0) == ok);
    if (!ok)
        return;
    check(swu_is(from) && (uint64_t)st.st_size == image.size);
    check(unlink(to) == 0);
}

static void put(int fd, const void *data, size_t len)
{
    check(write(fd, data, len) == (ssize_t)len);
}

static void put_padding(int fd, size_t len)
{
    put(fd, "\0\0\0", (4 - len % 4) % 4);
}

static void put_member(int fd, const char *name, const uint8_t *data, size_t len)
{
    char header[111];
    snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1,
             0100644, 0, 0, 1, 0, (unsigned)len, 0, 0, 0, 0, (unsigned)strlen(name) + 1, 0);
    put(fd, header, 110);
    put(fd, name, strlen(name) + 1);
    put_padding(fd, 110 + strlen(name) + 1);
    put(fd, data, len);
    put_padding(fd, len);
}

/* The first two bytes say how long the description is; the rest is the image. */
static void put_whole(int fd, const uint8_t *data, size_t size)
{
    size_t len = (size_t)(data[0] | data[1] << 8);
    data += 2, size -= 2;
    len = len < size ? len : size;
    put_member(fd, "sw-description", data, len);
    put_member(fd, "app.bin", data + len, size - len);
    put_member(fd, "TRAILER!!!", NULL, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("swu", MFD_CLOEXEC), whole = memfd_create("swu", MFD_CLOEXEC);
    check(fd >= 0 && whole >= 0);
    put(fd, data, size);
    extract(fd);
    if (size >= 2) {
        put_whole(whole, data, size);
        extract(whole);
    }
    close(fd);
    close(whole);
    return 0;
}
