"""Network namespaces of our own. They have no names: each goes with the last process and descriptor that belong to it."""

import ctypes
import os
import threading
from concurrent.futures import Future

_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def move_to_new():
    """This thread, and whatever it starts and opens from now on, is in a new namespace."""
    _check(_libc.unshare(_CLONE_NEWNET), "unshare")


def write_sysctl(name, value):
    """Of the namespace of this thread."""
    with open("/proc/sys/" + name.replace(".", "/"), "w", encoding="ascii") as file:
        file.write(str(value))


class Namespace:
    """Somewhere else, where work may be done while this thread stays where it is."""

    def __init__(self):
        def make():
            move_to_new()
            return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._descriptor = _in_thread(make).result()

    def start(self, work):
        """Does the work there. Returns the future of its result; sockets and threads that it leaves behind stay there."""
        def go():
            _check(_libc.setns(self._descriptor, _CLONE_NEWNET), "setns")
            return work()
        return _in_thread(go)

    def run(self, work):
        return self.start(work).result()

    def close(self):
        os.close(self._descriptor)


def _in_thread(work):
    future = Future()

    def run():
        try:
            future.set_result(work())
        except BaseException as error:  # whoever asks for the result wants to know
            future.set_exception(error)
    threading.Thread(target=run, daemon=True).start()
    return future
