using System.Runtime.InteropServices;

namespace Interpose.Linux;

/// <summary>What statx(2) says of a file.</summary>
public readonly struct FileStatus
{
    private const int AtCurrentDirectory = -100;
    private const uint BasicStats = 0x7ff;
    private const int SymlinkNoFollow = 0x100;

    public uint Mode { get; private init; }

    public uint Owner { get; private init; }

    public uint Group { get; private init; }

    public ulong Device { get; private init; }

    public uint DeviceMajor { get; private init; }

    public uint DeviceMinor { get; private init; }

    public ulong Inode { get; private init; }

    public long Size { get; private init; }

    public long ModifiedNs { get; private init; }

    public uint Links { get; private init; }

    /// <summary>st_rdev of a device file.</summary>
    public ulong DeviceNumber { get; private init; }

    public bool IsRegular => (Mode & 0xF000) == 0x8000;

    public bool IsDirectory => (Mode & 0xF000) == 0x4000;

    public bool IsCharacterDevice => (Mode & 0xF000) == 0x2000;

    public bool IsBlockDevice => (Mode & 0xF000) == 0x6000;

    public bool IsSymbolicLink => (Mode & 0xF000) == 0xA000;

    public bool IsPipe => (Mode & 0xF000) == 0x1000;

    public bool IsSocket => (Mode & 0xF000) == 0xC000;

    /// <summary>Status of a path, symbolic links followed, or -errno.</summary>
    public static long TryOf(string path, out FileStatus status) => TryOf(AtCurrentDirectory, path, 0, out status);

    /// <summary>Status of a path, of a symbolic link itself when it is one, or -errno.</summary>
    public static long TryOfLink(string path, out FileStatus status) => TryOf(AtCurrentDirectory, path, SymlinkNoFollow, out status);

    private static unsafe long TryOf(int directory, string path, int flags, out FileStatus status)
    {
        byte* x = stackalloc byte[256];
        long result;
        fixed (byte* p = Sys.Path(path))
        {
            result = Sys.Try(SyscallNumber.Statx, (ulong)directory, (ulong)p, (ulong)flags, BasicStats, (ulong)x);
        }

        uint Word(int at) => MemoryMarshal.Read<uint>(new ReadOnlySpan<byte>(x + at, 4));
        ulong Long(int at) => MemoryMarshal.Read<ulong>(new ReadOnlySpan<byte>(x + at, 8));

        // Offsets of struct statx, linux/stat.h.
        status = result < 0
            ? default
            : new FileStatus
            {
                Links = Word(0x10),
                Owner = Word(0x14),
                Group = Word(0x18),
                Mode = Word(0x1c) & 0xFFFF,
                Inode = Long(0x20),
                Size = (long)Long(0x28),
                ModifiedNs = ((long)Long(0x70) * 1_000_000_000) + Word(0x78),
                DeviceNumber = MakeDevice(Word(0x80), Word(0x84)),
                DeviceMajor = Word(0x88),
                DeviceMinor = Word(0x8c),
                Device = MakeDevice(Word(0x88), Word(0x8c)),
            };
        return result;
    }

    /// <summary>dev_t of a major and a minor number, as makedev(3) packs it.</summary>
    public static ulong MakeDevice(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);
}
