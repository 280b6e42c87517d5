using System.Globalization;

namespace Interpose.Cli.State;

/// <summary>Where coordinators are found: one directory per user, readable by its owner only.</summary>
internal static class StateDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The directory; it need not exist.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The default coordinator: a symbolic link to a file in <see cref="Coordinators"/>.</summary>
    public static string DefaultFile => Root + "/coordinator.json";

    /// <summary>Held by whoever starts a default coordinator.</summary>
    public static string StartLock => Root + "/start.lock";

    /// <summary>One file per coordinator.</summary>
    public static string Coordinators => Root + "/coordinators";

    /// <summary>Logs of daemons.</summary>
    public static string Logs => Root + "/log";

    /// <summary>Where checkpoints go unless told otherwise.</summary>
    public static string Checkpoints => Root + "/checkpoints";

    /// <summary>The file of the coordinator on a port.</summary>
    public static string FileOf(int port) => Coordinators + "/" + port.ToString(CultureInfo.InvariantCulture) + ".json";

    /// <summary>Locked by the coordinator on a port for as long as it lives.</summary>
    public static string LockOf(int port) => Coordinators + "/" + port.ToString(CultureInfo.InvariantCulture) + ".lock";

    /// <summary>Creates a directory of the state, for its owner only.</summary>
    /// <exception cref="CliException">It cannot be created.</exception>
    public static void Create(string directory)
    {
        try
        {
            Directory.CreateDirectory(Root, OwnerOnly);
            Directory.CreateDirectory(directory, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                Protocol.ExitCode.Failure,
                $"cannot create the state directory {directory}: {e.Message}; set XDG_STATE_HOME to a writable directory");
        }
    }

    private static string FindRoot()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        if (string.IsNullOrEmpty(state) || !state.StartsWith('/'))
        {
            string? home = Environment.GetEnvironmentVariable("HOME");
            state = (string.IsNullOrEmpty(home) ? "/tmp/interpose-" + Environment.UserName : home) + "/.local/state";
        }

        return state.TrimEnd('/') + "/interpose";
    }
}
