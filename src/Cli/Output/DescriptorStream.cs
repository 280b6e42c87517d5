using Interpose.Linux;

namespace Interpose.Cli.Output;

/// <summary>
/// Writes with write(2) to a descriptor that is shared with others. The framework's FileStream keeps a position of its own
/// for a regular file and writes there (pwrite(2)): whoever has inherited the descriptor then writes over it.
/// </summary>
/// <param name="fd">Where to; it stays open.</param>
internal sealed class DescriptorStream(int fd) : Stream
{
    private const int Interrupted = -4, TryAgain = -11; // EINTR, EAGAIN
    private const short WaitMilliseconds = 10;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // Nothing is held back.
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            long written = Sys.TryWrite(fd, buffer);
            switch (written)
            {
                case Interrupted:
                    break;
                case TryAgain:
                    // Somebody who shares it has made it non-blocking.
                    Thread.Sleep(WaitMilliseconds);
                    break;
                case < 0:
                    throw new IOException($"cannot write to fd {fd}", new SyscallException("write", (int)-written, $"fd {fd}"));
                default:
                    buffer = buffer[(int)written..];
                    break;
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
