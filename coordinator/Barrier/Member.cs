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
}
