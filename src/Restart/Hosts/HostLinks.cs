using System.Buffers.Binary;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Interpose.Linux;
using Interpose.Resources.Sockets;

namespace Interpose.Restart.Hosts;

/// <summary>
/// Makes the TCP connections between the hosts of a restart anew, before the restorer starts: it inherits them as fds.
/// The end with the lower address accepts, the other one asks where that host lives now and connects. Both prove that
/// they know the secret, hand each other what was unread, and send it again.
/// </summary>
internal sealed class HostLinks(
    IReadOnlyList<HostLink> links, IReadOnlyList<string> formerAddresses, byte[] secret, Func<byte[], byte[], byte[]> authenticate)
{
    private const int ProofSize = 32, KeySize = 16, HelloSize = ProofSize + KeySize;
    private const int MaxUnread = 256 << 20;
    private const int SetFlags = 4, ReadWrite = 2, DuplicateAbove = 0, Above = 100; // F_SETFL, O_RDWR, F_DUPFD
    private const string VersionFour = "4/", VersionSix = "6/", Former = "was/";
    private static readonly TimeSpan s_addressLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, int> _fds = new(StringComparer.Ordinal);

    /// <summary>Addresses that hosts have no more; known when everything is connected.</summary>
    public MovedAddresses Moved { get; private set; } = MovedAddresses.None;

    /// <summary>Connects everything.</summary>
    /// <param name="meet">Tells the others where this host accepts connections; where the hosts are, when all are ready.</param>
    /// <returns>The fd of each link, by its key. They stay open over an exec.</returns>
    /// <exception cref="IOException">A connection cannot be made.</exception>
    public async Task<IReadOnlyDictionary<string, int>> MakeAsync(
        Func<IReadOnlyList<string>, IReadOnlyDictionary<string, IReadOnlyList<string>>> meet)
    {
        // A program asks its sockets for their addresses (getpeername(2)): they must be of the family they had.
        using Socket four = Listen(AddressFamily.InterNetwork), six = ListenOnSix();
        using var limit = new CancellationTokenSource();
        Task[] accepting = [AcceptAsync(four, Accepted(isVersion6: false), limit.Token), AcceptAsync(six, Accepted(isVersion6: true), limit.Token)];
        IReadOnlyDictionary<string, IReadOnlyList<string>> hosts = meet(
            [.. Published(four, VersionFour), .. Published(six, VersionSix), .. formerAddresses.Select(a => Former + a)]);
        Moved = MovedAddresses.Of(hosts.Values.Select(a => (With(a, Former), PresentOf(a))));
        limit.CancelAfter(s_limit);
        Task[] connecting = [.. links.Where(l => !l.IsLower).Select(l => ConnectAsync(l, hosts, limit.Token))];
        try
        {
            await Task.WhenAll([.. accepting, .. connecting]).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            string[] missing = [.. links.Where(l => !_fds.ContainsKey(l.Key)).Select(l => l.Name)];
            throw new IOException(
                $"{missing.Length} connections between hosts could not be made within {s_limit.TotalSeconds:0} s, such as the "
                + $"{missing.FirstOrDefault()}; do firewalls let the hosts connect to each other?");
        }
        catch (SocketException e)
        {
            throw new IOException($"a connection between hosts broke while it was made ({e.Message}); did the restart fail on another host?", e);
        }

        return _fds;
    }

    private static IReadOnlyList<string> With(IReadOnlyList<string> addresses, string prefix) =>
        [.. addresses.Where(a => a.StartsWith(prefix, StringComparison.Ordinal)).Select(a => a[prefix.Length..])];

    private static IReadOnlyList<string> PresentOf(IReadOnlyList<string> addresses) =>
        [.. With(addresses, VersionFour).Select(a => IPEndPoint.Parse(a).Address).Where(a => !IPAddress.IsLoopback(a)).Select(a => a.ToString())];

    private Dictionary<(ulong Low, ulong High), HostLink> Accepted(bool isVersion6) =>
        links.Where(l => l.IsLower && l.IsVersion6 == isVersion6).ToDictionary(l => (l.Low, l.High));

    private static IEnumerable<string> Published(Socket listener, string version)
    {
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        return Addresses().Where(a => version == VersionSix || a.AddressFamily == AddressFamily.InterNetwork)
            .Select(a => $"{version}{new IPEndPoint(a, port)}");
    }

    private static Socket Listen(AddressFamily family)
    {
        var listener = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6)
        {
            listener.DualMode = true;
        }

        listener.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0));
        listener.Listen(1024);
        return listener;
    }

    private static Socket ListenOnSix()
    {
        try
        {
            return Listen(AddressFamily.InterNetworkV6);
        }
        catch (SocketException)
        {
            // A kernel without IPv6: then a program had no such socket, unless it comes from another machine.
            return Listen(AddressFamily.InterNetwork);
        }
    }

    /// <summary>All of this host's, loopback last: it is right when two hosts were brought to one machine.</summary>
    private static IEnumerable<IPAddress> Addresses() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up || i.NetworkInterfaceType == NetworkInterfaceType.Loopback)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses).Select(a => a.Address)
            .Where(a => !a.IsIPv6LinkLocal)
            .Append(IPAddress.Loopback).Distinct().OrderBy(IPAddress.IsLoopback);

    private async Task AcceptAsync(Socket listener, Dictionary<(ulong Low, ulong High), HostLink> expected, CancellationToken limit)
    {
        var exchanges = new List<Task>();
        for (int left = expected.Count; left > 0;)
        {
            Socket socket = await listener.AcceptAsync(limit).ConfigureAwait(false);
            byte[] hello = new byte[HelloSize];
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
            patience.CancelAfter(s_addressLimit);
            try
            {
                await ReceiveAsync(socket, hello, patience.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException || (e is OperationCanceledException && !limit.IsCancellationRequested))
            {
                socket.Dispose();
                continue;
            }

            (ulong, ulong) key = (BinaryPrimitives.ReadUInt64LittleEndian(hello), BinaryPrimitives.ReadUInt64LittleEndian(hello.AsSpan(8)));
            if (!hello.AsSpan(KeySize).SequenceEqual(Proof("connect", hello.AsSpan(0, KeySize))) || !expected.Remove(key, out HostLink? link))
            {
                socket.Dispose();
                continue;
            }

            left--;
            await SendAsync(socket, Proof("accept", hello.AsSpan(0, KeySize)), limit).ConfigureAwait(false);
            exchanges.Add(ExchangeAsync(socket, link, limit));
        }

        await Task.WhenAll(exchanges).ConfigureAwait(false);
    }

    private async Task ConnectAsync(
        HostLink link, IReadOnlyDictionary<string, IReadOnlyList<string>> hosts, CancellationToken limit)
    {
        if (!hosts.TryGetValue(link.PeerHost, out IReadOnlyList<string>? addresses))
        {
            throw new IOException($"the {link.Name}: no host of the restart is called {link.PeerHost}");
        }

        byte[] hello = new byte[HelloSize], answer = new byte[ProofSize];
        BinaryPrimitives.WriteUInt64LittleEndian(hello, link.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(hello.AsSpan(8), link.High);
        Proof("connect", hello.AsSpan(0, KeySize)).CopyTo(hello.AsSpan(KeySize));
        string reason = "it has no address";
        string version = link.IsPeerVersion6 ? VersionSix : VersionFour;
        foreach (string text in addresses.Where(a => a.StartsWith(version, StringComparison.Ordinal)).Select(a => a[version.Length..]))
        {
            IPEndPoint address = IPEndPoint.Parse(text);
            if (!link.IsVersion6 && address.AddressFamily != AddressFamily.InterNetwork)
            {
                continue;
            }

            var socket = new Socket(link.IsVersion6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            if (link.IsVersion6)
            {
                socket.DualMode = true;
                address.Address = address.Address.MapToIPv6();
            }

            using var patience = CancellationTokenSource.CreateLinkedTokenSource(limit);
            patience.CancelAfter(s_addressLimit);
            try
            {
                await socket.ConnectAsync(address, patience.Token).ConfigureAwait(false);
                await SendAsync(socket, hello, patience.Token).ConfigureAwait(false);
                await ReceiveAsync(socket, answer, patience.Token).ConfigureAwait(false);
                if (answer.AsSpan().SequenceEqual(Proof("accept", hello.AsSpan(0, KeySize))))
                {
                    await ExchangeAsync(socket, link, limit).ConfigureAwait(false);
                    return;
                }

                reason = $"{text}: not the host that was meant";
            }
            catch (Exception e) when (e is IOException or SocketException || (e is OperationCanceledException && !limit.IsCancellationRequested))
            {
                reason = $"{text}: {e.Message}";
            }

            socket.Dispose();
        }

        throw new IOException($"the {link.Name} cannot be made: {reason}; do firewalls let the hosts connect to each other?");
    }

    private byte[] Proof(string label, ReadOnlySpan<byte> key) =>
        authenticate(secret, [.. Encoding.ASCII.GetBytes($"interpose-link-{label}"), .. key]);

    /// <summary>Each end has what had arrived at it; the other one sends that again.</summary>
    private async Task ExchangeAsync(Socket socket, HostLink link, CancellationToken limit)
    {
        byte[] size = new byte[4], theirSize = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, link.Unread.Length);
        Task telling = TellAsync();
        await ReceiveAsync(socket, theirSize, limit).ConfigureAwait(false);
        int length = BinaryPrimitives.ReadInt32LittleEndian(theirSize);
        if (length is < 0 or > MaxUnread)
        {
            throw new IOException($"the {link.Name}: the other host says that {length} bytes were unread");
        }

        byte[] theirs = new byte[length];
        await ReceiveAsync(socket, theirs, limit).ConfigureAwait(false);
        await telling.ConfigureAwait(false);
        await RefillAsync(socket, link, theirs, limit).ConfigureAwait(false);
        if (link.HasSentEnd)
        {
            socket.Shutdown(SocketShutdown.Send);
        }

        // A description without O_NONBLOCK, which is the framework's; the program's own flags are set later.
        int own = (int)socket.Handle;
        int fd = (int)Sys.Call(link.Name, SyscallNumber.Fcntl, (ulong)own, DuplicateAbove, Above);
        Sys.Call(link.Name, SyscallNumber.Fcntl, (ulong)fd, SetFlags, ReadWrite);
        lock (_fds)
        {
            _fds[link.Key] = fd;
        }

        // Not closed: disposing would shut down the connection that the duplicate shares.
        socket.SafeHandle.SetHandleAsInvalid();
        Sys.Close(own);

        async Task TellAsync()
        {
            await SendAsync(socket, size, limit).ConfigureAwait(false);
            await SendAsync(socket, link.Unread, limit).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Each end sends what the other had not read, and waits until it has its own: nobody reads before the program does, so
    /// all of it must find room at the receiver (socket(7), SO_RCVLOWAT: as far as tcp_rmem goes).
    /// </summary>
    private static async Task RefillAsync(Socket socket, HostLink link, byte[] theirs, CancellationToken limit)
    {
        const int socketLevel = 1, lowWater = 18; // SOL_SOCKET, SO_RCVLOWAT
        Task sending = SendAsync(socket, theirs, limit);
        while (socket.Available < link.Unread.Length)
        {
            // Whoever sends is told of the room when somebody has looked at the queue.
            socket.SetRawSocketOption(socketLevel, lowWater, BitConverter.GetBytes(int.MaxValue));
            Peek((int)socket.Handle);
            await Task.Delay(1, limit).ConfigureAwait(false);
        }

        await sending.ConfigureAwait(false);
        socket.SetRawSocketOption(socketLevel, lowWater, BitConverter.GetBytes(1));
    }

    private static unsafe void Peek(int fd)
    {
        const int peekNow = 0x42; // MSG_PEEK | MSG_DONTWAIT
        byte data;
        Sys.Try(SyscallNumber.Recvfrom, (ulong)fd, (ulong)&data, 1, peekNow);
    }

    private static async Task SendAsync(Socket socket, byte[] bytes, CancellationToken limit)
    {
        for (int sent = 0; sent < bytes.Length;)
        {
            sent += await socket.SendAsync(bytes.AsMemory(sent), SocketFlags.None, limit).ConfigureAwait(false);
        }
    }

    private static async Task ReceiveAsync(Socket socket, byte[] bytes, CancellationToken limit)
    {
        for (int received = 0; received < bytes.Length;)
        {
            int n = await socket.ReceiveAsync(bytes.AsMemory(received), SocketFlags.None, limit).ConfigureAwait(false);
            received += n > 0 ? n : throw new IOException("the other side closed the connection");
        }
    }
}
