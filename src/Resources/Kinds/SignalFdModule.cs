using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>signalfd(2), with its mask.</summary>
public sealed class SignalFdModule : ResourceModule
{
    public override OpenFileKind Kind => OpenFileKind.SignalFd;

    public override bool Claims(DescriptorFacts facts) => facts.Target == "anon_inode:[signalfd]";

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context) =>
        DiscoveryContext.Common(
            facts, Kind,
            extra: new Dictionary<string, string>(StringComparer.Ordinal) { ["mask"] = facts.Info["sigmask"] });

    public override int Recreate(OpenFileDescription file, RecreationContext context)
    {
        ulong mask = ulong.Parse(
            file.Extra.GetValueOrDefault("mask", "0"), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        int slot = context.Program.Syscall(
            "create signalfd", SyscallNumber.Signalfd4,
            [-1, context.Program.Data(BitConverter.GetBytes(mask)), 8, OpenFlags.CloseOnExec], keep: true);
        context.SetFlags(slot, file);
        return slot;
    }
}
