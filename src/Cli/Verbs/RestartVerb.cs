using System.CommandLine;
using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.Hooks;
using Interpose.Cli.Hosts;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Images.Checkpoints;
using Interpose.Protocol;
using Interpose.Protocol.Requests;
using Interpose.Restart;
using Interpose.Restart.Rules;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose restart</c>.</summary>
internal static class RestartVerb
{
    public const string Name = "restart";

    public static Command Create()
    {
        var directory = new Argument<string?>("DIR")
        {
            Description = "A checkpoint, or a directory of checkpoints of which the newest is taken",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<bool> latest = Flag.Switch("--latest", "Take the newest checkpoint of the checkpoint directory");
        Option<string?> root = CommonFlags.CheckpointDirectory();
        Option<TimeSpan?> interval = Flag.Duration("--interval", "Checkpoint automatically every T");
        Option<string?> codec = Flag.Choice("--codec", "How pages are stored in further images", CodecName.All);
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> fresh = Flag.Switch("--new-coordinator", "Start a coordinator of its own and make it the default one");
        Option<bool> noTerminal = Flag.Switch("--no-tty", "Restart a program that used a terminal without one");
        Option<string?> leaks = CommonFlags.Leaks();
        var verb = new VerbCommand(Name, "Restart a checkpoint in the foreground")
        {
            Examples =
            [
                "interpose restart --latest",
                "interpose restart /scratch/ckpt/20260314-150926-9f3a/000004",
                "interpose restart --interval 10m /scratch/ckpt/20260314-150926-9f3a",
                "interpose restart --latest --replace tcp:10.0.0.5:5432=10.0.0.9:5432 --replace file:/data/in.csv=/other/in.csv",
                "interpose restart --latest --policy 'tcp:*:5432=reconnect' --hook ./glue",
            ],
        };
        Option<string[]> map = Flag.Several("--map", "OLD=NEW", "Restart the processes of host OLD on host NEW", static text => text);
        var rules = new RuleFlags();
        verb.Add(map);
        verb.Add(directory);
        verb.Add(latest);
        verb.Add(root);
        verb.Add(interval);
        verb.Add(codec);
        verb.Add(coordinator);
        verb.Add(fresh);
        rules.AddTo(verb);
        verb.Add(noTerminal);
        verb.Add(leaks);
        return verb.Does(parsed =>
        {
            string? given = parsed.GetValue(directory);
            string? checkpointRoot = parsed.GetValue(root) is { } path ? Path.GetFullPath(path) : null;
            if (given is null == !parsed.GetValue(latest))
            {
                throw new CliException(ExitCode.Usage, "name either a checkpoint DIR or --latest");
            }

            var setup = new CoordinatorSetup(
                parsed.GetValue(coordinator), parsed.GetValue(fresh), checkpointRoot, parsed.GetValue(codec),
                parsed.GetValue(interval), parsed.GetValue(leaks));
            string found = CheckpointFinder.Find(given, checkpointRoot);
            IReadOnlyList<HostPlacement> hosts = HostPlacement.Plan(ManifestReader.Read(found), parsed.GetValue(map) ?? []);
            return hosts is [{ IsHere: true }] || (hosts.Count == 1 && parsed.GetValue(map) is null or [])
                ? Restart(found, setup, rules.Read(parsed), parsed.GetValue(noTerminal))
                : ManyHosts.Restart(found, hosts, setup, rules.Read(parsed), parsed.GetValue(noTerminal));
        });
    }

    private static int Restart(string directory, CoordinatorSetup setup, RuleSet rules, bool noTerminal)
    {
        RestartAnnouncement? announcement = null;
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
                    announcement = RestartAnnouncement.Make(directory, ManifestReader.Read(directory), setup);
                    return announcement.Coordinator;
                },
            });
        }
        catch (Exception e)
        {
            announcement?.Withdraw(e.Message);
            throw;
        }
    }
}
