using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Interpose.Cli.Launch;
using Interpose.Cli.Output;

namespace Interpose.Cli.Verbs;

/// <summary>What the machine offers, to this user, here.</summary>
internal static class CheckMachine
{
    private const int CapSysAdmin = 21;
    private const int CapCheckpointRestore = 40;
    private static readonly string[] PartNames = ["libinterpose.so", "libinterpose-agent.so", "interpose-restorer"];
    private const string Unlimited = "unlimited";
    private const long LittleSpace = 1L << 30;
    private const int FewDescriptors = 1024;

    /// <summary>clone3(set_tid) for whoever has CAP_CHECKPOINT_RESTORE came with this one.</summary>
    private static readonly Version OldestKernel = new(5, 9);

    /// <summary>From here on the C library registers rseq itself and says where (__rseq_offset).</summary>
    private static readonly Version OldestLibc = new(2, 35);

    public static IEnumerable<CheckFinding> Look(string checkpointDirectory)
    {
        yield return Processor();
        yield return Kernel();
        yield return Libc();
        yield return Parts();
        foreach (CheckFinding finding in Numbers())
        {
            yield return finding;
        }

        yield return Pagemap();
        yield return Overcommit();
        yield return CheckFinding.Works("ptrace", $"not used; ptrace_scope {Setting("kernel/yama/ptrace_scope", "absent")} does not matter");
        foreach (CheckFinding finding in Limits())
        {
            yield return finding;
        }

        foreach (CheckFinding finding in Directory(checkpointDirectory))
        {
            yield return finding;
        }
    }

    private static CheckFinding Processor() =>
        RuntimeInformation.OSArchitecture != Architecture.X64
            ? CheckFinding.Fails("processor", $"{RuntimeInformation.OSArchitecture}", "use an x86-64 machine")
        : !Sse42.X64.IsSupported
            ? CheckFinding.Fails("processor", "x86-64 without SSE4.2, which the checksums need", "use a machine from 2009 or later")
        : CheckFinding.Works("processor", $"x86-64, {Environment.ProcessorCount} available");

    private static CheckFinding Kernel()
    {
        string release = Setting("kernel/osrelease", "unknown");
        return Parse(release) is { } version && version >= OldestKernel
            ? CheckFinding.Works("kernel", release)
            : CheckFinding.Fails("kernel", release, $"use Linux {OldestKernel} or later");
    }

    private static CheckFinding Libc()
    {
        string version = CheckNative.LibcVersion();
        return Parse(version) is { } v && v >= OldestLibc
            ? CheckFinding.Works("C library", $"glibc {version}")
            : CheckFinding.Fails("C library", $"glibc {version}", $"use glibc {OldestLibc} or later");
    }

    private static CheckFinding Parts()
    {
        string parts = Installation.Libraries;
        string[] missing =
        [
            .. PartNames.Where(name => !File.Exists(Path.Combine(parts, name))),
        ];
        return missing.Length == 0
            ? CheckFinding.Works("installation", parts)
            : CheckFinding.Fails(
                "installation", $"{parts} lacks {string.Join(", ", missing)}", "install again with ./build.sh install --prefix DIR");
    }

    /// <summary>Restart gives every process and thread its old number, in one of two ways.</summary>
    private static IEnumerable<CheckFinding> Numbers()
    {
        const ulong needed = (1ul << CapSysAdmin) | (1ul << CapCheckpointRestore);
        bool privileged = (EffectiveCapabilities() & needed) == needed;
        yield return privileged
            ? CheckFinding.Works("old numbers in place", "CAP_CHECKPOINT_RESTORE: pids are taken again where they are free")
            : CheckFinding.Limited(
                "old numbers in place",
                "without CAP_CHECKPOINT_RESTORE and CAP_SYS_ADMIN a restart always makes a pid namespace",
                "nothing to do, unless that namespace is in the way: then restart as root");
        yield return CheckNamespaces.User(privileged);
        yield return CheckNamespaces.Pid(privileged);
        yield return CheckNamespaces.Time(privileged);
    }

    private static CheckFinding Pagemap() =>
        CheckNative.HasPagemapScan()
            ? CheckFinding.Works("PAGEMAP_SCAN", "finds the pages to save quickly")
            : CheckFinding.Limited("PAGEMAP_SCAN", "not there: the pages to save are found one by one", "use Linux 6.7 or later");

    private static CheckFinding Overcommit()
    {
        string mode = Setting("vm/overcommit_memory", "0");
        return mode == "2"
            ? CheckFinding.Limited(
                "overcommit",
                "strict: where there is no room for a copy of the process it stands still while its image is written",
                "as root: sysctl vm.overcommit_memory=0")
            : CheckFinding.Works("overcommit", $"mode {mode}: a process can be copied on write");
    }

    private static IEnumerable<CheckFinding> Limits()
    {
        string descriptors = Limit("Max open files");
        yield return int.TryParse(descriptors, out int n) && n < FewDescriptors
            ? CheckFinding.Limited(
                "open files", $"limit {descriptors}: a program that uses all of them leaves none for Interpose",
                $"ulimit -n {FewDescriptors}")
            : CheckFinding.Works("open files", $"limit {descriptors}");

        string fileSize = Limit("Max file size");
        yield return fileSize == Unlimited
            ? CheckFinding.Works("file size", "no limit")
            : CheckFinding.Limited("file size", $"limit {fileSize} bytes: larger images cannot be written", "ulimit -f unlimited");
    }

    private static IEnumerable<CheckFinding> Directory(string directory)
    {
        string existing = directory;
        while (!System.IO.Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing) ?? "/";
        }

        yield return CheckNative.CanWrite(existing)
            ? CheckFinding.Works("checkpoint directory", directory)
            : CheckFinding.Fails(
                "checkpoint directory", $"{directory}: {existing} is not writable for this user", "use another with --ckpt-dir D");

        long free = FreeSpace(existing);
        yield return free >= LittleSpace
            ? CheckFinding.Works("disk space", $"{Sizes.Format((ulong)free)} free in {existing}")
            : CheckFinding.Limited(
                "disk space", $"{Sizes.Format((ulong)free)} free in {existing}",
                "interpose images prune --keep 1, or another directory with --ckpt-dir D");
    }

    private static long FreeSpace(string directory)
    {
        try
        {
            return new DriveInfo(directory).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static ulong EffectiveCapabilities()
    {
        const string field = "CapEff:";
        string? line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal));
        return line is not null
            && ulong.TryParse(line.AsSpan(field.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask)
            ? mask
            : 0;
    }

    /// <summary>The soft limit of a line of /proc/self/limits.</summary>
    private static string Limit(string name)
    {
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        return line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? Unlimited;
    }

    private static string Setting(string name, string otherwise)
    {
        string path = Path.Combine("/proc/sys", name);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : otherwise;
    }

    /// <summary>Major and minor number at the start of a text such as 6.18.44-custom.</summary>
    private static Version? Parse(string text)
    {
        string[] parts = text.Split('.', '-', '+');
        return parts.Length >= 2 && int.TryParse(parts[0], out int major) && int.TryParse(parts[1], out int minor)
            ? new Version(major, minor)
            : null;
    }
}
