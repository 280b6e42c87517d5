using Interpose.Images.Metadata;

namespace Interpose.Restart.Terminals;

/// <summary>A program that talked to somebody at a terminal is not restarted where nobody is.</summary>
internal static class TerminalCheck
{
    private const uint FileType = 0xF000, CharacterDevice = 0x2000;

    /// <exception cref="NotSupportedException">It needs a terminal, and the restart command has none.</exception>
    public static void Require(OwnTerminal own, IReadOnlyList<ProcessMetadata> processes)
    {
        if (own.Exists)
        {
            return;
        }

        ProcessMetadata? user = processes.FirstOrDefault(
            p => InnerTerminals.IsOutside(p, processes) && p.Files.Descriptions.Any(IsTerminal));
        if (user is not null)
        {
            throw new NotSupportedException(
                $"process {user.Identity.Pid} ({user.Identity.Comm}) uses a terminal, and this command has none; restart it in a terminal "
                + "(from a script: `script -qc 'interpose restart DIR'`), or give it this command's standard input, output and error "
                + "as they are with --no-tty");
        }
    }

    private static bool IsTerminal(OpenFileDescription file) =>
        file.Kind == OpenFileKind.Stdio && (file.Mode & FileType) == CharacterDevice;
}
