using System.Runtime.InteropServices;
using Interpose.Agent.Abi;
using Interpose.Agent.Collect;
using Interpose.Linux;
using Interpose.Resources;

namespace Interpose.Agent;

/// <summary>What the shim calls; the same exports in every flavour of the agent (docs/architecture.md).</summary>
public static unsafe class EntryPoints
{
    private static Agent? s_agent;

    /// <summary>Once, after loading. 0, or -1 when the shim speaks another ABI version.</summary>
    [UnmanagedCallersOnly(EntryPoint = "interpose_agent_init")]
    public static int Init(void* api)
    {
        var native = (NativeApi*)api;
        if (native->Abi != NativeApi.ExpectedAbi || native->Size != sizeof(NativeApi))
        {
            return -1;
        }

        Sys.Use(native->SystemCall);
        ObjectKnowledge.Current = new ShimKnowledge(native->State);
        s_agent = new Agent(native);
        return 0;
    }

    /// <summary>A frame has arrived. 0 when all is done, -1 when the coordinator is gone.</summary>
    [UnmanagedCallersOnly(EntryPoint = "interpose_agent_dispatch")]
    public static int Dispatch() => s_agent!.Dispatch() ? 0 : -1;
}
