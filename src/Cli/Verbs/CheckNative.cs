using System.Runtime.InteropServices;
using Interpose.Images;
using Microsoft.Win32.SafeHandles;

namespace Interpose.Cli.Verbs;

/// <summary>The few questions to the kernel and the C library that <c>interpose check</c> asks and .NET does not.</summary>
internal static partial class CheckNative
{
    private const int WriteOk = 2;

    /// <summary>_IOWR('f', 16, struct pm_scan_arg), linux/fs.h.</summary>
    private const nuint PagemapScan = 0xC0606610;

    /// <summary>Bytes of struct pm_scan_arg.</summary>
    private const int PagemapScanArgumentBytes = 96;

    /// <summary>Version of the C library of this program, such as 2.36.</summary>
    public static string LibcVersion() => Marshal.PtrToStringUTF8(GetLibcVersion()) ?? "";

    public static bool CanWrite(string path) => Access([.. LinuxText.Encode(path), 0], WriteOk) == 0;

    /// <summary>Whether the kernel answers PAGEMAP_SCAN (Linux 6.7).</summary>
    public static bool HasPagemapScan()
    {
        try
        {
            using SafeFileHandle pagemap = File.OpenHandle("/proc/self/pagemap", share: FileShare.ReadWrite);
            Span<ulong> argument = stackalloc ulong[PagemapScanArgumentBytes / sizeof(ulong)];

            // An empty range: only whether the request is known matters.
            argument[0] = PagemapScanArgumentBytes;
            return Ioctl(pagemap, PagemapScan, ref argument[0]) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "gnu_get_libc_version")]
    private static partial nint GetLibcVersion();

    [LibraryImport("libc", EntryPoint = "access")]
    private static partial int Access(byte[] path, int mode);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Ioctl(SafeFileHandle file, nuint request, ref ulong argument);
}
