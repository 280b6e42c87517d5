namespace Interpose.Linux;

/// <summary>Files of /proc made of "Name: value" lines (proc_pid_status(5), proc_pid_fdinfo(5)).</summary>
public sealed class StatusFile
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public StatusFile(string path)
    {
        Text = Sys.ReadText(path);
        foreach (string line in Text.Split('\n'))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                _values.TryAdd(line[..colon], line[(colon + 1)..].Trim());
            }
        }
    }

    public string Text { get; }

    /// <summary>The value, or "" when the kernel does not give it.</summary>
    public string this[string name] => _values.GetValueOrDefault(name, "");
}
