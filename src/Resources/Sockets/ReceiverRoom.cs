using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Room for everything that is on its way to a TCP socket, for as long as it takes to arrive. The kernel makes the buffer
/// of a receiver that waits for much as large as tcp_rmem allows (socket(7), SO_RCVLOWAT), and tells the sender of the
/// room when somebody has looked at the queue.
/// </summary>
public sealed unsafe class ReceiverRoom
{
    private const int SolSocket = 1, ReceiveBuffer = 8, LowWater = 18, BufferLock = 72; // SO_RCVBUF, SO_RCVLOWAT, SO_BUF_LOCK
    private const int ReceiveLock = 2; // SOCK_RCVBUF_LOCK
    private const int PeekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT

    private readonly int _lowWater;
    private readonly int _size; // SO_RCVBUF to set again, as the program had set it; 0: it had not

    /// <summary>Makes it.</summary>
    /// <param name="facts">A connected TCP socket.</param>
    /// <param name="fd">The same, borrowed.</param>
    internal ReceiverRoom(DescriptorFacts facts, int fd)
    {
        Facts = facts;

        // A size that the program chose stays as it is unless another is chosen (SO_BUF_LOCK); the kernel doubles it.
        bool isChosen = (SocketOptions.Number(fd, SolSocket, BufferLock) & ReceiveLock) != 0;
        _size = isChosen ? SocketOptions.Number(fd, SolSocket, ReceiveBuffer) / 2 : 0;
        if (isChosen)
        {
            SocketOptions.SetNumber(fd, SolSocket, ReceiveBuffer, int.MaxValue / 2);
        }

        _lowWater = SocketOptions.Number(fd, SolSocket, LowWater);
        SocketOptions.SetNumber(fd, SolSocket, LowWater, int.MaxValue);
        byte data;
        Sys.Try(SyscallNumber.Recvfrom, (ulong)fd, (ulong)&data, 1, PeekNow);
    }

    internal DescriptorFacts Facts { get; }

    /// <summary>The socket is as it was; what has arrived stays.</summary>
    public void GiveBack()
    {
        using var borrowed = new BorrowedDescriptor(Facts.Fd);
        SocketOptions.SetNumber(borrowed.Fd, SolSocket, LowWater, _lowWater);
        if (_size > 0)
        {
            SocketOptions.SetNumber(borrowed.Fd, SolSocket, ReceiveBuffer, _size);
        }
    }
}
