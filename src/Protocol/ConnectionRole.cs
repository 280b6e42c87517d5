namespace Interpose.Protocol;

/// <summary>What a peer of the coordinator is. Part of what the client's MAC covers, so it cannot be changed later.</summary>
public enum ConnectionRole
{
    /// <summary>A process of the computation.</summary>
    Process = 0,

    /// <summary>A command that asks the coordinator for something.</summary>
    Client = 1,
}
