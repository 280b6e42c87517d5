using Interpose.Cli.Client;
using Interpose.Cli.Hooks;
using Interpose.Cli.Launch;
using Interpose.Cli.Native;
using Interpose.Cli.State;
using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;
using Interpose.Restart;
using Interpose.Restart.Rules;

namespace Interpose.Cli.Hosts;

/// <summary>
/// A restart over several hosts. The command restarts the processes of one host itself, the one of the program that it
/// stands for, and starts a command of its own for each of the others: by ssh, or beside itself.
/// </summary>
internal static class ManyHosts
{
    private const string ListenEverywhere = "0.0.0.0:0";

    /// <summary>Becomes the restorer. Returns only by exception.</summary>
    public static int Restart(string directory, IReadOnlyList<HostPlacement> hosts, CoordinatorSetup setup, RuleSet rules, bool noTerminal)
    {
        Manifest manifest = ManifestReader.Read(directory);
        HostPlacement own = OfProgram(directory, manifest, hosts);
        RestartAnnouncement? announcement = null;
        var others = new Dictionary<int, HostPlacement>();
        CoordinatorSetup reachable = setup with { Listen = hosts.All(h => h.IsHere) ? null : ListenEverywhere };
        try
        {
            return Restarter.Run(new RestartOptions
            {
                CheckpointDirectory = directory,
                Rules = rules,
                Hook = HookRunner.Run,
                NoTerminal = noTerminal,
                Coordinator = () =>
                {
                    announcement = RestartAnnouncement.Make(directory, manifest, reachable);
                    foreach (HostPlacement other in hosts.Where(h => h != own))
                    {
                        others.Add(Start(other, directory, manifest, hosts.Count, announcement.Record), other);
                    }

                    return announcement.Coordinator;
                },
                Part = PartMeeting.Options(own, manifest.Epoch, hosts.Count, () => announcement!.Record, () => Watch(others)),
            });
        }
        catch (Exception e)
        {
            // What is seen here may only be a consequence: a connection that broke because another host gave up.
            string? cause = announcement?.Withdraw($"{Environment.MachineName}: {e.Message}");
            if (!string.IsNullOrEmpty(cause) && !e.Message.Contains(cause, StringComparison.Ordinal))
            {
                throw new CliException(ExitCode.Failure, cause);
            }

            throw;
        }
    }

    /// <summary>`interpose restart-part`: what <see cref="Start"/> starts.</summary>
    public static int RestartPart()
    {
        using Stream input = Console.OpenStandardInput();
        PartOrder order = PartOrder.Read(input);
        (string host, int port) = CoordinatorLocator.ParseAddress(order.Coordinator);
        var coordinator = new CoordinatorRecord
        {
            Host = order.IsRemote && IsLoopback(host) ? CallingHost() : host,
            Port = port,
            Pid = 0,
            Secret = order.Secret,
            Computation = order.Computation,
            CkptDir = string.Empty,
            Codec = string.Empty,
        };
        var placement = new HostPlacement(order.Host, order.Name, order.Name, IsHere: true, order.IsShared);
        try
        {
            return Restarter.Run(new RestartOptions
            {
                CheckpointDirectory = order.Directory,
                NoTerminal = true,
                Coordinator = () => new RestartCoordinator(
                    coordinator.Address(), CoordinatorLocator.ParseSecret(order.Secret), order.Computation),
                Part = PartMeeting.Options(placement, order.Epoch, order.Parts, () => coordinator, static () => { }),
            });
        }
        catch (Exception e)
        {
            // The command at home tells the user: what is written here may come when that has ended.
            RestartAnnouncement.Withdraw(
                coordinator, order.Computation, order.Epoch,
                $"the processes of {order.Host} could not be restarted on {Environment.MachineName}: {e.Message}");
            throw;
        }
    }

    private static HostPlacement OfProgram(string directory, Manifest manifest, IReadOnlyList<HostPlacement> hosts)
    {
        string? host = manifest.Processes.FirstOrDefault(p => IsRoot(Path.Combine(directory, p.ImageFile)))?.Host;
        HostPlacement own = hosts.FirstOrDefault(h => h.Host == host) ?? hosts.FirstOrDefault(h => h.IsHere) ?? hosts[0];
        return own.IsHere
            ? own
            : throw new CliException(
                ExitCode.Usage,
                $"the program itself ran on {own.Host}, and this is {Environment.MachineName}: restart it on {own.Target}, or give "
                + $"--map {own.Host}={Environment.MachineName}");
    }

    private static bool IsRoot(string image)
    {
        try
        {
            using ImageReader reader = ImageReader.Open(image);
            return reader.Metadata.Identity.IsRoot;
        }
        catch (ImageException)
        {
            // Who needs it will say so.
            return false;
        }
    }

    private static int Start(HostPlacement host, string directory, Manifest manifest, int parts, CoordinatorRecord coordinator)
    {
        var order = new PartOrder
        {
            Coordinator = coordinator.Address(),
            Secret = coordinator.Secret,
            Computation = manifest.Computation,
            Directory = directory,
            Epoch = manifest.Epoch,
            Host = host.Host,
            Name = host.Name,
            Parts = parts,
            IsShared = host.IsShared,
            IsRemote = !host.IsHere,
        };
        string home = Path.GetDirectoryName(Path.GetDirectoryName(Installation.Executable))!;
        if (!host.IsHere && home.Contains('\'', StringComparison.Ordinal))
        {
            throw new CliException(ExitCode.Failure, $"{home}: a quote in the name of the directory cannot be passed on to another host");
        }

        string[] command = host.IsHere
            ? [Installation.Executable, RestartPartVerbName]
            : [ProgramLocator.Find("ssh"), "-x", host.Target, $"exec sh -c 'exec \"${{INTERPOSE_HOME:-{home}}}/bin/interpose\" {RestartPartVerbName}'"];
        return ChildProcess.StartWithInput(command, order.ToBytes());
    }

    /// <summary>Name of the verb that other hosts execute.</summary>
    public const string RestartPartVerbName = "restart-part";

    private static void Watch(Dictionary<int, HostPlacement> others)
    {
        foreach ((int pid, HostPlacement other) in others)
        {
            if (ChildProcess.TryWait(pid) is { } status && status != 0)
            {
                throw new CliException(
                    ExitCode.Failure,
                    $"the processes of {other.Host} could not be restarted on {other.Target} (status {status}, see above); "
                    + $"--map {other.Host}=HOST restarts them elsewhere");
            }
        }
    }

    private static bool IsLoopback(string host) => host is "::1" || host.StartsWith("127.", StringComparison.Ordinal);

    // sshd(8): the one address of that host that is certain to be right here.
    private static string CallingHost()
    {
        string[] words = (Environment.GetEnvironmentVariable("SSH_CONNECTION") ?? string.Empty).Split(' ');
        const string mapped = "::ffff:";
        return words.Length >= 4
            ? words[0].StartsWith(mapped, StringComparison.Ordinal) ? words[0][mapped.Length..] : words[0]
            : throw new CliException(ExitCode.Failure, "SSH_CONNECTION is not set; was this started by sshd?");
    }
}
