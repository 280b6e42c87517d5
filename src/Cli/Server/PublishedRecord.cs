using Interpose.Cli.State;

namespace Interpose.Cli.Server;

/// <summary>The file by which a coordinator is found, kept up to date.</summary>
internal sealed class PublishedRecord
{
    private readonly Lock _writing = new();
    private CoordinatorRecord _record;

    /// <summary>Writes it.</summary>
    public PublishedRecord(CoordinatorRecord record)
    {
        _record = record;
        CoordinatorFiles.Write(record);
    }

    /// <summary>Changes it; when this returns everybody sees the change.</summary>
    public void Change(Func<CoordinatorRecord, CoordinatorRecord> change)
    {
        lock (_writing)
        {
            _record = change(_record);
            CoordinatorFiles.Write(_record);
        }
    }

    /// <summary>
    /// Changes it soon. What only a successor wants to know is not worth a stop of the barrier while the disk is busy.
    /// </summary>
    public void ChangeSoon(Func<CoordinatorRecord, CoordinatorRecord> change) => _ = Task.Run(() => Change(change));
}
