using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Faults;

/// <summary>What `interpose run` passes through, and what it refuses.</summary>
public sealed class LaunchTests
{
    private const int Unsupported = 7;
    private const int CannotExecute = 126;
    private const int NotFound = 127;

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 42", 42)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -KILL $$", 137)]
    public Task Exit_status_passes_through(string script, int status) => Sandbox.UseAsync(TestUser.User, "status", async sandbox =>
        Assert.Equal(status, (await RunAsync(sandbox, "/bin/sh", "-c", script)).ExitCode));

    [Fact]
    public Task Streams_environment_and_arguments_pass_through() => Sandbox.UseAsync(TestUser.User, "streams", async sandbox =>
    {
        sandbox.Environment["PASSED"] = "a value";
        CommandResult result = await RunAsync(
            sandbox, "/bin/sh", "-c", "echo \"out $PASSED $1\"; echo err >&2", "sh", "an argument with -- and 'quotes'");
        Assert.Equal("out a value an argument with -- and 'quotes'\n", result.Output);
        Assert.Equal("err\n", result.Error);
        Assert.Equal(0, result.ExitCode);
    });

    [Fact]
    public Task Pipeline_works_and_can_be_checkpointed() => Sandbox.UseAsync(TestUser.User, "pipeline", async sandbox =>
    {
        RunningProgram pipeline = sandbox.Start(
            "/bin/sh", "-c",
            $"{Installation.Interpose} run --new-coordinator -- {Installation.Guest("threads")} {sandbox.GoFile} | tee pipeline.out");
        await pipeline.WaitForLineAsync("READY");
        await Poll.UntilAsync("the program to join", async () => (await sandbox.InterposeAsync("ps")).Output.Contains("threads", StringComparison.Ordinal));
        (await sandbox.InterposeAsync("checkpoint")).MustSucceed();
        sandbox.Go();
        await pipeline.WaitAsync();
        Assert.Contains("PASS threads", pipeline.Output, StringComparison.Ordinal);
    });

    [Fact]
    public Task Missing_program_is_named() => Sandbox.UseAsync(TestUser.User, "missing", async sandbox =>
        (await RunAsync(sandbox, "no-such-program")).MustFail(NotFound, "no-such-program"));

    [Fact]
    public Task File_that_cannot_be_executed_is_named() => Sandbox.UseAsync(TestUser.User, "text", async sandbox =>
    {
        string path = Path.Combine(sandbox.Work, "text-file");
        File.WriteAllText(path, "not a program");
        (await RunAsync(sandbox, path)).MustFail(CannotExecute, "text-file");
    });

    [Fact]
    public Task Static_program_is_refused() => Sandbox.UseAsync(TestUser.User, "static", async sandbox =>
    {
        (await RunAsync(sandbox, Installation.Guest("static_program"))).MustFail(Unsupported, "static");
        CommandResult check = await sandbox.InterposeAsync("check", Installation.Guest("static_program"));
        Assert.NotEqual(0, check.ExitCode);
        Assert.Contains("static", check.Output, StringComparison.OrdinalIgnoreCase);
    });

    [RootFact]
    public Task Setuid_program_is_refused() => Sandbox.UseAsync(TestUser.User, "setuid", async sandbox =>
    {
        string path = Path.Combine(sandbox.Root, "setuid-program");
        File.Copy("/bin/sleep", path);
        File.SetUnixFileMode(path, (UnixFileMode)0x9ed); // rwsr-xr-x
        (await RunAsync(sandbox, path, "1")).MustFail(Unsupported, "setuid");
    });

    [Fact]
    public Task Program_of_another_architecture_is_refused() => Sandbox.UseAsync(TestUser.User, "foreign", async sandbox =>
    {
        string path = Path.Combine(sandbox.Work, "foreign-program");
        byte[] bytes = File.ReadAllBytes("/bin/sleep");
        bytes[4] = 1; // ELFCLASS32
        bytes[18] = 3; // EM_386
        File.WriteAllBytes(path, bytes);
        File.SetUnixFileMode(path, (UnixFileMode)0x1ed);
        (await RunAsync(sandbox, path, "1")).MustFail(Unsupported, "32-bit");
    });

    [Fact]
    public Task Check_describes_a_good_program() => Sandbox.UseAsync(TestUser.User, "check", async sandbox =>
        (await sandbox.InterposeAsync("check", "/usr/bin/python3")).MustSucceed());

    [Fact]
    public Task Wrong_usage_is_told_from_failure() => Sandbox.UseAsync(TestUser.User, "usage", async sandbox =>
    {
        (await sandbox.InterposeAsync("no-such-verb")).MustFail(2);
        (await sandbox.InterposeAsync("checkpoint", "--no-such-flag")).MustFail(2);
        (await sandbox.InterposeAsync("checkpoint", "--timeout", "soon")).MustFail(2);
        (await sandbox.InterposeAsync("checkpoint")).MustFail(3);
        (await sandbox.InterposeAsync("status")).MustFail(3);
    });

    private static Task<CommandResult> RunAsync(Sandbox sandbox, params string[] words) =>
        sandbox.InterposeAsync(["run", "--new-coordinator", "--", .. words]);
}
