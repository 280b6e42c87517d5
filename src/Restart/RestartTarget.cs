using Interpose.Restart.Hosts;
using Interpose.Restart.Rules;

namespace Interpose.Restart;

/// <summary>Where a restart goes.</summary>
internal sealed class RestartTarget
{
    public required RestartCoordinator Coordinator { get; init; }

    /// <summary>Pids in a namespace of their own: the numbers are taken here, or the caller may not choose them.</summary>
    public required bool NewPidNamespace { get; init; }

    /// <summary>A user namespace gives an unprivileged caller the rights over the others.</summary>
    public required bool NewUserNamespace { get; init; }

    /// <summary>What rules put in the place of open files.</summary>
    public Replacements Replacements { get; init; } = Replacements.None;

    /// <summary>By which the computation knows this host from now on; null: as before.</summary>
    public string? HostName { get; init; }

    /// <summary>Connections with other hosts, made already: fds by <see cref="Resources.Sockets.HostLink.Key"/>.</summary>
    public IReadOnlyDictionary<string, int> HostLinks { get; set; } = new Dictionary<string, int>();

    /// <summary>Addresses of hosts that are other machines now.</summary>
    public MovedAddresses Moved { get; set; } = MovedAddresses.None;

    /// <summary>How many processes are restored together.</summary>
    public int ProcessCount { get; init; } = 1;
}
