using System.Text;
using Interpose.Cli.Native;
using Interpose.Protocol;

namespace Interpose.Cli.Launch;

/// <summary>Where the parts of Interpose are, relative to this executable, so that the tree can be moved.</summary>
internal static unsafe class Installation
{
    private const int MaxPath = 4096;

    /// <summary>This executable, with symbolic links resolved.</summary>
    public static string Executable { get; } = ReadSelf();

    /// <summary>Directory of the libraries.</summary>
    public static string Libraries => Path.GetDirectoryName(Path.GetDirectoryName(Executable)) + "/lib/interpose";

    /// <summary>The library that is preloaded.</summary>
    /// <exception cref="CliException">It is not there.</exception>
    public static string Shim
    {
        get
        {
            string path = Libraries + "/libinterpose.so";
            fixed (byte* p = CString.From(path))
            {
                return Libc.Access(p, 4 /* R_OK */) == 0
                    ? path
                    : throw new CliException(
                        ExitCode.Failure,
                        $"{path}: {Libc.Describe(Libc.Errno)}; the installation is incomplete, install it again or keep bin/ and lib/ together");
            }
        }
    }

    private static string ReadSelf()
    {
        byte* buffer = stackalloc byte[MaxPath];
        fixed (byte* path = "/proc/self/exe\0"u8)
        {
            nint length = Libc.ReadLink(path, buffer, MaxPath);
            return length > 0
                ? Encoding.UTF8.GetString(buffer, (int)length)
                : throw new CliException(ExitCode.Failure, "/proc/self/exe cannot be read; /proc must be mounted");
        }
    }
}
