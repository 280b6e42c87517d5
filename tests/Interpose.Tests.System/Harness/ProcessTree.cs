using System.Globalization;

namespace Interpose.Tests.System.Harness;

/// <summary>Finds restarted programs, whose number may be valid in a process namespace only.</summary>
internal static class ProcessTree
{
    /// <summary>Finds a process by the number it knows itself by.</summary>
    /// <param name="ancestor">The process that the test started: the program itself, or the restart above it.</param>
    /// <param name="ownPid">Number of the program in its own namespace.</param>
    /// <returns>Its number in the namespace of the test.</returns>
    public static int Find(int ancestor, int ownPid)
    {
        var parents = new Dictionary<int, int>();
        var candidates = new List<int>();
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int pid) &&
                TryReadStatus($"{directory}/status") is { } status)
            {
                parents[pid] = status.Parent;
                if (status.OwnPid == ownPid)
                {
                    candidates.Add(pid);
                }
            }
        }

        foreach (int candidate in candidates)
        {
            for (int pid = candidate; pid > 1; pid = parents.GetValueOrDefault(pid))
            {
                if (pid == ancestor)
                {
                    return candidate;
                }
            }
        }

        throw new InvalidOperationException($"no process below {ancestor} has the pid {ownPid}");
    }

    private static (int Parent, int OwnPid)? TryReadStatus(string path)
    {
        try
        {
            int parent = 0, own = 0;
            foreach (string line in File.ReadLines(path))
            {
                if (line.StartsWith("PPid:", StringComparison.Ordinal))
                {
                    parent = LastNumber(line);
                }
                else if (line.StartsWith("NSpid:", StringComparison.Ordinal))
                {
                    own = LastNumber(line);
                }
            }

            return (parent, own);
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return null;
        }
    }

    private static int LastNumber(string line) => int.Parse(line.Split('\t')[^1], CultureInfo.InvariantCulture);
}
