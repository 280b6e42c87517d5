using System.Runtime.InteropServices;

namespace Interpose.Images;

/// <summary>
/// What tells one state of one file from another without reading it. An image whose identity is still the one that the
/// manifest recorded has not been touched since the commit.
/// </summary>
/// <param name="Device">Device number, major * 2^32 + minor, so that it does not depend on a packing of dev_t.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ModifiedNs">Modification time, nanoseconds since 1970.</param>
/// <param name="ChangedNs">Time of the last change of the inode, nanoseconds since 1970.</param>
/// <param name="Mode">File type and permissions.</param>
/// <param name="Owner">User id of the owner.</param>
/// <param name="Group">Group id.</param>
public readonly partial record struct FileIdentity(
    ulong Device, ulong Inode, long Size, long ModifiedNs, long ChangedNs, uint Mode, uint Owner, uint Group)
{
    private const uint TypeMask = 0xF000;
    private const uint RegularFile = 0x8000;
    private const uint DirectoryType = 0x4000;
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint BasicStats = 0x7ff;

    public bool IsRegularFile => (Mode & TypeMask) == RegularFile;

    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    /// <summary>Identity of the file behind a path.</summary>
    /// <exception cref="ImageException">There is no such file, or it cannot be looked at.</exception>
    public static FileIdentity Of(string path) =>
        TryOf(path, out FileIdentity identity, out int errno)
            ? identity
            : throw new ImageException($"{path}: {Marshal.GetPInvokeErrorMessage(errno)}");

    /// <summary>Identity of the file behind a path, or false with the reason.</summary>
    public static bool TryOf(string path, out FileIdentity identity, out int errno, bool followLinks = true)
    {
        byte[] name = [.. LinuxText.Encode(path), 0];
        int result = Statx(AtFdCwd, name, followLinks ? 0 : AtSymlinkNoFollow, BasicStats, out StatxBuffer s);
        errno = result == 0 ? 0 : Marshal.GetLastPInvokeError();
        identity = result != 0
            ? default
            : new FileIdentity(
                ((ulong)s.DeviceMajor << 32) | s.DeviceMinor, s.Inode, (long)s.Size, s.Modified.Nanoseconds,
                s.Changed.Nanoseconds, s.Mode, s.Owner, s.Group);
        return result == 0;
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int Statx(int directory, byte[] path, int flags, uint mask, out StatxBuffer buffer);

    /// <summary>struct statx_timestamp.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Timestamp
    {
        private readonly long _seconds;
        private readonly uint _fraction;
        private readonly int _reserved;

        public long Nanoseconds => unchecked((_seconds * 1_000_000_000) + _fraction);
    }

    /// <summary>struct statx (statx(2)); the kernel writes all 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxBuffer
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(96)]
        public Timestamp Changed;

        [FieldOffset(112)]
        public Timestamp Modified;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
