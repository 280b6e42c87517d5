namespace Interpose.Protocol;

/// <summary>The peer broke the protocol. The only safe answer is to close the connection.</summary>
public sealed class ProtocolException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public ProtocolException()
    {
    }

    /// <summary>Creates the exception with a message that says which rule was broken.</summary>
    public ProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and the decoder's own error.</summary>
    public ProtocolException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
