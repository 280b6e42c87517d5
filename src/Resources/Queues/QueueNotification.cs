using System.Globalization;
using System.Text;
using Interpose.Linux;

namespace Interpose.Resources.Queues;

/// <summary>Who wants to be told of a message in the empty queue (mq_notify(3)).</summary>
/// <param name="Kind">SIGEV_SIGNAL 0, SIGEV_NONE 1, SIGEV_THREAD 2.</param>
/// <param name="Signal">Number of the signal.</param>
/// <param name="Pid">The process; 0: nobody.</param>
internal sealed record QueueNotification(int Kind, int Signal, int Pid)
{
    /// <summary>"QSIZE:129 NOTIFY:0 SIGNO:10 NOTIFY_PID:8260", what a queue reads like (mq_overview(7)).</summary>
    public static QueueNotification Parse(string text)
    {
        int Value(string name) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(w => w.StartsWith(name, StringComparison.Ordinal))
            .Select(w => int.TryParse(w.AsSpan(name.Length), CultureInfo.InvariantCulture, out int v) ? v : 0).FirstOrDefault();
        return new QueueNotification(Value("NOTIFY:"), Value("SIGNO:"), Value("NOTIFY_PID:"));
    }

    public static unsafe QueueNotification Of(int fd)
    {
        byte* text = stackalloc byte[256];
        long length = Sys.Try(SyscallNumber.Pread64, (ulong)fd, (ulong)text, 256, 0);
        return Parse(length > 0 ? Encoding.ASCII.GetString(text, (int)length).Trim() : "");
    }
}
