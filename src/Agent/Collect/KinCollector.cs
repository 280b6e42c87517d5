using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>How the process belongs to others: parent, and children that have ended.</summary>
internal static class KinCollector
{
    // Fields of /proc/PID/stat, counted from the state, which follows the name (proc_pid_stat(5)).
    private const int Group = 2, Session = 3, ExitSignalField = 35, ExitCode = 49;

    /// <summary>What the parent gets when this process ends.</summary>
    public static int ExitSignal() => Field(Stat("/proc/self/stat"), ExitSignalField);

    /// <summary>Children whose status has not been collected.</summary>
    public static List<ZombieChild> Zombies()
    {
        var zombies = new List<ZombieChild>();
        foreach (int tid in ProcDirectory.Numbers("/proc/self/task"))
        {
            // "4242 4243 ", proc_pid_task(5)
            string children = Sys.ReadText($"/proc/self/task/{tid}/children");
            foreach (string child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] stat = Stat($"/proc/{child}/stat");
                if (stat.Length > ExitCode && stat[0] == "Z")
                {
                    zombies.Add(new ZombieChild
                    {
                        Pid = int.Parse(child, CultureInfo.InvariantCulture),
                        ProcessGroup = Field(stat, Group),
                        Session = Field(stat, Session),
                        ExitSignal = Field(stat, ExitSignalField),
                        Status = Field(stat, ExitCode),
                        Comm = Sys.ReadText($"/proc/{child}/comm").TrimEnd('\n'),
                    });
                }
            }
        }

        return zombies;
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
