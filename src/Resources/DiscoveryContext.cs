using Interpose.Images.Metadata;

namespace Interpose.Resources;

/// <summary>What modules need to know of the whole process while they describe one file.</summary>
public sealed class DiscoveryContext(IReadOnlyList<DescriptorFacts> all, IContentStore contents)
{
    public IReadOnlyList<DescriptorFacts> All { get; } = all;

    public IContentStore Contents { get; } = contents;

    /// <summary>The fields that every kind of file has.</summary>
    public static OpenFileDescription Common(
        DescriptorFacts facts,
        OpenFileKind kind,
        int contentObject = 0,
        IReadOnlyDictionary<string, string>? extra = null,
        byte[]? payload = null) => new()
        {
            Kind = kind,
            Path = facts.Path,
            Deleted = facts.IsDeleted,
            Flags = facts.Flags,
            Offset = facts.Offset,
            Size = facts.Status.IsRegular ? facts.Status.Size : 0,
            Device = facts.Status.Device,
            Inode = facts.Status.Inode,
            ModifiedNs = facts.Status.ModifiedNs,
            Mode = facts.Status.Mode,
            DeviceNumber = facts.Status.DeviceNumber,
            ContentObject = contentObject,
            Extra = extra ?? new Dictionary<string, string>(StringComparer.Ordinal),
            Payload = payload ?? [],
        };
}
