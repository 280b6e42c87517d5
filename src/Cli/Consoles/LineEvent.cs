namespace Interpose.Cli.Consoles;

/// <summary>What a key did to a line.</summary>
internal enum LineEvent
{
    /// <summary>The line or the cursor may have changed.</summary>
    Edited,

    /// <summary>The line is complete.</summary>
    Accepted,

    /// <summary>No more lines will come.</summary>
    EndOfInput,
}
