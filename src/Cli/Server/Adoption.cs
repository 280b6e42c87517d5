using System.Net;
using System.Net.Sockets;
using Interpose.Cli.State;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;

namespace Interpose.Cli.Server;

/// <summary>
/// The computation of a coordinator that has died, as its successor finds it. What the coordinator knew is in its file, in
/// the store, or comes with the processes, which look for a coordinator all the time.
/// </summary>
/// <param name="Predecessor">The record of the coordinator that died.</param>
/// <param name="Without">The hosts whose processes are known to have ended.</param>
internal sealed record Adoption(CoordinatorRecord Predecessor, IReadOnlyCollection<string> Without)
{
    /// <summary>The hosts whose processes have to come back before there is a checkpoint.</summary>
    public IReadOnlyList<string> Hosts { get; } =
        [.. Predecessor.Hosts.Split(',', StringSplitOptions.RemoveEmptyEntries).Except(Without, StringComparer.Ordinal)];

    /// <summary>Finds it.</summary>
    /// <param name="address">HOST:PORT of the coordinator that died; null for the default one.</param>
    /// <param name="without">Hosts whose processes are known to have ended.</param>
    /// <exception cref="CliException">There is none, it lives, or too little is known of it.</exception>
    public static Adoption Find(string? address, IReadOnlyCollection<string> without)
    {
        CoordinatorRecord record = string.IsNullOrEmpty(address)
            ? CoordinatorFiles.TryRead(StateDirectory.DefaultFile) ?? throw new CliException(
                ExitCode.NoCoordinator,
                $"{StateDirectory.DefaultFile} tells of no coordinator; name the one that died with --coordinator HOST:PORT, and its secret in INTERPOSE_SECRET if it left no file")
            : CoordinatorLocator.Find(address);
        if (CoordinatorFiles.IsAlive(record))
        {
            throw new CliException(
                ExitCode.Busy,
                $"the coordinator at {record.Address()} (pid {record.Pid}) lives; there is nothing to adopt. Another one is named by --coordinator");
        }

        if (record.Computation.Length == 0)
        {
            throw new CliException(
                ExitCode.Usage, $"the computation of the coordinator at {address} is not known; put its name into INTERPOSE_COMPUTATION");
        }

        return new Adoption(record, without);
    }

    /// <summary>Where the predecessor listened, and where its processes look for it.</summary>
    /// <exception cref="CliException">It is known by a name that has no address.</exception>
    public IPEndPoint Listen()
    {
        if (IPEndPoint.TryParse(Predecessor.Listen, out IPEndPoint? known))
        {
            return known;
        }

        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(Predecessor.Host)[0], Predecessor.Port);
        }
        catch (SocketException e)
        {
            throw new CliException(ExitCode.Failure, $"{Predecessor.Host}: {e.Message}; say where to listen with --listen");
        }
    }

    /// <summary>Number of the last checkpoint of the computation, 0 for none.</summary>
    public static ulong LastEpoch(string root, string computation)
    {
        string directory = Path.Combine(root, computation);
        return Directory.Exists(directory)
            ? Directory.EnumerateDirectories(directory)
                .Where(d => File.Exists(Path.Combine(d, Manifest.FileName)))
                .Select(d => CheckpointLayout.TryParseEpoch(Path.GetFileName(d), out ulong epoch) ? epoch : 0)
                .DefaultIfEmpty().Max()
            : 0;
    }

    /// <summary>
    /// Removes what a checkpoint left that was in progress when the coordinator died. Only when all processes are back:
    /// each has given it up before it came.
    /// </summary>
    public static void RemoveUnfinished(string root, string computation)
    {
        string parent = Path.Combine(root, computation);
        if (!Directory.Exists(parent))
        {
            return;
        }

        foreach (string directory in Directory.EnumerateDirectories(parent))
        {
            if (CheckpointLayout.TryParseEpoch(Path.GetFileName(directory), out _)
                && !File.Exists(Path.Combine(directory, Manifest.FileName))
                && Directory.EnumerateFileSystemEntries(directory).All(p => CheckpointLayout.IsImageName(Path.GetFileName(p))))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }
}
