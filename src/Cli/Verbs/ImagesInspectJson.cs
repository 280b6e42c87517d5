using System.Text.Json;
using Interpose.Cli.Output;
using Interpose.Images;
using Interpose.Images.Checkpoints;
using Interpose.Images.Metadata;
using Interpose.Images.Reports;

namespace Interpose.Cli.Verbs;

/// <summary>What a checkpoint holds, for programs.</summary>
internal static class ImagesInspectJson
{
    public static void Write(Stream output, Checkpoint checkpoint) => JsonReport.Write(output, json =>
    {
        CheckpointEntry entry = CheckpointStore.Look(checkpoint.Directory);
        json.WriteString("directory", Printable.Text(entry.Directory));
        json.WriteString("computation", Printable.Text(checkpoint.Manifest.Computation));
        json.WriteNumber("epoch", checkpoint.Manifest.Epoch);
        json.WriteString("created", entry.Created);
        json.WriteNumber("bytes", entry.Bytes);
        json.Array("hosts", checkpoint.Manifest.Hosts, host => json.WriteStringValue(Printable.Text(host)));
        json.Array("processes", checkpoint.Images, image => Process(json, image));
    });

    private static void Process(Utf8JsonWriter json, CheckpointImage image)
    {
        ImageReader reader = image.Reader;
        ProcessMetadata metadata = reader.Metadata;
        ProcessIdentity identity = metadata.Identity;
        json.WriteStartObject();
        json.WriteString("host", Printable.Text(image.Process.Host));
        json.WriteNumber("pid", identity.Pid);
        json.WriteNumber("parentPid", identity.ParentPid);
        json.WriteString("name", Printable.Text(identity.Comm));
        json.WriteString("executable", Printable.Text(identity.Executable));
        json.Array("arguments", identity.Arguments, a => json.WriteStringValue(Printable.Text(a)));
        json.WriteString("workingDirectory", Printable.Text(identity.WorkingDirectory));
        json.WriteString("kernel", Printable.Text(identity.KernelRelease));
        json.WriteString("image", Printable.Text(image.Process.ImageFile));
        json.WriteNumber("imageBytes", reader.Header.FileSize);
        json.WriteBoolean("untouched", image.IsUntouched);
        json.WriteString("codec", reader.Codec.ToString().ToLowerInvariant());
        json.WriteNumber("pageBytes", reader.StreamLength);
        json.WriteNumber("storedBytes", reader.Chunks.Aggregate(0ul, static (sum, c) => sum + c.StoredLength));
        json.Array("memory", MemorySummary.Of(reader), total => Memory(json, total));
        json.Array("threads", metadata.Threads, thread => Thread(json, thread));
        json.Array("files", metadata.Files.Descriptors, d => File(json, d, metadata.Files.Descriptions[d.Description]));
        json.WriteEndObject();
    }

    private static void Memory(Utf8JsonWriter json, MemoryTotal total)
    {
        json.WriteStartObject();
        json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(total.Kind.ToString()));
        json.WriteNumber("mappings", total.Mappings);
        json.WriteNumber("addressBytes", total.AddressBytes);
        json.WriteNumber("savedBytes", total.SavedBytes);
        json.WriteEndObject();
    }

    private static void Thread(Utf8JsonWriter json, ThreadMetadata thread)
    {
        json.WriteStartObject();
        json.WriteNumber("tid", thread.Tid);
        json.WriteString("name", Printable.Text(thread.Name));
        json.WriteNumber("nice", thread.Nice);
        json.WriteBoolean("isAgentThread", thread.IsAgentThread);
        json.WriteEndObject();
    }

    private static void File(Utf8JsonWriter json, FileDescriptor descriptor, OpenFileDescription file)
    {
        json.WriteStartObject();
        json.WriteNumber("fd", descriptor.IsQueued ? -1 : descriptor.Number);
        json.WriteNumber("description", descriptor.Description);
        json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(file.Kind.ToString()));
        json.WriteString("path", Printable.Text(file.Path));
        json.WriteNumber("offset", file.Offset);
        json.WriteNumber("size", file.Size);
        json.WriteBoolean("deleted", file.Deleted);
        json.WriteBoolean("closeOnExec", descriptor.CloseOnExec);
        json.WriteEndObject();
    }
}
