using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Storage;

/// <summary>One process of a checkpoint.</summary>
/// <param name="Hello">Who it is.</param>
/// <param name="Image">What it wrote.</param>
public sealed record ProcessRecord(HelloMessage Hello, ImageReport Image);
