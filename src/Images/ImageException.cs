namespace Interpose.Images;

/// <summary>
/// An image, a manifest or a checkpoint directory is invalid, damaged or not meant for this machine. The message names
/// the file, the part of it, what was expected and found, and what to do; it is complete enough to be shown alone.
/// </summary>
public sealed class ImageException : Exception
{
    /// <summary>The published exit code of a command that ends with this error: image invalid or incompatible.</summary>
    public const int ExitCode = 6;

    public ImageException(string message)
        : base(message)
    {
    }

    public ImageException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
