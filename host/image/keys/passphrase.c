/* passphrase.c - a secret from a person: on the terminal, not echoed; from standard input where there is no
 * terminal (build servers), as imgtool does. */
#include <string.h>
#include <termios.h>

#include "host/cli/core/cleanup.h"
#include "host/image/keys/keys.h"
#include "host/image/keys/openssl.h"

static bool take_line(FILE *f, char text[PASSPHRASE_MAX])
{
    if (fgets(text, PASSPHRASE_MAX, f) == NULL)
        return false;
    size_t len = strcspn(text, "\r\n");
    bool whole = text[len] != '\0' || len + 1 < PASSPHRASE_MAX;
    text[len] = '\0';
    return whole;
}

static bool ask_terminal(FILE *tty, const char *prompt, char text[PASSPHRASE_MAX])
{
    struct termios before, quiet;
    bool echo = tcgetattr(fileno(tty), &before) == 0;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    if (echo) { /* before the prompt: the flush must not eat an answer */
        cleanup_terminal(fileno(tty), &before, &quiet, prompt);
        tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
    }
    fputs(prompt, tty);
    fflush(tty);
    bool ok = take_line(tty, text);
    if (echo) {
        tcsetattr(fileno(tty), TCSAFLUSH, &before);
        cleanup_terminal(-1, NULL, NULL, NULL);
    }
    fputs("\n", tty);
    return ok;
}

bool passphrase_ask(const char *prompt, char text[PASSPHRASE_MAX])
{
    FILE *tty = fopen("/dev/tty", "r+");
    if (tty == NULL)
        return take_line(stdin, text);
    setvbuf(tty, NULL, _IONBF, 0);
    bool ok = ask_terminal(tty, prompt, text);
    fclose(tty);
    return ok;
}

bool passphrase_ask_new(char text[PASSPHRASE_MAX])
{
    char again[PASSPHRASE_MAX];
    for (;;) {
        bool ok = passphrase_ask("Enter key passphrase: ", text) &&
                  passphrase_ask("Reenter passphrase: ", again);
        bool same = ok && strcmp(text, again) == 0;
        passphrase_wipe(again);
        if (same || !ok)
            return ok;
        fputs("The passphrases differ, try again\n", stderr);
    }
}

void passphrase_wipe(char text[PASSPHRASE_MAX])
{
    OPENSSL_cleanse(text, PASSPHRASE_MAX);
}
