"""What a test is started in must not change what it sees."""
import signal


def ordinary_signals():
    """No signal is ignored or blocked, and so none is in programs that are started.

    nohup(1) leaves SIGHUP ignored, a shell SIGINT and SIGQUIT for what it
    starts in the background, and whoever is told to ignore a signal goes on so.
    """
    for sig in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:     # Python ignores these, for itself alone
        if signal.getsignal(sig) == signal.SIG_IGN:
            signal.signal(sig, signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
