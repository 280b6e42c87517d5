using Interpose.Protocol;

namespace Interpose.Coordinator.Server;

/// <summary>
/// The connections that have not yet proved that they know the secret: at most so many at a time, each for
/// <see cref="Handshake.Limit"/>. When there is no room and nobody makes some within a moment, as peers do that know the
/// secret, the oldest has to go: whoever fills the room and says nothing keeps nobody else out.
/// </summary>
/// <param name="capacity">How many.</param>
/// <param name="patience">How long the next one waits for room.</param>
internal sealed class Newcomers(int capacity, TimeSpan patience) : IDisposable
{
    private readonly SemaphoreSlim _room = new(capacity);
    private readonly LinkedList<PeerConnection> _waiting = new();

    /// <summary>Waits until there is room for one more.</summary>
    /// <exception cref="OperationCanceledException">The coordinator ends.</exception>
    public async Task MakeRoomAsync(CancellationToken cancellation)
    {
        while (!await _room.WaitAsync(patience, cancellation).ConfigureAwait(false))
        {
            lock (_waiting)
            {
                _waiting.First?.Value.Close();
            }
        }
    }

    /// <summary>Gives the room that was made to a connection.</summary>
    public LinkedListNode<PeerConnection> Enter(PeerConnection connection)
    {
        lock (_waiting)
        {
            return _waiting.AddLast(connection);
        }
    }

    /// <summary>It is a newcomer no more, or gone. Once for each that entered.</summary>
    public void Leave(LinkedListNode<PeerConnection> place)
    {
        lock (_waiting)
        {
            if (place.List is null)
            {
                return;
            }

            _waiting.Remove(place);
        }

        _room.Release();
    }

    /// <summary>Room that was made is not needed.</summary>
    public void Cancel() => _room.Release();

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();
}
