using System.Diagnostics;

namespace Interpose.Tests.Unit.Cli;

/// <summary>Runs the command as it was built with the tests, in a process of its own.</summary>
internal static class CommandLine
{
    /// <param name="checkpoints">The checkpoint directory; also where the command keeps its state.</param>
    /// <param name="arguments">The command line.</param>
    public static (int Status, string Output, string Errors) Run(string checkpoints, params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "interpose.dll");
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("INTERPOSE_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["INTERPOSE_CKPT_DIR"] = checkpoints;
        start.Environment["XDG_STATE_HOME"] = checkpoints;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
