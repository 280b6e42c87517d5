using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Interpose.Tests.System.Faults;

/// <summary>
/// Somebody between the processes and their coordinator, on loopback: passes on all that either says until he is told to
/// meddle with the next frame that comes from a side.
/// </summary>
internal sealed class Meddler : IDisposable
{
    private const int HeaderSize = 4;
    private const int HandshakeFrames = 2; // of the coordinator: challenge and proof; of a process: its proof

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _coordinator;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<byte[], byte[], byte[]>? _meddle;
    private bool _fromCoordinator;

    public Meddler(IPEndPoint coordinator)
    {
        _coordinator = coordinator;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Where to connect instead.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Changes one frame after the handshake, the first one that has another one before it.</summary>
    /// <param name="fromCoordinator">Of the coordinator, or of a process.</param>
    /// <param name="meddle">Makes what goes on the wire out of the frame before (which has been sent) and this one.</param>
    /// <returns>Ends when it has happened.</returns>
    public Task MeddleAsync(bool fromCoordinator, Func<byte[], byte[], byte[]> meddle)
    {
        _fromCoordinator = fromCoordinator;
        Volatile.Write(ref _meddle, meddle);
        return _done.Task;
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            for (; ;)
            {
                Socket process = await _listener.AcceptSocketAsync();
                var coordinator = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await coordinator.ConnectAsync(_coordinator);
                _ = PassAsync(process, coordinator, fromCoordinator: false);
                _ = PassAsync(coordinator, process, fromCoordinator: true);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(Socket from, Socket to, bool fromCoordinator)
    {
        try
        {
            using (from)
            using (to)
            using (var stream = new NetworkStream(from))
            {
                byte[] before = [];
                for (int number = 0; ; number++)
                {
                    byte[] header = new byte[HeaderSize];
                    await stream.ReadExactlyAsync(header);
                    byte[] frame = [.. header, .. new byte[BinaryPrimitives.ReadInt32LittleEndian(header)]];
                    await stream.ReadExactlyAsync(frame.AsMemory(HeaderSize));
                    byte[] sent = frame;
                    if (number > HandshakeFrames && fromCoordinator == _fromCoordinator
                        && Interlocked.Exchange(ref _meddle, null) is { } meddle)
                    {
                        sent = meddle(before, frame);
                        _done.TrySetResult();
                    }

                    before = frame;
                    await to.SendAsync(sent);
                }
            }
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // One of them has closed it, or both have.
        }
    }
}
