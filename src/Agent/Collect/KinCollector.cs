using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>How the process belongs to others: parent, and children that have ended.</summary>
internal static class KinCollector
{
    // Fields of /proc/PID/stat, counted from the state, which follows the name (proc_pid_stat(5)).
    private const int Parent = 1, Group = 2, Session = 3, ExitSignalField = 35;

    /// <summary>What the parent gets when this process ends.</summary>
    public static int ExitSignal() => Field(Stat("/proc/self/stat"), ExitSignalField);

    /// <summary>When this process began, seconds since 1970, rounded down (proc_pid_stat(5), proc_stat(5)).</summary>
    public static long Started()
    {
        const int startTime = 19, ticksPerSecond = 100; // USER_HZ, time(7)
        string boot = Sys.ReadText("/proc/stat").Split('\n').FirstOrDefault(l => l.StartsWith("btime ", StringComparison.Ordinal), "btime 0");
        string[] stat = Stat("/proc/self/stat");
        long ticks = stat.Length > startTime ? long.Parse(stat[startTime], CultureInfo.InvariantCulture) : 0;
        return long.Parse(boot["btime ".Length..], CultureInfo.InvariantCulture) + (ticks / ticksPerSecond) - 1;
    }

    /// <summary>Children whose status has not been collected.</summary>
    public static List<ZombieChild> Zombies()
    {
        var zombies = new List<ZombieChild>();
        foreach (int child in Children())
        {
            string[] stat = Stat($"/proc/{child}/stat");
            if (stat is ["Z", ..])
            {
                zombies.Add(new ZombieChild
                {
                    Pid = child,
                    ProcessGroup = Field(stat, Group),
                    Session = Field(stat, Session),
                    ExitSignal = Field(stat, ExitSignalField),
                    Status = StatusOf(child),
                    Comm = Sys.ReadText($"/proc/{child}/comm").TrimEnd('\n'),
                });
            }
        }

        return zombies;
    }

    /// <summary>
    /// The status that wait(2) is going to give, which stays to be collected. /proc/PID/stat shows it only to whom the
    /// ended process had no privilege over.
    /// </summary>
    private static unsafe int StatusOf(int pid)
    {
        // waitid(2): WEXITED, WNOHANG, WNOWAIT, __WALL; siginfo_t of SIGCHLD: code at 8, status at 24
        const int pidType = 1, exited = 4, noHang = 1, doNotCollect = 0x01000000, all = 0x40000000, byExit = 1, dumped = 3;
        byte* info = stackalloc byte[128];
        new Span<byte>(info, 128).Clear();
        Sys.Try(SyscallNumber.Waitid, pidType, (ulong)pid, (ulong)info, exited | noHang | doNotCollect | all, 0);
        int code = *(int*)(info + 8), status = *(int*)(info + 24);
        return code == byExit ? (status & 0xff) << 8 : status | (code == dumped ? 0x80 : 0);
    }

    /// <summary>All children, whichever thread created them, in the order in which the kernel keeps them.</summary>
    public static List<int> Children()
    {
        var all = new List<int>();
        foreach (int tid in ProcDirectory.Numbers("/proc/self/task"))
        {
            // "4242 4243 ", proc_pid_task(5)
            string children = Sys.ReadText($"/proc/self/task/{tid}/children");
            all.AddRange(children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(c => int.Parse(c, CultureInfo.InvariantCulture)));
        }

        return all;
    }

    /// <summary>Whether all its threads are stopped and sleep, proc_pid_wchan(5), or it has ended.</summary>
    public static bool IsAtRest(int pid)
    {
        if (Stat($"/proc/{pid}/stat") is ["Z", ..])
        {
            return true;
        }

        foreach (int tid in ProcDirectory.Numbers($"/proc/{pid}/task"))
        {
            if (Stat($"/proc/{pid}/task/{tid}/stat") is not ["T", ..] || Sys.ReadText($"/proc/{pid}/task/{tid}/wchan") is "" or "0")
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a signal has stopped it.</summary>
    public static bool IsStopped(int pid) => Stat($"/proc/{pid}/stat") is ["T", ..];

    /// <summary>Parent, process group and session of a process; zeros where they are of another pid namespace.</summary>
    /// <param name="process">Its number, or "self".</param>
    /// <exception cref="SyscallException">There is none.</exception>
    public static (int Parent, int Group, int Session) Kin(string process)
    {
        string[] stat = Stat($"/proc/{process}/stat");
        return (Field(stat, Parent), Field(stat, Group), Field(stat, Session));
    }

    /// <summary>The fields behind the name, which may hold anything.</summary>
    private static string[] Stat(string path)
    {
        string text = Sys.ReadText(path);
        return text[(text.LastIndexOf(')') + 1)..].Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static int Field(string[] stat, int index) =>
        stat.Length > index && int.TryParse(stat[index], CultureInfo.InvariantCulture, out int value) ? value : 0;
}
