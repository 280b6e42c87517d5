using Interpose.Images.Metadata;
using Interpose.Resources.Refusals;

namespace Interpose.Resources.Kinds;

/// <summary>What cannot be saved, by name and with what to do about it.</summary>
public sealed class RefusalModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.Unknown;

    public override bool Claims(DescriptorFacts facts) => Refusal.For(facts.Target) is not null;

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context) =>
        throw new UnsupportedResourceException(Refusal.For(facts.Target)!.Message(facts.Fd, facts.Target));

    public override int Recreate(OpenFileDescription file, RecreationContext context) =>
        throw new NotSupportedException("no image holds such a file");
}
