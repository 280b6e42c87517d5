using Interpose.Cli.Native;

namespace Interpose.Cli.Launch;

/// <summary>Finds a program as execvp(3) would.</summary>
internal static unsafe class ProgramLocator
{
    /// <summary>
    /// The path to execute. Without a match it is that of a file that exists but may not be executed, or the name
    /// itself, so that looking at the result tells why.
    /// </summary>
    public static string Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return name;
        }

        string? forbidden = null;
        string path = Environment.GetEnvironmentVariable("PATH") ?? "/bin:/usr/bin";
        foreach (string directory in path.Split(':'))
        {
            string candidate = (directory.Length == 0 ? "." : directory) + "/" + name;
            fixed (byte* p = CString.From(candidate))
            {
                if (Libc.Access(p, Libc.AccessExecute) == 0)
                {
                    if (!Directory.Exists(candidate))
                    {
                        return candidate;
                    }
                }
                else if (Libc.Errno == Libc.EACCES)
                {
                    forbidden ??= candidate;
                }
            }
        }

        return forbidden ?? name;
    }
}
