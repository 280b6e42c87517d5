using Interpose.Images.Metadata;
using Interpose.Resources.Kinds;

namespace Interpose.Resources;

/// <summary>All modules. The order decides who is asked first.</summary>
public static class ModuleRegistry
{
    private static readonly ResourceModule[] s_modules =
    [
        new RefusalModule(),
        new PathModule(),
        new PidFdModule(),
        new InotifyModule(),
        new NamedPipeModule(),
        new MessageQueueModule(),
        new MemFdModule(),
        new RegularFileModule(),
        new DirectoryModule(),
        new CharacterDeviceModule(),
        new EventFdModule(),
        new EpollModule(),
        new TimerFdModule(),
        new SignalFdModule(),
        new PseudoterminalModule(),
        new StdioModule(),
        new PipeModule(),
        new SocketModule(),
    ];

    public static ResourceModule? For(DescriptorFacts facts, DiscoveryContext context) =>
        Array.Find(s_modules, m => m.Claims(facts, context));

    public static ResourceModule? For(OpenFileKind kind) =>
        kind == OpenFileKind.Unknown ? null : Array.Find(s_modules, m => m.Kind == kind);
}
