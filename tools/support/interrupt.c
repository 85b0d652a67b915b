#include "interrupt.h"
#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
    caught = number;
}

void interrupt_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old, action = {.sa_handler = catch_signal};
        sigemptyset(&action.sa_mask);
        action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
        /* One that the parent ignores (nohup) stays ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaction(numbers[i], &action, NULL);
    }
}

int interrupt_signal(void)
{
    return caught;
}

int interrupt_exit_code(void)
{
    return 128 + caught;
}
