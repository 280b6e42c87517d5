namespace Interpose.Resources.Sharing;

/// <summary>Kinds of kernel objects that several processes of a host may hold. The numbers travel through the barrier.</summary>
public enum SharedKind : byte
{
    /// <summary>An open file description, by device and inode of its file; value: the fd.</summary>
    Description = 1,

    /// <summary>Memory or a file without a name, by device and inode; value: the part that is held (<see cref="PageRange"/>).</summary>
    Content = 2,

    /// <summary>An end of a pipe or FIFO, by device and inode; value: <see cref="PipeEnd"/>.</summary>
    Pipe = 3,

    /// <summary>A unix socket, by inode; value: its fd, or -1 in a process that has the other end and asks.</summary>
    UnixSocket = 4,

    /// <summary>A TCP connection, by both its addresses, lower mark first; value: <see cref="TcpEnd"/>. The same on all hosts.</summary>
    TcpConnection = 128,

    /// <summary>A pseudoterminal, by session (0: any) and number; value: <see cref="TerminalEnd"/>.</summary>
    Terminal = 6,

    /// <summary>A TCP port where somebody listens; value: the fd, or -1 in a process that waits there and asks.</summary>
    Listener = 7,

    /// <summary>System V semaphores or a message queue, by kind and id.</summary>
    Ipc = 5,
}
