using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Interpose.Coordinator.Logging;
using Interpose.Linux;
using Interpose.Protocol;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Server;

/// <summary>
/// What a privileged coordinator does for processes of its own host that may not do it themselves, such as those of a server
/// that has given up its privileges or that sees another root directory: it opens their images and compares their files with
/// those of others. They come with a ticket to an abstract unix socket (unix(7)), which is in no directory.
/// </summary>
internal sealed class HostService : IDisposable
{
    private const int Backlog = 512;
    private const int OwnerOnly = 0x180; // 0600
    private const int CompareFiles = 0;  // KCMP_FILE, kcmp(2)
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, string> _images = new(StringComparer.Ordinal);
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ILogger _logger;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="SocketException">There is no such socket to be had.</exception>
    public HostService(ILogger logger)
    {
        _logger = logger;
        Name = "interpose-" + NewTicket();
        _listener.Bind(new UnixDomainSocketEndPoint('\0' + Name));
        _listener.Listen(Backlog);
        _ = AcceptAsync();
    }

    /// <summary>Name of the socket in the abstract namespace, without the NUL in front.</summary>
    public string Name { get; }

    /// <summary>A ticket that is good for one process during one checkpoint.</summary>
    /// <param name="image">The file that it may have opened.</param>
    public string Admit(string image)
    {
        string ticket = NewTicket();
        _images[ticket] = image;
        return ticket;
    }

    /// <summary>No ticket is good any more.</summary>
    public void Forget() => _images.Clear();

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static string NewTicket() => Convert.ToHexString(Randomness.Bytes(HostRequest.TicketLength / 2));

    private async Task AcceptAsync()
    {
        for (;;)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptAsync().ConfigureAwait(false));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        using (var limit = new CancellationTokenSource(s_patience))
        {
            try
            {
                byte[] request = new byte[HostRequest.Size];
                for (int have = 0, got = 1; have < request.Length && got > 0; have += got)
                {
                    got = await client.ReceiveAsync(request.AsMemory(have), limit.Token).ConfigureAwait(false);
                }

                if (!_images.TryGetValue(Encoding.ASCII.GetString(request, 0, HostRequest.TicketLength), out string? image))
                {
                    _logger.Refused("a process of this host", "it asked for help without a ticket");
                    return;
                }

                int[] words = [.. Enumerable.Range(0, HostRequest.Words).Select(i =>
                    BinaryPrimitives.ReadInt32LittleEndian(request.AsSpan(HostRequest.TicketLength + (4 * i))))];
                if (words[0] == HostRequest.OpenImage)
                {
                    Open(client, image);
                }
                else if (words[0] == HostRequest.Compare)
                {
                    byte[] answer = new byte[4];
                    BinaryPrimitives.WriteInt32LittleEndian(
                        answer, (int)Sys.Try(SyscallNumber.Kcmp, (ulong)words[1], (ulong)words[2], CompareFiles, (ulong)words[3], (ulong)words[4]));
                    await client.SendAsync(answer, limit.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                _logger.Refused("a process of this host", e.Message);
            }
        }
    }

    /// <summary>Closing without an fd says that there is none: the process reports what it met itself.</summary>
    private void Open(Socket client, string path)
    {
        const int flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Truncate | OpenFlags.CloseOnExec;
        long fd = Sys.TryOpen(path, flags, OwnerOnly);
        if (fd < 0)
        {
            _logger.Refused(path, new SyscallException("open", (int)-fd, path).Message);
            return;
        }

        long outcome = PassedDescriptor.TrySend((int)client.Handle, (int)fd);
        Sys.Close((int)fd);
        if (outcome < 0)
        {
            _logger.Refused(path, new SyscallException("sendmsg", (int)-outcome, path).Message);
        }
    }
}
