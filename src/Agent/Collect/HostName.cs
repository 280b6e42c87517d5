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
    public static string Of(NativeState* state) => ValueOf(state->EnvironmentHost) is { Length: > 0 } name
        ? name
        : Sys.ReadText("/proc/sys/kernel/hostname").Trim();

    /// <summary>Addresses that restarts have changed, OLD=NEW,...</summary>
    public static string MovedOf(NativeState* state) => ValueOf(state->EnvironmentMoved);

    private static string ValueOf(byte* entry)
    {
        string text = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry));
        return text[(text.IndexOf('=', StringComparison.Ordinal) + 1)..];
    }
}
