using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>What processes publish in Drain comes back to those that published the same.</summary>
public sealed class RendezvousTests
{
    private static readonly string Here = Environment.MachineName;

    [Fact]
    public async Task Everybody_learns_what_others_published_under_the_same_names()
    {
        await using var harness = new CoordinatorHarness();
        IReadOnlyList<FoundKey>[] found = await MeetAsync(
            harness,
            (3999997, Here, [new(1, 10, 20, 7), new(1, 10, 20, 8), new(2, 10, 20, 5), new(1, 99, 0, 1)]),
            (3999998, Here, [new(1, 10, 20, 4), new(2, 10, 20, 3)]),
            (3999999, Here, [new(1, 10, 20, 9), new(1, 98, 0, 1)]));
        Assert.Equal(
            [
                new(1, 10, 20, 3999998, Here, 4),
                new(1, 10, 20, 3999999, Here, 9),
                new(2, 10, 20, 3999998, Here, 3),
            ],
            found[0]);
        Assert.Equal(
            [
                new(1, 10, 20, 3999997, Here, 7),
                new(1, 10, 20, 3999997, Here, 8),
                new(1, 10, 20, 3999999, Here, 9),
                new(2, 10, 20, 3999997, Here, 5),
            ],
            found[1]);
        Assert.Equal(
            [
                new(1, 10, 20, 3999997, Here, 7),
                new(1, 10, 20, 3999997, Here, 8),
                new(1, 10, 20, 3999998, Here, 4),
            ],
            found[2]);
    }

    [Fact]
    public async Task Names_mean_something_within_one_host_unless_their_kind_is_global()
    {
        await using var harness = new CoordinatorHarness();
        IReadOnlyList<FoundKey>[] found = await MeetAsync(
            harness,
            (3999998, Here, [new(127, 1, 2, 7), new(128, 1, 2, 8)]),
            (3999999, "elsewhere", [new(127, 1, 2, 9), new(128, 1, 2, -1)]));
        Assert.Equal([new(128, 1, 2, 3999999, "elsewhere", -1)], found[0]);
        Assert.Equal([new(128, 1, 2, 3999998, Here, 8)], found[1]);
    }

    [Fact]
    public async Task Nobody_is_told_about_itself()
    {
        await using var harness = new CoordinatorHarness();
        IReadOnlyList<FoundKey>[] found = await MeetAsync(harness, (3999999, Here, [new(1, 1, 2, 7), new(1, 1, 2, 8)]));
        Assert.Empty(found[0]);
    }

    private static async Task<IReadOnlyList<FoundKey>[]> MeetAsync(
        CoordinatorHarness harness, params (int Pid, string Host, PublishedKey[] Keys)[] all)
    {
        var processes = new List<FakeProcess>();
        foreach ((int pid, string host, _) in all)
        {
            processes.Add(await harness.JoinAsync(pid, host: host));
        }

        _ = harness.CheckpointAsync();
        await Task.WhenAll(processes.Select(p => p.WalkToAsync(1, Phase.Drain)));
        foreach ((FakeProcess process, PublishedKey[] keys) in processes.Zip(all.Select(a => a.Keys)))
        {
            await process.Peer.SendAsync(new PhaseDoneMessage(1, Phase.Drain, null) { Published = keys });
        }

        var found = new List<IReadOnlyList<FoundKey>>();
        foreach (FakeProcess process in processes)
        {
            EnterPhaseMessage message = await process.Peer.ExpectAsync<EnterPhaseMessage>();
            Assert.Equal(Phase.Snapshot, message.Phase);
            found.Add(message.Found);
        }

        return [.. found];
    }
}
