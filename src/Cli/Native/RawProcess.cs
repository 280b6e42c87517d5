namespace Interpose.Cli.Native;

/// <summary>
/// This process's own arguments and environment as the kernel passed them: NULL-terminated arrays of NUL-terminated
/// bytes that live as long as the process.
/// </summary>
internal static unsafe class RawProcess
{
    /// <summary>Every argument, the program's name first.</summary>
    public static byte** Arguments => Libc.Arguments();

    /// <summary>The environment, NAME=VALUE.</summary>
    public static byte** Environment => Libc.Environment();

    /// <summary>How many entries an array has.</summary>
    public static int Count(byte** array)
    {
        int count = 0;
        while (array[count] is not null)
        {
            count++;
        }

        return count;
    }
}
