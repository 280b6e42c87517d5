using System.ComponentModel;
using System.Diagnostics;

namespace Interpose.Cli.Verbs;

/// <summary>
/// Tries namespaces out in a child process: no setting tells reliably whether this user may make one here, because
/// kernel settings, security modules and container profiles all have a say.
/// </summary>
internal static class CheckNamespaces
{
    private const string Tool = "unshare";
    private const string Remedy =
        "as root: sysctl user.max_user_namespaces=10000, and on Debian or Ubuntu kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a container: a seccomp profile that allows unshare";

    /// <param name="privileged">A restart by this user needs no user namespace.</param>
    public static CheckFinding User(bool privileged)
    {
        string? problem = Try("--user", "--map-root-user");
        return problem is null ? CheckFinding.Works("user namespaces", "can be made: no privilege is needed")
            : privileged ? CheckFinding.Works("user namespaces", $"{problem}; not needed with privilege")
            : CheckFinding.Fails("user namespaces", problem, Remedy);
    }

    /// <param name="privileged">A restart by this user needs a pid namespace only where numbers are taken.</param>
    public static CheckFinding Pid(bool privileged)
    {
        string? problem = Try([.. Privilege(privileged), "--pid", "--mount", "--fork"]);
        return problem is null ? CheckFinding.Works("pid namespaces", "can be made: old numbers are free on any host")
            : privileged ? CheckFinding.Limited("pid namespaces", $"{problem}: no restart where an old number is taken", Remedy)
            : CheckFinding.Fails("pid namespaces", problem, Remedy);
    }

    /// <param name="privileged">A restart by this user makes the namespace without a user namespace.</param>
    public static CheckFinding Time(bool privileged)
    {
        string? problem = Try([.. Privilege(privileged), "--time", "--fork"]);
        return problem is null
            ? CheckFinding.Works("time namespaces", "can be made: CLOCK_MONOTONIC goes on across restarts")
            : CheckFinding.Fails("time namespaces", problem, Remedy);
    }

    private static string[] Privilege(bool privileged) => privileged ? [] : ["--user", "--map-root-user"];

    /// <returns>What went wrong, or null.</returns>
    private static string? Try(params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool, [.. arguments, "true"])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null
                : errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault()
                    ?? $"{Tool} ended with {process.ExitCode}";
        }
        catch (Win32Exception)
        {
            return $"{Tool} (package util-linux) is not installed, so it could not be tried";
        }
    }
}
