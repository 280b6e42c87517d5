using System.Buffers;
using System.Runtime.InteropServices;
using Interpose.Images.Format;
using MessagePack;

namespace Interpose.Images.Checkpoints;

/// <summary>Writes a manifest, which is the commit of a checkpoint.</summary>
public static class ManifestWriter
{
    /// <summary>
    /// Writes the manifest so that it is either there and whole, or not there at all, whatever happens meanwhile: under
    /// another name, to the disk, then renamed, and the rename to the disk too. When this returns the checkpoint exists.
    /// </summary>
    /// <exception cref="IOException">It could not be written; the directory holds no manifest.</exception>
    public static void Write(string directory, Manifest manifest)
    {
        string temporary = Path.Combine(directory, Manifest.TemporaryName);
        string final = Path.Combine(directory, Manifest.FileName);
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
            {
                file.Write(ToBytes(manifest));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, final);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new IOException($"{final}: the manifest cannot be written: {e.Message}", e);
        }

        DirectorySync.Sync(directory);
        DirectorySync.Sync(Path.GetDirectoryName(Path.GetFullPath(directory))!);
    }

    /// <summary>The bytes of the file.</summary>
    public static byte[] ToBytes(Manifest manifest)
    {
        var body = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(body);
        manifest.Write(ref writer);
        writer.Flush();

        var header = new ManifestHeader
        {
            Magic = ManifestHeader.ExpectedMagic,
            Version = ManifestHeader.ExpectedVersion,
            Arch = ImageHeader.ArchX8664,
            BodyLength = (uint)body.WrittenCount,
            BodyCrc = Crc32C.Compute(body.WrittenSpan),
        };
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ManifestHeader>(in header)), .. body.WrittenSpan];
    }
}
