namespace Interpose.Restart.Rules;

/// <summary>What a hook answered.</summary>
/// <param name="Fd">An fd; -1: none.</param>
/// <param name="Text">Without an fd: what a rule would have behind its equals sign; "": the usual way is right.</param>
public sealed record HookAnswer(int Fd, string Text);
