using System.CommandLine;
using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.Launch;
using Interpose.Cli.State;
using Interpose.Protocol;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose run</c>: becomes a program that can be checkpointed.</summary>
internal static class RunVerb
{
    public const string Name = "run";

    public static Command Create()
    {
        Option<string?> directory = CommonFlags.CheckpointDirectory();
        Option<TimeSpan?> interval = Flag.Duration("--interval", "Checkpoint automatically every T");
        Option<string?> codec = Flag.Choice("--codec", "How pages are stored in images", CodecName.All);
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> fresh = Flag.Switch("--new-coordinator", "Start a coordinator of its own and make it the default one");
        Option<string?> listen = Flag.Text(
            "--listen", "ADDR[:PORT]", "Where a coordinator that has to be started listens; 0.0.0.0 for programs on several hosts");
        Option<bool> unmanaged = Flag.Switch("--allow-unmanaged", "Run the program even if it cannot be checkpointed");
        Option<bool> ring = Flag.Switch("--io-uring", "Let the program use io_uring, which cannot be checkpointed");
        Option<string?> leaks = CommonFlags.Leaks();
        var program = new Argument<string[]>("PROGRAM")
        {
            Description = "The program and its arguments",
            Arity = ArgumentArity.OneOrMore,
        };
        var verb = new VerbCommand(Name, "Run a program so that it can be checkpointed")
        {
            Examples =
            [
                "interpose run -- python3 simulate.py --steps 100000",
                "interpose run --interval 10m --ckpt-dir /scratch/ckpt -- ./solver input.dat",
                "interpose run --new-coordinator --codec none -- ./server",
            ],
        };
        verb.Add(directory);
        verb.Add(interval);
        verb.Add(codec);
        verb.Add(coordinator);
        verb.Add(fresh);
        verb.Add(listen);
        verb.Add(unmanaged);
        verb.Add(ring);
        verb.Add(leaks);
        verb.Add(program);
        return verb.Does(parsed => Run(
            new CoordinatorSetup(
                parsed.GetValue(coordinator),
                parsed.GetValue(fresh),
                parsed.GetValue(directory) is { } d ? Path.GetFullPath(d) : null,
                parsed.GetValue(codec),
                parsed.GetValue(interval),
                parsed.GetValue(leaks))
            {
                Listen = parsed.GetValue(listen) is { } address ? CoordinatorVerb.WithPort(address) : null,
            },
            parsed.GetValue(program)!,
            parsed.GetValue(unmanaged),
            parsed.GetValue(ring)));
    }

    private static int Run(CoordinatorSetup setup, string[] program, bool allowUnmanaged, bool ioUring)
    {
        // Before a coordinator is started for nothing.
        Launcher.Locate(program[0], allowUnmanaged);
        CoordinatorRecord coordinator = CoordinatorStarter.Ensure(setup);
        Configure(coordinator, setup);
        return Launcher.Execute(
            program[0], program.Length, coordinator, setup.CheckpointRoot, setup.Codec, allowUnmanaged, ioUring);
    }

    // A coordinator that was there before has settings of its own. It is only asked when something differs, for that
    // costs a connection.
    private static void Configure(CoordinatorRecord coordinator, CoordinatorSetup setup)
    {
        bool differs = setup.Interval is not null || setup.Leaks is not null
            || (setup.CheckpointRoot is { } root && root != coordinator.CkptDir)
            || (setup.Codec is { } codec && codec != coordinator.Codec);
        if (differs)
        {
            using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
            client.Require(Verb.Configure, setup.ToArguments());
        }
    }
}
