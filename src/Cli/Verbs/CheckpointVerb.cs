using System.CommandLine;
using System.Text.Json;
using Interpose.Cli.Client;
using Interpose.Cli.Flags;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Cli.Verbs;

/// <summary><c>interpose checkpoint</c>.</summary>
internal static class CheckpointVerb
{
    public const string Name = "checkpoint";

    // The coordinator gives up first and says why; this is for one that does not answer at all.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        Option<bool> wait = Flag.Switch("--wait", "Return when the checkpoint is complete (the default)");
        Option<bool> noWait = Flag.Switch("--no-wait", "Return as soon as the checkpoint has begun");
        Option<bool> stop = Flag.Switch("--stop", "End the program when the checkpoint is complete");
        Option<bool> unmanaged = Flag.Switch("--allow-unmanaged", "Leave out processes that cannot be part of a checkpoint");
        Option<bool> keep = Flag.Switch("--keep-connections", "With --stop: do not tell peers outside, so that a restart can go on with them");
        Option<TimeSpan?> timeout = Flag.Duration("--timeout", "Give up when the checkpoint is not complete after T");
        Option<string?> coordinator = CommonFlags.Coordinator();
        Option<bool> json = CommonFlags.Json();
        var verb = new VerbCommand(Name, "Take a checkpoint and print its path")
        {
            Examples =
            [
                "interpose checkpoint",
                "interpose checkpoint --stop --timeout 5m",
                "dir=$(interpose checkpoint) && rsync -a \"$dir\" backup:",
            ],
        };
        verb.Add(wait);
        verb.Add(noWait);
        verb.Add(stop);
        verb.Add(unmanaged);
        verb.Add(keep);
        verb.Add(timeout);
        verb.Add(coordinator);
        verb.Add(json);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(wait) && result.GetValue(noWait))
            {
                result.AddError("--wait and --no-wait exclude each other");
            }

            if (result.GetValue(keep) && !result.GetValue(stop))
            {
                result.AddError("--keep-connections is for --stop: a program that runs on keeps its connections anyway");
            }
        });
        return verb.Does(parsed => Checkpoint(
            CoordinatorLocator.Find(parsed.GetValue(coordinator)),
            !parsed.GetValue(noWait),
            parsed.GetValue(stop),
            parsed.GetValue(unmanaged),
            parsed.GetValue(keep),
            parsed.GetValue(timeout) ?? TimeSpan.Zero,
            parsed.GetValue(json)));
    }

    private static int Checkpoint(
        CoordinatorRecord coordinator, bool wait, bool stop, bool allowUnmanaged, bool keepConnections, TimeSpan timeout, bool json)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
        TimeSpan limit = timeout > TimeSpan.Zero ? timeout + Grace : Timeout.InfiniteTimeSpan;
        ResponseMessage response = client.Request(
            Verb.Checkpoint,
            new CheckpointArguments(wait, stop, (ulong)Math.Ceiling(timeout.TotalMilliseconds), allowUnmanaged, keepConnections),
            limit);
        bool exists = response.Code == ExitCode.Ok || response.Payload.Length > RawField.Empty.Length;
        if (!exists)
        {
            CoordinatorClient.Checked(response);
        }

        string? warning = response.Code == ExitCode.Ok && response.Message.Length > 0 ? response.Message : null;
        CheckpointReply reply = MessageCodec.ReadRecord<CheckpointReply>(response.Payload);
        Console.Out.WriteLine(json
            ? JsonSerializer.Serialize(CheckpointReport.From(reply, committed: wait, warning), ReportJson.Default.CheckpointReport)
            : reply.Path);
        if (wait && !json)
        {
            Terminal.Note(Describe(reply));
        }

        if (warning is not null && !json)
        {
            Terminal.Warning(warning);
        }

        if (response.Code != ExitCode.Ok)
        {
            Terminal.Error(response.Message);
        }

        return (int)response.Code;
    }

    private static string Describe(CheckpointReply reply) =>
        $"checkpoint {reply.Epoch}: {reply.Processes} {(reply.Processes == 1 ? "process" : "processes")}, "
        + $"{Sizes.Format(reply.ImageBytes)} ({Sizes.Format(reply.RawBytes)} of memory), "
        + $"paused {DurationText.Format(TimeSpan.FromMicroseconds(reply.PauseMicroseconds))}, "
        + $"took {DurationText.Format(TimeSpan.FromMicroseconds(reply.ElapsedMicroseconds))}";
}
