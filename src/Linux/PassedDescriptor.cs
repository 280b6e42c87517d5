namespace Interpose.Linux;

/// <summary>An fd in a message over a unix socket (unix(7), SCM_RIGHTS).</summary>
public static unsafe class PassedDescriptor
{
    private const int SolSocket = 1, Rights = 1;
    private const int ControlSize = 24; // CMSG_SPACE(sizeof(int)) of cmsg(3)
    private const int ControlLength = 20; // CMSG_LEN(sizeof(int))
    private const int DoNotWait = 0x40, CloseOnExec = 0x40000000, NoSignal = 0x4000; // MSG_*

    /// <summary>The fd that has arrived, close-on-exec; -1: none.</summary>
    /// <param name="socket">A unix socket.</param>
    /// <param name="wait">Until one comes, the other side closes, or the time of the socket (SO_RCVTIMEO) is over.</param>
    public static int TryReceive(int socket, bool wait = false)
    {
        byte data;
        ulong* control = stackalloc ulong[ControlSize / sizeof(ulong)];
        ulong* vector = stackalloc ulong[2] { (ulong)&data, 1 };
        ulong* message = stackalloc ulong[7] { 0, 0, (ulong)vector, 1, (ulong)control, ControlSize, 0 };
        long length = Sys.Try(SyscallNumber.Recvmsg, (ulong)socket, (ulong)message, (wait ? 0u : DoNotWait) | CloseOnExec);
        int* header = (int*)control;
        return length >= 0 && message[5] >= ControlLength && header[2] == SolSocket && header[3] == Rights ? header[4] : -1;
    }

    /// <summary>Sends an fd.</summary>
    /// <returns>0, or -errno.</returns>
    public static long TrySend(int socket, int fd)
    {
        byte data = 0;
        ulong* control = stackalloc ulong[ControlSize / sizeof(ulong)];
        control[0] = ControlLength;
        int* header = (int*)control;
        header[2] = SolSocket;
        header[3] = Rights;
        header[4] = fd;
        ulong* vector = stackalloc ulong[2] { (ulong)&data, 1 };
        ulong* message = stackalloc ulong[7] { 0, 0, (ulong)vector, 1, (ulong)control, ControlSize, 0 };
        return Math.Min(0, Sys.Try(SyscallNumber.Sendmsg, (ulong)socket, (ulong)message, NoSignal));
    }
}
