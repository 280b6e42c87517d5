using System.Diagnostics;
using Interpose.Cli.Output;
using Interpose.Coordinator.Server;
using Interpose.Linux;
using Interpose.Linux.Census;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Cli.Server;

/// <summary>Waits until the processes of an adopted computation have found their new coordinator.</summary>
internal static class Homecoming
{
    // A process looks every 2 s; a machine that is busy may take several times that.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_census = TimeSpan.FromSeconds(1);

    /// <summary>True: all that live on this host, and some of each other host, are there.</summary>
    public static async Task<bool> WaitAsync(CoordinatorServer server, string computation, IReadOnlyList<string> hosts)
    {
        var waited = Stopwatch.StartNew();
        TimeSpan counted = TimeSpan.Zero;
        for (int living = Count(computation); ; await Task.Delay(s_look).ConfigureAwait(false))
        {
            StatusReply status = MessageCodec.ReadRecord<StatusReply>(
                (await server.RequestAsync(Verb.Status).ConfigureAwait(false)).Payload);
            var present = status.Processes.Select(p => p.Host).ToHashSet(StringComparer.Ordinal);

            // Processes of other hosts count too many, never too few: then the hosts decide.
            bool complete = status.Processes.Count >= living && hosts.All(present.Contains);
            if (complete || waited.Elapsed > s_limit)
            {
                return complete;
            }

            if (waited.Elapsed - counted > s_census)
            {
                // Who has ended meanwhile is not waited for.
                counted = waited.Elapsed;
                living = Count(computation);
            }
        }
    }

    private static int Count(string computation)
    {
        try
        {
            return new ProcessCensus(computation, new HashSet<int> { Environment.ProcessId }).Take().Count(p => p.CanBeEntered);
        }
        catch (SyscallException e)
        {
            Terminal.Warning($"cannot see which processes live here: {e.Message}");
            return 0;
        }
    }
}
