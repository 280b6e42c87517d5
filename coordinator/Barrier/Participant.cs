using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>A process as one operation sees it.</summary>
internal sealed class Participant(Member member)
{
    public Member Member => member;

    public string Host => member.Hello.Host;

    public int Pid => member.Hello.Pid;

    /// <summary>The last phase it reported done, apart from Write, which runs beside the others.</summary>
    public Phase Done { get; set; } = Phase.Running;

    /// <summary>What its writer reported.</summary>
    public ImageReport? Image { get; set; }

    /// <summary>Its connection is gone.</summary>
    public bool Gone { get; set; }

    /// <summary>Another process has joined under its number: it has called exec, and its connection is about to end.</summary>
    public bool Superseded { get; set; }

    /// <summary>The barrier waits for it. Set by <see cref="Roster"/> only, which counts.</summary>
    public bool IsAwaited { get; set; }

    /// <summary>It was stopped, and is to be stopped again.</summary>
    public bool IsHeld { get; set; }

    /// <summary>It is going to be resumed by itself, and may not answer then: it stops again.</summary>
    public bool IsResumed { get; set; }

    /// <summary>File descriptors that are no leaks, by the program's own word.</summary>
    public IReadOnlyList<int> Ignored { get; set; } = [];

    /// <summary>Kernel objects that others may hold too.</summary>
    public IReadOnlyList<PublishedKey> Published { get; set; } = [];
}
