namespace Interpose.Resources.Sharing;

/// <summary>What a kernel object is known by on its host.</summary>
public readonly record struct SharedKey(SharedKind Kind, ulong A, ulong B);
