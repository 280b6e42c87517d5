using System.Globalization;
using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Outside;

/// <summary>A server that is not part of the computation, and a program that is connected to it.</summary>
internal static class OutsidePeer
{
    /// <summary>Starts a server.</summary>
    /// <returns>Its port.</returns>
    public static async Task<int> ServeAsync(Sandbox sandbox, string name, string kind)
    {
        // Somewhere else: whatever runs in the directory of the sandbox is taken for a part of the program.
        RunningProgram server = sandbox.Start(
            "env", "-C", "/", "/usr/bin/python3", Installation.Program("outside_server.py"), name, kind);
        await Poll.UntilAsync($"the port of server {name}", () => server.Output.EndsWith('\n')).ConfigureAwait(false);
        return int.Parse(server.Output.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Starts the program, which has talked to the server and read a line of a file when this returns.</summary>
    public static async Task<Application> ConnectAsync(Sandbox sandbox, int port, string kind)
    {
        Application application = Application.Start(
            sandbox, [], "/usr/bin/python3", Installation.Program("outside_client.py"),
            port.ToString(CultureInfo.InvariantCulture), sandbox.GoFile, Write(sandbox, "old"), kind);
        await application.Current.WaitForLineAsync("READY").ConfigureAwait(false);
        await application.WaitUntilRunningAsync().ConfigureAwait(false);
        return application;
    }

    /// <summary>A file of two lines that say whose they are.</summary>
    public static string Write(Sandbox sandbox, string name)
    {
        string path = Path.Combine(sandbox.Work, $"{name}.txt");
        File.WriteAllText(path, $"{name}-1\n{name}-2\n");
        return path;
    }

    /// <summary>Lets the program finish.</summary>
    /// <returns>What it said after the restart or checkpoint.</returns>
    public static async Task<string> FinishAsync(Sandbox sandbox, Application application)
    {
        sandbox.Go();
        await application.MustPassAsync("outside").ConfigureAwait(false);
        Assert.DoesNotContain("WRONG", application.Output, StringComparison.Ordinal);
        return application.Output[application.Output.IndexOf("READY", StringComparison.Ordinal)..];
    }
}
