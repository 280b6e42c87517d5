using System.Runtime.InteropServices;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>Multicast groups of a netlink socket, such as those of routes and of devices (netlink(7)).</summary>
internal static unsafe class NetlinkGroups
{
    private const int Level = 270, Add = 1, List = 9; // SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NETLINK_LIST_MEMBERSHIPS
    private const int MaxBytes = 128;

    /// <summary>A bit for each group, in hex.</summary>
    public static string Read(int fd)
    {
        byte* groups = stackalloc byte[MaxBytes];
        int length = MaxBytes;
        return Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, Level, List, (ulong)groups, (ulong)&length) < 0
            ? ""
            : Convert.ToHexString(new ReadOnlySpan<byte>(groups, Math.Min(length, MaxBytes)));
    }

    public static void Join(string groups, int slot, ProgramBuilder program)
    {
        byte[] bits = Convert.FromHexString(groups);
        for (int group = 0; group < bits.Length * 8; group++)
        {
            if ((bits[group / 8] >> (group % 8) & 1) != 0)
            {
                int number = group + 1;
                program.Syscall(
                    $"netlink group {number}", SyscallNumber.Setsockopt,
                    [Argument.Slot(slot), Level, Add, program.Data(MemoryMarshal.AsBytes<int>([number])), 4], Expectation.Warn);
            }
        }
    }
}
