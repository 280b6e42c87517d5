using System.Globalization;
using Interpose.Images.Metadata;

namespace Interpose.Resources.Sockets;

/// <summary>What the image says of a socket beyond the fields that every open file has, by name.</summary>
internal sealed class SocketRecord(OpenFileDescription file)
{
    public int Domain => Number("domain");

    public int Type => Number("type");

    public int Protocol => Number("protocol");

    public bool IsListening => Number("listening") == 1;

    public bool IsConnected => Number("connected") == 1;

    /// <summary>Its place among the connections of the computation that wait to be accepted; 0: it does not.</summary>
    public int Place => Number("queued");

    /// <summary>Connections that waited to be accepted, whoever made them.</summary>
    public int Waiting => Number("waiting");

    /// <summary>Those of them that are restored.</summary>
    public int Known => Number("known");

    /// <summary>Multicast groups of an internet or netlink socket.</summary>
    public string Groups => file.Extra.GetValueOrDefault("groups", "");

    public int Backlog => Number("backlog");

    public SocketAddress Local => new(Convert.FromHexString(file.Extra.GetValueOrDefault("address", "")));

    public SocketAddress Peer => new(Convert.FromHexString(file.Extra.GetValueOrDefault("peer-address", "")));

    /// <summary>All that were read.</summary>
    public string AllOptions => file.Extra.GetValueOrDefault("options", "");

    /// <summary>Those that a new socket does not have anyway.</summary>
    public string Options => SocketDefaults.Without(AllOptions, Domain, Type, Protocol);

    /// <summary>Inode of the other end of a unix connection, when that is in the computation; otherwise 0.</summary>
    public string UnixPeer => file.Extra.GetValueOrDefault("peer", "0");

    /// <summary>Who is at the other end of a unix connection; of a socket that listens: what its clients will see.</summary>
    public PeerCredentials PeerCredentials => Sockets.PeerCredentials.Parse(file.Extra.GetValueOrDefault("peer-credentials", ""));

    /// <summary>The other end of a TCP connection is in the computation.</summary>
    public bool IsInside => Number("inside") == 1;

    /// <summary>It was accepted by somebody who still listens; null: that is not known.</summary>
    public bool? IsServer => file.Extra.GetValueOrDefault("server") switch
    {
        "1" => true,
        "0" => false,
        _ => null,
    };

    /// <summary>Host of the other end of a TCP connection inside the computation; empty: of the same process.</summary>
    public string PeerHost => file.Extra.GetValueOrDefault("peer-host", "");

    /// <summary>Address family of the other end's socket.</summary>
    public int PeerDomain => Number("peer-domain");

    /// <summary>TCP_ESTABLISHED (1), net/tcp_states.h.</summary>
    public int TcpState => Number("state");

    /// <summary>Directions of a unix connection that are shut down: <see cref="Sockets.UnixPeer.Shutdown"/>.</summary>
    public int Shutdown => Number("shutdown");

    /// <summary>Permissions of the file that a unix socket is bound to; 0: not known.</summary>
    public int PathMode => Number("mode");

    /// <summary>The path that it was bound to does not lead to it any more.</summary>
    public bool IsNameRemoved => Number("removed") == 1 && !(IsConnected && !IsAddressed);

    /// <summary>Where a TCP connection was being made to.</summary>
    public SocketAddress Connecting => new(Convert.FromHexString(file.Extra.GetValueOrDefault("connecting", "")));

    public bool IsInternet => Domain is SocketAddress.Internet or SocketAddress.Internet6;

    /// <summary>A unix datagram socket that sends to one with a name: only this end knows of it.</summary>
    public bool IsAddressed => Domain == SocketAddress.Unix && Type == 2 && Peer.IsBound;

    public bool IsTcp => IsInternet && Type == 1;

    private int Number(string name) =>
        int.TryParse(file.Extra.GetValueOrDefault(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out int n) ? n : 0;
}
