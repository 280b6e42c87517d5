using Interpose.Cli.State;

namespace Interpose.Cli.Launch;

/// <summary>
/// The usual launch without the machinery of the command line: a launch is to cost next to nothing. Whatever is out of
/// the ordinary (a flag it does not know, a mistake, a coordinator that has to be started or told something) is left
/// to <see cref="Verbs.RunVerb"/>, which accepts the same and more.
/// </summary>
internal static class FastLaunch
{
    // Settings that need more than a look at the state file.
    private static ReadOnlySpan<string> Elaborate =>
        new[] { "INTERPOSE_INTERVAL", "INTERPOSE_NEW_COORDINATOR", "INTERPOSE_CODEC", "INTERPOSE_ALLOW_UNMANAGED", "INTERPOSE_IO_URING", "INTERPOSE_LISTEN" };

    /// <summary>Becomes the program, or returns when that is not for this path.</summary>
    /// <exception cref="CliException">The program cannot be executed.</exception>
    public static void TryRun(string[] args)
    {
        foreach (string name in Elaborate)
        {
            if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)))
            {
                return;
            }
        }

        string? address = Environment.GetEnvironmentVariable("INTERPOSE_COORDINATOR");
        string? root = Environment.GetEnvironmentVariable("INTERPOSE_CKPT_DIR");
        int index = Parse(args, ref address, ref root);
        if (index < 0 || FindCoordinator(address) is not { } coordinator)
        {
            return;
        }

        if (string.IsNullOrEmpty(root))
        {
            root = null;
        }
        else
        {
            root = Path.GetFullPath(root);
            if (root != coordinator.CkptDir)
            {
                return;
            }
        }

        Launcher.Execute(args[index], args.Length - index, coordinator, root, codec: null, allowUnmanaged: false, ioUring: false);
    }

    // The index of the program's name, or -1 when this is not for us.
    private static int Parse(string[] args, ref string? address, ref string? root)
    {
        for (int i = 1; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--":
                    return i + 1 < args.Length ? i + 1 : -1;
                case "--coordinator" when i + 1 < args.Length:
                    address = args[++i];
                    break;
                case "--ckpt-dir" when i + 1 < args.Length:
                    root = args[++i];
                    break;
                default:
                    return args[i].StartsWith('-') || args[i].Length == 0 ? -1 : i;
            }
        }

        return -1;
    }

    private static CoordinatorRecord? FindCoordinator(string? address)
    {
        if (string.IsNullOrEmpty(address))
        {
            return CoordinatorFiles.FindDefault();
        }

        CoordinatorRecord? named = CoordinatorLocator.TryFind(address);
        return named is { Pid: > 0 } && CoordinatorFiles.IsAlive(named) ? named : null;
    }
}
