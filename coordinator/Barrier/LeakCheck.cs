using System.Globalization;
using Interpose.Coordinator.Logging;
using Interpose.Leaks;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>What one checkpoint does about objects that the computation shares with the outside of this host.</summary>
internal sealed class LeakCheck(IOperationHost host, Roster roster, CheckpointOrder order)
{
    private bool _isRunning;
    private bool _hasPassed;

    /// <summary>A checkpoint with leaks is not to be.</summary>
    public bool MayRefuse => order.Leaks == LeakPolicy.Fail;

    /// <summary>The policy wants it before anything is written, and it has not passed yet.</summary>
    public bool MustPassFirst => MayRefuse && !_hasPassed;

    /// <summary>What to tell the user when the checkpoint is made all the same; or nothing.</summary>
    public string Warning { get; private set; } = string.Empty;

    /// <summary>Looks, unless that is being done already.</summary>
    /// <param name="done">Called on the event loop with why the checkpoint is refused, or null.</param>
    public void Begin(Action<string?> done)
    {
        if (!_isRunning)
        {
            _isRunning = true;
            _ = EndAsync(done);
        }
    }

    /// <summary>Looks. Why the checkpoint is refused, or null.</summary>
    public async Task<string?> LookAsync()
    {
        if (order.Leaks == LeakPolicy.Ignore)
        {
            return null;
        }

        IReadOnlyList<Leak> leaks;
        HashSet<(int Pid, string Holder)> ignored =
            [.. roster.All.SelectMany(static p => p.Ignored.Select(fd => (p.Pid, string.Create(CultureInfo.InvariantCulture, $"fd {fd}"))))];
        Func<Leak, bool> isInside = Insiders();
        try
        {
            // It reads all of /proc, and the event loop must not wait for that.
            leaks = await Task.Run(() => host.Options.FindLeaks(order.Computation)).ConfigureAwait(false);
            leaks = [.. leaks.Where(l => !ignored.Contains((l.Pid, l.Holder)) && !isInside(l))];
        }
#pragma warning disable CA1031 // Whatever went wrong is said, and nobody's checkpoint fails over it who did not ask for a guarantee.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Warning = $"what is shared with the outside could not be found: {e.Message}";
            return MayRefuse ? Warning : null;
        }

        if (MayRefuse)
        {
            return leaks.Count == 0
                ? null
                : $"the computation shares objects with processes outside: {LeakScan.Describe(leaks)}; end the sharing, or allow it with --leaks warn";
        }

        // What a restart replaces by itself is no surprise.
        Leak[] surprising = [.. leaks.Where(static l => !l.IsReplaced)];
        if (surprising.Length > 0)
        {
            Warning = $"shared with processes outside, which a restart cannot bring back: {LeakScan.Describe(surprising)}";
            host.Logger.LeaksFound(order.Epoch, LeakScan.Describe(surprising));
        }

        return null;
    }

    /// <summary>
    /// Tells connections between hosts of the computation, which processes name in Drain, from those to the outside. Before
    /// that nothing can be said of them; there is another look before the manifest.
    /// </summary>
    private Func<Leak, bool> Insiders()
    {
        if (!roster.SpansHosts)
        {
            return static _ => false;
        }

        if (roster.All.All(static p => p.Published.Count == 0))
        {
            return static l => l.Elsewhere is not null;
        }

        HashSet<(ulong, ulong)> inside =
        [
            .. roster.All.SelectMany(static p => p.Published.Where(static k => k.Kind >= PublishedKey.FirstGlobalKind)
                    .Select(k => (Name: (k.A, k.B), p.Host)))
                .GroupBy(static k => k.Name, static k => k.Host).Where(static g => g.Distinct(StringComparer.Ordinal).Skip(1).Any())
                .Select(static g => g.Key),
        ];
        return l => l.Elsewhere is { } connection && inside.Contains(connection);
    }

    private async Task EndAsync(Action<string?> done)
    {
        string? refusal = await LookAsync().ConfigureAwait(false);
        host.Loop.Post(() =>
        {
            _isRunning = false;
            _hasPassed = refusal is null;
            done(refusal);
        });
    }
}
