using Interpose.Protocol;

namespace Interpose.Tests.Unit.Protocol;

public sealed class PhaseTableTests
{
    [Theory]
    [InlineData(Operation.Checkpoint, "Suspend Census Drain Snapshot Refill Resume Write Commit Running")]
    [InlineData(Operation.Restart, "Create Connect Refill Resume Running")]
    public void The_walks_are_those_of_the_protocol(Operation operation, string expected)
    {
        var walk = new List<Phase> { PhaseTable.First(operation) };
        while (walk[^1] != Phase.Running)
        {
            walk.Add(PhaseTable.Default.Get(operation, walk[^1]).Next);
        }

        Assert.Equal(expected, string.Join(' ', walk));
    }

    [Fact]
    public void Every_row_has_a_limit() => Assert.All(PhaseTable.Default.Rows, r => Assert.True(r.Limit > TimeSpan.Zero));

    [Fact]
    public void Until_the_commit_every_failure_lets_the_application_run_on() =>
        Assert.All(
            PhaseTable.Default.Rows.Where(r => r.Operation == Operation.Checkpoint && r.Phase != Phase.Commit),
            r => Assert.Equal(AbortEdge.RunOn, r.OnFailure));

    [Fact]
    public void Only_the_next_phase_may_be_entered()
    {
        Assert.True(PhaseTable.Default.Allows(Operation.Checkpoint, Phase.Running, Phase.Suspend));
        Assert.True(PhaseTable.Default.Allows(Operation.Checkpoint, Phase.Suspend, Phase.Census));
        Assert.True(PhaseTable.Default.Allows(Operation.Checkpoint, Phase.Census, Phase.Drain));
        Assert.False(PhaseTable.Default.Allows(Operation.Checkpoint, Phase.Suspend, Phase.Drain));
        Assert.False(PhaseTable.Default.Allows(Operation.Checkpoint, Phase.Suspend, Phase.Snapshot));
        Assert.False(PhaseTable.Default.Allows(Operation.Checkpoint, Phase.Running, Phase.Drain));
        Assert.False(PhaseTable.Default.Allows(Operation.Restart, Phase.Create, Phase.Refill));
    }
}
