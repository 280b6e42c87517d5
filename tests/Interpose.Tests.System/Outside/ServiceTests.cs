using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Outside;

/// <summary>Real servers inside and real clients outside.</summary>
public sealed class ServiceTests
{
    [Fact]
    public Task Clients_of_redis_and_nginx_do_not_notice_checkpoints() => Sandbox.UseAsync(TestUser.User, "services", async sandbox =>
    {
        RunningProgram services = sandbox.Start("/bin/bash", Installation.Program("outside_services.sh"), Installation.Interpose);
        CommandResult result = (await services.WaitAsync(TimeSpan.FromSeconds(90))).MustSucceed();
        Assert.Contains("PASS services", result.Output, StringComparison.Ordinal);
    });
}
