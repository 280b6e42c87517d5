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

    /// <summary>Tells the coordinator that nothing will come.</summary>
    public void Withdraw()
    {
        try
        {
            using CoordinatorClient client = CoordinatorClient.Connect(_record);
            client.Require(Verb.WithdrawRestart, _arguments);
        }
        catch (CliException)
        {
            // It will notice by itself when its time limit is over.
        }
    }

    private static bool TryAnnounce(
        CoordinatorRecord record, RestartArguments arguments, CoordinatorSetup setup, bool throwWhenBusy)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(record);
        if (!throwWhenBusy && StatusVerbIsBusy(client))
        {
            return false;
        }

        client.Require(Verb.Restart, arguments);
        if (setup.Interval is not null || setup.Codec is not null || setup.Leaks is not null)
        {
            client.Require(Verb.Configure, setup.ToArguments());
        }

        return true;
    }

    private static bool StatusVerbIsBusy(CoordinatorClient client)
    {
        StatusReply status = Verbs.StatusVerb.Ask(client);
        return status.Processes.Count > 0 || status.Phase != Protocol.Phase.Running;
    }

    // root/computation/epoch, unless somebody has moved the checkpoint out of its place.
    private static string? RootOf(string directory, Manifest manifest)
    {
        string? parent = Path.GetDirectoryName(directory);
        return parent is not null && Path.GetFileName(parent) == manifest.Computation ? Path.GetDirectoryName(parent) : null;
    }
}
