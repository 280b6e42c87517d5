namespace Interpose.Resources.Sharing;

/// <summary>One object that a process holds, as it tells the others.</summary>
public readonly record struct SharedEntry(SharedKey Key, long Value);
