using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Outside;

/// <summary>What becomes of a connection to a server outside when the program is restarted, as rules say.</summary>
public sealed class RestartPolicyTests
{
    [Theory]
    [InlineData("root")]
    [InlineData("user")]
    public Task Without_a_rule_the_connection_is_reset(string user) => RunAsync(user, "LOST ECONNRESET", "LINE old-2", (_, _, _) => []);

    [Theory]
    [InlineData("root")]
    [InlineData("user")]
    public Task Reconnected(string user) => RunAsync(
        user, "ANSWER one", "LINE old-2", (_, one, _) => ["--policy", $"tcp:127.0.0.1:{one}=reconnect"]);

    [Theory]
    [InlineData("root")]
    [InlineData("user")]
    public Task Replaced_by_another_server_and_another_file(string user) => RunAsync(
        user, "ANSWER two", "LINE new-2",
        (sandbox, one, two) =>
        [
            "--replace", $"tcp:127.0.0.1:{one}=localhost:{two}",
            "--replace", $"file:*/old.txt={OutsidePeer.Write(sandbox, "new")}",
        ]);

    [Theory]
    [InlineData("root")]
    [InlineData("user")]
    public Task A_file_of_rules_does_the_same(string user) => RunAsync(
        user, "ANSWER two", "LINE new-2",
        (sandbox, _, two) =>
        {
            string rules = Path.Combine(sandbox.Work, "rules");
            File.WriteAllText(
                rules, $"# elsewhere\nreplace tcp:* = 127.0.0.1:{two}\nreplace file:*/old.txt = {OutsidePeer.Write(sandbox, "new")}\n");
            return ["--rules", rules];
        });

