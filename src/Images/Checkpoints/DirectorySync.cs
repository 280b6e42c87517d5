using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Interpose.Images.Checkpoints;

/// <summary>fsync(2) of a directory, which .NET does not offer: it makes a rename or an unlink in it durable.</summary>
internal static partial class DirectorySync
{
    private const int ReadOnlyDirectoryCloseOnExec = 0x10000 | 0x80000;

    /// <exception cref="IOException">The directory cannot be opened or written out.</exception>
    public static void Sync(string directory)
    {
        using SafeFileHandle handle = Open([.. LinuxText.Encode(directory), 0], ReadOnlyDirectoryCloseOnExec);
        if (handle.IsInvalid || Fsync(handle) != 0)
        {
            string reason = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            throw new IOException($"{directory}: cannot be written to disk: {reason}");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial SafeFileHandle Open(byte[] path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle handle);
}
