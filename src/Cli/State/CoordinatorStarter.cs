using System.Globalization;
using Interpose.Cli.Client;
using Interpose.Cli.Launch;
using Interpose.Cli.Native;
using Interpose.Protocol;

namespace Interpose.Cli.State;

/// <summary>Makes sure that there is a coordinator.</summary>
internal static class CoordinatorStarter
{
    // One that a launch started in passing does not stay for ever when nobody needs it any more.
    private const string Linger = "10m";

    /// <summary>The coordinator that was named, or the default one, started when there is none.</summary>
    /// <exception cref="CliException">The named one does not answer, or none can be started.</exception>
    public static CoordinatorRecord Ensure(CoordinatorSetup setup)
    {
        if (!setup.Fresh && setup.Address is not null)
        {
            CoordinatorRecord named = CoordinatorLocator.Find(setup.Address);
            if (named.Pid == 0 || !CoordinatorFiles.IsAlive(named))
            {
                // Not one of this host and user: only a connection can tell.
                CoordinatorClient.Connect(named).Dispose();
            }

            return named;
        }

        if (!setup.Fresh && CoordinatorFiles.FindDefault() is { } existing)
        {
            return existing;
        }

        // Two launches at the same time are to meet at one coordinator.
        StateDirectory.Create(StateDirectory.Coordinators);
        using FileLock starting = FileLock.Take(StateDirectory.StartLock);
        return (setup.Fresh ? null : CoordinatorFiles.FindDefault()) ?? Start(setup);
    }

    private static CoordinatorRecord Start(CoordinatorSetup setup)
    {
        List<string> arguments = [Installation.Executable, "coordinator", "--daemon", "--linger", Linger];
        Add(arguments, "--ckpt-dir", setup.CheckpointRoot);
        Add(arguments, "--listen", setup.Listen);
        Add(arguments, "--codec", setup.Codec);
        Add(arguments, "--leaks", setup.Leaks);
        Add(arguments, "--interval", setup.Interval?.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));
        int status = ChildProcess.RunAndWait(arguments);
        return (status == 0 ? CoordinatorFiles.FindDefault() : null) ?? throw new CliException(
            ExitCode.NoCoordinator,
            $"the coordinator could not be started (status {status}); see the message above, or the logs in {StateDirectory.Logs}");
    }

    private static void Add(List<string> arguments, string flag, string? value)
    {
        if (value is not null)
        {
            arguments.Add(flag);
            arguments.Add(value);
        }
    }
}
