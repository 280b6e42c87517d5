using Interpose.Resources.Queues;

namespace Interpose.Tests.Unit.Resources;

public class QueueNotificationTests
{
    [Theory]
    [InlineData("QSIZE:129        NOTIFY:2     SIGNO:0     NOTIFY_PID:8260  ", 2, 0, 8260)]
    [InlineData("QSIZE:0          NOTIFY:0     SIGNO:37    NOTIFY_PID:12    \n", 0, 37, 12)]
    [InlineData("QSIZE:1 NOTIFY:0 SIGNO:0 NOTIFY_PID:0", 0, 0, 0)]
    [InlineData("", 0, 0, 0)]
    public void What_a_queue_reads_like_is_understood(string text, int kind, int signal, int pid) =>
        Assert.Equal(new QueueNotification(kind, signal, pid), QueueNotification.Parse(text));
}
