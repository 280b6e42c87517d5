using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect.Ipc;

/// <summary>What /proc/sysvipc shows of all objects of the IPC namespace (proc(5)).</summary>
internal sealed class IpcTable
{
    // Who created an object or used it last, and when that was, seconds since 1970.
    private static readonly (string Pid, string Time)[] s_users = [("cpid", "ctime"), ("lspid", "stime"), ("lrpid", "rtime")];

    private readonly Dictionary<(IpcKind Kind, int Id), Dictionary<string, long>> _rows = [];

    public IpcTable()
    {
        Read(IpcKind.Segment, "/proc/sysvipc/shm", "shmid");
        Read(IpcKind.Semaphores, "/proc/sysvipc/sem", "semid");
        Read(IpcKind.Queue, "/proc/sysvipc/msg", "msqid");
    }

    public bool Has(IpcKind kind, int id) => _rows.ContainsKey((kind, id));

    public long Value(IpcKind kind, int id, string column) => _rows[(kind, id)].GetValueOrDefault(column);

    /// <summary>Objects that a process created, or used last. What is older than the process is another's that had its number.</summary>
    /// <param name="started">When the process began, seconds since 1970.</param>
    public IEnumerable<(IpcKind Kind, int Id)> Of(int pid, long started) =>
        _rows.Where(r => s_users.Any(c => r.Value.GetValueOrDefault(c.Pid) == pid && r.Value.GetValueOrDefault(c.Time) >= started))
            .Select(r => r.Key);

    private void Read(IpcKind kind, string path, string idColumn)
    {
        string[] lines = Sys.ReadText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length < 2)
        {
            return;
        }

        string[] columns = Words(lines[0]);
        foreach (string line in lines.Skip(1))
        {
            var row = new Dictionary<string, long>(StringComparer.Ordinal);
            string[] words = Words(line);
            for (int i = 0; i < Math.Min(columns.Length, words.Length); i++)
            {
                row[columns[i]] = columns[i] == "perms" ? Convert.ToInt64(words[i], 8) : long.Parse(words[i], CultureInfo.InvariantCulture);
            }

            _rows[(kind, (int)row[idColumn])] = row;
        }
    }

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
