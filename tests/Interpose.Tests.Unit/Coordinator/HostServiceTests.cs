using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Interpose.Coordinator.Server;
using Interpose.Linux;
using Interpose.Protocol;
using Interpose.Tests.Unit.Images;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>What the coordinator does for processes that may do less, and for whom it does not.</summary>
public sealed class HostServiceTests
{
    private readonly RecordingLogger _logger = new();

    [Fact]
    public void Opens_the_image_that_a_ticket_is_for()
    {
        using var directory = new TestDirectory();
        string image = Path.Combine(directory.Path, "a.img");
        using var service = new HostService(_logger);
        using Socket socket = Connect(service);
        socket.Send(Request(service.Admit(image), HostRequest.OpenImage));
        int fd = PassedDescriptor.TryReceive((int)socket.Handle, wait: true);
        Assert.True(fd >= 0);
        Sys.TryWrite(fd, "content"u8);
        Sys.Close(fd);
        Assert.Equal("content", File.ReadAllText(image));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(image));
    }

    [Fact]
    public void Compares_files_as_the_kernel_does()
    {
        using var service = new HostService(_logger);
        string ticket = service.Admit("/nowhere");
        Assert.Equal(0, Compare(service, ticket, 1, 1));
        Assert.NotEqual(0, Compare(service, ticket, 1, 1000));
    }

    [Fact]
    public void Does_nothing_without_a_ticket()
    {
        using var directory = new TestDirectory();
        string image = Path.Combine(directory.Path, "a.img");
        using var service = new HostService(_logger);
        service.Admit(image);
        Assert.Equal(-1, Open(service, new string('0', HostRequest.TicketLength)));
        Assert.False(File.Exists(image));
    }

    [Fact]
    public void Does_nothing_when_the_checkpoint_is_over()
    {
        using var directory = new TestDirectory();
        string image = Path.Combine(directory.Path, "a.img");
        using var service = new HostService(_logger);
        string ticket = service.Admit(image);
        service.Forget();
        Assert.Equal(-1, Open(service, ticket));
        Assert.False(File.Exists(image));
    }

    [Fact]
    public void Says_that_it_could_not_open_by_closing()
    {
        using var service = new HostService(_logger);
        Assert.Equal(-1, Open(service, service.Admit("/nowhere/a.img")));
    }

    private static int Open(HostService service, string ticket)
    {
        using Socket socket = Connect(service);
        socket.Send(Request(ticket, HostRequest.OpenImage));
        return PassedDescriptor.TryReceive((int)socket.Handle, wait: true);
    }

    private static int Compare(HostService service, string ticket, int fd, int otherFd)
    {
        using Socket socket = Connect(service);
        socket.Send(Request(ticket, HostRequest.Compare, Environment.ProcessId, Environment.ProcessId, fd, otherFd));
        byte[] answer = new byte[4];
        Assert.Equal(answer.Length, socket.Receive(answer));
        return BinaryPrimitives.ReadInt32LittleEndian(answer);
    }

    private static Socket Connect(HostService service)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint('\0' + service.Name));
        return socket;
    }

    private static byte[] Request(string ticket, params int[] words)
    {
        byte[] request = new byte[HostRequest.Size];
        Encoding.ASCII.GetBytes(ticket, request);
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(HostRequest.TicketLength + (4 * i)), words[i]);
        }

        return request;
    }
}
