using Interpose.Protocol;

namespace Interpose.Cli;

/// <summary>A failure the user is told about: one message, one exit code, no stack trace.</summary>
public sealed class CliException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">The exit code.</param>
    /// <param name="message">What failed, where, why and what to do.</param>
    public CliException(ExitCode code, string message)
        : this((int)code, message)
    {
    }

    /// <summary>Creates the exception with an exit code that is not ours, such as 127 of a missing program.</summary>
    public CliException(int exitStatus, string message)
        : base(message) => ExitStatus = exitStatus;

    /// <summary>Creates the exception without details.</summary>
    public CliException()
        : this(ExitCode.Failure, string.Empty)
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    public CliException(string message)
        : this(ExitCode.Failure, message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    public CliException(string message, Exception innerException)
        : base(message, innerException) => ExitStatus = (int)ExitCode.Failure;

    /// <summary>The exit status of the command.</summary>
    public int ExitStatus { get; }
}
