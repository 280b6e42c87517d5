using System.Diagnostics;
using System.Globalization;
using System.Text;
using Interpose.Linux;

namespace Interpose.Restart;

/// <summary>Whether the numbers of a process and its threads are free here.</summary>
internal static class PidAvailability
{
    /// <summary>A killed process holds its number until its parent, or init, has reaped it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <summary>Waits for dying holders; returns a number that stays taken, or 0.</summary>
    public static int FirstTaken(IEnumerable<int> numbers)
    {
        var clock = Stopwatch.StartNew();
        foreach (int number in numbers)
        {
            while (IsTaken(number))
            {
                if (!IsDying(number) || clock.Elapsed > s_patience)
                {
                    return number;
                }

                Thread.Sleep(1);
            }
        }

        return 0;
    }

    /// <summary>Thread ids count too: /proc/N answers for them, though a listing of /proc does not show them.</summary>
    private static bool IsTaken(int number) => FileStatus.TryOf($"/proc/{number}", out _) >= 0;

    private static bool IsDying(int number)
    {
        string state = new StatusFile($"/proc/{number}/status")["State"];
        return state.Length == 0 || state[0] is 'Z' or 'X' || IsBeingKilled(number) || IsExiting(number);
    }

    /// <summary>It has taken note of the signal, and gives back its memory and closes its files.</summary>
    private static bool IsExiting(int number)
    {
        const uint exiting = 0x4; // PF_EXITING, include/linux/sched.h
        const int flagsField = 6; // proc_pid_stat(5), behind the command name, which may hold anything
        string stat = Encoding.UTF8.GetString(Sys.TryReadFile($"/proc/{number}/stat") ?? []);
        string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length <= flagsField || (uint.Parse(fields[flagsField], CultureInfo.InvariantCulture) & exiting) != 0;
    }

    /// <summary>SIGKILL is pending: the process is on its way out.</summary>
    private static bool IsBeingKilled(int number)
    {
        var status = new StatusFile($"/proc/{number}/status");
        const ulong kill = 1ul << 8;
        return ((Parse(status["SigPnd"]) | Parse(status["ShdPnd"])) & kill) != 0;
    }

    private static ulong Parse(string hex) =>
        ulong.TryParse(hex, NumberStyles.HexNumber, null, out ulong value) ? value : 0;
}
