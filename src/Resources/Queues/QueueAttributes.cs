namespace Interpose.Resources.Queues;

/// <summary>mq_getattr(3).</summary>
/// <param name="MaxMessages">Messages that it holds at most.</param>
/// <param name="MessageSize">Bytes of a message at most.</param>
/// <param name="Count">Messages in it now.</param>
internal sealed record QueueAttributes(long MaxMessages, long MessageSize, long Count);
