namespace Interpose.Restart.Rules;

/// <summary>What a hook is told of the object it is asked for.</summary>
/// <param name="Program">The hook.</param>
/// <param name="Description">The object, as JSON (docs/sockets.md).</param>
/// <param name="Subject">The object, for messages.</param>
public sealed record HookRequest(string Program, byte[] Description, string Subject);
