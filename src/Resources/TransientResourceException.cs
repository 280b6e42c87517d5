namespace Interpose.Resources;

/// <summary>
/// The process holds something that cannot be saved just now, such as data on its way: a moment later it can. The
/// coordinator lets everything run on and tries again; the message is for the case that it does not pass.
/// </summary>
public sealed class TransientResourceException(string message) : UnsupportedResourceException(message);
