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
        foreach ((string host, string target) in targets)
        {
            bool isShared = targets.Count(t => t.Target == target) > 1 || host.Split(Joint)[0] != target;
            string name = taken.Add(target) ? target : $"{target}{Joint}{host}";
            result.Add(new HostPlacement(host, target, name, target == Environment.MachineName, isShared));
        }

        return result;
    }

    private static string TargetOf(string host, Dictionary<string, string> mapped)
    {
        string target = mapped.GetValueOrDefault(host, host.Split(Joint)[0]);
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
