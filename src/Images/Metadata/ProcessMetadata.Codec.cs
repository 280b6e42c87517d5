using System.Buffers;
using MessagePack;

namespace Interpose.Images.Metadata;

/// <content>The section as a whole: bytes in, bytes out.</content>
public sealed partial class ProcessMetadata
{
    /// <summary>Raised when a field changes its meaning; appending fields does not need it.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The bytes of the metadata section.</summary>
    public ReadOnlyMemory<byte> ToBytes()
    {
        // Enough from the start: there may be tens of megabytes that nobody has read, and twice as much does not fit.
        int files = Files.Descriptions.Sum(MostBytes), others = (16 << 10) + (files / 16);
        var buffer = new ArrayBufferWriter<byte>(files + others);
        var writer = new MessagePackWriter(buffer);
        Write(ref writer);
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static int MostBytes(OpenFileDescription file)
    {
        const int numbers = 256, utf8 = 3, header = 5; // bytes of all fields that are numbers, of a character, before a text
        int text = file.Path.Length + file.Extra.Sum(e => e.Key.Length + e.Value.Length);
        return file.Payload.Length + numbers + (utf8 * text) + (header * 2 * (file.Extra.Count + 1));
    }

    /// <summary>Reads and checks a metadata section.</summary>
    /// <param name="bytes">The section.</param>
    /// <param name="subject">The image it comes from, for messages.</param>
    /// <exception cref="ImageException">It is malformed, of another version, or contradicts itself.</exception>
    public static ProcessMetadata FromBytes(ReadOnlyMemory<byte> bytes, string subject)
    {
        const string remedy = "the image is damaged; use another checkpoint";
        if (bytes.Length > MetadataLimits.SectionBytes)
        {
            throw new ImageException(
                $"{subject}: metadata of {bytes.Length} bytes exceeds the limit of {MetadataLimits.SectionBytes}; {remedy}");
        }

        ProcessMetadata result;
        var reader = new MessagePackReader(bytes);
        try
        {
            CheckVersion(reader, subject);
            result = Read(ref reader);
        }
        catch (Exception e) when (e is MessagePackSerializationException or EndOfStreamException or OverflowException)
        {
            throw new ImageException(
                $"{subject}: metadata is malformed near byte {reader.Consumed} of {bytes.Length} ({e.Message}); {remedy}", e);
        }
        catch (ImageException e)
        {
            throw new ImageException(
                $"{subject}: metadata is malformed near byte {reader.Consumed} of {bytes.Length}: {e.Message}; {remedy}", e);
        }

        if (!reader.End)
        {
            throw new ImageException(
                $"{subject}: metadata ends at byte {reader.Consumed} but has {bytes.Length} bytes; {remedy}");
        }

        MetadataValidator.Check(result, subject);
        return result;
    }

    /// <summary>Looks at the version alone: the fields of another version need not even parse.</summary>
    private static void CheckVersion(MessagePackReader reader, string subject)
    {
        FieldReader fields = FieldReader.Begin(ref reader);
        int version = fields.Int32(ref reader);
        if (version != CurrentVersion)
        {
            throw new ImageException(
                $"{subject}: metadata version {version}, this Interpose reads version {CurrentVersion}; restart with the version of Interpose that wrote the image");
        }
    }
}
