using System.Globalization;
using System.Text;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>
/// Namespaces that let the process keep its numbers and its clocks (pid_namespaces(7), time_namespaces(7),
/// user_namespaces(7)).
/// </summary>
internal sealed class NamespaceCompiler(ProgramBuilder program, RestartTarget target, HostFacts host)
{
    private const uint NewTime = 0x80, NewNamespace = 0x20000, NewUser = 0x10000000, NewPid = 0x20000000;
    private const ulong Recursive = 0x4000, Slave = 0x80000;
    private const ulong ProcFlags = 0xe; // MS_NOSUID | MS_NODEV | MS_NOEXEC

    /// <summary>In the supervisor, before it creates the process.</summary>
    /// <param name="more">Further namespaces, CLONE_NEW….</param>
    public void Enter(ClockReadings saved, uint more)
    {
        uint flags = NewTime | more | (target.NewPidNamespace ? NewPid | NewNamespace : 0) | (target.NewUserNamespace ? NewUser : 0);
        uint uid = (uint)Sys.Try(SyscallNumber.Geteuid), gid = (uint)Sys.Try(SyscallNumber.Getegid);
        program.Syscall("create namespaces", SyscallNumber.Unshare, [flags]);
        if (target.NewUserNamespace)
        {
            WriteFile("/proc/self/setgroups", "deny");
            WriteFile("/proc/self/uid_map", string.Create(CultureInfo.InvariantCulture, $"{uid} {uid} 1"));
            WriteFile("/proc/self/gid_map", string.Create(CultureInfo.InvariantCulture, $"{gid} {gid} 1"));
        }

        WriteFile("/proc/self/timens_offsets", Offsets(saved));
    }

    /// <summary>In the init of a new pid namespace: a /proc that shows its pids.</summary>
    public void MountProc()
    {
        Argument nothing = program.Text("none");
        program.Syscall("mounts of our own", SyscallNumber.Mount, [nothing, program.Text("/"), 0, Recursive | Slave, 0], Expectation.Warn);
        program.Syscall(
            "mount /proc", SyscallNumber.Mount,
            [program.Text("proc"), program.Text("/proc"), program.Text("proc"), ProcFlags, 0], Expectation.Warn);
    }

    private string Offsets(ClockReadings saved)
    {
        (long ms, long mn) = Split(saved.MonotonicNs - host.HostMonotonicNs);
        (long bs, long bn) = Split(saved.BoottimeNs - host.HostBoottimeNs);
        return string.Create(CultureInfo.InvariantCulture, $"monotonic {ms} {mn}\nboottime {bs} {bn}\n");
    }

    /// <summary>Seconds may be negative, nanoseconds not.</summary>
    private static (long Seconds, long Nanoseconds) Split(long ns)
    {
        long seconds = Math.DivRem(ns, 1_000_000_000, out long rest);
        return rest < 0 ? (seconds - 1, rest + 1_000_000_000) : (seconds, rest);
    }

    private void WriteFile(string path, string text) => WriteFile(program, path, text);

    internal static void WriteFile(ProgramBuilder program, string path, string text, Expectation expect = Expectation.Success)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        int fd = program.Syscall($"open {path}", SyscallNumber.Open, [program.Text(path), OpenFlags.WriteOnly], expect, keep: true);
        program.Syscall($"write {path}", SyscallNumber.Write, [Argument.Slot(fd), program.Data(bytes), bytes.Length], expect);
        program.Syscall($"close {path}", SyscallNumber.Close, [Argument.Slot(fd)], expect);
    }
}
