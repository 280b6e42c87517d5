using System.Text;

namespace Interpose.Tests.System.Harness;

/// <summary>Describes what the threads of a process are doing, for the message of a failing test.</summary>
internal static class ThreadReport
{
    /// <summary>One line for each thread; empty when the process is gone.</summary>
    public static string Of(int pid)
    {
        var report = new StringBuilder();
        try
        {
            foreach (string task in Directory.EnumerateDirectories($"/proc/{pid}/task").Take(20))
            {
                string[] status = File.ReadAllLines($"{task}/status");
                string Value(string key) => status.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) ?? key;
                report.AppendLine(
                    $"  thread {Path.GetFileName(task)} {Value("Name:")} {Value("State:")} syscall {Read($"{task}/syscall")} in {Read($"{task}/wchan")} {Value("SigPnd:")} {Value("SigBlk:")}"
                        .Replace('\t', ' '));
            }
        }
        catch (IOException)
        {
            // It ended meanwhile.
        }

        return report.ToString();
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "?";
        }
    }
}
