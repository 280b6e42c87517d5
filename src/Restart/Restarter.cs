namespace Interpose.Restart;

/// <summary>Brings a checkpoint back to life.</summary>
public static class Restarter
{
    /// <summary>
    /// Validates the checkpoint, compiles it, and becomes the restorer, which becomes the program. Returns only by
    /// exception, or with an exit status when the restored program has ended.
    /// </summary>
    /// <exception cref="NotSupportedException">Always, for now.</exception>
    public static int Run(RestartOptions options) =>
        throw new NotSupportedException($"{options.CheckpointDirectory}: restarting is not built into this version");
}
