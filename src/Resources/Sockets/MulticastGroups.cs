using System.Globalization;
using System.Net;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>
/// Multicast groups of a socket (ip(7), ipv6(7)). The kernel does not list those of one socket, but it lists all
/// (/proc/net/igmp, igmp6), and says of each group whether a socket is a member (MCAST_MSFILTER).
/// </summary>
internal static unsafe class MulticastGroups
{
    private const int Ip = 0, Ipv6 = 41, SourceFilter = 48, Join = 42; // SOL_IP, SOL_IPV6, MCAST_MSFILTER, MCAST_JOIN_GROUP
    private const int FilterSize = 144; // struct group_filter without sources: interface, padding, sockaddr_storage, mode, count
    private const int RequestSize = 136; // struct group_req
    private const int AddressAt = 8, CountAt = 140;

    /// <summary>"interface address;...": the groups of a socket.</summary>
    public static string Read(int fd, int family)
    {
        IEnumerable<(int Interface, IPAddress Group)> all = family == SocketAddress.Internet ? All4() : All6();
        return string.Join(';', all.Distinct().Where(g => IsMember(fd, g.Interface, g.Group))
            .Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Interface} {g.Group}")));
    }

    public static void Enter(string groups, int family, int slot, ProgramBuilder program)
    {
        foreach (string text in groups.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = text.Split(' ');
            byte[] request = new byte[RequestSize];
            Fill(request, int.Parse(parts[0], CultureInfo.InvariantCulture), IPAddress.Parse(parts[1]));
            program.Syscall(
                $"multicast group {parts[1]}", SyscallNumber.Setsockopt,
                [Argument.Slot(slot), family == SocketAddress.Internet ? Ip : Ipv6, Join, program.Data(request), request.Length], Expectation.Warn);
        }
    }

    private static bool IsMember(int fd, int device, IPAddress group)
    {
        byte[] filter = new byte[FilterSize];
        Fill(filter, device, group);
        int length = FilterSize, level = group.GetAddressBytes().Length == 4 ? Ip : Ipv6;
        fixed (byte* p = filter)
        {
            return Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, (ulong)level, SourceFilter, (ulong)p, (ulong)&length) >= 0
                && BitConverter.ToInt32(filter, CountAt) >= 0;
        }
    }

    private static void Fill(byte[] request, int device, IPAddress group)
    {
        byte[] address = group.GetAddressBytes();
        BitConverter.TryWriteBytes(request, device);
        request[AddressAt] = (byte)(address.Length == 4 ? SocketAddress.Internet : SocketAddress.Internet6);
        address.CopyTo(request, AddressAt + (address.Length == 4 ? 4 : 8));
    }

    // "Idx Device : Count Querier", and below each device lines with a group as a number in the byte order of the machine
    private static IEnumerable<(int, IPAddress)> All4()
    {
        int device = 0;
        foreach (string line in Sys.ReadText("/proc/self/net/igmp").Split('\n').Skip(1).Where(l => l.Length > 0))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (char.IsAsciiDigit(line[0]))
            {
                device = int.Parse(words[0], CultureInfo.InvariantCulture);
            }
            else if (uint.TryParse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out uint group))
            {
                yield return (device, new IPAddress(BitConverter.GetBytes(group)));
            }
        }
    }

    // index, device, group in hex, and more
    private static IEnumerable<(int, IPAddress)> All6()
    {
        foreach (string line in Sys.ReadText("/proc/self/net/igmp6").Split('\n'))
        {
            string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 2 && words[2].Length == 32)
            {
                yield return (int.Parse(words[0], CultureInfo.InvariantCulture), new IPAddress(Convert.FromHexString(words[2])));
            }
        }
    }
}
