using Interpose.Images.Metadata;
using Interpose.Linux;

namespace Interpose.Resources.Kinds;

/// <summary>Memory devices without state: /dev/null, zero, full, random, urandom.</summary>
public sealed class CharacterDeviceModule : ResourceModule
{
    private const uint MemoryDevices = 1; // Documentation/admin-guide/devices.txt

    public override OpenFileKind Kind => OpenFileKind.CharacterDevice;

    public override bool Claims(DescriptorFacts facts) =>
        facts.Status.IsCharacterDevice && facts.Status.DeviceNumber >> 8 == MemoryDevices
        && (facts.Status.DeviceNumber & 0xff) is 3 or 5 or 7 or 8 or 9;

    public override int Recreate(OpenFileDescription file, RecreationContext context) =>
        context.Program.Syscall(
            $"open {file.Path}", SyscallNumber.Open,
            [context.Program.Text(file.Path), file.Flags | OpenFlags.CloseOnExec], keep: true);
}
