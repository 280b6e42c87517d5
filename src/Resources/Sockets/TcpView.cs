namespace Interpose.Resources.Sockets;

/// <summary>One end of a TCP connection as seen from outside of it.</summary>
/// <param name="State">TCP_ESTABLISHED (1) and so on, net/tcp_states.h.</param>
/// <param name="Unread">Bytes that have arrived and were not read; the end of the stream counts as one.</param>
/// <param name="Unsent">Bytes that were sent and have not arrived.</param>
/// <param name="Inode">0: no program has it, for it was not accepted yet or is closed.</param>
/// <param name="HeardAtMs">When anything arrived last, in ms of a clock that all processes share.</param>
internal readonly record struct TcpView(byte State, uint Unread, uint Unsent, uint Inode, long HeardAtMs)
{
    private const int Established = 1, CloseWait = 8;

    /// <summary>It waits in the queue of a socket that listens.</summary>
    public bool IsQueued => Inode == 0 && (State is Established or CloseWait);

    /// <summary>Bytes that its peer had sent and nobody can look at before it is accepted.</summary>
    public uint UnreadBytes => State == CloseWait && Unread > 0 ? Unread - 1 : Unread;
}
