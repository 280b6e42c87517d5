using System.Globalization;
using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect;

/// <summary>The addresses the kernel remembers of the program's layout, for PR_SET_MM_MAP.</summary>
internal static class LayoutCollector
{
    public static unsafe MemoryLayout Collect(IReadOnlyList<MapEntry> map)
    {
        // proc_pid_stat(5); the fields are counted behind the command name, which may hold anything.
        string stat = Sys.ReadText("/proc/self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        ulong Field(int number) => ulong.Parse(fields[number - 3], CultureInfo.InvariantCulture);
        MapEntry? vdso = map.FirstOrDefault(e => e.Name == "[vdso]");
        MapEntry? data = map.FirstOrDefault(e => e.Name == "[vvar]");
        return new MemoryLayout
        {
            StartCode = Field(26),
            EndCode = Field(27),
            StartStack = Field(28),
            StartData = Field(45),
            EndData = Field(46),
            StartBreak = Field(47),
            Break = (ulong)Sys.Try(SyscallNumber.Brk),
            ArgumentStart = Field(48),
            ArgumentEnd = Field(49),
            EnvironmentStart = Field(50),
            EnvironmentEnd = Field(51),
            AuxiliaryVector = Sys.TryReadFile("/proc/self/auxv") ?? [],
            Vdso = vdso is null
                ? new VdsoLocation()
                : new VdsoLocation
                {
                    Start = vdso.Start,
                    End = vdso.End,
                    DataStart = data?.Start ?? 0,
                    Crc = Crc32C.Compute(new ReadOnlySpan<byte>((void*)vdso.Start, (int)vdso.Length)),
                },
        };
    }
}
