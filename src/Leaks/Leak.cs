namespace Interpose.Leaks;

/// <summary>An object that a process of the computation shares with one outside.</summary>
/// <param name="Pid">The process inside, as the one who looks numbers it.</param>
/// <param name="Command">Its short command name (comm).</param>
/// <param name="Holder">How it holds the object: "fd 7", "a shared mapping".</param>
/// <param name="Shared">The object, as /proc names it.</param>
/// <param name="Relation">How somebody outside comes into it, a phrase that follows the object's name.</param>
/// <param name="IsReplaced">A restart gives the program another one in its place without being told: a terminal, or standard input and output.</param>
public sealed record Leak(int Pid, string Command, string Holder, string Shared, string Relation, bool IsReplaced = false)
{
    /// <summary>
    /// The marks of both ends of a TCP connection whose other end is on another host (<see cref="Linux.EndpointMark"/>, the lower
    /// first): a leak only if that is none of the computation's. Null for everything else.
    /// </summary>
    public (ulong Low, ulong High)? Elsewhere { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Holder} of pid {Pid} ({Command}): {Shared} {Relation}";
}
