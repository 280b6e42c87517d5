using System.Globalization;
using Interpose.Cli.Output;
using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Images.Format;
using Interpose.Images.Metadata;
using Interpose.Images.Reports;

namespace Interpose.Cli.Verbs;

/// <summary>What a checkpoint holds, for people.</summary>
internal static class ImagesInspectText
{
    public static void Write(TextWriter output, Checkpoint checkpoint)
    {
        Manifest manifest = checkpoint.Manifest;
        CheckpointEntry entry = CheckpointStore.Look(checkpoint.Directory);
        output.WriteLine($"Checkpoint   {Printable.Text(entry.Directory)}");
        output.WriteLine($"Computation  {Printable.Text(manifest.Computation)}, epoch {manifest.Epoch}");
        output.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"Committed    {entry.Created.LocalDateTime:yyyy-MM-dd HH:mm:ss}"));
        output.WriteLine($"Processes    {manifest.Processes.Count} on {Printable.Text(string.Join(", ", manifest.Hosts))}");
        output.WriteLine($"Size         {Sizes.Format((ulong)entry.Bytes)}");
        foreach (CheckpointImage image in checkpoint.Images)
        {
            output.WriteLine();
            Process(output, image);
        }
    }

    private static void Process(TextWriter output, CheckpointImage image)
    {
        ImageReader reader = image.Reader;
        ProcessMetadata metadata = reader.Metadata;
        ProcessIdentity identity = metadata.Identity;
        output.WriteLine($"Process {identity.Pid}  {Printable.Text(identity.Comm)} on {Printable.Text(image.Process.Host)}");
        Line(output, "program", identity.Executable);
        Line(output, "arguments", string.Join(' ', identity.Arguments));
        Line(output, "directory", identity.WorkingDirectory);
        Line(output, "kernel", identity.KernelRelease);
        Line(
            output, "image",
            $"{image.Process.ImageFile}, {Sizes.Format(reader.Header.FileSize)}, {(image.IsUntouched ? "untouched since the commit" : "a copy, or touched since the commit")}");
        Line(output, "pages", Pages(reader));
        Memory(output, reader);
        Threads(output, metadata.Threads);
        Files(output, metadata.Files);
    }

    private static string Pages(ImageReader reader)
    {
        ulong stored = reader.Chunks.Aggregate(0ul, static (sum, c) => sum + c.StoredLength);
        string codec = reader.Codec.ToString().ToLowerInvariant();
        return $"{Sizes.Format(reader.StreamLength)} saved in {Sizes.Format(stored)}, codec {codec}";
    }

    private static void Memory(TextWriter output, ImageReader reader)
    {
        var table = new TableWriter("MEMORY", "MAPPINGS", "ADDRESS SPACE", "SAVED");
        foreach (MemoryTotal total in MemorySummary.Of(reader))
        {
            table.Add(
                Name(total.Kind), Text(total.Mappings), Sizes.Format(total.AddressBytes), Sizes.Format(total.SavedBytes));
        }

        Indent(output, table);
    }

    private static void Threads(TextWriter output, IReadOnlyList<ThreadMetadata> threads)
    {
        var table = new TableWriter("THREAD", "NAME", "NICE", "OWNER");
        foreach (ThreadMetadata thread in threads)
        {
            table.Add(
                Text(thread.Tid), thread.Name, Text(thread.Nice),
                thread.IsAgentThread ? "interpose" : "program");
        }

        Indent(output, table);
    }

    private static void Files(TextWriter output, OpenFileTable files)
    {
        var table = new TableWriter("FD", "KIND", "OFFSET", "SIZE", "PATH");
        foreach (FileDescriptor descriptor in files.Descriptors.OrderBy(d => d.Number))
        {
            OpenFileDescription file = files.Descriptions[descriptor.Description];
            table.Add(
                descriptor.IsQueued ? "queue" : Text(descriptor.Number), file.Kind.ToString(), Text(file.Offset), Text(file.Size),
                file.Deleted ? $"{file.Path} (deleted, content saved)" : file.Path);
        }

        Indent(output, table);
    }

    private static void Indent(TextWriter output, TableWriter table)
    {
        foreach (string line in table.ToString().TrimEnd('\n').Split('\n'))
        {
            output.WriteLine("  " + line);
        }
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    private static void Line(TextWriter output, string name, string value)
    {
        if (value.Length > 0)
        {
            output.WriteLine($"  {name,-10} {Printable.Text(value)}");
        }
    }

    private static string Name(MemoryKind kind) => kind switch
    {
        MemoryKind.Stack => "stack",
        MemoryKind.Heap => "heap",
        MemoryKind.Anonymous => "anonymous",
        MemoryKind.Reserved => "reserved",
        MemoryKind.PrivateFile => "files, private",
        MemoryKind.SharedFile => "files, shared",
        MemoryKind.SharedMemory => "shared memory",
        _ => "kernel",
    };
}
