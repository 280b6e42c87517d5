using System.Runtime.InteropServices;

namespace Interpose.Linux;

/// <summary>A system call failed.</summary>
/// <param name="call">Name of the call.</param>
/// <param name="errno">Error number, positive.</param>
/// <param name="subject">What it was applied to: a path, an fd, a pid.</param>
public sealed class SyscallException(string call, int errno, string subject)
    : Exception($"{call}({subject}): {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
{
    /// <summary>errno(3), positive.</summary>
    public int Errno { get; } = errno;

    public string Call { get; } = call;
}
