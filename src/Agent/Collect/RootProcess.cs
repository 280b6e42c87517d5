using System.Text;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>Whether this process was started by the run command: its parent is outside, and lives.</summary>
internal static class RootProcess
{
    public static bool IsThis()
    {
        string parent = new StatusFile("/proc/self/status")["PPid"];
        byte[] environment = Sys.TryReadFile($"/proc/{parent}/environ") ?? [];
        return parent != "1" && environment.AsSpan().IndexOf(Encoding.ASCII.GetBytes("INTERPOSE_COMPUTATION=")) < 0;
    }
}
