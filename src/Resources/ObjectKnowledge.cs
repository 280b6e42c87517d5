namespace Interpose.Resources;

/// <summary>The knowledge of the process that is being described.</summary>
public static class ObjectKnowledge
{
    /// <summary>Set once, by the agent when it is loaded; there is one agent and one shim in a process.</summary>
    public static IObjectKnowledge Current { get; set; } = new Nothing();

    private sealed class Nothing : IObjectKnowledge
    {
        public IEnumerable<string> WatchedPaths => [];

        public int LastWatch => 0;
    }
}
