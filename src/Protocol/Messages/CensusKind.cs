namespace Interpose.Protocol.Messages;

/// <summary>What can be done about a process of the computation. The numbers travel on the wire.</summary>
public enum CensusKind
{
    /// <summary>It has the shim, or will have it in a moment: it has joined or is about to.</summary>
    Managed = 0,

    /// <summary>The shim is not in it and will not be: it cannot be part of a checkpoint.</summary>
    Unmanaged = 1,
}
