using System.Runtime.InteropServices;
using Interpose.Images.Format;
using MessagePack;

namespace Interpose.Images.Checkpoints;

/// <summary>Reads a manifest as input from outside.</summary>
public static class ManifestReader
{
    private const string Damaged = "the manifest is damaged; use another checkpoint";

    /// <summary>Reads the manifest of a checkpoint directory.</summary>
    /// <exception cref="ImageException">There is none, or it is not one that this program can use.</exception>
    public static Manifest Read(string directory)
    {
        string path = Path.Combine(directory, Manifest.FileName);
        if (!FileIdentity.TryOf(path, out FileIdentity identity, out _))
        {
            throw new ImageException(
                $"{path}: not there, so this directory is not a complete checkpoint; interpose images list shows those that are");
        }

        int headerSize = Marshal.SizeOf<ManifestHeader>();
        if (!identity.IsRegularFile || identity.Size > headerSize + ManifestHeader.MaxBodyBytes)
        {
            throw new ImageException(
                $"{path}: expected a file of at most {headerSize + ManifestHeader.MaxBodyBytes} bytes, found {identity.Size}; {Damaged}");
        }

        try
        {
            return FromBytes(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Reads the bytes of a manifest file.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="subject">Its path, for messages.</param>
    /// <exception cref="ImageException">It is not a manifest that this program can use.</exception>
    public static Manifest FromBytes(ReadOnlyMemory<byte> bytes, string subject)
    {
        int headerSize = Marshal.SizeOf<ManifestHeader>();
        if (bytes.Length < headerSize)
        {
            throw new ImageException(
                $"{subject}: expected at least {headerSize} bytes, found {bytes.Length}; {Damaged}");
        }

        ReadOnlyMemory<byte> body = bytes[headerSize..];
        CheckHeader(MemoryMarshal.Read<ManifestHeader>(bytes.Span), body, subject);

        Manifest manifest;
        var reader = new MessagePackReader(body);
        try
        {
            manifest = Manifest.Read(ref reader);
        }
        catch (Exception e)
            when (e is MessagePackSerializationException or EndOfStreamException or OverflowException or ImageException)
        {
            throw new ImageException(
                $"{subject}: malformed near byte {headerSize + reader.Consumed}: {e.Message}; {Damaged}", e);
        }

        CheckContent(manifest, subject);
        return manifest;
    }

    private static void CheckHeader(in ManifestHeader header, ReadOnlyMemory<byte> body, string subject)
    {
        if (header.Magic != ManifestHeader.ExpectedMagic)
        {
            throw new ImageException($"{subject}: does not start with IPMANIF1; this is not a manifest");
        }

        if (header.Version != ManifestHeader.ExpectedVersion)
        {
            throw new ImageException(
                $"{subject}: expected manifest version {ManifestHeader.ExpectedVersion}, found {header.Version}; restart with the version of Interpose that wrote it");
        }

        if (header.Arch != ImageHeader.ArchX8664)
        {
            throw new ImageException(
                $"{subject}: expected architecture {ImageHeader.ArchX8664} (x86-64), found {header.Arch}; restart it on a machine of that architecture");
        }

        if (header.BodyLength > ManifestHeader.MaxBodyBytes || header.BodyLength != (uint)body.Length)
        {
            throw new ImageException(
                $"{subject}: expected a body of {header.BodyLength} bytes, found {body.Length}; {Damaged}");
        }

        uint crc = Crc32C.Compute(body.Span);
        if (crc != header.BodyCrc)
        {
            throw new ImageException(
                $"{subject}: body at offset {Marshal.SizeOf<ManifestHeader>()}: expected checksum {header.BodyCrc:x8}, found {crc:x8}; {Damaged}");
        }
    }

    private static void CheckContent(Manifest manifest, string subject)
    {
        if (manifest.Processes.Count == 0)
        {
            throw new ImageException($"{subject}: lists no processes; {Damaged}");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ManifestProcess process in manifest.Processes)
        {
            // The name comes from outside and is joined to a path: it must not lead out of the directory.
            if (!CheckpointLayout.IsImageName(process.ImageFile))
            {
                throw new ImageException(
                    $"{subject}: image name '{process.ImageFile}', expected a plain file name ending in {CheckpointLayout.ImageSuffix}; {Damaged}");
            }

            if (!names.Add(process.ImageFile))
            {
                throw new ImageException($"{subject}: image {process.ImageFile} appears twice; {Damaged}");
            }

            if (process.Pid <= 0)
            {
                throw new ImageException($"{subject}: process id {process.Pid}; {Damaged}");
            }
        }
    }
}
