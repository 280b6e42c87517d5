using System.Globalization;
using Interpose.Linux;
using Interpose.Resources;

namespace Interpose.Agent.Collect;

/// <summary>
/// Trees of processes are not restored yet: a checkpoint that could not be restarted must not look like one.
/// </summary>
internal static class ChildProcesses
{
    /// <exception cref="UnsupportedResourceException">A child is alive.</exception>
    public static void Refuse(int pid)
    {
        foreach (int tid in ProcDirectory.Numbers("/proc/self/task"))
        {
            // "4242 4243 ", proc_pid_task(5)
            string children = Sys.ReadText($"/proc/self/task/{tid}/children");
            foreach (string child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                var status = new StatusFile($"/proc/{int.Parse(child, CultureInfo.InvariantCulture)}/status");
                if (status["State"] is { Length: > 0 } state && state[0] is not 'Z' and not 'X')
                {
                    throw new UnsupportedResourceException(
                        $"pid {pid} has a child process, pid {child} ({status["Name"]}), and trees of processes cannot be "
                        + "restarted yet; checkpoint when it has ended, or run the child under 'interpose run' by itself");
                }
            }
        }
    }
}
