using System.Globalization;

namespace Interpose.Tests.System.Harness;

/// <summary>Who runs the programs of a test.</summary>
/// <param name="Name">Shown in names of tests: root or user.</param>
/// <param name="Prefix">Command words that turn the test's process into this user, or none.</param>
/// <param name="UserId">Numeric id that owns the files, or null for that of the test itself.</param>
internal sealed record TestUser(string Name, IReadOnlyList<string> Prefix, string? UserId)
{
    private const string Account = "interpose-test";

    private static readonly Lazy<TestUser> Unprivileged = new(FindUnprivileged, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Whether the tests run as root.</summary>
    public static bool IsRoot { get; } = Environment.IsPrivilegedProcess;

    /// <summary>The superuser; only usable when <see cref="IsRoot"/>.</summary>
    public static TestUser Root { get; } = new("root", [], null);

    /// <summary>A user without any privilege.</summary>
    public static TestUser User => Unprivileged.Value;

    /// <summary>Finds a user by its name in the data of a theory.</summary>
    public static TestUser Named(string name) => name == "root" ? Root : User;

    private static TestUser FindUnprivileged()
    {
        if (!IsRoot)
        {
            return new TestUser("user", [], null);
        }

        if (Shell.TryRun("id", "-u", Account) is null)
        {
            Shell.Run("useradd", "--create-home", "--shell", "/bin/bash", Account);
        }

        string user = Shell.Run("id", "-u", Account).Trim();
        string group = Shell.Run("id", "-g", Account).Trim();
        return new TestUser(
            "user",
            ["setpriv", string.Create(CultureInfo.InvariantCulture, $"--reuid={user}"), $"--regid={group}", "--clear-groups", "--inh-caps=-all", "--"],
            $"{user}:{group}");
    }
}
