#include "host/client/link/tty_speed.h"

#include <stddef.h>

#include "core/base/compiler.h"

static const struct {
    unsigned baud;
    speed_t code;
} speeds[] = {
    {1200, B1200},       {2400, B2400},       {4800, B4800},       {9600, B9600},
    {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},
    {921600, B921600},   {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000},
    {2000000, B2000000}, {2500000, B2500000}, {3000000, B3000000}, {3500000, B3500000},
    {4000000, B4000000},
};

unsigned tty_speed(const struct termios *t)
{
    const speed_t code = cfgetospeed(t);
    for (size_t i = 0; i < ARRAY_LEN(speeds); i++)
        if (speeds[i].code == code)
            return speeds[i].baud;
    return 0;
}

bool tty_set_speed(struct termios *t, unsigned baud)
{
    for (size_t i = 0; i < ARRAY_LEN(speeds); i++)
        if (speeds[i].baud == baud)
            return cfsetspeed(t, speeds[i].code) == 0;
    return false;
}
