using Interpose.Linux;

namespace Interpose.Resources.Queues;

/// <summary>
/// Looks at the messages of a POSIX message queue. The kernel knows no peek: they are taken out and put back, which gives
/// the same order. Processes of the computation stand still, and a lock keeps their agents apart.
/// </summary>
internal sealed unsafe class QueueReader : IDisposable
{
    private const int Exclusive = 2, Unlock = 8; // LOCK_EX, LOCK_UN
    private readonly string _name;
    private readonly int _fd;
    private readonly ulong _inode;
    private readonly int _pid;

    /// <param name="facts">Of the application.</param>
    /// <param name="pid">This process.</param>
    /// <exception cref="UnsupportedResourceException">It cannot be opened for reading and writing.</exception>
    public QueueReader(DescriptorFacts facts, int pid)
    {
        string name = _name = facts.Path;
        _inode = facts.Status.Inode;
        _pid = pid;
        long own = QueueRegistrations.OpenFd(_inode);
        own = own >= 0
            ? own
            : Sys.TryOpen(facts.Link, OpenFlags.ReadWrite | OpenFlags.NonBlocking | OpenFlags.CloseOnExec);
        _fd = own >= 0 ? (int)own : throw new UnsupportedResourceException(
            $"the message queue {name} (fd {facts.Fd}) may not be read and written by this process (errno {-own}); "
            + "let the program close it, then try again");
        Sys.Try(SyscallNumber.Flock, (ulong)own, Exclusive);
        long* attributes = stackalloc long[8];
        Sys.Call(name, SyscallNumber.MqGetsetattr, (ulong)_fd, 0, (ulong)attributes);
        Attributes = new QueueAttributes(attributes[1], attributes[2], attributes[3]);
        Notification = QueueNotification.Of(_fd);
    }

    public QueueAttributes Attributes { get; }

    public QueueNotification Notification { get; }

    /// <summary>This process is to be told.</summary>
    public bool IsRegistered => Notification.Pid == _pid;

    public void Dispose()
    {
        Sys.Try(SyscallNumber.Flock, (ulong)_fd, Unlock);
        if (IsRegistered)
        {
            QueueRegistrations.Keep(_inode, _fd);
            return;
        }

        QueueRegistrations.Forget(_inode);
        Sys.Close(_fd);
    }

    /// <returns>All messages in the order in which they would be received, each as priority, length (32 bits each), text.</returns>
    public byte[] ReadAll()
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[8 + Attributes.MessageSize];
        var messages = new List<(uint Priority, byte[] Text)>();
        fixed (byte* b = buffer)
        {
            for (long i = 0; i < Attributes.Count; i++)
            {
                uint priority = 0;
                long n = Sys.Try(
                    SyscallNumber.MqTimedreceive, (ulong)_fd, (ulong)b, (ulong)Attributes.MessageSize, (ulong)&priority);
                if (n < 0)
                {
                    break;
                }

                messages.Add((priority, buffer[..(int)n]));
            }

            foreach ((uint priority, byte[] text) in messages)
            {
                text.CopyTo(buffer, 0);
                Sys.Call(_name, SyscallNumber.MqTimedsend, (ulong)_fd, (ulong)b, (ulong)text.Length, priority);
                all.Write(BitConverter.GetBytes(priority));
                all.Write(BitConverter.GetBytes(text.Length));
                all.Write(text);
            }
        }

        return all.ToArray();
    }
}
