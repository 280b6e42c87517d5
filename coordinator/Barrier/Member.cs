using Interpose.Coordinator.Server;
using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>A process that is connected. Belongs to the event loop.</summary>
public sealed class Member(PeerConnection connection, HelloMessage hello, DateTimeOffset joined)
{
    /// <summary>Its connection.</summary>
    public PeerConnection Connection => connection;

    /// <summary>Who it says it is.</summary>
    public HelloMessage Hello => hello;

    /// <summary>When it joined.</summary>
    public DateTimeOffset Joined => joined;

    /// <summary>The phase it is in.</summary>
    public Phase Phase { get; set; } = Phase.Running;

    /// <summary>Its name in messages: pid, command and host.</summary>
    public string Name => $"process {hello.Pid} ({hello.Command}) on {hello.Host}";

    /// <summary>
    /// Whether its number is that of the very process here. A process of another host or pid namespace has a number
    /// that means nothing to the coordinator, or even that of a stranger.
    /// </summary>
    public bool IsVisible { get; } = LocalProcess.IsSame(hello);

    /// <summary>Whether it is known to have ended. False when that cannot be known from here.</summary>
    public bool HasEnded => IsVisible && !LocalProcess.IsAlive(hello.Pid);

    /// <summary>A remark for a message about a process that does not answer, or nothing.</summary>
    public string StateHint => !IsVisible ? string.Empty
        : LocalProcess.IsStopped(hello.Pid) ? " (it is stopped; continue it with SIGCONT)"
        : LocalProcess.IsTraced(hello.Pid) ? " (a debugger holds it; let it end the program or detach from it)"
        : string.Empty;
}
