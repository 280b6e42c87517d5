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
    private static NativeState* s_state;

    /// <summary>
    /// After loading, and again in a child of fork that has inherited us. 0, or -1 when the shim speaks another ABI
    /// version.
    /// </summary>
    [UnmanagedCallersOnly(EntryPoint = "interpose_agent_init")]
    public static int Init(void* api)
    {
        var native = (NativeApi*)api;
        if (native->Abi != NativeApi.ExpectedAbi || native->Size != sizeof(NativeApi))
        {
            return -1;
        }

        Sys.Use(native->SystemCall);
        DrawSeeds();
        ObjectKnowledge.Current = new ShimKnowledge(native->State);
        s_agent?.Forget();
        s_agent = new Agent(native);
        s_state = native->State;
        return 0;
    }

    /// <summary>
    /// The runtime draws the seeds of its hash functions when they are first used, from a file that it then keeps open. A child of
    /// fork has a table of fds of its own: it would read something else, or nothing, for ever.
    /// </summary>
    private static void DrawSeeds()
    {
        _ = HashCode.Combine(0);
        _ = string.GetHashCode(string.Empty);
    }

    /// <summary>A frame has arrived. 0 when all is done, -1 when the coordinator is gone.</summary>
    [UnmanagedCallersOnly(EntryPoint = "interpose_agent_dispatch")]
    public static int Dispatch()
    {
        bool connected = s_agent!.Dispatch();
        RuntimeThreads.ComeToRest();
        RuntimeThreads.Count(s_state);
        return connected ? 0 : -1;
    }
}
