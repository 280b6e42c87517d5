using System.Buffers;
using System.Globalization;
using Interpose.Linux;

namespace Interpose.Resources.Sockets;

/// <summary>What has arrived at a unix socket and was not read, with what the messages carry; it stays there.</summary>
internal sealed record UnixUnread(byte[] Bytes, IReadOnlyList<UnixMessage> Messages)
{
    private const int Stream = 1;

    public static UnixUnread Nothing { get; } = new([], []);

    /// <summary>Looks at the whole queue.</summary>
    /// <param name="keep">Gets descriptors that came out of a message, as numbers of the agent's table, and gives their numbers in the image.</param>
    /// <exception cref="TransientResourceException">It cannot be seen as a whole.</exception>
    public static UnixUnread Peek(DescriptorFacts facts, Func<int, int> keep)
    {
        using var borrowed = new BorrowedDescriptor(facts.Fd);
        if (!SocketUnread.IsReadable(borrowed.Fd))
        {
            return Nothing;
        }

        // All processes that have it look at once, and looking changes settings of the socket (SO_PEEK_OFF, SO_PASSCRED).
        using var turn = new SocketTurn(borrowed.Fd);
        bool isStream = facts.Socket!.Type == Stream, isShut = (facts.UnixPeer.Shutdown & 1) != 0;
        using var peek = new UnixPeek(borrowed.Fd, isStream);
        var bytes = new ArrayBufferWriter<byte>(isStream ? Math.Max(1, SocketFacts.Unread(borrowed.Fd)) : 256);
        var messages = new List<UnixMessage>();
        while (peek.Next(bytes.WrittenCount, int.MaxValue) is { } part)
        {
            if (part.Length == 0 && isShut)
            {
                break;
            }

            if (part.IsTruncated || part.Length == 0)
            {
                part.Close();
                throw new TransientResourceException(
                    $"fd {facts.Fd} is {facts.Target} with a message unread that is empty or carries too much, which cannot be "
                    + "checkpointed; try again when the program has read it");
            }

            // The kernel gives what came before the descriptors together with them; whoever reads less must not get them earlier.
            int before = isStream && part.Descriptors.Count > 0 ? peek.BytesBeforeDescriptors(bytes.WrittenCount, part.Length) : 0;
            if (before > 0)
            {
                messages.Add(new UnixMessage(before, [], part.Sender));
            }

            messages.Add(new UnixMessage(part.Length - before, [.. part.Descriptors.Select(keep)], part.Sender));
            bytes.Write(peek.Bytes(part.Length));
        }

        return bytes.WrittenCount == 0 && messages.Count == 0 ? Nothing : new UnixUnread(bytes.WrittenSpan.ToArray(), messages);
    }

    /// <summary>Into the image.</summary>
    public void Describe(bool isStream, Dictionary<string, string> extra)
    {
        bool isPlain = Messages.All(m => m.Descriptors.Count == 0 && m.Sender.IsUnknown);
        if (Messages.Count == 0 || (isStream && isPlain))
        {
            return;
        }

        extra[SocketRefill.Lengths] = string.Join(',', Messages.Select(m => m.Length));
        if (!isPlain)
        {
            extra[SocketRefill.Rights] = string.Join(
                ',', Messages.Select(m => string.Join('+', m.Descriptors.Select(d => d.ToString(CultureInfo.InvariantCulture)))));
            extra[SocketRefill.Credentials] = string.Join(',', Messages.Select(m => m.Sender.IsUnknown ? "" : m.Sender.ToString()));
        }
    }
}