    [Theory]
    [InlineData("root", "reconnect.py", ":")]
    [InlineData("user", "reconnect.py", ":")]
    [InlineData("root", "reconnect.sh", "/")]
    [InlineData("user", "reconnect.sh", "/")]
    public Task A_hook_hands_a_connection_back(string user, string hook, string separator) => RunAsync(
        user, "ANSWER two", "LINE old-2",
        (sandbox, _, two) =>
        {
            string copy = Path.Combine(sandbox.Work, hook);
            File.Copy(Path.Combine(Installation.Repository, "examples", "hooks", hook), copy);
            File.SetUnixFileMode(copy, (UnixFileMode)0x1ED); // 0755
            sandbox.Environment["RECONNECT_TO"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1{separator}{two}");
            sandbox.Environment["INTERPOSE"] = Installation.Interpose;
            return ["--hook", copy];
        });

    [RootFact]
    public Task Repaired_the_connection_is_the_same() => Sandbox.UseAsync(TestUser.Root, "repair", async sandbox =>
    {
        int one = await OutsidePeer.ServeAsync(sandbox, "one", "echo");
        Application application = await OutsidePeer.ConnectAsync(sandbox, one, "once");
        string connection = Connection();
        for (int generation = 0; generation < 2; generation++)
        {
            await application.StopAsync("--keep-connections");
            await application.RestartWithAsync(["--policy", "tcp:*=repair"]);
            Assert.Equal(connection, Connection());
        }

        Assert.Contains("ANSWER one", await OutsidePeer.FinishAsync(sandbox, application), StringComparison.Ordinal);

        // Addresses and state of both ends (proc_net(5)).
        string Connection() => string.Join('\n', File.ReadLines("/proc/net/tcp")
            .Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..4])
            .Where(w => w[2] == "01" && (w[0].EndsWith($":{one:X4}", StringComparison.Ordinal) || w[1].EndsWith($":{one:X4}", StringComparison.Ordinal)))
            .Select(w => string.Join(' ', w)).Order(StringComparer.Ordinal));
    });

    [Fact]
    public Task Repair_says_what_it_needs() => Sandbox.UseAsync(TestUser.User, "repair", async sandbox =>
    {
        int one = await OutsidePeer.ServeAsync(sandbox, "one", "echo");
        Application application = await OutsidePeer.ConnectAsync(sandbox, one, "once");
        (await sandbox.InterposeAsync("checkpoint", "--keep-connections")).MustFail(2, "--stop");
        await application.StopAsync("--keep-connections");
        (await sandbox.InterposeAsync("restart", "--policy", "tcp:*=repair", application.Checkpoint)).MustFail(1, "CAP_NET_ADMIN");
        await application.RestartAsync();
        Assert.Contains("LOST ECONNRESET", await OutsidePeer.FinishAsync(sandbox, application), StringComparison.Ordinal);
    });

    [RootTheory]
    [InlineData("repair", "always", "ANSWER near")]
    [InlineData("reconnect", "once", "ANSWER near")]
    [InlineData("reset", "once", "LOST ECONNRESET")]
    public Task Two_network_namespaces_are_two_hosts(string policy, string kind, string expected) =>
        Sandbox.UseAsync(TestUser.Root, "netns", async sandbox =>
        {
            OutsidePeer.Write(sandbox, "old");
            RunningProgram hosts = sandbox.Start(
                "unshare", "-n", "/bin/bash", Installation.Program("two_hosts.sh"), Installation.Interpose, Installation.Program("."), policy, kind);
            CommandResult result = (await hosts.WaitAsync(TimeSpan.FromSeconds(90))).MustSucceed();
            Assert.Contains(expected, result.Output[result.Output.LastIndexOf("RESTARTED", StringComparison.Ordinal)..], StringComparison.Ordinal);
            Assert.Contains("PASS outside", result.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("WRONG", result.Output, StringComparison.Ordinal);
        });

    [Fact]
    public Task A_descriptor_that_the_shell_has_opened_takes_the_place_of_a_file() => Sandbox.UseAsync(TestUser.User, "policy", async sandbox =>
    {
        int one = await OutsidePeer.ServeAsync(sandbox, "one", "echo");
        Application application = await OutsidePeer.ConnectAsync(sandbox, one, "once");
        await application.StopAsync();
        string given = OutsidePeer.Write(sandbox, "new");
        await application.RestartAsync(
            "/bin/bash", "-c", $"exec 7<{Shell.Quote(given)}; exec env INTERPOSE_REPLACE='file:*/old.txt=fd:7' \"$@\"", "-");
        Assert.Contains("LINE new-1", await OutsidePeer.FinishAsync(sandbox, application), StringComparison.Ordinal);
    });

    [Fact]
    public Task What_cannot_be_had_is_named_and_nothing_is_restarted() => Sandbox.UseAsync(TestUser.User, "policy", async sandbox =>
    {
        int one = await OutsidePeer.ServeAsync(sandbox, "one", "echo");
        Application application = await OutsidePeer.ConnectAsync(sandbox, one, "once");
        await application.StopAsync();
        string checkpoint = application.Checkpoint;
        string failing = Path.Combine(sandbox.Work, "failing");
        File.WriteAllText(failing, "#!/bin/sh\nexit 3\n");
        File.SetUnixFileMode(failing, (UnixFileMode)0x1ED);
        (await RestartAsync("--replace", $"tcp:127.0.0.1:{one}=127.0.0.1:1")).MustFail(1, "127.0.0.1:1", "refused", "python3");
        (await RestartAsync("--replace", "file:*/old.txt=/nowhere/at/all")).MustFail(1, "/nowhere/at/all", "old.txt");
        (await RestartAsync("--replace", "file:*/old.txt=fd:77")).MustFail(1, "fd 77");
        (await RestartAsync("--hook", failing)).MustFail(1, "failing", "status 3");
        (await RestartAsync("--hook", "/nowhere")).MustFail(2, "/nowhere");
        (await RestartAsync("--replace", "file:*/old.txt")).MustFail(2, "no rule");
        (await RestartAsync("--policy", "tcp:*=retry")).MustFail(2, "retry");
        await application.RestartWithAsync(["--policy", "tcp:*=reconnect", "--replace", "file:/not/open=/dev/null"]);
        Assert.Contains("ANSWER one", await OutsidePeer.FinishAsync(sandbox, application), StringComparison.Ordinal);
        Assert.Contains("file:/not/open=/dev/null", application.Current.Error, StringComparison.Ordinal);

        Task<CommandResult> RestartAsync(params string[] options) => sandbox.InterposeAsync(["restart", .. options, checkpoint]);
    });

    private static Task RunAsync(string user, string answer, string line, Func<Sandbox, int, int, string[]> options) =>
        user == "root" && !TestUser.IsRoot ? Task.CompletedTask : Sandbox.UseAsync(TestUser.Named(user), "policy", async sandbox =>
        {
            int one = await OutsidePeer.ServeAsync(sandbox, "one", "echo"), two = await OutsidePeer.ServeAsync(sandbox, "two", "echo");
            Application application = await OutsidePeer.ConnectAsync(sandbox, one, "once");
            await application.StopAsync();
            await application.RestartWithAsync(options(sandbox, one, two));
            string said = await OutsidePeer.FinishAsync(sandbox, application);
            Assert.Contains(answer, said, StringComparison.Ordinal);
            Assert.Contains(line, said, StringComparison.Ordinal);
        });
}
