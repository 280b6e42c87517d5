namespace Interpose.Protocol.Wire;

/// <summary>A record that is a message: its array starts with the message's type.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IMessage<TSelf> : IRecord<TSelf>
    where TSelf : IMessage<TSelf>
{
    /// <summary>The first element of the array.</summary>
    static abstract MessageType Type { get; }
}
