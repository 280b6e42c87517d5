using Interpose.Cli.State;
using Interpose.Images.Checkpoints;
using Interpose.Protocol.Requests;
using Interpose.Restart;

namespace Interpose.Cli.Client;

/// <summary>A restart that a coordinator has been told of.</summary>
internal sealed class RestartAnnouncement
{
    private readonly CoordinatorRecord _record;
    private readonly RestartArguments _arguments;

    private RestartAnnouncement(CoordinatorRecord record, RestartArguments arguments)
    {
        _record = record;
        _arguments = arguments;
        Coordinator = new RestartCoordinator(
            record.Address(), CoordinatorLocator.ParseSecret(record.Secret), arguments.Computation);
    }

    /// <summary>The coordinator.</summary>
    public CoordinatorRecord Record => _record;

    /// <summary>What the restored processes have to know.</summary>
    public RestartCoordinator Coordinator { get; }

    /// <summary>Finds or starts a coordinator that is free and announces the restart to it.</summary>
    /// <exception cref="CliException">The coordinator that was named is not free, or none can be started.</exception>
    public static RestartAnnouncement Make(string directory, Manifest manifest, CoordinatorSetup setup)
    {
        var arguments = new RestartArguments(
            manifest.Computation, manifest.Epoch, directory, manifest.Processes.Count,
            setup.CheckpointRoot ?? RootOf(directory, manifest) ?? string.Empty)
        {
            Expected = [.. manifest.Processes.Select(p => new ExpectedProcess(p.Pid, p.Host, p.Comm))],
        };
        bool mayStart = setup.Address is null;
        CoordinatorRecord record = CoordinatorStarter.Ensure(setup);
        if (TryAnnounce(record, arguments, setup, throwWhenBusy: !mayStart))
        {
            return new RestartAnnouncement(record, arguments);
        }

        // The default coordinator serves another computation: this one gets its own.
        record = CoordinatorStarter.Ensure(setup with { Fresh = true });
        TryAnnounce(record, arguments, setup, throwWhenBusy: true);
        return new RestartAnnouncement(record, arguments);
    }

    /// <summary>Tells the coordinator that nothing will come, and why.</summary>
    /// <returns>Why the restart had been given up before, by another host or by the coordinator; empty when it had not.</returns>
    public string Withdraw(string reason) => Withdraw(_record, _arguments with { Reason = reason });

    /// <summary>The same by one host of several.</summary>
    public static string Withdraw(CoordinatorRecord coordinator, string computation, ulong epoch, string reason) =>
        Withdraw(coordinator, new RestartArguments(computation, epoch, string.Empty, 1, string.Empty) { Reason = reason });

    private static string Withdraw(CoordinatorRecord coordinator, RestartArguments arguments)
    {
        try
        {
            using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
            return client.Require(Verb.WithdrawRestart, arguments).Message;
        }
        catch (CliException)
        {
            // It will notice by itself when its time limit is over.
            return string.Empty;
        }
    }

    private static bool TryAnnounce(
        CoordinatorRecord record, RestartArguments arguments, CoordinatorSetup setup, bool throwWhenBusy)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(record);
        StatusReply status = Verbs.StatusVerb.Ask(client);
        if (!throwWhenBusy && (status.Processes.Count > 0 || status.Phase != Protocol.Phase.Running))
        {
            return false;
        }

        if (setup.Listen is not null && IsLoopback(status.Address))
        {
            return !throwWhenBusy ? false : throw new CliException(
                Protocol.ExitCode.Usage,
                $"the coordinator at {status.Address} cannot be reached from other hosts; name one that listens on the network, or none");
        }

        client.Require(Verb.Restart, arguments);
        if (setup.Interval is not null || setup.Codec is not null || setup.Leaks is not null)
        {
            client.Require(Verb.Configure, setup.ToArguments());
        }

        return true;
    }

    private static bool IsLoopback(string address) =>
        address.StartsWith("127.", StringComparison.Ordinal) || address.StartsWith("[::1]", StringComparison.Ordinal);

    // root/computation/epoch, unless somebody has moved the checkpoint out of its place.
    private static string? RootOf(string directory, Manifest manifest)
    {
        string? parent = Path.GetDirectoryName(directory);
        return parent is not null && Path.GetFileName(parent) == manifest.Computation ? Path.GetDirectoryName(parent) : null;
    }
}
