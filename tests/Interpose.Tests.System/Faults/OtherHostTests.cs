using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>Restart where things are different: other uptime, other host name, the numbers taken.</summary>
public sealed class OtherHostTests
{
    /// <summary>Guests to which the differences could matter.</summary>
    public static TheoryData<string> Guests { get; } =
        new("clocks", "vdso", "threads", "block_sleep", "block_lock", "itimers", "posix_timers", "attr_identity", "robust_mutex", "rseq");

    [RootTheory]
    [MemberData(nameof(Guests))]
    public Task Host_with_a_later_boot(string name) => OnOtherHostAsync(TestUser.Root, name, "--monotonic", "100000", "--boottime", "200000");

    [RootTheory]
    [InlineData("clocks")]
    [InlineData("block_sleep")]
    [InlineData("posix_timers")]
    public Task Host_with_an_earlier_boot(string name) => OnOtherHostAsync(TestUser.Root, name, "--monotonic", "-20", "--boottime", "-20");

    [RootTheory]
    [InlineData("root", "threads")]
    [InlineData("root", "attr_identity")]
    [InlineData("root", "robust_mutex")]
    [InlineData("user", "threads")]
    [InlineData("user", "attr_identity")]
    public Task Numbers_that_are_taken(string user, string name) => Sandbox.UseAsync(TestUser.Named(user), $"taken-{name}", async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, name);
        await application.CheckpointAsync();
        await application.KillAsync();
        RunningProgram thief = sandbox.StartAs(
            TestUser.Root, Installation.Guest("take_pid"), application.Pid.ToString(CultureInfo.InvariantCulture));
        await thief.WaitForLineAsync("READY");
        await application.RestartAsync();
        await application.CheckpointAsync();
        sandbox.Go();
        await application.MustPassAsync(name);
        Shell.Run("kill", "-9", application.Pid.ToString(CultureInfo.InvariantCulture));
        await thief.WaitAsync();
    });

    [RootTheory]
    [InlineData("clocks")]
    [InlineData("vdso")]
    [InlineData("threads")]
    [InlineData("block_lock")]
    public Task Host_with_a_later_boot_as_user(string name) =>
        OnOtherHostAsync(TestUser.User, name, "--monotonic", "100000", "--boottime", "200000");

    private static Task OnOtherHostAsync(TestUser user, string name, params string[] clocks) => Sandbox.UseAsync(user, $"host-{name}", async sandbox =>
    {
        Application application = await Application.StartGuestAsync(sandbox, name);
        await application.CheckpointAsync();
        await application.KillAsync();
        // The host is made by root; then the user logs in there.
        await application.RestartAsync(
            TestUser.Root,
            ["unshare", "--uts", "--time", .. clocks, "--fork", "--kill-child", "/bin/sh", "-c", "hostname elsewhere && exec \"$@\"", "sh", .. user.Prefix]);
        await application.CheckpointAsync();
        sandbox.Go();
        await application.MustPassAsync(name);
    });
}
