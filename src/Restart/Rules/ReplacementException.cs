namespace Interpose.Restart.Rules;

/// <summary>What was to take the place of an object cannot be had. The message is complete.</summary>
public sealed class ReplacementException(string message) : IOException(message);
