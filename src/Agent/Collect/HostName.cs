using System.Runtime.InteropServices;
using System.Text;
using Interpose.Agent.Abi;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>
/// The name by which this process's host is known to the computation: what INTERPOSE_HOST_NAME or a restart says,
/// otherwise the machine's. Two hosts that were brought to one machine keep two names.
/// </summary>
internal static unsafe class HostName
{
    public static string Of(NativeState* state)
    {
        string entry = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(state->EnvironmentHost));
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        return equals >= 0 && equals + 1 < entry.Length ? entry[(equals + 1)..] : Sys.ReadText("/proc/sys/kernel/hostname").Trim();
    }
}
