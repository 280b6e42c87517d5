using System.Buffers.Text;
using System.Text;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Agent.Collect.Ipc;

/// <summary>What /proc/sysvipc shows of all objects of the IPC namespace (proc(5)).</summary>
/// <remarks>
/// There may be thousands of others' objects: of a row no more is kept than where it is, since what is allocated here is
/// part of the program's memory when its picture is taken.
/// </remarks>
internal sealed class IpcTable
{
    // Who created an object or used it last, and when that was, seconds since 1970.
    private static readonly (string Pid, string Time)[] s_users = [("cpid", "ctime"), ("lspid", "stime"), ("lrpid", "rtime")];

    private readonly Dictionary<IpcKind, (string[] Columns, byte[] Text)> _tables = [];
    private readonly Dictionary<(IpcKind Kind, int Id), Range> _rows = [];

    public IpcTable()
    {
        Read(IpcKind.Segment, "/proc/sysvipc/shm", "shmid");
        Read(IpcKind.Semaphores, "/proc/sysvipc/sem", "semid");
        Read(IpcKind.Queue, "/proc/sysvipc/msg", "msqid");
    }

    public bool Has(IpcKind kind, int id) => _rows.ContainsKey((kind, id));

    /// <summary>A number of an object's row; 0: this kernel has no such column.</summary>
    public long Value(IpcKind kind, int id, string column)
    {
        (string[] columns, byte[] text) = _tables[kind];
        int index = Array.IndexOf(columns, column);
        return index < 0 ? 0 : Number(text.AsSpan(_rows[(kind, id)]), index, column == "perms" ? 8 : 10);
    }

    /// <summary>Objects that a process created, or used last. What is older than the process is another's that had its number.</summary>
    /// <param name="started">When the process began, seconds since 1970.</param>
    public IEnumerable<(IpcKind Kind, int Id)> Of(int pid, long started) =>
        _rows.Keys.Where(k => s_users.Any(c => Value(k.Kind, k.Id, c.Pid) == pid && Value(k.Kind, k.Id, c.Time) >= started));

    private void Read(IpcKind kind, string path, string idColumn)
    {
        byte[] text = Sys.TryReadFile(path) ?? [];
        int at = text.AsSpan().IndexOf((byte)'\n') + 1;
        string[] columns = Encoding.ASCII.GetString(text, 0, at).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        _tables[kind] = (columns, text);
        int id = Array.IndexOf(columns, idColumn);
        while (at > 0 && at < text.Length)
        {
            int length = text.AsSpan(at).IndexOf((byte)'\n');
            length = length < 0 ? text.Length - at : length;
            var row = new Range(at, at + length);
            _rows[(kind, (int)Number(text.AsSpan(row), id, 10))] = row;
            at += length + 1;
        }
    }

    /// <summary>The number in a column; 0: the row has fewer.</summary>
    private static long Number(ReadOnlySpan<byte> row, int column, int numberBase)
    {
        for (; ; column--)
        {
            row = row.TrimStart((byte)' ');
            int end = row.IndexOf((byte)' ');
            ReadOnlySpan<byte> word = end < 0 ? row : row[..end];
            if (column == 0)
            {
                return numberBase == 8 ? Octal(word) : Utf8Parser.TryParse(word, out long value, out _) ? value : 0;
            }

            row = row[word.Length..];
            if (row.IsEmpty)
            {
                return 0;
            }
        }
    }

    private static long Octal(ReadOnlySpan<byte> digits)
    {
        long value = 0;
        foreach (byte digit in digits)
        {
            value = (value * 8) + digit - '0';
        }

        return value;
    }
}
