using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Logging;

/// <summary>
/// Logs refused connections, but not more than so many in a while: whoever can connect could fill the disk otherwise.
/// What was left out is counted.
/// </summary>
internal sealed class RefusalLog(ILogger logger, TimeProvider time)
{
    private const int Lines = 100;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _begun = time.GetUtcNow();
    private int _written;
    private int _left;

    public void Refused(string peer, string reason)
    {
        int left;
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            left = 0;
            if (now - _begun > s_window)
            {
                (left, _left) = (_left, 0);
                (_begun, _written) = (now, 0);
            }

            if (_written == Lines)
            {
                _left++;
                return;
            }

            _written++;
        }

        if (left > 0)
        {
            logger.RefusedMore(left);
        }

        logger.Refused(peer, reason);
    }
}
