using System.Diagnostics;
using Interpose.Tests.Unit.Images;

namespace Interpose.Tests.Unit.Native;

/// <summary>Compiles and runs a small C program: what the native headers really say, not what somebody read in them.</summary>
internal static class CCompiler
{
    /// <summary>Values that C expressions have, by expression.</summary>
    /// <param name="header">Header below native-shim/include to include.</param>
    /// <param name="expressions">Integer constant expressions.</param>
    public static Dictionary<string, ulong> Evaluate(string header, IEnumerable<string> expressions)
    {
        string prints = string.Concat(
            expressions.Distinct().Select(e => $"  printf(\"%s=%llu\\n\", \"{e}\", (unsigned long long)({e}));\n"));
        string source =
            $"#include <stddef.h>\n#include <stdio.h>\n#include \"{header}\"\nint main(void) {{\n{prints}  return 0;\n}}\n";
        using var directory = new TestDirectory();
        File.WriteAllText(directory["t.c"], source);
        Run("cc", "-std=gnu11", "-I", Repository.NativeInclude, "-o", directory["t"], directory["t.c"]);
        return Run(directory["t"])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => (Line: line, At: line.LastIndexOf('=')))
            .ToDictionary(static x => x.Line[..x.At], static x => ulong.Parse(x.Line[(x.At + 1)..], null));
    }

    /// <summary>Runs a program to its end, which must be a good one, and gives back what it printed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output;
    }
}
