using System.Runtime.InteropServices;

namespace Interpose.Agent.Abi;

/// <summary>struct ip_mq_notification of interpose_abi.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeMqNotification
{
    public ulong Inode;
    public ulong Value;
}
