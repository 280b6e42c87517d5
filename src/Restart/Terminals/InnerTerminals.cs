using Interpose.Images.Metadata;

namespace Interpose.Restart.Terminals;

/// <summary>Sessions whose terminal is a pseudoterminal of the computation itself.</summary>
internal static class InnerTerminals
{
    /// <summary>The process has a controlling terminal, and its other end is outside.</summary>
    public static bool IsOutside(ProcessMetadata process, IReadOnlyList<ProcessMetadata> processes) =>
        process.Terminal.Device != 0;
}
