using Interpose.Tests.System.Harness;
using Xunit.Abstractions;

namespace Interpose.Tests.System.Faults;

/// <summary>Kernel objects that cannot be saved are refused by name, with what to do about them; the program goes on.</summary>
public sealed class RefusalTests(ITestOutputHelper output)
{
    private const int Unsupported = 7;

    /// <summary>Name of the object, and words of the message.</summary>
    public static TheoryData<string, string> Objects => new()
    {
        { "userfaultfd", "a userfaultfd" },
        { "fanotify", "a fanotify group" },
        { "perf", "a performance counter" },
        { "bpf", "a BPF object" },
        { "io_uring", "an io_uring" },
        { "kvm", "virtual machine" },
        { "fuse", "FUSE" },
        { "tun", "TUN" },
        { "lease", "lease (F_SETLEASE)" },
        { "dnotify", "dnotify" },
        { "aio", "asynchronous I/O" },
    };

    [RootTheory]
    [MemberData(nameof(Objects))]
    public Task Is_refused_by_name_for_the_superuser(string name, string words) => RefuseAsync(TestUser.Root, name, words);

    [Theory]
    [MemberData(nameof(Objects))]
    public Task Is_refused_by_name_for_a_user(string name, string words) => RefuseAsync(TestUser.User, name, words);

    private Task RefuseAsync(TestUser user, string name, string words) => Sandbox.UseAsync(user, name, async sandbox =>
    {
        Application application = Application.Start(sandbox, [], Installation.Guest("refused"), sandbox.GoFile, name);
        await Poll.UntilAsync("the guest to say something", () => application.Current.Output.Contains('\n', StringComparison.Ordinal));
        if (application.Current.Output.StartsWith("SKIP", StringComparison.Ordinal))
        {
            output.WriteLine($"not made here: {application.Current.Output.Trim()}");
            return;
        }

        await application.WaitUntilRunningAsync();
        (await sandbox.InterposeAsync("checkpoint")).MustFail(Unsupported, words);
        (await sandbox.InterposeAsync("checkpoint")).MustFail(Unsupported, words);
        sandbox.Go();
        await application.MustPassAsync("refused");
    });
}
