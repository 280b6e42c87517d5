"""The functions of interpose.h for Python programs: one file, nothing to install.

Without Interpose every call does nothing; `running()` says so.

    import interpose
    with interpose.critical_section():   # no checkpoint begins in here
        ...
    interpose.exclude_memory(scratch)    # a bytearray, mmap or numpy array whose content need not be saved
    if interpose.checkpoint() == interpose.RESTARTED:
        rebuild()
"""
import contextlib
import ctypes
import os

ABSENT, RESUMED, RESTARTED = 0, 1, 2
BEFORE_CHECKPOINT, AFTER_RESUME, AFTER_RESTART = 0, 1, 2

_REOPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_kept = []  # what C code has a pointer to must not be collected


class Error(OSError):
    """A call that failed; errno as interpose.h says."""


def _call(name, *arguments, result=ctypes.c_int):
    try:
        function = getattr(ctypes.CDLL(None), "interpose_" + name)
    except AttributeError:
        return None
    function.restype = result
    return function(*arguments)


def _checked(value, why=None):
    if value is None:
        return ABSENT
    if value < 0:
        raise Error(-value, why() if why else os.strerror(-value))
    return value


def running():
    """True under Interpose."""
    return bool(_call("running"))


def generation():
    """How many restarts lie behind this life of the program."""
    return _call("generation", result=ctypes.c_uint) or 0


def checkpoint():
    """Makes a checkpoint of the whole computation: RESUMED when it is on disk, RESTARTED in each life that begins from it, ABSENT
    without Interpose. Raises Error with the reason when it fails."""
    return _checked(_call("checkpoint"), lambda: (_call("error", result=ctypes.c_char_p) or b"").decode())


@contextlib.contextmanager
def critical_section():
    """No checkpoint begins in the body, which should last for less than two seconds."""
    _checked(_call("delay"))
    try:
        yield
    finally:
        _checked(_call("allow"))


def _address(buffer):
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def exclude_memory(buffer):
    """The whole pages of a writable buffer are not saved; after a restart they are zero."""
    view = memoryview(buffer)
    _kept.append(view)
    return _checked(_call("exclude_memory", ctypes.c_void_p(_address(view)), ctypes.c_size_t(view.nbytes)))


def ignore_leak(file):
    """Whoever else has this file or file descriptor open does not count as a leak."""
    return _checked(_call("ignore_leak", ctypes.c_int(file if isinstance(file, int) else file.fileno())))


def on(moment, function):
    """Calls a function without arguments before checkpoints, after they are made or have failed, or after restarts."""
    callback = _CALLBACK(lambda _: function())
    _kept.append(callback)
    return _checked(_call("on", ctypes.c_int(moment), callback, None))


def reopen(file, function):
    """Closes a file or file descriptor before each checkpoint; afterwards the function, called without arguments, opens it again and
    returns what takes the number of the old one: a file descriptor of its own, or -1. In between the number leads to /dev/null."""
    callback = _REOPEN(lambda fd, _: function())
    _kept.append(callback)
    return _checked(_call("reopen", ctypes.c_int(file if isinstance(file, int) else file.fileno()), callback, None))
