using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Outside;

/// <summary>Real programs, of which some are inside and some outside.</summary>
public sealed class ServiceTests
{
    [Fact]
    public Task Clients_of_redis_and_nginx_do_not_notice_checkpoints() => Sandbox.UseAsync(TestUser.User, "services", async sandbox =>
    {
        RunningProgram services = sandbox.Start("/bin/bash", Installation.Program("outside_services.sh"), Installation.Interpose);
        CommandResult result = (await services.WaitAsync(TimeSpan.FromSeconds(90))).MustSucceed();
        Assert.Contains("PASS services", result.Output, StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("psql-inside")]
    [InlineData("psql-outside")]
    [InlineData("curl")]
    [InlineData("iperf")]
    [InlineData("syslog")]
    [InlineData("dbus")]
    [InlineData("ssh")]
    public Task Programs_on_both_sides(string name) => Sandbox.UseAsync(TestUser.User, "programs", async sandbox =>
    {
        RunningProgram programs = sandbox.Start("/bin/bash", Installation.Program("outside_programs.sh"), Installation.Interpose, name);
        CommandResult result = (await programs.WaitAsync(TimeSpan.FromSeconds(90))).MustSucceed();
        Assert.Contains($"PASS {name}", result.Output, StringComparison.Ordinal);
    });
}
