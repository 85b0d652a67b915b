#include "interrupt.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int caught;
static sigset_t watched;

/* The first signal sets the flag, the second does what it would have done. */
static void *wait_for_signals(void *unused)
{
    int number;
    (void)unused;
    if (sigwait(&watched, &number) != 0) return NULL;
    atomic_store(&caught, number);
    if (sigwait(&watched, &number) != 0) return NULL;
    signal(number, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &watched, NULL);
    raise(number);
    return NULL;
}

/* By a thread of its own, the signals blocked in all others and so in the programs that they start: a driver's linker
 * would take the same Ctrl-C, and PoCL aborts when its linker dies. */
void interrupt_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    sigset_t before;
    pthread_t thread;
    sigemptyset(&watched);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        /* One that the parent ignores (nohup) stays ignored. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) sigaddset(&watched, numbers[i]);
    }
    pthread_sigmask(SIG_BLOCK, &watched, &before);
    if (pthread_create(&thread, NULL, wait_for_signals, NULL) == 0)
        pthread_detach(thread);
    else
        pthread_sigmask(SIG_SETMASK, &before, NULL);
}

int interrupt_signal(void)
{
    return atomic_load(&caught);
}

int interrupt_exit_code(void)
{
    return 128 + interrupt_signal();
}
