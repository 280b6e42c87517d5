using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Resources.Sockets;

namespace Interpose.Resources.Outside;

/// <summary>What rules of a restart and hooks know an open file by.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Name">The other end of a connection, the own address of what listens, otherwise a path.</param>
/// <param name="IsLost">Its other end is outside: unless something takes its place the program finds it closed.</param>
/// <param name="Local">The own address of a socket; "" for others.</param>
/// <param name="Peer">The other end of a socket; "" when there is none.</param>
public sealed record ObjectDescription(string Kind, string Name, bool IsLost, string Local, string Peer)
{
    private const int Everything = 3;

    /// <summary>The words that a rule may begin with.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
        ["tcp", "udp", "unix", "listen", "file", "directory", "fifo", "pipe", "device", "stdio"];

    /// <summary>Null: it cannot be replaced, for it belongs to the computation alone.</summary>
    public static ObjectDescription? Of(OpenFileDescription file) => file.Kind switch
    {
        OpenFileKind.Socket => OfSocket(new SocketRecord(file)),
        OpenFileKind.RegularFile when file.ContentObject == 0 => new("file", file.Path, false, "", ""),
        OpenFileKind.Directory when !file.Deleted => new("directory", file.Path, false, "", ""),
        OpenFileKind.NamedPipe => new("fifo", file.Path, false, "", ""),
        OpenFileKind.CharacterDevice => new("device", file.Path, false, "", ""),
        OpenFileKind.Stdio => new("stdio", file.Extra.GetValueOrDefault("stdio", "0"), false, "", ""),
        OpenFileKind.Pipe when file.Extra.GetValueOrDefault("outside") == "1" => new("pipe", file.Path, true, "", ""),
        _ => null,
    };

    /// <summary>Address family and type of the socket that can take the place of this one (socket(2)).</summary>
    public static (int Domain, int Type) SocketKind(OpenFileDescription file)
    {
        var socket = new SocketRecord(file);
        return (socket.Domain, socket.Type);
    }

    /// <summary>struct sockaddr of the other end of a socket.</summary>
    public static byte[] PeerAddress(OpenFileDescription file) => new SocketRecord(file).Peer.Bytes;

    /// <summary>A struct sockaddr for people.</summary>
    public static string AddressText(byte[] address) => new SocketAddress(address).ToString();

    /// <summary>Gives a socket that took the place of this one its options, as far as it has them.</summary>
    public static void SetOptions(OpenFileDescription file, int slot, Program.ProgramBuilder program)
    {
        if (file.Kind == OpenFileKind.Socket)
        {
            SocketOptions.Set(new SocketRecord(file).AllOptions, slot, program, reuse: false);
        }
    }

    private static ObjectDescription? OfSocket(SocketRecord socket)
    {
        string local = socket.Local.IsBound ? socket.Local.ToString() : "", peer = socket.IsConnected ? socket.Peer.ToString() : "";
        if (socket.IsListening)
        {
            return new("listen", local, false, local, "");
        }

        if (!socket.IsConnected || socket.IsInside || socket.UnixPeer != "0")
        {
            return null;
        }

        if (!socket.IsInternet)
        {
            return socket.Domain != SocketAddress.Unix || socket.Shutdown == Everything
                ? null
                : new("unix", socket.Peer.IsBound || local.Length == 0 ? peer : local, !socket.IsAddressed, local, peer);
        }

        return socket.IsTcp ? new("tcp", peer, true, local, peer) : new("udp", peer, false, local, peer);
    }

    public override string ToString() => Kind == "pipe" ? Name : string.Create(CultureInfo.InvariantCulture, $"{Kind}:{Name}");
}
