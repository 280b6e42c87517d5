using Interpose.Cli;
using Interpose.Cli.Hosts;
using Interpose.Images.Checkpoints;

namespace Interpose.Tests.Unit.Cli;

public sealed class HostPlacementTests
{
    [Theory]
    [InlineData("node1,node3", "node3=node1", "node1:node1 node3:node1+node3")]
    [InlineData("node3,node1", "node3=node1", "node1:node1 node3:node1+node3")]
    [InlineData("a,node1", "a=node1", "node1:node1 a:node1+a")]
    [InlineData("node1+a,node1", "", "node1:node1 node1+a:node1+a")]
    [InlineData("node1+a,node1", "node1=node2", "node1+a:node1 node1:node2")]
    [InlineData("node1,node1+a,a", "a=node1", "node1:node1 node1+a:node1+a a:node1+a+2")]
    [InlineData("b,a", "a=c;b=c", "a:c b:c+b")]
    public void Names_do_not_depend_on_the_order_of_the_processes(string hosts, string maps, string expected)
    {
        IReadOnlyList<HostPlacement> plan = HostPlacement.Plan(Of(hosts), maps.Split(';', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected.Split(' '), plan.Select(p => $"{p.Host}:{p.Name}"));
    }

    [Theory]
    [InlineData("node1,node2", "", "node1:False node2:False")]
    [InlineData("node1,node2", "node2=node3", "node1:False node2:True")]
    [InlineData("node1,node2", "node2=node1", "node1:True node2:True")]
    public void Who_is_not_where_it_was_or_not_alone_gets_numbers_of_its_own(string hosts, string maps, string expected)
    {
        IReadOnlyList<HostPlacement> plan = HostPlacement.Plan(Of(hosts), maps.Split(';', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(expected.Split(' '), plan.Select(p => $"{p.Host}:{p.IsShared}"));
    }

    [Theory]
    [InlineData("node9=node1", "the checkpoint has no host node9; it has node1, node2")]
    [InlineData("node1", "OLD=NEW is expected")]
    [InlineData("node1=-oProxyCommand", "OLD=NEW is expected")]
    public void A_mapping_that_makes_no_sense_is_refused(string map, string message) =>
        Assert.Contains(message, Assert.Throws<CliException>(() => HostPlacement.Plan(Of("node1,node2"), [map])).Message, StringComparison.Ordinal);

    private static Manifest Of(string hosts) => new()
    {
        Processes = [.. hosts.Split(',').Select((host, i) => new ManifestProcess { Host = host, Pid = i + 1 })],
    };
}
