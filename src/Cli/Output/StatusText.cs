using System.Globalization;
using System.Text;
using Interpose.Cli.Flags;
using Interpose.Linux.Census;
using Interpose.Protocol;
using Interpose.Protocol.Requests;

namespace Interpose.Cli.Output;

/// <summary>Status reports for people.</summary>
internal static class StatusText
{
    /// <summary>The state of the computation.</summary>
    public static string Status(StatusReply reply, IReadOnlyCollection<FoundProcess> outside)
    {
        var text = new StringBuilder();
        Line("computation", reply.Computation);
        Line("coordinator", $"{reply.Address} (pid {reply.CoordinatorPid})");
        Line("checkpoints in", reply.CheckpointDirectory);
        Line("state", reply.Phase == Phase.Running ? "running" : $"checkpoint {reply.Epoch}, phase {reply.Phase}");
        if (reply.Waiting.Length > 0)
        {
            Line("waiting for", reply.Waiting);
        }

        Line(
            "interval",
            reply.IntervalMilliseconds == 0 ? "none" : DurationText.Format(TimeSpan.FromMilliseconds(reply.IntervalMilliseconds)));
        CheckpointReply last = reply.LastCheckpoint;
        if (last.Path.Length > 0)
        {
            DateTimeOffset when = DateTimeOffset.FromUnixTimeMilliseconds(reply.LastCheckpointUnixMilliseconds).ToLocalTime();
            Line(
                "last checkpoint",
                $"{last.Epoch} at {when.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}, {Sizes.Format(last.ImageBytes)}, "
                + $"paused {DurationText.Format(TimeSpan.FromMicroseconds(last.PauseMicroseconds))}");
            Line(string.Empty, last.Path);
            if (reply.Slowest.Length > 0)
            {
                Line("slowest host", reply.Slowest);
            }
        }

        if (reply.LastFailure.Length > 0)
        {
            Line("last failure", reply.LastFailure);
        }

        Line("processes", reply.Processes.Count.ToString(CultureInfo.InvariantCulture));
        if (outside.Count > 0)
        {
            Line("outside", $"{outside.Count.ToString(CultureInfo.InvariantCulture)} that cannot be part of a checkpoint (interpose ps)");
        }

        return text.ToString();

        void Line(string name, string value) => text.Append(name.PadRight(17)).Append(value).Append('\n');
    }

    /// <summary>The processes, one per line; those that cannot be part of a checkpoint with the reason.</summary>
    public static string Processes(StatusReply reply, IEnumerable<FoundProcess> outside)
    {
        var table = new TableWriter("PID", "PPID", "HOST", "UID", "PHASE", "COMMAND", "EXECUTABLE");
        foreach (ProcessStatus process in reply.Processes)
        {
            table.Add(
                process.Pid.ToString(CultureInfo.InvariantCulture),
                process.ParentPid.ToString(CultureInfo.InvariantCulture),
                process.Host,
                process.UserId.ToString(CultureInfo.InvariantCulture),
                process.Phase.ToString(),
                process.Command,
                process.Executable);
        }

        foreach (FoundProcess process in outside)
        {
            table.Add(
                process.Pid.ToString(CultureInfo.InvariantCulture),
                process.ParentPid.ToString(CultureInfo.InvariantCulture),
                Environment.MachineName,
                string.Empty,
                "outside",
                process.Command,
                $"({process.Remark})");
        }

        return table.ToString();
    }
}
