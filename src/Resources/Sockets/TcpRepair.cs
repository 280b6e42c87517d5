using System.Runtime.InteropServices;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>Takes a TCP connection out of one socket and puts it into another, without the peer noticing (TCP_REPAIR).</summary>
internal static unsafe class TcpRepair
{
    private const int Tcp = 6, SolSocket = 1, ReuseAddress = 2, AttachFilter = 26, DetachFilter = 27;
    private const int Repair = 19, RepairQueue = 20, QueueSequence = 21, RepairOptions = 22, Timestamp = 24, RepairWindow = 29;
    private const int MaximumSegment = 2, TcpInfo = 11;
    private const int On = 1, Off = 0, OffSilently = -1; // TCP_REPAIR_OFF sends a window probe, TCP_REPAIR_OFF_NO_WP nothing
    private const int ReceiveQueue = 1, SendQueue = 2;
    private const int NotSent = 0x894B; // SIOCOUTQNSD
    private const int WindowSize = 20;
    private const int PeekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT
    private const int OptionSegment = 2, OptionScale = 3, OptionSelective = 4, OptionTimestamp = 8; // TCPOPT_*

    /// <summary>
    /// Holds a connection still and reads it. Whatever its peer sends from now on is dropped unacknowledged, so that the peer
    /// sends it again, and the end of the process is not told to it.
    /// </summary>
    /// <returns>Null: it cannot be kept; <paramref name="why"/> says why.</returns>
    public static TcpState? Take(int fd, out string why)
    {
        // A filter that takes nothing (socket(7), SO_ATTACH_FILTER): struct sock_filter {BPF_RET, 0, 0, 0}
        ulong nothing = 6;
        ulong* filter = stackalloc ulong[2] { 1, (ulong)&nothing };
        why = "more is unsent than is kept";
        if (SocketFacts.Unsent(fd) > TcpState.LongestQueue)
        {
            return null;
        }

        if (Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, AttachFilter, (ulong)filter, 16) < 0 || Set(fd, Repair, On) < 0)
        {
            Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, DetachFilter, 0, 0);
            why = "that needs CAP_NET_ADMIN in the user namespace that the network belongs to; run as root, outside of user namespaces";
            return null;
        }

        Set(fd, RepairQueue, SendQueue);
        uint sent = (uint)SocketOptions.Number(fd, Tcp, QueueSequence);
        byte[] queue = new byte[SocketFacts.Unsent(fd)];
        fixed (byte* p = queue)
        {
            if (queue.Length > 0 && Sys.Try(SyscallNumber.Recvfrom, (ulong)fd, (ulong)p, (ulong)queue.Length, PeekNow) != queue.Length)
            {
                Release(fd);
                why = "its send queue cannot be read";
                return null;
            }
        }

        Set(fd, RepairQueue, ReceiveQueue);
        uint received = (uint)SocketOptions.Number(fd, Tcp, QueueSequence);
        byte* info = stackalloc byte[256];
        byte[] window = new byte[WindowSize];
        int length = 256, neverSent = 0;
        Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, Tcp, TcpInfo, (ulong)info, (ulong)&length);
        length = WindowSize;
        fixed (byte* p = window)
        {
            Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, Tcp, RepairWindow, (ulong)p, (ulong)&length);
        }

        Sys.Try(SyscallNumber.Ioctl, (ulong)fd, NotSent, (ulong)&neverSent);
        why = "";
        const int optionsAt = 5, scalesAt = 6;
        return new TcpState(
            sent, received, SocketOptions.Number(fd, Tcp, MaximumSegment), info[optionsAt], info[scalesAt],
            (uint)SocketOptions.Number(fd, Tcp, Timestamp), neverSent, window, queue);
    }

    /// <summary>The connection goes on where it is.</summary>
    public static void Release(int fd)
    {
        int reuse = SocketOptions.Number(fd, SolSocket, ReuseAddress);
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, DetachFilter, 0, 0);
        Set(fd, Repair, OffSilently);

        // TCP_REPAIR leaves its own mark there.
        reuse = reuse != 0 ? 1 : 0;
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, SolSocket, ReuseAddress, (ulong)&reuse, 4);
    }

    /// <summary>Puts a connection into a new socket.</summary>
    /// <returns>The socket.</returns>
    /// <exception cref="SyscallException">It may not, or the address is not to be had here.</exception>
    public static int Restore(TcpState state, int domain, byte[] local, byte[] peer, byte[] unread)
    {
        string subject = $"connection of {new SocketAddress(local)} with {new SocketAddress(peer)}";
        int fd = (int)Sys.Call(subject, SyscallNumber.Socket, (ulong)domain, 1 | OpenFlags.CloseOnExec);
        try
        {
            Check(Set(fd, Repair, On), "setsockopt(TCP_REPAIR)", subject);
            Call(fd, SyscallNumber.Bind, local, subject);
            Sequence(fd, SendQueue, state.SendSequence - (uint)state.SendQueue.Length, subject);
            Sequence(fd, ReceiveQueue, state.ReceiveSequence - (uint)unread.Length, subject);
            Call(fd, SyscallNumber.Connect, peer, subject);
            Negotiated(fd, state, subject);
            Fill(fd, ReceiveQueue, unread, subject);
            int sentLength = Math.Max(0, state.SendQueue.Length - state.NeverSent);
            Fill(fd, SendQueue, state.SendQueue.AsSpan(0, sentLength), subject);
            fixed (byte* p = state.Window)
            {
                Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, Tcp, RepairWindow, (ulong)p, (ulong)state.Window.Length);
            }

            Check(Set(fd, Repair, Off), "setsockopt(TCP_REPAIR)", subject);
            Send(fd, state.SendQueue.AsSpan(sentLength), subject);
            return fd;
        }
        catch
        {
            Sys.Close(fd);
            throw;
        }
    }

    private static void Negotiated(int fd, TcpState state, string subject)
    {
        const int timestamps = 1, selective = 2, scaling = 4, scaleBits = 15;
        var options = new List<uint> { OptionSegment, (uint)state.SegmentSize };
        if ((state.Options & scaling) != 0)
        {
            options.AddRange([OptionScale, (uint)((state.Scales & scaleBits) | (state.Scales >> 4) << 16)]);
        }

        if ((state.Options & selective) != 0)
        {
            options.AddRange([OptionSelective, 0]);
        }

        if ((state.Options & timestamps) != 0)
        {
            options.AddRange([OptionTimestamp, 0]);
        }

        fixed (uint* p = CollectionsMarshal.AsSpan(options))
        {
            Check(
                Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, Tcp, RepairOptions, (ulong)p, (ulong)(options.Count * sizeof(uint))),
                "setsockopt(TCP_REPAIR_OPTIONS)", subject);
        }

        if ((state.Options & timestamps) != 0)
        {
            Check(Set(fd, Timestamp, (int)state.Timestamp), "setsockopt(TCP_TIMESTAMP)", subject);
        }
    }

    private static void Sequence(int fd, int queue, uint number, string subject)
    {
        Check(Set(fd, RepairQueue, queue), "setsockopt(TCP_REPAIR_QUEUE)", subject);
        Check(Set(fd, QueueSequence, (int)number), "setsockopt(TCP_QUEUE_SEQ)", subject);
    }

    private static void Fill(int fd, int queue, ReadOnlySpan<byte> bytes, string subject)
    {
        Check(Set(fd, RepairQueue, queue), "setsockopt(TCP_REPAIR_QUEUE)", subject);
        Send(fd, bytes, subject);
    }

    private static void Send(int fd, ReadOnlySpan<byte> bytes, string subject)
    {
        const int piece = 32 << 10; // the kernel makes one buffer of each piece of the receive queue
        const int doNotWait = 0x40;
        fixed (byte* p = bytes)
        {
            for (int done = 0; done < bytes.Length;)
            {
                done += (int)Check(
                    Sys.Try(SyscallNumber.Sendto, (ulong)fd, (ulong)(p + done), (ulong)Math.Min(piece, bytes.Length - done), doNotWait), "send", subject);
            }
        }
    }

    private static void Call(int fd, SyscallNumber call, byte[] address, string subject)
    {
        fixed (byte* p = address)
        {
            Sys.Call(subject, call, (ulong)fd, (ulong)p, (ulong)address.Length);
        }
    }

    private static long Check(long outcome, string call, string subject) =>
        outcome < 0 ? throw new SyscallException(call, (int)-outcome, subject) : outcome;

    private static long Set(int fd, int option, int value) =>
        Sys.Try(SyscallNumber.Setsockopt, (ulong)fd, Tcp, (ulong)option, (ulong)&value, 4);
}
