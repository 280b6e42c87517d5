using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>
/// The metadata section of a process image: everything about the process that is not page content. Restart compiles it,
/// together with the memory map, into a syscall program.
/// </summary>
public sealed partial class ProcessMetadata
{
    private const int FieldCount = 16;

    /// <summary>Version of this layout, <see cref="CurrentVersion"/>.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Numbers, names and place.</summary>
    public ProcessIdentity Identity { get; init; } = new();

    /// <summary>User and group ids.</summary>
    public ProcessCredentials Credentials { get; init; } = new();

    /// <summary>umask, limits and the like.</summary>
    public ProcessAttributes Attributes { get; init; } = new();

    /// <summary>Address space facts besides the mappings.</summary>
    public MemoryLayout Memory { get; init; } = new();

    /// <summary>The clocks at the snapshot.</summary>
    public ClockReadings Clocks { get; init; } = new();

    /// <summary>Dispositions, pending signals, timers.</summary>
    public SignalMetadata Signals { get; init; } = new();

    /// <summary>Where the shim's state is.</summary>
    public ShimState Shim { get; init; } = new();

    /// <summary>All threads, the main thread first.</summary>
    public IReadOnlyList<ThreadMetadata> Threads { get; init; } = [];

    /// <summary>Open files and descriptors.</summary>
    public OpenFileTable Files { get; init; } = new();

    /// <summary>Mapped files that restart maps again.</summary>
    public IReadOnlyList<MappedFile> MappedFiles { get; init; } = [];

    /// <summary>Shared content in this image.</summary>
    public IReadOnlyList<SharedObject> SharedObjects { get; init; } = [];

    /// <summary>Children that have ended and were not waited for.</summary>
    public IReadOnlyList<ZombieChild> Zombies { get; init; } = [];

    /// <summary>System V IPC objects.</summary>
    public IReadOnlyList<IpcObject> Ipc { get; init; } = [];

    /// <summary>Process ids of all children, in the order in which wait(2) looks at them: that in which it got them.</summary>
    public IReadOnlyList<int> Children { get; init; } = [];

    /// <summary>Its controlling terminal.</summary>
    public ControllingTerminal Terminal { get; init; } = new();

    public void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(FieldCount);
        writer.Write(Version);
        Identity.Write(ref writer);
        Credentials.Write(ref writer);
        Attributes.Write(ref writer);
        Memory.Write(ref writer);
        Clocks.Write(ref writer);
        Signals.Write(ref writer);
        Shim.Write(ref writer);
        FieldWriter.List(ref writer, Threads,
            static (ref MessagePackWriter w, ThreadMetadata item) => item.Write(ref w));
        Files.Write(ref writer);
        FieldWriter.List(ref writer, MappedFiles,
            static (ref MessagePackWriter w, MappedFile item) => item.Write(ref w));
        FieldWriter.List(ref writer, SharedObjects,
            static (ref MessagePackWriter w, SharedObject item) => item.Write(ref w));
        FieldWriter.List(ref writer, Zombies,
            static (ref MessagePackWriter w, ZombieChild item) => item.Write(ref w));
        FieldWriter.List(ref writer, Ipc,
            static (ref MessagePackWriter w, IpcObject item) => item.Write(ref w));
        FieldWriter.List(ref writer, Children,
            static (ref MessagePackWriter w, int pid) => w.Write(pid));
        Terminal.Write(ref writer);
    }

    public static ProcessMetadata Read(ref MessagePackReader reader)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        var result = new ProcessMetadata
        {
            Version = fields.Int32(ref reader),
            Identity = fields.Record(ref reader, ProcessIdentity.Read) ?? new ProcessIdentity(),
            Credentials = fields.Record(ref reader, ProcessCredentials.Read) ?? new ProcessCredentials(),
            Attributes = fields.Record(ref reader, ProcessAttributes.Read) ?? new ProcessAttributes(),
            Memory = fields.Record(ref reader, MemoryLayout.Read) ?? new MemoryLayout(),
            Clocks = fields.Record(ref reader, ClockReadings.Read) ?? new ClockReadings(),
            Signals = fields.Record(ref reader, SignalMetadata.Read) ?? new SignalMetadata(),
            Shim = fields.Record(ref reader, ShimState.Read) ?? new ShimState(),
            Threads = fields.List(ref reader, "threads", ThreadMetadata.Read),
            Files = fields.Record(ref reader, OpenFileTable.Read) ?? new OpenFileTable(),
            MappedFiles = fields.List(ref reader, "mapped files", MappedFile.Read),
            SharedObjects = fields.List(ref reader, "shared objects", SharedObject.Read),
            Zombies = fields.List(ref reader, "ended children", ZombieChild.Read),
            Ipc = fields.List(ref reader, "IPC objects", IpcObject.Read),
            Children = fields.List(ref reader, "children", static (ref MessagePackReader r) => r.ReadInt32()),
            Terminal = fields.Record(ref reader, ControllingTerminal.Read) ?? new ControllingTerminal(),
        };
        fields.End(ref reader);
        return result;
    }
}
