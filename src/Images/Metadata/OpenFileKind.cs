namespace Interpose.Images.Metadata;

/// <summary>What an open file description is. The numbers are part of the image format.</summary>
public enum OpenFileKind
{
    /// <summary>Nobody claimed it; a checkpoint with such a file is refused.</summary>
    Unknown = 0,

    /// <summary>A regular file, opened again by its path.</summary>
    RegularFile = 1,

    /// <summary>A directory.</summary>
    Directory = 2,

    /// <summary>A device that can simply be opened again: null, zero, random and the like.</summary>
    CharacterDevice = 3,

    /// <summary>Standard input, output or error that came from outside; restart takes its own in its place.</summary>
    Stdio = 4,

    /// <summary>An anonymous pipe.</summary>
    Pipe = 5,

    /// <summary>A named pipe.</summary>
    NamedPipe = 6,

    /// <summary>memfd_create(2).</summary>
    MemFd = 7,

    /// <summary>eventfd(2).</summary>
    EventFd = 8,

    /// <summary>timerfd_create(2).</summary>
    TimerFd = 9,

    /// <summary>signalfd(2).</summary>
    SignalFd = 10,

    /// <summary>epoll_create(2).</summary>
    Epoll = 11,

    /// <summary>inotify_init(2).</summary>
    Inotify = 12,

    /// <summary>A socket of any family.</summary>
    Socket = 13,

    /// <summary>A pseudoterminal, either side.</summary>
    Pseudoterminal = 14,

    /// <summary>pidfd_open(2).</summary>
    PidFd = 15,

    /// <summary>A block device.</summary>
    BlockDevice = 16,

    /// <summary>open(2) with O_PATH: a place, whatever is there.</summary>
    PathOnly = 17,

    /// <summary>A POSIX message queue, mq_open(3).</summary>
    MessageQueue = 18,
}
