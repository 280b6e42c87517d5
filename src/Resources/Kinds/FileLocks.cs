using System.Globalization;
using System.Runtime.InteropServices;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>Locks on a file: POSIX, of an open file description, and flock. fdinfo names those of each fd.</summary>
internal static class FileLocks
{
    private const string Key = "locks";
    private const int SetLock = 6, SetDescriptionLock = 37; // F_SETLK, F_OFD_SETLK

    /// <summary>"lock:	1: POSIX  ADVISORY  WRITE 4242 fe:00:331 0 EOF", proc_pid_fdinfo(5).</summary>
    public static void Describe(DescriptorFacts facts, Dictionary<string, string> extra)
    {
        string[] lines = [.. facts.Info.Text.Split('\n').Where(l => l.StartsWith("lock:", StringComparison.Ordinal))];
        if (lines.Length > 0)
        {
            extra[Key] = string.Join(';', lines.Select(Compact));
        }
    }

    /// <param name="isOwner">Locks of the description are taken once; POSIX locks belong to each process.</param>
    public static void Refill(OpenFileDescription file, int fd, ProgramBuilder program, bool isOwner)
    {
        string all = file.Extra.GetValueOrDefault(Key, "");
        foreach (string one in all.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = one.Split(' ');
            if (parts[0] != "POSIX" && !isOwner)
            {
                continue;
            }

            bool write = parts[1] == "WRITE";
            if (parts[0] == "FLOCK")
            {
                program.Syscall($"lock {file.Path}", SyscallNumber.Flock, [fd, (write ? 2 : 1) | 4 /* LOCK_NB */], Expectation.Warn);
                continue;
            }

            long start = long.Parse(parts[2], CultureInfo.InvariantCulture);
            long length = parts[3] == "EOF" ? 0 : long.Parse(parts[3], CultureInfo.InvariantCulture) - start + 1;

            // struct flock: type, whence (16 bits each), start, length, pid
            byte[] request = new byte[32];
            MemoryMarshal.Write(request, (short)(write ? 1 : 0));
            MemoryMarshal.Write(request.AsSpan(8), start);
            MemoryMarshal.Write(request.AsSpan(16), length);
            program.Syscall(
                $"lock {file.Path}", SyscallNumber.Fcntl,
                [fd, parts[0] == "OFDLCK" ? SetDescriptionLock : SetLock, program.Data(request)], Expectation.Warn);
        }
    }

    private static string Compact(string line)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return words[2] is "POSIX" or "FLOCK" or "OFDLCK"
            ? $"{words[2]} {words[4]} {words[7]} {words[8]}"
            : throw new UnsupportedResourceException(
                $"a file {(words[2] == "LEASE" ? "lease (F_SETLEASE)" : words[2])} cannot be checkpointed ({line.Trim()}); "
                + "let the program give it up, then try again");
    }
}
