using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Hosts;

/// <summary>Where the processes of one host of a checkpoint are restarted.</summary>
/// <param name="Host">The host at the time of the checkpoint.</param>
/// <param name="Target">The machine.</param>
/// <param name="Name">
/// By which the computation knows them from now on: the machine's name, and that of the former host as well when
/// another one is on the same machine.
/// </param>
/// <param name="IsHere">The machine is this one.</param>
/// <param name="IsShared">
/// Its processes get a pid namespace of their own: another host of the checkpoint is restarted on the same machine, or the
/// machine is another one than before, which may give their numbers to others at any moment.
/// </param>
internal sealed record HostPlacement(string Host, string Target, string Name, bool IsHere, bool IsShared)
{
    private const char Joint = '+';

    /// <summary>Places every host of a checkpoint: on itself, or where it was mapped to.</summary>
    /// <param name="manifest">The checkpoint.</param>
    /// <param name="maps">OLD=NEW.</param>
    /// <exception cref="CliException">A mapping makes no sense.</exception>
    public static IReadOnlyList<HostPlacement> Plan(Manifest manifest, IReadOnlyList<string> maps)
    {
        string[] hosts = [.. manifest.Processes.Select(p => p.Host).Distinct(StringComparer.Ordinal)];
        Dictionary<string, string> mapped = maps.Select(text => Parse(text, hosts)).ToDictionary(m => m.Old, m => m.New, StringComparer.Ordinal);
        (string Host, string Target)[] targets = [.. hosts.Select(h => (h, TargetOf(h, mapped)))];
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var result = new List<HostPlacement>();

        // The manifest has its processes in the order in which they joined, which must not decide about names.
        foreach ((string host, string target) in targets.OrderBy(t => Claim(t.Host, t.Target)).ThenBy(t => t.Host, StringComparer.Ordinal))
        {
            bool isShared = targets.Count(t => t.Target == target) > 1 || MachineOf(host) != target;
            result.Add(new HostPlacement(host, target, NameOn(target, host, taken), target == Environment.MachineName, isShared));
        }

        return result;
    }

    private static string MachineOf(string host) => host.Split(Joint)[0];

    /// <summary>Who comes first to a name: the machine's own processes, those that were there already, then all others.</summary>
    private static int Claim(string host, string target) => host == target ? 0 : MachineOf(host) == target ? 1 : 2;

    private static string NameOn(string target, string host, HashSet<string> taken)
    {
        if (taken.Add(target))
        {
            return target;
        }

        // Of node1+node3 it is node3 that tells it from others on the machine; longer names would grow with each restart.
        string own = $"{target}{Joint}{host[(host.IndexOf(Joint, StringComparison.Ordinal) + 1)..]}", name = own;
        for (int number = 2; !taken.Add(name); number++)
        {
            name = $"{own}{Joint}{number}";
        }

        return name;
    }

    private static string TargetOf(string host, Dictionary<string, string> mapped)
    {
        string target = mapped.GetValueOrDefault(host, MachineOf(host));
        return target is "localhost" or "127.0.0.1" or "::1" ? Environment.MachineName : target;
    }

    private static (string Old, string New) Parse(string text, string[] hosts)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1 || text[equals + 1] == '-')
        {
            throw new CliException(ExitCode.Usage, $"--map {text}: OLD=NEW is expected");
        }

        string old = text[..equals];
        return hosts.Contains(old)
            ? (old, text[(equals + 1)..])
            : throw new CliException(ExitCode.Usage, $"--map {text}: the checkpoint has no host {old}; it has {string.Join(", ", hosts)}");
    }
}
